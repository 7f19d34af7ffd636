"""People in a portfolio: joined over trackers, counted once, and under pseudonyms on request."""

from datetime import date, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.assess import assess_portfolio
from slipwatch.aggregator.assessment import to_json
from slipwatch.aggregator.portfolio.model import Away, Observation, Portfolio
from slipwatch.aggregator.records import Category
from slipwatch.config.base import MissingSecretError

from .conftest import NOW, TODAY, Trackers

PEOPLE = [{"id": "ana", "accounts": {"jira": "Ana Lima", "github": "ana-l"}}]
X: dict[str, Any] = {
    "id": "x",
    "scope": [{"source": "jira", "project": "PAY"}],
    "discover": ["versions"],
}
Y: dict[str, Any] = {"id": "y", "scope": [{"source": "github", "repository": "acme/web"}]}
PRIVATE = {"pseudonymise": True, "key": {"env": "PSEUDONYM_KEY"}}


@pytest.fixture
def busy(trackers: Trackers) -> Trackers:
    """Give two trackers in which two people have items in work."""
    for key, assignee, source in (
        ("PAY-1", "Ana Lima", "jira"),
        ("PAY-2", "Ana Lima", "jira"),
        ("PAY-3", "Bo Chen", "jira"),
        ("acme/web#1", "ana-l", "github"),
        ("acme/web#2", "Bo Chen", "github"),
        ("acme/web#3", None, "github"),
    ):
        versions = ("v-2.0",) if source == "jira" else ()
        trackers.item(
            key, *versions, source=source, assignee=assignee, category=Category.DOING, blocked=True
        )
    trackers.item("PAY-4", assignee="Ana Lima", category=Category.TODO)
    trackers.version("2.0", due_date=date(2026, 3, 2))
    trackers.milestone_dates["jira", "v-2.0"] = [
        Observation(NOW, date(2026, 3, 2), "webhook", "Ana Lima")
    ]
    return trackers


def doing(portfolio: Portfolio) -> dict[str, dict[str, int]]:
    return {person.id: dict(person.doing) for person in portfolio.people}


def test_work_is_counted_by_person_and_not_by_account(busy: Trackers) -> None:
    apart = doing(busy.build(X, Y).portfolio)
    joined = doing(busy.build(X, Y, people=PEOPLE).portfolio)

    assert apart["jira:Ana Lima"] == {"p/x": 2}
    assert joined == {
        "ana": {"p/x": 2, "p/y": 1},
        "github:Bo Chen": {"p/y": 1},
        "jira:Bo Chen": {"p/x": 1},
    }


def test_evidence_calls_somebody_by_one_name_too(busy: Trackers) -> None:
    (milestone,) = busy.build(X, Y, people=PEOPLE).portfolio.milestones.values()

    assert {item.assignee for item in milestone.open_items} == {"ana", "Bo Chen"}
    assert milestone.history[0].actor == "ana"


def test_nobody_whom_a_tracker_names_is_named_where_pseudonyms_are_asked_for(
    busy: Trackers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PSEUDONYM_KEY", "a key that nobody guesses")
    allocations = [{"person": "ana", "project": "p/x", "share": 0.5}]

    portfolio = busy.build(X, Y, people=PEOPLE, allocations=allocations, privacy=PRIVATE).portfolio
    shown = to_json(assess_portfolio(portfolio, seed=0, trials=100).assessment).decode()

    (ana,) = [person for person in portfolio.people if person.allocations]
    assert dict(ana.doing) == {"p/x": 2, "p/y": 1}
    assert ana.id.startswith("p-")
    assert ana.id in shown
    assert portfolio.milestones["p/x/2.0"].history[0].actor == ana.id
    for name in ("ana", "Ana Lima", "ana-l", "Bo Chen"):
        assert f'"{name}"' not in shown
        assert repr(name) not in repr(portfolio)


def test_nobody_is_named_for_want_of_a_key(busy: Trackers, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingSecretError, match="PSEUDONYM_KEY is not set"):
        busy.build(X, Y, privacy=PRIVATE)
    monkeypatch.setenv("PSEUDONYM_KEY", "a" * 15)
    with pytest.raises(MissingSecretError, match="fewer than 16 characters"):
        busy.build(X, Y, privacy=PRIVATE)


def test_what_is_reported_counts_from_its_day_on(busy: Trackers) -> None:
    said = {**X, "reported": {"status": "green", "as_of": "2026-01-05", "by": "lou"}}

    def reported(as_of: date) -> Any:
        return busy.build(said, as_of=as_of).portfolio.projects[0].reported

    assert reported(TODAY).status == "green"
    assert reported(date(2026, 1, 4)) is None


def test_a_lead_whose_accounts_are_all_out_of_use_has_left(trackers: Trackers) -> None:
    for key, source, assignee, active, age in (
        ("PAY-1", "jira", "Ana Lima", True, 9),
        ("PAY-2", "jira", "Ana Lima", False, 1),
        ("PAY-3", "jira", "Bo Chen", False, 1),
        ("acme/web#1", "github", "bo-c", True, 1),
        ("acme/web#2", "github", "Cy", None, 1),
    ):
        trackers.item(
            key,
            source=source,
            assignee=assignee,
            assignee_active=active,
            updated_at=NOW - timedelta(days=age),
        )
    people = [*PEOPLE, {"id": "bo", "accounts": {"jira": "Bo Chen", "github": "bo-c"}}]
    leads = ("ana", "bo", "Cy", "Bo Chen")
    projects = ({"id": f"of-{n}", "lead": lead} for n, lead in enumerate(leads))

    found = trackers.build(X, *projects, people=people).portfolio.projects

    assert {one.lead: one.lead_gone_from for one in found if one.lead} == {
        "ana": ("jira",),
        "bo": (),
        "Cy": (),
        "Bo Chen": ("jira",),
    }


LEAVE = {"from": "2026-01-12", "to": "2026-01-16"}
WEEK = {"start": date(2026, 1, 12), "end": date(2026, 1, 16)}


def on_leave(**leave: Any) -> list[dict[str, Any]]:
    return [PEOPLE[0] | {"leave": [LEAVE | leave]}]


def test_somebody_on_leave_is_missed_by_what_she_finished_lately(trackers: Trackers) -> None:
    for number, who in enumerate(("Ana Lima", "Bo Chen", None, "Ana Lima")):
        trackers.done(f"PAY-{number}", day=TODAY - timedelta(days=3), assignee=who)
    trackers.done("PAY-9", day=TODAY - timedelta(weeks=20), assignee="Ana Lima")

    streams = trackers.build(X, Y, people=on_leave(share=0.5)).portfolio.streams

    assert streams["p/x"].away == (Away(**WEEK, share=0.25),)
    assert streams["p/y"].away == ()


def test_she_is_missed_by_what_is_planned_for_her_where_that_is_known(trackers: Trackers) -> None:
    trackers.done("PAY-1", day=TODAY - timedelta(days=3), assignee="Ana Lima")
    both = [
        {"person": "ana", "project": "p/x", "share": 0.6},
        {"person": "bo", "project": "p/x", "share": 0.6, "from": "2026-01-15"},
    ]
    people = [*on_leave(), {"id": "bo"}]

    away = trackers.build(X, Y, people=people, allocations=both).portfolio.streams["p/x"].away

    assert away == (
        Away(start=WEEK["start"], end=date(2026, 1, 14), share=1.0),
        Away(start=date(2026, 1, 15), end=WEEK["end"], share=0.5),
    )


def test_a_part_of_a_team_may_be_away_whoever_it_is(trackers: Trackers) -> None:
    team = {"stream": "core"}
    built = trackers.build(X | team, Y | team | {"leave": [LEAVE | {"share": 0.3}]}).portfolio
    assert built.streams["stream:core"].away == (Away(**WEEK, share=0.3),)
