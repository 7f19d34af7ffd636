"""Indexes of schedules: execution against baselines, the path to a commitment, moving dates."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.assess import assess_portfolio
from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.indexes.tasks import Tasks
from slipwatch.aggregator.indexes.trend import meets, slope, weekly
from slipwatch.aggregator.indexes.views import Execution
from slipwatch.aggregator.portfolio.model import (
    Baseline,
    Dependency,
    Milestone,
    Observation,
    Portfolio,
    Program,
    Project,
)

MONDAY = date(2026, 1, 5)
S12 = (
    (date(2025, 12, 1), date(2026, 3, 2)),
    (date(2026, 1, 12), date(2026, 3, 16)),
    (date(2026, 2, 2), date(2026, 3, 9)),
    (date(2026, 2, 23), date(2026, 3, 30)),
)


def milestone(name: str, **given: Any) -> Milestone:
    return Milestone(
        id=f"p/x/{name}", title=name, program="p", project="p/x", calendar="default", **given
    )


def assessed(*milestones: Milestone, links: tuple[tuple[str, str], ...] = ()) -> Assessment:
    portfolio = Portfolio(
        as_of=MONDAY,
        timezone="UTC",
        programs=(Program(id="p", title="P"),),
        projects=(
            Project(id="p/x", title="X", program="p"),
            Project(id="p/y", title="Y", program="p"),
        ),
        milestones={one.id: one for one in sorted(milestones, key=lambda one: one.id)},
        dependencies=tuple(
            Dependency(upstream=f"p/x/{before}", downstream=f"p/x/{after}")
            for before, after in links
        ),
        calendars={"default": WorkCalendar({1, 2, 3, 4, 5})},
    )
    return assess_portfolio(portfolio, seed=0, trials=100, causes=False).assessment


def test_the_path_to_a_commitment_is_that_of_the_hand_calculation() -> None:
    """S01: 5 + 3 + 4 working days, and two too few until the commitment."""
    found = assessed(
        milestone("a", duration=5),
        milestone("b", duration=3),
        milestone("c", duration=4, commitment=date(2026, 1, 16)),
        links=(("a", "b"), ("b", "c")),
    )
    views = {view.title: view.indexes for view in found.milestones}

    assert (views["c"].path_length, views["c"].path_float, views["c"].cpli) == (12, -2, 0.8333)
    assert views["a"].cpli is None


def test_what_is_over_has_no_path_any_more() -> None:
    (view,) = assessed(
        milestone("a", commitment=MONDAY, actual=MONDAY, closed=True, baseline=Baseline())
    ).milestones

    assert view.indexes.cpli is None


def test_execution_is_counted_by_project_and_by_program() -> None:
    due = Tasks(
        finish=MONDAY - timedelta(days=1),
        planned=4,
        done=3,
        late=("jira:PAY-3",),
        open=("jira:PAY-4",),
    )
    ahead = Tasks(finish=MONDAY, planned=5, done=1, open=("a", "b", "c", "d"))
    found = assessed(milestone("a", tasks=due), milestone("b", tasks=ahead), milestone("c"))
    expected = Execution(
        tasks=9,
        due=4,
        completed=4,
        completed_due=3,
        missed=2,
        bei=1.0,
        hit_share=0.75,
        missed_share=0.5,
        missed_tasks=("jira:PAY-4", "jira:PAY-3"),
    )

    assert [view.execution for view in found.programs] == [expected]
    assert [view.execution for view in found.projects] == [expected, Execution()]


def test_nothing_is_told_of_execution_while_nothing_is_due() -> None:
    ahead = Tasks(finish=MONDAY, planned=5, done=1)
    found = assessed(milestone("a", tasks=ahead)).programs[0].execution

    assert (found.bei, found.hit_share, found.missed_share) == (None, None, None)


def test_the_slope_of_a_trend_is_that_of_the_hand_calculation() -> None:
    """S12: weekly reports from 1 December to 23 February."""
    reports = weekly(S12, date(2026, 2, 23), weeks=13)

    assert reports[0] == (date(2025, 12, 1), date(2026, 3, 2))
    assert len(reports) == 13
    assert slope(reports) == pytest.approx(0.2308, abs=5e-5)


@pytest.mark.parametrize(
    ("moved", "rate", "day"),
    [
        pytest.param(0, 0.0, date(2026, 3, 2), id="a date that stands is reached on its day"),
        pytest.param(7, 1.0, None, id="one that recedes with time is never reached"),
        pytest.param(14, 2.0, None, id="nor one that recedes faster"),
    ],
)
def test_a_trend_tells_when_its_date_is_reached(moved: int, rate: float, day: date | None) -> None:
    reports = [
        (MONDAY + timedelta(weeks=week), date(2026, 3, 2) + timedelta(days=moved * week))
        for week in range(4)
    ]

    assert slope(reports) == pytest.approx(rate)
    assert meets(reports) == day


@pytest.mark.parametrize(
    ("seen", "known"),
    [
        pytest.param([], False, id="nothing was ever seen"),
        pytest.param([(date(2025, 11, 18), MONDAY)], False, id="not in the oldest week"),
        pytest.param([(date(2025, 11, 17), MONDAY)], True, id="in every week"),
        pytest.param(
            [(date(2025, 11, 17), MONDAY), (date(2025, 12, 5), None)], False, id="taken away since"
        ),
    ],
)
def test_a_trend_needs_a_date_in_each_of_eight_weeks(
    seen: list[tuple[date, date | None]], known: bool
) -> None:
    history = tuple(
        Observation(datetime(day.year, day.month, day.day, 9, tzinfo=UTC), value)
        for day, value in seen
    )
    (view,) = assessed(milestone("a", history=history, duration=1)).milestones

    assert (view.indexes.trend is not None) == known
