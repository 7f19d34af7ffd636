"""Teams that close their work at the end of sprints: whole sprints are resampled."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from slipwatch.aggregator.calendar import WorkCalendar, display_finish
from slipwatch.aggregator.forecast.cadence import find_sprints
from slipwatch.aggregator.forecast.quantiles import Days, quantiles
from slipwatch.aggregator.forecast.stream import Queued, forecast_stream
from slipwatch.aggregator.portfolio.model import Stream

AS_OF = date(2026, 1, 5)
"""A Monday, in the middle of the sprints: one ends on the Friday after."""
WEEKDAYS = WorkCalendar([1, 2, 3, 4, 5])


def closes(*per_sprint: int, last: date = date(2025, 12, 26)) -> tuple[date, ...]:
    """Close so many items on the last day of each sprint of two weeks, up to a Friday."""
    fridays = [last - timedelta(weeks=2 * n) for n in range(len(per_sprint))]
    return tuple(
        day for day, items in zip(reversed(fridays), per_sprint, strict=True) for _ in range(items)
    )


def team(finished: Sequence[date]) -> Stream:
    since = finished[0] - timedelta(days=12)
    return Stream(id="t", calendar="default", finished=tuple(finished), since=since)


def days_of(items: int, finished: Sequence[date], trials: int = 2000) -> Days:
    queue = [Queued(id="m", remaining=items)]
    days = forecast_stream(team(finished), queue, WEEKDAYS, AS_OF, trials, 0).milestones["m"].days
    assert days is not None
    return days


def day(days: int | None) -> date:
    assert days is not None
    return display_finish(WEEKDAYS.add(AS_OF.toordinal(), days), WEEKDAYS)


def test_a_team_that_closes_all_on_every_second_friday_is_done_on_one_of_them() -> None:
    days = days_of(10, closes(*[10] * 13))
    first, second = date(2026, 1, 9), date(2026, 1, 23)
    found = {day(each) for each in np.unique(days).tolist()}
    # Thursday and Friday share what is done at the end.
    assert found <= {first - timedelta(days=1), first, second - timedelta(days=1), second}
    assert quantiles(days_of(19, closes(*[10] * 13)), (0.5,))[0] == 15  # that second Friday


def test_sprints_that_differ_are_drawn_whole() -> None:
    erratic, even = closes(*[4, 16] * 6), closes(*[10] * 12)
    assert np.std(days_of(60, erratic)) > np.std(days_of(60, even))


def test_sprints_are_found_with_their_length_and_day() -> None:
    found = find_sprints(team(closes(*[5] * 6)), 13, WEEKDAYS, AS_OF)
    assert found is not None
    assert (found.weeks, date.fromordinal(found.stop - 1)) == (2, date(2025, 12, 26))
    assert found.done.tolist() == [[0, 5]] * 6
    assert found.capacity[0].tolist() == pytest.approx([8 / 5, 2 / 5])
    assert found.at_the_end == 1


@pytest.mark.parametrize(
    "finished",
    [
        [AS_OF - timedelta(days=n) for n in range(1, 90)],
        [AS_OF - timedelta(weeks=n, days=3) for n in range(1, 13) for _ in range(3)],
        closes(3, 0, 0, 40, 0, 2),
        closes(*[3] * 6),
    ],
    ids=["every day", "every week", "one busy day", "few items"],
)
def test_what_is_no_habit_is_none(finished: Sequence[date]) -> None:
    assert find_sprints(team(sorted(finished)), 13, WEEKDAYS, AS_OF) is None


def test_looking_further_ahead_continues_the_same_sprints() -> None:
    finished = closes(*[4, 16] * 6)
    near = days_of(40, finished)
    queue = [Queued(id="m", remaining=40), Queued(id="far", remaining=900)]
    both = forecast_stream(team(finished), queue, WEEKDAYS, AS_OF, 2000, 0)
    days = both.milestones["m"].days
    assert days is not None
    assert np.array_equal(near, days)
    far = both.milestones["far"].days
    assert far is not None
    assert 850 < np.median(far) < 1050  # 940 items at one a working day
