"""Weekly buckets, and how far a team's level drifts."""

from datetime import date, timedelta

import numpy as np
import pytest

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.forecast.history import (
    WeeklyHistory,
    drift_per_week,
    since_change,
    weekly_history,
)

AS_OF = date(2026, 1, 7)  # a Wednesday; its week begins on the 5th
STANDARD = WorkCalendar({1, 2, 3, 4, 5})


def history(done: list[int]) -> WeeklyHistory:
    return WeeklyHistory(done=np.array(done), capacity=np.ones(len(done)))


def test_weeks_are_counted_from_the_first_complete_one_to_the_last() -> None:
    finished = (
        date(2025, 12, 10),  # in the week that history began in
        date(2025, 12, 15),
        date(2025, 12, 21),
        date(2025, 12, 29),
        date(2026, 1, 4),
        date(2026, 1, 5),  # in the week that is not over
    )
    past = weekly_history(finished, date(2025, 12, 9), STANDARD, AS_OF)
    assert past.done.tolist() == [2, 0, 2]
    assert weekly_history(finished, None, STANDARD, AS_OF).done.tolist() == [2, 0, 2]
    whole = weekly_history(finished, date(2025, 12, 8), STANDARD, AS_OF)
    assert whole.done.tolist() == [1, 2, 0, 2]


@pytest.mark.parametrize("as_of", [AS_OF - timedelta(days=day) for day in range(7)])
def test_a_team_that_just_began_has_no_complete_week(as_of: date) -> None:
    assert weekly_history((), None, STANDARD, as_of).weeks == 0
    assert weekly_history((as_of,), as_of, STANDARD, as_of).weeks == 0
    assert weekly_history((), as_of + timedelta(days=9), STANDARD, as_of).weeks == 0


def test_half_a_year_is_kept() -> None:
    assert weekly_history((), date(2020, 1, 1), STANDARD, AS_OF).weeks == 26


def test_rates_are_per_normal_week_and_closed_weeks_say_nothing() -> None:
    closed = [date(2025, 12, 22) + timedelta(days=day) for day in range(7)]
    calendar = WorkCalendar({1, 2, 3, 4, 5}, [*closed, date(2025, 12, 29), date(2026, 1, 1)])
    finished = (date(2025, 12, 16), date(2025, 12, 17), *[date(2025, 12, 30)] * 3)
    past = weekly_history(finished, date(2025, 12, 15), calendar, AS_OF)
    assert past.done.tolist() == [2, 3]
    assert past.rates.tolist() == pytest.approx([2, 5])


def test_a_normal_week_is_one_without_holidays() -> None:
    assert WorkCalendar({1, 2, 3, 4}, [AS_OF]).normal_week == 4


def test_days_opened_or_closed_leave_a_normal_week_as_it_is() -> None:
    year = [AS_OF + timedelta(days=day) for day in range(365)]
    assert STANDARD.but(opened=year).normal_week == 5
    assert STANDARD.but(closed=year).normal_week == 5
    assert WorkCalendar.from_bits(*STANDARD.but(opened=year).to_bits()).normal_week == 5
    assert WorkCalendar({1}, first=AS_OF, last=AS_OF).normal_week == 7  # too short to tell


def test_the_drift_is_the_default_until_the_history_can_tell() -> None:
    assert drift_per_week(history([])) == pytest.approx(0.06)
    assert drift_per_week(history([5] * 7)) == pytest.approx(0.06)
    few_items = history([1, 0, 3, 0, 2, 1, 0, 0, 4, 1, 1, 2, 0, 0, 1, 3])
    assert drift_per_week(few_items) == pytest.approx(0.06, abs=0.005)


def test_a_busy_team_shows_whether_its_level_moves() -> None:
    steady = history([100, 101] * 13)
    wild = history([100] * 4 + [60] * 4 + [110] * 4 + [50] * 4 + [120] * 4 + [70] * 4)
    assert 0.03 <= drift_per_week(steady) < 0.06 < drift_per_week(wild) <= 0.25


def test_idle_months_leave_the_drift_finite() -> None:
    assert 0.03 <= drift_per_week(history([0] * 8 + [200] * 8 + [0] * 8)) <= 0.25


def test_weeks_before_a_change_of_pace_are_left_out() -> None:
    lost_half_its_people = since_change(history([20, 22, 19, 21] * 4 + [8, 11, 9, 10] * 2))
    assert lost_half_its_people.weeks == 8
    assert lost_half_its_people.done.max() == 11


@pytest.mark.parametrize("done", [[5] * 26, [9, 0, 4, 7, 1, 6] * 4, [0] * 12, [3, 9, 1], []])
def test_a_team_that_only_scatters_keeps_its_weeks(done: list[int]) -> None:
    assert since_change(history(done)).weeks == len(done)
