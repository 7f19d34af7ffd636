"""Work that is told by points: sizes in usual items wherever items would be counted."""

from datetime import date, timedelta
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.forecast.cadence import find_sprints
from slipwatch.aggregator.forecast.history import weekly_history
from slipwatch.aggregator.forecast.quantiles import Days
from slipwatch.aggregator.forecast.scope import ScopeProcess
from slipwatch.aggregator.forecast.share import Output, observed_share
from slipwatch.aggregator.forecast.stream import Queued, forecast_stream
from slipwatch.aggregator.portfolio.counting import Counting
from slipwatch.aggregator.portfolio.model import Stream

AS_OF = date(2026, 1, 5)
WEEKDAYS = WorkCalendar([1, 2, 3, 4, 5])
FRIDAYS = tuple(AS_OF - timedelta(days=3, weeks=2 * n) for n in range(12, -1, -1) for _ in range(4))
"""Four items on every second one."""
RANKS = np.arange(0, 65_536, 64).astype(np.uint16)


def team(*points: float, usual: float = 2.0, proportional: bool = False) -> Stream:
    """Finish four items at the end of each sprint; ``points`` are those of each four."""
    return Stream(
        id="t",
        calendar="default",
        finished=FRIDAYS,
        since=FRIDAYS[0] - timedelta(days=11),
        counting=Counting(estimated=52, finished=52, usual=usual),
        points=points * 13,
        proportional=proportional,
    )


def queued(name: str = "m", *, points: float, usual: float = 2.0, **given_: Any) -> Queued:
    given_ |= {"open_size": points / usual, "done_size": 0.0}
    return Queued(id=name, remaining=4, **given_)


def days_of(stream: Stream, *queue: Queued) -> dict[str, Days]:
    found = forecast_stream(stream, queue, WEEKDAYS, AS_OF, 1000, 0).milestones
    return {name: each.days for name, each in found.items() if each.days is not None}


def test_a_pace_in_points_works_off_points() -> None:
    stream = team(1, 1, 1, 5)  # eight in two weeks
    days = days_of(stream, queued(points=15))["m"]
    more = days_of(stream, queued(points=17))["m"]
    assert np.median(days) == 20  # the end of the second sprint
    assert np.median(more) > 28  # the next one


def test_only_the_ratio_of_points_counts() -> None:
    one = days_of(team(1, 2, 3, 5), queued(points=30))["m"]
    other = days_of(team(3, 6, 9, 15, usual=6.0), queued(points=90, usual=6.0))["m"]
    assert one.tolist() == other.tolist()


def test_weeks_and_sprints_are_as_large_as_what_was_done_in_them() -> None:
    stream = team(1, 1, 1, 5)
    history = weekly_history(
        stream.finished, stream.since, WEEKDAYS, AS_OF, sizes=stream.sizes()
    ).last(4)
    assert history.done.tolist() == [0, 4, 0, 4]
    assert history.items == 8
    sprints = find_sprints(stream, 26, WEEKDAYS, AS_OF)
    assert sprints is not None
    assert sprints.done.tolist()[-1] == [0, 4]


def test_a_share_of_a_team_is_that_of_its_points() -> None:
    began = AS_OF - timedelta(weeks=12)
    every, mine = Output(FRIDAYS, (1.0, 1.0, 1.0, 5.0) * 13), FRIDAYS[3::4]
    small, large = (
        observed_share(Output(mine, (size,) * len(mine)), every, began, AS_OF).value
        for size in (1.0, 5.0)
    )
    assert small < 0.2
    assert large > 0.6


def test_milestones_side_by_side_share_by_the_points_that_they_got() -> None:
    stream = team(1, 1, 1, 5, proportional=True)
    found = days_of(stream, queued("a", points=20, recent=40.0), queued("b", points=20, recent=5.0))
    assert np.median(found["a"]) < np.median(found["b"])


def test_the_part_behind_a_gate_has_its_share_of_the_points() -> None:
    one = queued(points=40, gated=frozenset({1}))
    found = forecast_stream(team(2, 2, 2, 2), [one], WEEKDAYS, AS_OF, 1000, 0).milestones["m"]
    quarter = days_of(team(2, 2, 2, 2), queued(points=10))["m"]
    first = found.first(1)
    assert first is not None
    assert first.tolist() == quarter.tolist()
    assert found.first(4) is found.own


@given(
    done=st.floats(0, 50),
    open_=st.floats(0.1, 80),
    more=st.floats(0, 40),
)
def test_more_points_are_never_less_work(done: float, open_: float, more: float) -> None:
    process = ScopeProcess()
    before, after = (
        process.work_of_each([(done, size, size)], RANKS)[0] for size in (open_, open_ + more)
    )
    assert (after >= before * (1 - 1e-6)).all()
