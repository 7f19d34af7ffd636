"""Leave: days count for as much as there is of the team on them."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.forecast.capacity import Leave
from slipwatch.aggregator.forecast.history import weekly_history
from slipwatch.aggregator.forecast.quantiles import CENSORED
from slipwatch.aggregator.forecast.stream import Queued, forecast_stream
from slipwatch.aggregator.portfolio.model import Away, Stream

AS_OF = date(2026, 1, 5)
WEEKDAYS = WorkCalendar([1, 2, 3, 4, 5])


def off(weeks: int, share: float, since: int = 0) -> Away:
    """Say that a part of the team is away for some weeks, from some weeks after as_of on."""
    start = AS_OF + timedelta(weeks=since)
    return Away(start=start, end=start + timedelta(days=7 * weeks - 1), share=share)


def days_of(items: int, *away: Away) -> set[int]:
    """Give the days that so many items take a team of two a day."""
    stream = Stream(id="t", calendar="default", samples=(2,), away=away)
    queue = [Queued(id="m", remaining=items, gated=frozenset({2}))]
    found = forecast_stream(stream, queue, WEEKDAYS, AS_OF, 40, 0).milestones["m"]
    assert found.days is not None
    first = found.first(2)
    assert first is not None
    assert (first <= found.days).all()
    return set(found.days.tolist())


@pytest.mark.parametrize(
    ("away", "days"),
    [
        ((), {10}),
        ((off(2, 0.5),), {15}),  # 10 items in the two weeks, the other 10 in the week after
        ((off(1, 1.0),), {15}),
        ((off(1, 1.0, since=1),), {15}),
        ((off(1, 0.5, since=1), off(2, 0.5, since=4)), {13}),
        ((off(3, 0.25, since=2),), {10}),
        ((off(3, 1.0, since=-3),), {10}),
    ],
)
def test_days_ahead_on_which_people_are_away_count_for_less(
    away: Sequence[Away], days: set[int]
) -> None:
    assert days_of(20, *away) == days


def test_leave_delays_by_what_is_lost_and_never_makes_the_endless_end() -> None:
    leave = Leave(WEEKDAYS, [off(4, 0.3)], AS_OF)
    days = leave.days(np.array([0, 14, 15, 700, CENSORED], np.int32))
    assert days.tolist() == [0, 20, 21, 706, CENSORED]


def test_weeks_with_people_away_do_not_make_a_team_look_slow() -> None:
    mondays = [AS_OF - timedelta(weeks=week) for week in range(10, 0, -1)]
    done = [day for n, day in enumerate(mondays) for _ in range(6 if n < 8 else 3 if n < 9 else 1)]
    away = (off(1, 0.5, since=-2), off(1, 0.9, since=-1))
    history = weekly_history(done, mondays[0], WEEKDAYS, AS_OF, away)
    assert history.rates == pytest.approx([6.0] * 9)  # next to nobody worked in the last one
