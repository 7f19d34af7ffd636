"""Weights of the inside view, learned on a team's own past."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.forecast.combine import combine
from slipwatch.aggregator.forecast.estimates import GRID
from slipwatch.aggregator.forecast.hindsight import Hindsight
from slipwatch.aggregator.forecast.mix import Both, learn_shift
from slipwatch.aggregator.forecast.prior import Weights, shipped
from slipwatch.aggregator.forecast.quantiles import quantiles
from slipwatch.aggregator.forecast.weights import Lesson, Weighing, loss, losses
from slipwatch.aggregator.lessons import Lessons
from slipwatch.aggregator.portfolio.lives import Stay, life_of
from slipwatch.aggregator.portfolio.model import Milestone, Portfolio, Stream

TODAY = date(2026, 1, 5)
WORKING = WorkCalendar({1, 2, 3, 4, 5})
ITEMS = 40


def working_days(count: int) -> list[date]:
    """List so many working days before today, the last one last."""
    days = (TODAY - timedelta(days=back) for back in range(1, 3 * count))
    return sorted([day for day in days if day.isoweekday() <= 5][:count])


def past(sizes: Sequence[int], *, idle: Sequence[int] = ()) -> Portfolio:
    """Let a team do an item a working day, in one milestone after the other.

    Their scope was known from the start. In the middle of the ``idle`` ones, by position, it did
    nothing for three times as long as they took besides.
    """
    lengths = [size * (4 if at in idle else 1) for at, size in enumerate(sizes)]
    days = working_days(sum(lengths))
    milestones: dict[str, Milestone] = {}
    finished: list[date] = []
    for at, (size, length) in enumerate(zip(sizes, lengths, strict=True)):
        own, days = days[:length], days[length:]
        done = own[: size // 2] + own[length - size + size // 2 :]
        finished += done
        made = own[0].toordinal() - 1
        stays = [
            Stay(joined=made, done=((day.toordinal(), day.toordinal() + 10_000),)) for day in done
        ]
        name = f"shop/pay/m{at:02}"
        milestones[name] = Milestone(
            id=name,
            title=name,
            program="shop",
            project="shop/pay",
            calendar="default",
            stream="team",
            actual=done[-1],
            life=life_of(stays, done[-1]),
        )
    stream = Stream(
        id="team", calendar="default", finished=tuple(finished), since=min(finished, default=None)
    )
    return Portfolio(
        as_of=TODAY,
        timezone="UTC",
        milestones=milestones,
        streams={"team": stream},
        calendars={"default": WORKING},
    )


def learned(portfolio: Portfolio, age: int = 10, scope: int = ITEMS) -> Weights:
    return Lessons(portfolio).experience("team", {"shop"}).weighing.at(age, scope)


STEADY = past([ITEMS] * 9)
WILD = past([ITEMS] * 9, idle=(1, 3, 4, 7))


def test_without_a_past_the_public_histories_decide() -> None:
    inside = shipped().inside
    table = np.array(inside.losses)
    pace, level, spread = np.unravel_index(np.argmin(table), table.shape)
    best = Weights(inside.paces[pace], inside.levels[level], inside.spreads[spread])
    assert learned(past([])) == best


def test_a_steady_team_gets_a_narrow_forecast() -> None:
    assert learned(STEADY).spread < learned(past([])).spread


@pytest.mark.parametrize(("pace_off", "age_off", "best"), [(0, 1.5, max), (1.5, 0, min)])
def test_the_view_that_was_right_weighs_more(
    pace_off: float, age_off: float, best: Callable[[Sequence[float]], float]
) -> None:
    inside, left, little = shipped().inside, np.linspace(4, 2, 5), np.full(5, 0.1)
    way = np.array([1, -1, 1, -1, 1])
    by_pace, by_age = left + pace_off * way, left + age_off * way
    past = Hindsight(by_pace, little, little, by_age, little, little, left)
    life = next(m.life for m in STEADY.milestones.values() if m.life is not None)
    lesson = Lesson(life, past, losses(inside, past).mean(axis=0))
    assert Weighing(inside, [lesson] * 24).at(10, ITEMS).pace == best(inside.paces)


def test_an_erratic_team_gets_a_wider_one() -> None:
    assert learned(WILD).spread > learned(STEADY).spread


def test_the_past_counts_for_more_the_more_milestones_there_are() -> None:
    spreads = [learned(past([ITEMS] * count)).spread for count in (0, 3, 6, 12)]
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[-1] < spreads[0]


def test_what_was_over_at_its_age_or_of_another_size_teaches_nothing() -> None:
    team = STEADY
    public = learned(past([]))
    assert learned(team) != public
    assert learned(team, age=60) == public
    assert learned(team, scope=10 * ITEMS) == public
    assert learned(team, scope=ITEMS // 10) == public


def test_another_team_of_the_program_teaches_half_as_much() -> None:
    team = STEADY
    elsewhere = Lessons(team).experience("new", {"shop"}).weighing.at(10, ITEMS)
    stranger = Lessons(team).experience("new", {"bank"}).weighing.at(10, ITEMS)
    assert stranger == learned(past([]))
    assert learned(team).spread <= elsewhere.spread <= stranger.spread


def test_a_look_back_knows_nothing_that_was_finished_later() -> None:
    whole = past([ITEMS] * 6)
    first = {name: whole.milestones[name] for name in list(whole.milestones)[:3]}
    told, before = (
        Lessons(each).lessons("team") for each in (whole, replace(whole, milestones=first))
    )
    assert len(before) == 3
    for one, other in zip(told, before, strict=False):
        assert np.array_equal(one.losses, other.losses)


def test_the_loss_of_a_forecast_is_least_where_outcomes_lie() -> None:
    outcomes = np.random.default_rng(5).logistic(0.3, 0.5, 20_000)
    true = 0.5 * np.pi / np.sqrt(3)
    mean = {
        (level, spread): float(loss(outcomes - level, np.array(spread * true)).mean())
        for level in (0.0, 0.3, 0.6)
        for spread in (0.5, 1.0, 2.0)
    }
    assert min(mean, key=lambda each: mean[each]) == (0.3, 1.0)


def test_plan_dates_that_held_weigh_more_than_a_pace_that_did_not() -> None:
    def told(inside: float, outside: float, times: int) -> list[list[Both]]:
        both = Both(
            inside=inside,
            inside_variance=0.25,
            outside=outside,
            outside_variance=0.25,
            trust=0.5,
            left=3.0,
        )
        return [[both] * 5] * times

    assert learn_shift([], 0.4) == 0
    assert learn_shift(told(4.0, 3.0, 12), 0.4) < 0 < learn_shift(told(3.0, 4.0, 12), 0.4)
    assert learn_shift(told(3.2, 3.0, 1), 0.4) == 0


def test_a_shift_moves_a_combined_forecast_towards_one_view() -> None:
    inside = np.full(1000, 20, dtype=np.int32)
    outside = np.linspace(70.0, 90.0, GRID)
    p50 = [
        quantiles(
            combine(inside, outside, np.random.default_rng(0), off=0.4, trust=0.5, shift=shift),
            (0.5,),
        )[0]
        or 0
        for shift in (2.0, 0.0, -2.0)
    ]
    assert p50 == sorted(p50)
    assert p50[0] < p50[1] < p50[2]
