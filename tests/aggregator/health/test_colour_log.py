"""Every change of colour is logged once, with what changed it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec import structs

from slipwatch.aggregator.assessment import (
    Assessment,
    ChanceMoved,
    Dates,
    Forecast,
    Movement,
    Network,
    ScopeView,
    to_json,
)
from slipwatch.aggregator.health.history import ColourChange, History
from slipwatch.aggregator.health.views import Status
from slipwatch.aggregator.judging.health import Evaluable, judge_health
from slipwatch.aggregator.judging.log import Before, colour_changes, read_before
from slipwatch.aggregator.portfolio.model import Portfolio
from slipwatch.aggregator.store import FindingEvent

from .views import DUE, NOW, TODAY, assessment, finding, milestone

PORTFOLIO = Portfolio(as_of=TODAY, timezone="UTC")
Known = dict[tuple[str, str], Status]


def judged(given: Assessment, **asked: Any) -> Assessment:
    return judge_health(PORTFOLIO, given, Evaluable(**asked))


def changes(
    then: Assessment,
    now: Assessment,
    told: frozenset[tuple[str, str]] = frozenset(),
    events: tuple[FindingEvent, ...] = (),
) -> dict[tuple[str, str], ColourChange]:
    """Log two assessments, one after the other; give what the second one changed."""
    known: Known = {}
    for change in colour_changes(known.copy(), judged(then, told=told), None, at=NOW):
        assert change.cause == "first"
        known[change.subject, change.dimension] = change.after
    before = read_before(to_json(judged(then, told=told)))
    found = colour_changes(known, judged(now, told=told), before, at=NOW, events=events)
    return {(one.subject, one.dimension): one for one in found}


def moved(**parts: float) -> Movement:
    every = dict.fromkeys(("pace", "scope", "upstream", "dates", "calendar", "model", "data"), 0.0)
    return Movement(
        since=TODAY - timedelta(days=7),
        p_on_time=ChanceMoved(before=0.9, after=0.6, total=-0.3, **(every | parts)),
    )


SCOPE = ScopeView(done=1, remaining=3)
WAS = milestone("a", scope=SCOPE, network=Network(drivers=("p/x/b",)))
OTHER = milestone("b", commitment=None)


@pytest.mark.parametrize(
    ("now", "other", "cause"),
    [
        ({}, {}, "pace"),
        ({"movement": moved(pace=-0.2, scope=-0.1)}, {}, "pace"),
        ({"movement": moved(pace=-0.1, scope=-0.2)}, {}, "scope"),
        ({"movement": moved(upstream=-0.3, scope=0.5)}, {}, "upstream"),
        ({"movement": moved(dates=-0.3)}, {}, "date"),
        ({"movement": moved(data=-0.2, model=-0.1)}, {}, "data"),
        ({"dates": Dates(commitment=DUE - timedelta(days=14))}, {}, "date"),
        ({"dates": Dates(commitment=DUE, plan=DUE)}, {}, "date"),
        ({"scope": ScopeView(done=1, remaining=9)}, {}, "scope"),
        ({}, {"forecast": Forecast(method="throughput", p50=DUE + timedelta(days=9))}, "upstream"),
    ],
)
def test_a_milestone_that_turns_amber_says_what_turned_it(
    now: dict[str, Any], other: dict[str, Any], cause: str
) -> None:
    after = structs.replace(WAS, status="amber", **now)

    found = changes(assessment(WAS, OTHER), assessment(after, structs.replace(OTHER, **other)))

    own, project, program, whole = (
        found["p/x/a", "milestone"], found["p/x", "schedule"],
        found["p", "schedule"], found["", "overall"],
    )  # fmt: skip
    assert (own.before, own.after, own.cause) == ("green", "amber", cause)
    assert {project.cause, program.cause, whole.cause} == {cause}


def test_what_turns_grey_or_comes_out_of_grey_is_the_data_s_doing() -> None:
    grey = structs.replace(WAS, status="grey")

    there = changes(assessment(WAS), assessment(grey))
    back = changes(assessment(grey), assessment(WAS))

    assert {one.cause for one in (*there.values(), *back.values())} == {"data"}


def test_a_finding_is_named_as_the_cause_of_its_dimension() -> None:
    told = frozenset({("GOV-001", "p")})
    bad = assessment(WAS, findings=[finding("GOV-001", "high", "p")])

    found = changes(assessment(WAS), bad, told)

    assert found["p", "governance"].cause == found["p", "overall"].cause == "finding"
    assert found["p", "governance"].reason == "GOV-001, high: GOV-001 says so."
    assert ("p/x/a", "milestone") not in found


def test_what_turned_a_finding_is_what_turned_its_dimension() -> None:
    told = frozenset({("GOV-001", "p"), ("RISK-001", "p")})
    well, bad = assessment(WAS), assessment(WAS, findings=[finding("GOV-001", "high", "p")])

    def event(name: str, cause: str) -> FindingEvent:
        return FindingEvent(
            fingerprint="", rule="GOV-001", subject="p", day=TODAY, event=name, cause=cause,
            severity="high", message="",
        )  # fmt: skip

    there = changes(well, bad, told, (event("opened", "file"),))
    back = changes(bad, well, told, (event("closed", "date"),))

    assert {one.cause for one in there.values()} == {"file"}
    assert {one.cause for one in back.values()} == {"date"}
    assert {one[1] for one in back} == {"governance", "overall"}


def test_what_keeps_its_colour_is_not_logged() -> None:
    assert not changes(assessment(WAS), assessment(WAS))


def test_an_assessment_of_another_version_is_not_believed() -> None:
    assert read_before(b'{"milestones": 1}') is None
    assert read_before(b"{}") == Before()


def test_the_log_tells_since_when_things_are_as_bad() -> None:
    line = ColourChange(
        at=NOW, day=date(2026, 1, 1), subject="p", dimension="schedule",
        before=None, after="green", cause="first", reason="",
    )  # fmt: skip
    log = [
        line,
        replace(line, day=date(2026, 1, 2), before="green", after="amber"),
        replace(line, day=date(2026, 1, 3), before="amber", after="red"),
        replace(line, day=date(2026, 1, 9), before="red", after="green"),
    ]
    history = History(log, TODAY)

    assert history.since("p", "schedule", "red") == date(2026, 1, 3)
    assert history.since("p", "schedule", "amber") == TODAY
    assert history.as_bad_since("p", "schedule", "amber") == date(2026, 1, 2)
    assert history.as_bad_since("p", "schedule", "red") == date(2026, 1, 3)
    assert history.as_bad_since("p", "cost", "red") == TODAY
