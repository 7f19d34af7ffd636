"""What a simple forecast says in cases that are easily worked out by hand."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from slipwatch.aggregator.backtest.baselines import Standing, linear
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.portfolio.model import Milestone, Stream

TODAY = date(2026, 3, 2)


def standing(done: Sequence[date], joined: Sequence[date]) -> Standing:
    milestone = Milestone(
        id="p/x/m", title="m", program="p", project="p/x", calendar="default", finished=tuple(done)
    )
    return Standing(
        milestone=milestone,
        stream=Stream(id="p/x", calendar="default"),
        calendar=WorkCalendar(range(1, 8)),
        as_of=TODAY,
        joined=joined,
        slips=(),
        trials=10,
        seed=0,
    )


def weekly(weeks: int, items: int) -> list[date]:
    days = [TODAY - timedelta(weeks=n) for n in reversed(range(weeks))]
    return [day for day in days for _ in range(items)]


@pytest.mark.parametrize("weeks", range(3, 14))
def test_lines_that_run_side_by_side_never_meet(weeks: int) -> None:
    steps = weekly(weeks, 1)

    assert linear(standing(steps, [*[steps[0]] * 20, *steps])) is None


@pytest.mark.parametrize("weeks", range(3, 14))
def test_lines_that_meet_on_a_day_meet_on_that_day(weeks: int) -> None:
    done = weekly(weeks, 2)
    first = TODAY - timedelta(weeks=weeks - 1)

    found = linear(standing(done, [first] * (len(done) + 6)))

    assert found is not None
    assert found.tolist() == [21.0]
