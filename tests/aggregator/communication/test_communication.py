"""Reports that are late, and reported colours beside those that are measured."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.communication.model import Reported, ReportPlan, ReportTold, Talk
from slipwatch.aggregator.communication.views import ReportedView, ReportView
from slipwatch.aggregator.health.history import ColourChange
from slipwatch.aggregator.judging.communication import assess_communication
from slipwatch.aggregator.judging.health import Evaluable, judge_health
from slipwatch.aggregator.portfolio.model import Portfolio, Program, Project

from ..health.views import NOW, TODAY, assessment, milestone

TOLD = ReportTold(
    program="p",
    audience="steering",
    as_of=TODAY - timedelta(days=7),
    made_at=datetime(2025, 12, 29, 9, tzinfo=UTC),
    said="same",
)
WEEKLY = ReportPlan(audience="steering", cadence="P1W", days=7)


def report(plan: ReportPlan, *, since: date | None = None, **given: Any) -> ReportView:
    portfolio = Portfolio(
        as_of=TODAY,
        timezone="UTC",
        programs=(Program(id="p", title="P", reports=(plan,)),),
        projects=(Project(id="p/x", title="x", program="p"),),
        talk=Talk(watched_since=since),
        **given,
    )
    (program,) = assess_communication(portfolio, measured(portfolio)).programs
    (found,) = program.reports
    return found


def measured(portfolio: Portfolio, status: Any = "red") -> Assessment:
    return judge_health(portfolio, assessment(milestone("a", status)), Evaluable())


@pytest.mark.parametrize(("days", "overdue"), [(9, False), (10, False), (11, True)])
def test_a_report_is_late_after_one_and_a_half_of_its_cadence(days: int, overdue: bool) -> None:
    last = TODAY - timedelta(days=days)

    assert report(replace(WEEKLY, elsewhere=last)).overdue is overdue
    assert report(replace(WEEKLY, told=(replace(TOLD, as_of=last),))).overdue is overdue
    assert report(WEEKLY, since=last).overdue is overdue


def test_nobody_knows_since_when_the_first_report_is_due_before_the_first_assessment() -> None:
    found = report(WEEKLY)

    assert (found.last, found.due, found.overdue) == (None, None, False)


def test_the_last_one_counts_however_it_went_out() -> None:
    plan = replace(WEEKLY, told=(TOLD,), elsewhere=TODAY - timedelta(days=2))

    assert report(plan).last == TODAY - timedelta(days=2)


def test_a_report_says_what_has_changed_since() -> None:
    line = ColourChange(
        at=NOW, day=TODAY, subject="p/x", dimension="schedule",
        before="green", after="red", cause="pace", reason="",
    )  # fmt: skip
    old = replace(line, at=TOLD.made_at - timedelta(days=1), day=TOLD.as_of)
    first = replace(line, before=None, cause="first")

    found = report(replace(WEEKLY, told=(TOLD,)), colours=(old, first, line))

    assert (found.turned_since, found.moved_since) == (1, 0)


def test_reports_that_say_the_same_are_counted_from_the_last_one_back() -> None:
    other = replace(TOLD, said="other")

    assert report(replace(WEEKLY, told=(TOLD, other, TOLD, TOLD))).same == 2
    assert report(WEEKLY).same == 0


def beside(reported: Reported, status: Any, colours: tuple[ColourChange, ...] = ()) -> ReportedView:
    portfolio = Portfolio(
        as_of=TODAY,
        timezone="UTC",
        programs=(Program(id="p", title="P", reported=reported),),
        projects=(Project(id="p/x", title="x", program="p"),),
        colours=colours,
    )
    (program,) = assess_communication(portfolio, measured(portfolio, status)).programs
    assert program.reported is not None
    return program.reported


@pytest.mark.parametrize(
    ("said", "status", "gap"),
    [("green", "red", 2), ("green", "amber", 1), ("amber", "red", 1), ("red", "red", 0),
     ("red", "green", -2), ("green", "grey", None)],
)  # fmt: skip
def test_the_gap_is_how_many_levels_better_the_report_is(
    said: Any, status: str, gap: int | None
) -> None:
    found = beside(Reported(status=said, on=TODAY), status)

    assert (found.computed, found.gap) == (status, gap)
    assert (found.since is not None) == (gap is not None and gap > 0)


def test_the_gap_lasts_from_when_both_were_so() -> None:
    amber = ColourChange(
        at=NOW, day=date(2025, 12, 20), subject="p", dimension="schedule",
        before="green", after="amber", cause="pace", reason="",
    )  # fmt: skip
    red = replace(amber, day=date(2025, 12, 28), before="amber", after="red")

    def since(said: Any, on: date) -> date | None:
        return beside(Reported(status=said, on=on), "red", (amber, red)).since

    assert since("green", date(2025, 12, 1)) == date(2025, 12, 20)
    assert since("amber", date(2025, 12, 1)) == date(2025, 12, 28)
    assert since("green", date(2025, 12, 30)) == date(2025, 12, 30)


def test_nothing_is_compared_where_nobody_reports() -> None:
    portfolio = Portfolio(
        as_of=TODAY,
        timezone="UTC",
        programs=(Program(id="p", title="P"),),
        projects=(Project(id="p/x", title="x", program="p"),),
    )
    given = measured(portfolio)

    (program,) = assess_communication(portfolio, given).programs

    assert program == structs.replace(given.programs[0], reports=(), reported=None)
