"""Approvals by reviews of pull requests, and who may not approve what they did themselves."""

from datetime import date
from typing import Any

import pytest

from slipwatch.aggregator.gates.model import Gate

from .conftest import TODAY, Trackers

PULL = "acme/api#7"
CONTROL = "CMMC-AC.L2-3.1.1"
PAYMENTS: dict[str, Any] = {
    "id": "x",
    "scope": [{"source": "jira", "project": "PAY"}],
    "milestones": [{"id": "ga", "from": [{"source": "jira", "project": "PAY", "version": "2.0"}]}],
}
PEOPLE = [{"id": "ana", "accounts": {"jira": "Ana Ruiz", "github": "aruiz"}}]
MONDAY, TUESDAY, FRIDAY = date(2025, 12, 29), date(2025, 12, 30), date(2026, 1, 2)


def gate(
    trackers: Trackers,
    *,
    as_of: date = TODAY,
    people: list[dict[str, Any]] | None = None,
    privacy: dict[str, Any] | None = None,
    **given: Any,
) -> Gate:
    """Build the one gate of a program."""
    built = trackers.build(
        PAYMENTS,
        as_of=as_of,
        program={"gates": [{"id": "G1", **given}]},
        people=people or [],
        privacy=privacy or {},
    )
    (found,) = built.portfolio.programs[0].gates
    return found


def said(trackers: Trackers, as_of: date = TODAY, **approval: Any) -> tuple[Any, ...]:
    """Say what a pull request decides: as a gate's decision, and as a criterion."""
    asked = {"issue": PULL, **approval}
    found = gate(trackers, as_of=as_of, approval=asked, needs=[{"approval": asked}])
    (criterion,) = found.criteria
    assert criterion.met is (found.state == "approved")
    return found.state, found.by, found.decided, criterion.detail


def test_a_review_approves_from_its_day_on(trackers: Trackers) -> None:
    trackers.pull_request(PULL)
    trackers.review(PULL, "dana", FRIDAY)

    assert said(trackers, MONDAY)[0] == "pending"
    assert said(trackers) == ("approved", ("dana",), FRIDAY, "approved 2026-01-02 by dana")


def test_the_last_review_of_each_counts_until_it_is_dismissed(trackers: Trackers) -> None:
    trackers.pull_request(PULL)
    trackers.review(PULL, "dana", MONDAY, ok=False)
    trackers.review(PULL, "dana", TUESDAY, dismissed=FRIDAY)

    assert said(trackers, MONDAY) == ("pending", (), None, "dana asked for changes")
    assert said(trackers, TUESDAY)[:2] == ("approved", ("dana",))
    assert said(trackers) == ("pending", (), None, "no review that counts approves it")


def test_nobody_may_still_ask_for_changes(trackers: Trackers) -> None:
    trackers.pull_request(PULL, merged=FRIDAY)
    trackers.review(PULL, "dana", MONDAY)
    trackers.review(PULL, "eve", TUESDAY, ok=False)

    assert said(trackers)[0] == "pending"
    assert said(trackers)[3] == "merged 2026-01-02, but eve asked for changes"
    assert said(trackers, by="dana")[0] == "approved", "eve has no say in it"


def test_as_many_have_to_approve_as_the_file_says(trackers: Trackers) -> None:
    trackers.pull_request(PULL)
    trackers.review(PULL, "eve", MONDAY)
    assert said(trackers, reviews=2)[3] == "1 of 2 reviews approve it"

    trackers.review(PULL, "dana", FRIDAY)
    assert said(trackers, reviews=2)[:3] == ("approved", ("dana", "eve"), FRIDAY)


def test_a_merge_approves_unless_reviews_are_asked_for(trackers: Trackers) -> None:
    trackers.pull_request(PULL, merged=FRIDAY)

    assert said(trackers) == ("approved", ("sam",), FRIDAY, "merged 2026-01-02 by sam")
    assert said(trackers, by="dana")[0] == "pending"
    assert said(trackers, reviews=1)[3] == (
        "merged 2026-01-02, but no review that counts approves it"
    )


def test_an_issue_is_approved_by_who_may_alone(trackers: Trackers) -> None:
    trackers.done("PAY-2", day=FRIDAY, assignee="eve")

    by = gate(trackers, approval={"issue": "PAY-2", "by": ["dana", "eve"]})
    others = gate(trackers, needs=[{"approval": {"issue": "PAY-2", "by": "dana"}}])
    reviewed = gate(trackers, needs=[{"approval": {"issue": "PAY-2", "reviews": 1}}])

    assert (by.state, by.by) == ("approved", ("eve",))
    assert others.criteria[0].detail == "closed 2026-01-02 by eve, who may not approve it"
    assert reviewed.criteria[0].met is False
    assert "no pull request" in reviewed.criteria[0].detail


def test_nobody_approves_their_own_pull_request_under_another_account(trackers: Trackers) -> None:
    people = [{"id": "ana", "accounts": {"github": ["aruiz", "ana-private"]}}]
    trackers.pull_request(PULL, author="aruiz")
    trackers.review(PULL, "ana-private", FRIDAY)

    assert gate(trackers, approval={"issue": PULL}).state == "approved", "two people, it seems"
    assert gate(trackers, approval={"issue": PULL}, people=people).state == "pending"


def test_who_merges_their_own_work_approves_it_themselves(trackers: Trackers) -> None:
    trackers.pull_request(PULL, author="sam", merged=FRIDAY)

    found = gate(trackers, approval={"issue": PULL})

    assert (found.by, found.conflict) == (("sam",), "sam")


@pytest.mark.parametrize("pseudonymise", [False, True])
@pytest.mark.parametrize("by", ["ana", "aruiz", "Ana Ruiz"])
def test_one_person_is_known_by_any_of_her_names(
    trackers: Trackers, monkeypatch: pytest.MonkeyPatch, by: str, pseudonymise: bool
) -> None:
    """She did the work in Jira; the file says that she decided."""
    monkeypatch.setenv("PRIVACY_KEY", "a key that nobody guesses")
    privacy = {"pseudonymise": pseudonymise, "key": {"env": "PRIVACY_KEY"}}
    trackers.version("2.0", closed=True, closed_on=FRIDAY)
    trackers.done("PAY-1", "v-2.0", day=FRIDAY, assignee="Ana Ruiz", labels=(CONTROL,))
    decision = {"state": "approved", "by": by, "decided": FRIDAY}

    found = gate(
        trackers, needs=[{"milestone": "ga"}], decision=decision, people=PEOPLE, privacy=privacy
    )
    other = gate(
        trackers,
        needs=[{"milestone": "ga"}],
        decision={**decision, "by": "dana"},
        people=PEOPLE,
        privacy=privacy,
    )
    built = trackers.build(
        PAYMENTS,
        program={"compliance": {"controls": [
            {"id": CONTROL, "artefact": "https://w/1", "reviewer": by, "reviewed": FRIDAY}
        ]}},
        people=PEOPLE,
        privacy=privacy,
    )  # fmt: skip
    compliance = built.portfolio.programs[0].compliance

    assert (found.conflict, other.conflict) == (by, None)
    assert compliance is not None
    assert [one.own for control in compliance.controls for one in control.evidence] == [True]
