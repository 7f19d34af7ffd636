"""From throughput to durations: the hand-computed scenarios, the ladder, shared capacity."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.calendar import WorkCalendar, display_finish
from slipwatch.aggregator.forecast.quantiles import (
    CENSORED,
    Days,
    probability_by,
    quantile_days,
    quantiles,
)
from slipwatch.aggregator.forecast.stream import (
    DEFAULT_WINDOW,
    Queued,
    Step,
    StreamForecast,
    forecast_stream,
)
from slipwatch.aggregator.portfolio.model import Stream

AS_OF = date(2026, 1, 5)
STANDARD = WorkCalendar({1, 2, 3, 4, 5})
TRIALS = 10_000
LEVELS = (0.5, 0.85, 0.95)


def forecast(
    stream: Stream,
    *queue: Queued,
    calendar: WorkCalendar = STANDARD,
    as_of: date = AS_OF,
    trials: int = TRIALS,
    seed: int = 0,
    window: int = DEFAULT_WINDOW,
    pace: float = 1.0,
) -> StreamForecast:
    return forecast_stream(stream, queue, calendar, as_of, trials, seed, window=window, pace=pace)


def days_of(result: StreamForecast, name: str) -> Days:
    days = result.milestones[name].days
    assert days is not None
    return days


def finish_on(days: int | None, calendar: WorkCalendar = STANDARD) -> date:
    assert days is not None
    return display_finish(calendar.add(AS_OF.toordinal(), days), calendar)


def finish_dates(days: Days, calendar: WorkCalendar = STANDARD) -> list[date]:
    return [finish_on(day, calendar) for day in quantiles(days, LEVELS)]


def team(per_week: Sequence[int], *, name: str = "team", as_of: date = AS_OF) -> Stream:
    """Finish so many items on the Wednesday of each of the weeks before as_of."""
    monday = as_of - timedelta(days=as_of.weekday(), weeks=len(per_week))
    wednesdays = (monday + timedelta(weeks=week, days=2) for week in range(len(per_week)))
    return Stream(
        id=name,
        calendar="default",
        finished=tuple(
            day for day, done in zip(wednesdays, per_week, strict=True) for _ in range(done)
        ),
        since=monday,
    )


def daily(*samples: int, proportional: bool = False) -> Stream:
    return Stream(id="team", calendar="default", samples=samples, proportional=proportional)


def test_one_item_a_day_makes_every_percentile_the_same_date() -> None:  # S14a
    result = forecast(daily(1), Queued(id="m", remaining=23))
    assert finish_dates(days_of(result, "m")) == [date(2026, 2, 4)] * 3


def test_an_item_on_two_of_three_days_follows_the_negative_binomial() -> None:  # S14b
    days = days_of(forecast(daily(0, 1, 1), Queued(id="m", remaining=6)), "m")
    assert quantiles(days, LEVELS) == (9, 11, 13)
    assert finish_dates(days) == [date(2026, 1, 15), date(2026, 1, 19), date(2026, 1, 21)]
    exact = {6: 0.08779, 7: 0.26337, 8: 0.46822, 9: 0.65031, 10: 0.78687, 11: 0.87791}
    exact |= {12: 0.93355, 13: 0.96535, 14: 0.98257, 15: 0.9915, 16: 0.99596, 18: 0.99915}
    for limit, probability in exact.items():
        assert probability_by(days, limit) == pytest.approx(probability, abs=4 * 0.005)
    assert probability_by(days, 5) == 0


@pytest.mark.parametrize(
    ("proportional", "first"), [(False, date(2026, 1, 16)), (True, date(2026, 1, 30))]
)
def test_two_milestones_never_get_the_full_team_each(proportional: bool, first: date) -> None:
    queue = [Queued(id="M1", remaining=10), Queued(id="M2", remaining=10)]  # S17
    result = forecast(daily(1, proportional=proportional), *queue)
    assert finish_dates(days_of(result, "M1")) == [first] * 3
    assert finish_dates(days_of(result, "M2")) == [date(2026, 1, 30)] * 3


def test_declared_weeks_spread_over_their_working_days() -> None:
    stream = Stream(id="team", calendar="default", samples=(10,), samples_per_week=True)
    result = forecast(stream, Queued(id="m", remaining=15))
    assert set(days_of(result, "m")) == {8}  # 10 in five days, the other 5 at two a day


def test_the_first_week_counts_from_as_of_only() -> None:
    stream = Stream(id="team", calendar="default", samples=(10,), samples_per_week=True)
    thursday = date(2026, 1, 8)
    result = forecast(stream, Queued(id="m", remaining=4), as_of=thursday)
    assert set(days_of(result, "m")) == {2}
    saturday = date(2026, 1, 10)
    result = forecast(stream, Queued(id="m", remaining=10), as_of=saturday)
    assert set(days_of(result, "m")) == {5}


def test_three_equal_shares_of_a_declared_team_stay_whole_days() -> None:
    queue = [Queued(id=name, remaining=10) for name in "abc"]
    result = forecast(daily(1, proportional=True), *queue)
    assert {int(day) for name in "abc" for day in days_of(result, name)} == {30}


def test_a_milestone_with_nothing_left_takes_no_days_and_no_share() -> None:
    queue = [Queued(id="open", remaining=10), Queued(id="empty", remaining=0, done=4)]
    for proportional in (False, True):
        result = forecast(daily(1, proportional=proportional), *queue)
        assert set(days_of(result, "open")) == {10}
        assert set(days_of(result, "empty")) == {0}


def test_a_milestone_with_nothing_left_shares_a_team_whose_weeks_differ() -> None:
    shared = replace(team([5, 3, 0, 6, 5, 4, 5, 3]), proportional=True)
    queue = [Queued(id="open", remaining=30), Queued(id="empty", remaining=0, done=4)]
    result = forecast(shared, *queue)
    assert set(days_of(result, "empty")) == {0}
    alone = forecast(shared, queue[0])
    assert np.array_equal(days_of(result, "open"), days_of(alone, "open"))


@pytest.mark.parametrize(
    ("per_week", "step", "confidence"),
    [
        ([3] * 8, Step.FULL, "full"),
        ([3] * 7, Step.LEVEL, "low"),
        ([2, 2, 3, 3, 2, 2, 3, 3], Step.FULL, "full"),
        ([2, 2, 3, 3, 2, 2, 3, 2], Step.LEVEL, "low"),
        ([50] * 4, Step.LEVEL, "low"),
        ([50] * 3, Step.REFERENCE, "none"),
        ([], Step.REFERENCE, "none"),
        ([0] * 3, Step.REFERENCE, "none"),
    ],
)
def test_the_ladder_has_its_steps_at_8_weeks_20_items_and_4_weeks(
    per_week: list[int], step: Step, confidence: str
) -> None:
    result = forecast(team(per_week), Queued(id="m", remaining=5), trials=50)
    milestone = result.milestones["m"]
    assert (milestone.step, milestone.confidence) == (step, confidence)
    assert (milestone.weeks, milestone.items) == (len(per_week), sum(per_week))
    assert (milestone.days is None) == (step is Step.REFERENCE)
    assert milestone.method == ("none" if step is Step.REFERENCE else "throughput")
    assert not milestone.stalled


def test_too_short_a_history_still_knows_that_nothing_is_left() -> None:
    result = forecast(team([5]), Queued(id="m", remaining=3), Queued(id="empty", remaining=0))
    assert result.milestones["m"].first(1) is None
    assert set(days_of(result, "empty")) == {0}


def test_only_weeks_that_are_complete_count() -> None:
    stream = team([4] * 8, as_of=date(2026, 1, 4))  # the Sunday of a ninth week
    sunday = forecast(stream, Queued(id="m", remaining=5), as_of=date(2026, 1, 4), trials=50)
    assert sunday.weeks == 8
    monday = forecast(stream, Queued(id="m", remaining=5), as_of=date(2026, 1, 5), trials=50)
    assert monday.weeks == 9


def test_a_team_that_finished_nothing_in_the_window_is_stalled() -> None:
    stream = team([9] * 5 + [0] * 13)
    milestone = forecast(stream, Queued(id="m", remaining=1)).milestones["m"]
    assert milestone.stalled
    assert milestone.censored == 1
    assert milestone.days is not None
    assert quantile_days(milestone.days, 0.5) is None
    assert probability_by(milestone.days, 10_000) == 0
    assert not forecast(team([9] * 5 + [0] * 12), Queued(id="m", remaining=1)).stalled


def test_a_declared_throughput_of_zero_is_stalled() -> None:
    assert forecast(daily(0, 0), Queued(id="m", remaining=1)).stalled


def test_work_beyond_the_horizon_is_censored_and_not_early() -> None:
    queue = Queued(id="m", remaining=3000)
    milestone = forecast(team([3, 2, 4, 3] * 3), queue, trials=1000).milestones["m"]
    assert 0.5 < milestone.censored < 1
    assert milestone.days is not None
    assert quantile_days(milestone.days, 0.85) is None
    assert milestone.days.max() == CENSORED


def test_weeks_without_a_finished_item_count() -> None:
    queue = Queued(id="m", remaining=40)
    busy = days_of(forecast(team([4] * 12), queue), "m")
    idle_half = days_of(forecast(team([4, 0] * 6), queue), "m")
    p50 = quantile_days(busy, 0.5)
    assert p50 is not None
    assert quantile_days(idle_half, 0.5) == pytest.approx(2 * p50, rel=0.1)


def test_holidays_ahead_make_the_finish_later() -> None:
    closed = WorkCalendar(
        {1, 2, 3, 4, 5}, [date(2026, 1, 12) + timedelta(days=d) for d in range(5)]
    )
    queue = Queued(id="m", remaining=40)
    stream = team([5, 3, 4, 6, 5, 4, 5, 3, 4, 6])
    open_days = days_of(forecast(stream, queue), "m")
    closed_days = days_of(forecast(stream, queue, calendar=closed), "m")
    week = timedelta(weeks=1)
    for normal, shifted in zip(
        finish_dates(open_days), finish_dates(closed_days, closed), strict=True
    ):
        assert normal + timedelta(days=4) <= shifted <= normal + week + timedelta(days=4)


def test_holidays_behind_do_not_make_a_team_look_slow() -> None:
    short_weeks = WorkCalendar(
        {1, 2, 3, 4, 5},
        [AS_OF - timedelta(weeks=week, days=-day) for week in range(1, 14) for day in (0, 1)],
    )
    queue = Queued(id="m", remaining=30)
    slow = quantile_days(days_of(forecast(team([3] * 13), queue), "m"), 0.5)
    normal = quantile_days(days_of(forecast(team([5] * 13), queue), "m"), 0.5)
    short = quantile_days(days_of(forecast(team([3] * 13), queue, calendar=short_weeks), "m"), 0.5)
    assert short == normal
    assert normal is not None
    assert slow is not None
    assert slow > normal


def test_the_same_inputs_give_the_same_bytes_and_another_seed_others() -> None:
    stream, queue = team([5, 3, 0, 6, 5, 4, 5, 3]), Queued(id="m", remaining=30)
    days = days_of(forecast(stream, queue), "m").tobytes()
    assert days_of(forecast(stream, queue), "m").tobytes() == days
    assert days_of(forecast(stream, queue, seed=1), "m").tobytes() != days
    assert (
        days_of(forecast(team([5, 3, 0, 6, 5, 4, 5, 3], name="other"), queue), "m").tobytes()
        != days
    )


@pytest.mark.parametrize("per_week", [[5, 3, 0, 6, 5, 4, 5, 3], [2, 3, 2, 4]])
def test_a_milestone_behind_does_not_reshuffle_those_before(per_week: list[int]) -> None:
    stream = team(per_week)
    alone = forecast(stream, Queued(id="a", remaining=10))
    both = forecast(stream, Queued(id="a", remaining=10), Queued(id="z", remaining=400))
    assert np.array_equal(days_of(alone, "a"), days_of(both, "a"))


def test_a_shared_team_is_never_counted_twice() -> None:
    stream = team([5, 3, 0, 6, 5, 4, 5, 3])
    parts = [Queued(id=name, remaining=12) for name in "abc"]
    whole = Queued(id="all", remaining=36)
    queued, together = forecast(stream, *parts), forecast(stream, whole)
    assert np.array_equal(days_of(queued, "c"), days_of(together, "all"))
    assert (days_of(queued, "a") < days_of(queued, "b")).all()
    assert (days_of(queued, "b") < days_of(queued, "c")).all()


def test_shares_follow_what_each_milestone_got_lately() -> None:
    stream = Stream(id="team", calendar="default", samples=(4,), proportional=True)
    favoured = Queued(id="favoured", remaining=30, recent=30)
    starved = Queued(id="starved", remaining=30, recent=2)
    result = forecast(stream, favoured, starved)
    assert days_of(result, "favoured").mean() < days_of(result, "starved").mean()
    unknown = Queued(id="unknown", remaining=30)
    equal = forecast(stream, favoured, starved, unknown)
    assert {int(day) for name in equal.milestones for day in days_of(equal, name)} == {23}


def test_the_first_items_of_a_milestone_do_not_wait_in_the_queue() -> None:
    stream = team([5, 3, 0, 6, 5, 4, 5, 3])
    before, gated = Queued(id="before", remaining=20), Queued(id="gated", remaining=12)
    alone, queued = forecast(stream, gated), forecast(stream, before, gated)
    part, all_of_it = queued.milestones["gated"].first(4), queued.milestones["gated"].first(12)
    assert part is not None
    assert all_of_it is not None
    assert np.array_equal(all_of_it, days_of(alone, "gated"))
    assert (part < all_of_it).all()
    assert (all_of_it < days_of(queued, "gated")).all()


def test_pace_changes_the_throughput_in_the_same_trials() -> None:
    result = forecast(daily(1), Queued(id="m", remaining=4), pace=0.8)
    assert set(days_of(result, "m")) == {5}
    stream, queue = team([5, 3, 0, 6, 5, 4, 5, 3]), Queued(id="m", remaining=30)
    slower = days_of(forecast(stream, queue, pace=0.8), "m")
    assert (slower > days_of(forecast(stream, queue), "m")).all()


def test_the_window_forgets_older_weeks() -> None:
    stream = team([20] * 13 + [4] * 13)
    queue = Queued(id="m", remaining=40)
    recent = days_of(forecast(stream, queue), "m")
    longer = days_of(forecast(stream, queue, window=26), "m")
    assert longer.mean() < recent.mean()


@pytest.mark.parametrize(("window", "pace"), [(3, 1.0), (27, 1.0), (13, 0.0)])
def test_a_window_or_a_pace_that_cannot_be_is_refused(window: int, pace: float) -> None:
    with pytest.raises(ValueError, match=r"window|pace"):
        forecast(team([4] * 8), window=window, pace=pace)


histories = st.lists(st.integers(0, 12), min_size=4, max_size=20)
small_queues = st.lists(st.integers(0, 60), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@given(per_week=histories, queue=small_queues, more=st.integers(1, 20), data=st.data())
def test_more_work_never_finishes_anything_earlier(
    per_week: list[int], queue: list[int], more: int, data: st.DataObject
) -> None:
    grown = data.draw(st.integers(0, len(queue) - 1))
    stream = team(per_week)

    def run(remaining: list[int]) -> StreamForecast:
        entries = [Queued(id=f"m{place}", remaining=items) for place, items in enumerate(remaining)]
        return forecast(stream, *entries, trials=200)

    less = run(queue)
    longer = run([items + more * (place == grown) for place, items in enumerate(queue)])
    for name in less.milestones:
        assert (days_of(less, name) <= days_of(longer, name)).all()
        assert days_of(less, name).dtype == np.int32


@settings(max_examples=40, deadline=None)
@given(per_week=histories, items=st.integers(1, 80), ahead=st.integers(0, 80))
def test_the_queue_before_a_milestone_only_adds(
    per_week: list[int], items: int, ahead: int
) -> None:
    queue = [Queued(id="ahead", remaining=ahead), Queued(id="m", remaining=items)]
    result = forecast(team(per_week), *queue, trials=200)
    alone = result.milestones["m"].first(items)
    assert alone is not None
    assert (alone <= days_of(result, "m")).all()
    assert (alone > 0).all()


def test_no_items_take_no_days_though_others_were_looked_ahead_for() -> None:
    stream = Stream(id="t", calendar="default", samples=(1,))

    result = forecast(stream, Queued(id="m", remaining=10), trials=10)

    first = result.milestones["m"].first(0)
    assert first is not None
    assert not first.any()
