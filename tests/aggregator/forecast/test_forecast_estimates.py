"""Plan dates as evidence: the shipped prior, the program's own record, and both views in one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.assess import assess_portfolio
from slipwatch.aggregator.assessment import Forecast
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.forecast.combine import combine
from slipwatch.aggregator.forecast.estimates import (
    GRID,
    HORIZON_DAYS,
    Bias,
    Estimates,
    remaining_days,
    scores,
)
from slipwatch.aggregator.forecast.outside import OutsideView
from slipwatch.aggregator.forecast.prior import shipped
from slipwatch.aggregator.forecast.quantiles import CENSORED, Days, quantiles
from slipwatch.aggregator.forecast.sampling import generator
from slipwatch.aggregator.portfolio.model import (
    Baseline,
    Milestone,
    Observation,
    Portfolio,
    Program,
    Project,
    Scope,
    Stream,
)
from slipwatch.aggregator.records import MilestoneKind

TODAY = date(2026, 1, 5)
START = date(2025, 9, 8)
DUE = date(2026, 5, 4)
WEEKDAYS = WorkCalendar({1, 2, 3, 4, 5})


def planned(name: str, project: str = "x", **given: Any) -> Milestone:
    fields: dict[str, Any] = {
        "title": name,
        "program": "p",
        "project": f"p/{project}",
        "calendar": "default",
        "stream": f"p/{project}",
        "tracked": True,
        "started": START,
        "plan": DUE,
    }
    return Milestone(id=f"p/{project}/{name}", **fields | given)


def over(number: int, late: float, project: str = "y", days: int = 100, **given: Any) -> Milestone:
    """Give a milestone that took ``late`` times as long as was planned all along."""
    start = TODAY - timedelta(days=1000 - number)
    plan = start + timedelta(days=days)
    fields: dict[str, Any] = {
        "started": start,
        "plan": plan,
        "history": (Observation(datetime.combine(start, time(), tzinfo=UTC), plan),),
        "actual": start + timedelta(days=round(days * late)),
    }
    return planned(f"over{number}", project, **fields | given)


def portfolio(milestones: Iterable[Milestone], streams: Sequence[Stream] = ()) -> Portfolio:
    found = list(milestones)
    projects = sorted({m.project for m in found})
    idle = {name: Stream(id=name, calendar="default") for name in projects}
    return Portfolio(
        as_of=TODAY,
        timezone="UTC",
        programs=(Program(id="p", title="P"),),
        projects=tuple(Project(id=name, title=name, program="p") for name in projects),
        milestones={m.id: m for m in sorted(found, key=lambda m: m.id)},
        streams=idle | {stream.id: stream for stream in streams},
        calendars={"default": WEEKDAYS},
    )


def forecast(
    *milestones: Milestone, streams: Sequence[Stream] = (), calendar: WorkCalendar = WEEKDAYS
) -> Forecast:
    """Forecast the first one in the light of the others."""
    world = replace(portfolio(milestones, streams), calendars={"default": calendar})
    found = assess_portfolio(world, seed=0, trials=1000).assessment
    view = found.milestone(milestones[0].id)
    assert view is not None
    return view.forecast


def median(*milestones: Milestone) -> float:
    remaining = OutsideView(portfolio(milestones)).remaining(milestones[0])
    assert remaining is not None
    return float(np.median(remaining.days))


def test_a_plan_date_alone_gives_a_rough_forecast_once_work_has_begun() -> None:
    found = forecast(planned("a"))

    assert (found.method, found.confidence) == ("reference", "low")
    assert found.p50 is not None
    assert found.p85 is not None
    assert DUE < found.p50 < found.p85


def test_days_that_are_closed_make_a_rough_forecast_no_earlier() -> None:
    open_days = forecast(planned("a"))
    assert open_days.p50 is not None
    around = [open_days.p50 + timedelta(days=day) for day in range(-10, 11)]
    closed = forecast(planned("a"), calendar=WEEKDAYS.but(closed=around))

    reopened = WEEKDAYS.up((around[-1] + timedelta(days=1)).toordinal())
    assert closed.p50 == date.fromordinal(reopened)
    for before, after in zip(
        (open_days.p50, open_days.p85, open_days.p95),
        (closed.p50, closed.p85, closed.p95),
        strict=True,
    ):
        assert before is not None
        assert after is not None
        assert before <= after


@pytest.mark.parametrize(
    "unready",
    [{"started": None}, {"plan": None}, {"tracked": False}, {"started": date(2026, 2, 2)}],
)
def test_there_is_none_without_a_beginning_or_a_date(unready: dict[str, Any]) -> None:
    assert forecast(planned("a", **unready)).method == "none"


def test_a_date_held_for_four_weeks_is_a_plan_though_nobody_said_when_work_began() -> None:
    def seen(days: int) -> Forecast:
        at = datetime.combine(TODAY - timedelta(days=days), time(), tzinfo=UTC)
        return forecast(planned("a", started=None, history=(Observation(at, DUE),)))

    assert (seen(27).method, seen(28).method) == ("none", "reference")


def test_a_plan_that_has_moved_is_believed_more() -> None:
    seen = datetime(2025, 9, 9, tzinfo=UTC)
    moved = (Observation(seen, date(2026, 3, 2)), Observation(seen + timedelta(weeks=8), DUE))
    assert median(planned("a", history=moved)) < median(planned("a", history=moved[1:]))


def test_the_longer_it_is_overdue_the_longer_it_takes() -> None:
    days = [
        median(planned("a", started=date(2025, 6, 2), plan=plan))
        for plan in (date(2025, 12, 29), date(2025, 9, 1))
    ]
    assert 0 < days[0] <= days[1]
    younger = median(planned("a", started=date(2025, 11, 3), plan=date(2025, 12, 29)))
    assert younger < days[0]


def test_what_is_due_takes_longer_the_older_it_is_but_not_in_proportion() -> None:
    young, old = (
        median(planned("a", started=TODAY - timedelta(days=age), plan=TODAY - timedelta(days=1)))
        for age in (100, 400)
    )
    assert old == pytest.approx(2 * young, rel=0.01)


def test_a_sprint_ends_by_the_calendar() -> None:
    ends = TODAY + timedelta(days=10)
    sprint = planned("s", started=TODAY - timedelta(days=4), plan=ends, kind=MilestoneKind.SPRINT)
    found = forecast(sprint)

    assert found.p50 is not None
    assert abs((found.p50 - ends).days) <= 3
    release = forecast(planned("a", started=TODAY - timedelta(days=4), plan=ends))
    assert release.p50 is not None
    assert found.p50 < release.p50


@pytest.mark.parametrize("late", [1.0, 2.0])
def test_the_record_of_a_project_moves_its_forecast_towards_itself(late: float) -> None:
    truth = (DUE - START).days * late - (TODAY - START).days
    off = [
        abs(np.log(median(planned("a"), *(over(i, late, "x") for i in range(count))) / truth))
        for count in (0, 5, 40)
    ]
    assert off[0] > off[1] > off[2]
    assert off[2] < 0.15


def test_a_record_counts_most_where_it_was_made() -> None:
    def shifted(**where: Any) -> float:
        past = [over(i, 3.0, **where) for i in range(10)]
        return median(planned("a"), *past)

    none = median(planned("a"))
    own, near, far = shifted(project="x"), shifted(), shifted(program="q")
    assert none < far < near < own


def test_only_what_was_known_at_the_time_teaches() -> None:
    """A plan that was written when all was over says nothing of how plans turn out."""
    told_late = [
        over(i, 3.0, "x", history=(Observation(datetime(2026, 1, 4, tzinfo=UTC), TODAY),))
        for i in range(20)
    ]
    assert median(planned("a"), *told_late) == median(planned("a"))
    baselined = [
        over(i, 3.0, "x", history=(), baseline=Baseline(finish=over(i, 3.0).plan))
        for i in range(20)
    ]
    assert median(planned("a"), *baselined) > median(planned("a"))


@settings(max_examples=60, deadline=None)
@given(
    elapsed=st.floats(0, 2000),
    remaining=st.floats(-1000, 2000),
    moved=st.floats(-500, 500),
    shift=st.floats(-2, 2),
    spread=st.floats(0.2, 3),
)
def test_days_are_ascending_positive_and_of_the_score_that_they_were_drawn_for(
    elapsed: float, remaining: float, moved: float, shift: float, spread: float
) -> None:
    prior = shipped()
    for slippage in (prior.sprint, prior.milestone):
        said = Estimates.of([(elapsed, remaining, moved)])
        days = remaining_days(said, slippage, prior.age_root, Bias(shift, spread))
        assert days.shape == (GRID,)
        assert (np.diff(days) >= 0).all()
        assert days[0] > 0

    drawn = remaining_days(said, prior.milestone, prior.age_root, Bias())[[22, 381, 500, 841]]
    if drawn[0] > 1 and drawn[-1] < HORIZON_DAYS:
        same = Estimates.of([(elapsed, remaining, moved)] * 4)
        found = scores(drawn, same, prior.milestone, prior.age_root)
        assert np.allclose(found, [-2.0, -0.3, 0.0, 1.0], atol=0.05)


def inside(p50: float = 40, spread: float = 0.3) -> Days:
    normal = generator(1, "inside").standard_normal(10_000)
    return np.ceil(p50 * np.exp(spread * normal)).astype(np.int32)


def view(p50: float, spread: float) -> np.ndarray:
    return np.sort(p50 * np.exp(spread * generator(2, "view").standard_normal(GRID)))


def pooled(days: Days, outside: np.ndarray, off: float = 0.0) -> Days:
    return combine(days, outside, generator(0, "m"), off=off)


def test_two_views_that_are_equally_sure_meet_in_the_middle() -> None:
    found = quantiles(pooled(inside(40, 0.3), view(90, 0.3)), (0.15, 0.5, 0.85))

    assert found == pytest.approx((60 * np.exp(-0.31), 60, 60 * np.exp(0.31)), rel=0.05)


def test_the_surer_view_counts_for_more_and_a_pace_that_was_off_for_less() -> None:
    p50 = [
        quantiles(pooled(inside(40, spread), view(90, 0.3), off), (0.5,))[0]
        for spread, off in ((0.1, 0.0), (0.1, 0.3), (0.3, 0.3), (0.9, 0.3))
    ]
    assert all(p50)
    assert p50 == sorted(p50, key=lambda each: each or 0)
    assert p50[0] == pytest.approx(43, abs=1)


def test_both_views_agreeing_leave_their_distribution() -> None:
    days = inside()
    outside = np.quantile(days, (np.arange(GRID) + 0.5) / GRID)

    levels = (0.05, 0.5, 0.95)
    assert quantiles(pooled(days, outside), levels) == pytest.approx(quantiles(days, levels), abs=1)


def test_a_trial_that_is_late_for_the_team_is_late_for_the_milestone() -> None:
    days = inside()
    assert np.corrcoef(np.log(days), np.log(pooled(days, view(90, 0.5))))[0, 1] > 0.99


def test_a_pace_that_never_gets_there_pulls_and_does_not_break() -> None:
    days = inside()
    days[:2000] = CENSORED
    found = pooled(days, view(60, 0.3))

    assert (found[:2000] > np.quantile(found[2000:], 0.9)).all()
    assert (found > 0).all()


def steady(per_week: int, weeks: int = 20) -> Stream:
    days = [
        TODAY - timedelta(weeks=week + 1) + timedelta(days=day % 5)
        for week in range(weeks)
        for day in range(per_week)
    ]
    return Stream(
        id="p/x",
        calendar="default",
        finished=tuple(sorted(days)),
        since=TODAY - timedelta(weeks=weeks),
    )


def paced(name: str, remaining: int, **given: Any) -> Milestone:
    return planned(name, scope=Scope(done=20, remaining=remaining), **given)


def test_a_plan_date_tempers_the_pace_as_far_as_the_program_has_shown_what_it_is_worth() -> None:
    team, past = steady(5), [over(i, 1.3) for i in range(20)]
    due = date(2026, 9, 4)

    def p50(*others: Milestone, plan: date | None) -> date:
        found = forecast(paced("a", 60, plan=plan), *others, streams=[team])
        assert found.method == "throughput"
        assert found.p50 is not None
        return found.p50

    alone = p50(plan=None)
    assert p50(plan=due) == alone
    assert p50(*past, plan=TODAY + timedelta(days=7)) < alone < p50(*past[:5], plan=due)
    assert p50(*past[:5], plan=due) < p50(*past, plan=due)


def test_a_sprint_ends_by_the_calendar_whatever_is_left_in_it() -> None:
    ends = TODAY + timedelta(days=8)
    box: dict[str, Any] = {
        "kind": MilestoneKind.SPRINT,
        "started": TODAY - timedelta(days=6),
        "plan": ends,
    }
    left = forecast(paced("s", 300, **box), streams=[steady(5)])
    done = forecast(paced("s", 0, **box), streams=[steady(5)])

    assert left == done
    assert left.p50 is not None
    assert abs((left.p50 - ends).days) <= 3
    assert (left.method, left.confidence) == ("reference", "low")
    past = [over(i, 1.0, "x", 14, kind=MilestoneKind.SPRINT) for i in range(10)]
    proven = forecast(paced("s", 300, **box), *past, streams=[steady(5)])
    assert proven.confidence == "full"
    assert proven.p50 is not None
    assert proven.p95 is not None
    assert left.p95 is not None
    assert (proven.p50 - ends).days <= 1
    assert proven.p95 < left.p95


def test_what_is_declared_stays_what_it_is() -> None:
    certain = Stream(id="p/x", calendar="default", samples=(1,))
    assert forecast(paced("a", 5), streams=[certain]).p95 == date(2026, 1, 9)
    assert forecast(planned("a", duration=5)).p95 == date(2026, 1, 9)
    done = planned("a", scope=Scope(done=20))
    assert forecast(done, streams=[steady(5)]).p95 == TODAY


def test_a_milestone_elsewhere_moves_nothing() -> None:
    one, streams = paced("a", 25), [steady(5)]
    assert forecast(one, streams=streams) == forecast(
        one, paced("b", 9, project="z"), planned("c", project="y"), streams=streams
    )
