"""The prior of plan dates, learned from a few projects made by hand."""

from datetime import date, timedelta

import numpy as np
import pytest

from benchmarks.outside.learning import learn
from benchmarks.outside.reports import Score, score_on
from benchmarks.outside.sets import ReportedProject
from slipwatch.aggregator.forecast.prior import shipped
from slipwatch.aggregator.forecast.record import Outcome

START = date(2026, 1, 1)


def test_where_no_plan_moved_a_move_adds_nothing() -> None:
    found = learn([_outcome(life=200 + 10 * i, planned=150) for i in range(12)])

    assert found.moved == 0


def test_a_moved_plan_takes_off_where_those_that_moved_were_nearer_the_truth() -> None:
    late = [_outcome(life=300 + 10 * i, planned=150) for i in range(12)]
    mended = [_outcome(life=300 + 10 * i, planned=150, moved=150 + 10 * i) for i in range(12)]

    assert -0.5 <= learn([*late, *mended]).moved < -0.3


def test_the_middle_says_by_how_much_plans_were_short() -> None:
    found = learn([_outcome(life=400, planned=200) for _ in range(6)])
    ours = found.rows(np.array([0.7]))[0, found.levels.index(0.5)]

    # On day 60 of 400 there are 140 days to the plan, and 8 more that its age is good for.
    assert ours == pytest.approx(np.log(340 / 148), abs=0.05)


def test_twins_have_the_same_reports() -> None:
    project = _project("1", 90, 90, 120)

    assert project.is_twin(_project("2", 90, 90, 120))
    assert not project.is_twin(_project("2", 90, 120, 120))


def test_what_is_left_is_counted_from_the_day_of_the_forecast() -> None:
    project, score = _project("1", 90, 90, 120), Score()
    day = project.day_at(0.08)
    score_on(day, score, project, shipped().milestone)

    # Released on day 130, and on day 7, the last report by day 10, said to be on day 90.
    assert day == START + timedelta(10)
    assert score.managers == [pytest.approx(40 / 120)]


def _outcome(*, life: int, planned: int, moved: int = 0) -> Outcome:
    """Report every week; a plan that moves does so after the first third."""
    days = range(0, life, 7)
    shift = [moved if day > planned / 3 else 0 for day in days]
    return Outcome(
        program="made",
        project=f"{life}/{moved}",
        said=[(day, planned + by - day, by) for day, by in zip(days, shift, strict=True)],
        actual=[life - day for day in days],
    )


def _project(name: str, *plans: int) -> ReportedProject:
    return ReportedProject(
        name=name,
        start=START,
        released=START + timedelta(130),
        reports=tuple(
            (START + timedelta(7 * week), START + timedelta(plan))
            for week, plan in enumerate(plans)
        ),
    )
