"""Risks, issues, actions and decisions: from the file, and from trackers' items and labels."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.portfolio.model import Portfolio
from slipwatch.aggregator.records import LinkKind, Outcome
from slipwatch.aggregator.register.model import Exposure, Register

from .conftest import NOW, TODAY, Trackers

PAYMENTS = {
    "id": "x",
    "scope": [{"source": "jira", "project": "PAY"}],
    "milestones": [
        {"id": "ga", "from": [{"source": "jira", "project": "PAY", "version": "2.0"}]},
        {"id": "beta", "duration": "5wd"},
    ],
}
RISKS = {"from": {"source": "jira", "project": "RISK"}}


def register(portfolio: Portfolio) -> Register:
    """Give the register of the one program."""
    (program,) = portfolio.programs
    assert program.register is not None
    return program.register


def build(trackers: Trackers, as_of: date = TODAY, **program: Any) -> Register:
    """Build it with the given keys of the program."""
    return register(trackers.build(PAYMENTS, as_of=as_of, program=program).portfolio)


def test_a_program_without_any_entry_keeps_no_register(trackers: Trackers) -> None:
    (program,) = trackers.build(PAYMENTS).portfolio.programs

    assert program.register is None


def test_what_the_file_says_is_read_as_it_was_on_the_day(trackers: Trackers) -> None:
    risk = {
        "id": "R1",
        "probability": 0.3,
        "impact": 80_000,
        "milestones": ["ga", "x/beta", "p/x/beta"],
        "raised": "2025-12-01",
        "reviewed": "2026-01-02",
        "closed": "2026-01-05",
    }

    now = build(trackers, risks=[risk])
    before = build(trackers, as_of=date(2026, 1, 1), risks=[risk])
    earlier = build(trackers, as_of=date(2025, 11, 30), risks=[risk])

    (found,) = now.risks
    assert (found.id, found.title) == ("p/risk:R1", "R1")
    assert found.exposure == pytest.approx(24_000)
    assert found.milestones == ("p/x/ga", "p/x/beta")
    assert (found.done, found.reviewed) == (TODAY, date(2026, 1, 2))
    assert (before.risks[0].done, before.risks[0].reviewed) == (None, None)
    assert earlier.risks == ()


@pytest.mark.parametrize(
    ("labels", "probability", "impact"),
    [
        (("probability:0.3", "impact:80000"), 0.3, 80_000),
        (("risk-probability:30%", "risk-impact-medium"), 0.3, 50_000),
        (("Probability-HIGH", "impact::very-high"), 0.7, 1_000_000),
        (("probability=low", "probability/high", "impact: low"), 0.7, 10_000),
        (("probability:1.5", "impact:-5"), None, None),
        (("probability-sure", "impact"), None, None),
        ((), None, None),
    ],
)
def test_labels_tell_how_likely_and_how_costly_a_tracked_risk_is(
    trackers: Trackers, labels: tuple[str, ...], probability: float | None, impact: float | None
) -> None:
    trackers.item("RISK-1", labels=labels)

    (risk,) = build(trackers, risks=[RISKS]).risks

    assert (risk.probability, risk.impact) == (probability, impact)


def test_a_tracked_risk_is_its_item_and_points_at_what_it_is_linked_with(
    trackers: Trackers,
) -> None:
    trackers.version("2.0")
    trackers.item("PAY-1", "v-2.0")
    trackers.item(
        "RISK-1",
        assignee="ana",
        due_date=date(2026, 2, 2),
        labels=("milestone:x/beta", "milestone:nowhere", "response:accept", "expires:2026-03-01"),
    )
    trackers.done("RISK-2", day=date(2026, 1, 2), outcome=Outcome.DROPPED)
    trackers.blocks("RISK-1", "PAY-1", kind=LinkKind.RELATES)

    first, second = build(trackers, risks=[RISKS, RISKS]).risks

    assert (first.id, first.title, first.owner) == ("p/risk:RISK-1", "Title of RISK-1", "ana")
    assert first.milestones == ("p/x/beta", "p/x/ga")
    assert (first.due, first.response, first.expires) == (
        date(2026, 2, 2),
        "accept",
        date(2026, 3, 1),
    )
    assert first.reviewed == (NOW - timedelta(days=1)).date()
    assert (first.done, second.done) == (None, date(2026, 1, 2))


def test_fields_outweigh_labels_and_say_who_in_any_account(trackers: Trackers) -> None:
    trackers.item(
        "RISK-1",
        assignee="bo",
        due_date=date(2026, 3, 3),
        labels=("probability:0.1", "impact:80000", "approver:dana"),
        told=(
            "probability:30 %",
            "owner:Ana Ruiz",
            "response:Accept",
            "review:2026-02-02",
            "reviewed:2026-01-02",
            "expires:2026-06-30",
            "mitigation:ask: a second bank",
        ),
    )
    trackers.item("RISK-2", told=("probability:certain", "impact:-1", "reviewed:2026-02-01"))
    people = [{"id": "ana", "accounts": {"jira": "Ana Ruiz"}}]

    built = trackers.build(PAYMENTS, program={"risks": [RISKS]}, people=people)
    first, second = register(built.portfolio).risks

    assert (first.probability, first.impact, first.owner) == (0.3, 80_000, "ana")
    assert (first.response, first.approver, first.expires) == ("accept", "dana", date(2026, 6, 30))
    assert (first.due, first.reviewed) == (date(2026, 2, 2), date(2026, 1, 2))
    assert first.mitigation == "ask: a second bank"
    assert (second.probability, second.impact, second.owner) == (None, None, None)
    assert second.reviewed == (NOW - timedelta(weeks=26)).date(), "not yet to come"


def test_words_mean_what_the_file_says(trackers: Trackers) -> None:
    trackers.item("RISK-1", labels=("probability-certain", "impact-huge"))
    scale = {"probability": {"certain": 1}, "impact": {"huge": 5}, "bands": {"medium": 1}}

    found = build(trackers, risks=[RISKS], risk_scale=scale)

    assert found.risks[0].exposure == 5
    assert found.bands.of(5) == "medium"


def test_an_action_belongs_to_the_risk_that_it_names_or_is_linked_with(
    trackers: Trackers,
) -> None:
    trackers.item("RISK-1")
    for key, labels in (("ACT-1", ("risk:R1",)), ("ACT-2", ()), ("ACT-3", ("risk:R9",))):
        trackers.item(key, labels=labels)
    trackers.blocks("RISK-1", "ACT-2", kind=LinkKind.RELATES)

    found = build(
        trackers,
        risks=[RISKS, {"id": "R1"}],
        issues=[{"id": "I1", "severity": "high"}],
        actions=[
            {"from": {"source": "jira", "project": "ACT"}},
            {"id": "A1", "issue": "I1", "done": "2026-01-02"},
        ],
    )

    assert {action.id: action.about for action in found.actions} == {
        "p/action:A1": "p/issue:I1",
        "p/action:ACT-1": "p/risk:R1",
        "p/action:ACT-2": "p/risk:RISK-1",
        "p/action:ACT-3": None,
    }


def test_decisions_and_meetings_tell_when_a_program_was_steered(trackers: Trackers) -> None:
    trackers.done("DEC-1", day=date(2025, 12, 3), assignee="dana")

    found = build(
        trackers,
        decisions=[{"from": {"source": "jira", "project": "DEC"}}, {"id": "D1", "by": "dana"}],
        steering=[
            {"held": "2026-01-02", "minutes": "https://wiki.example/12"},
            {"held": "2025-12-01", "minutes": "https://wiki.example/11"},
            {"held": "2026-02-01", "minutes": "https://wiki.example/13"},
        ],
    )

    assert found.steered == (date(2025, 12, 1), date(2026, 1, 2))
    assert found.minutes == "https://wiki.example/12"
    by = {one.id: (one.done, one.by) for one in found.decisions}
    assert by == {
        "p/decision:D1": (None, "dana"),
        "p/decision:DEC-1": (date(2025, 12, 3), "dana"),
    }


def test_the_exposure_of_earlier_days_is_known_and_that_of_later_ones_is_not(
    trackers: Trackers,
) -> None:
    days = [TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
    seen = [Exposure(day=day, exposure=5.0, risks=1) for day in days]
    facts = replace(trackers.facts(), exposures={"p": seen})

    built = trackers.build(PAYMENTS, program={"risks": [{"id": "R1"}]}, facts=facts)

    assert register(built.portfolio).exposures == (seen[0],)
