"""Teams that are forecast by points: what items count, what became of it, and what comes out."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from slipwatch.aggregator.assessment import Forecast
from slipwatch.aggregator.forecast.views import PointsView
from slipwatch.aggregator.outlook import Outlook
from slipwatch.aggregator.portfolio.counting import ScopePoints
from slipwatch.aggregator.portfolio.lives import Rest
from slipwatch.aggregator.portfolio.model import Milestone, Portfolio
from slipwatch.aggregator.records import Category, Change, ChangedField, MilestoneKind, Outcome
from slipwatch.aggregator.whatif.changes import Items

from .conftest import TODAY, Trackers

BY_POINTS = {"forecast_by": "points"}
SIZES = (1, 2, 3, 5, 8)
OPEN = 12
Points = Callable[[int], float | None]


def company(points: Points, *, source: str = "jira") -> Trackers:
    """Let a team finish three items a week, for three versions of 25 items and a fourth.

    ``points`` gives the estimate of each item. Of the fourth 15 are done and a dozen open.
    """
    trackers = Trackers()
    for version in range(4):
        last = day_of(25 * version + 24)
        given_: dict[str, Any] = {"closed": True, "closed_on": last} if version < 3 else {}
        trackers.milestone(f"{version}", "PAY", source, MilestoneKind.VERSION, **given_)
    for number in range(90 + OPEN):
        name, home = f"PAY-{number}", f"v-{min(number // 25, 3)}"
        estimate = points(number)
        if number < 90:
            day = day_of(number)
            trackers.done(name, home, day=day, points=estimate, source=source)
        else:
            trackers.item(name, home, points=estimate, source=source)
    return trackers


def day_of(number: int) -> date:
    return TODAY - timedelta(days=(7 * (89 - number)) // 3 + 1)


def portfolio(trackers: Trackers, as_of: date = TODAY, **given_: Any) -> Portfolio:
    project = {
        "id": "x",
        "scope": [{"source": source, "project": "PAY"} for source in ("jira", "github")],
        "discover": ["versions"],
        **(given_ or BY_POINTS),
    }
    return trackers.build(project, as_of=as_of).portfolio


def forecast(world: Portfolio, trials: int = 1000) -> Forecast:
    return Outlook(world, seed=0, trials=trials).forecast("p/x/3")


def last(world: Portfolio) -> Milestone:
    return world.milestones["p/x/3"]


def mixed(number: int, among: Sequence[float] = SIZES) -> float:
    return among[(7 * number) % len(among)]


def nothing(_: int) -> None:
    return None


def open_ones(number: int, each: float) -> float:
    return each if number >= 90 else 3


def some(number: int, every: int = 1, first: int = 0, each: float = 3) -> float | None:
    return each if number % every == 0 and number >= first else None


def reestimated(trackers: Trackers, number: int, *moves: tuple[date, float | None]) -> None:
    """Estimate an item anew on these days; what it was before is what it had in the tracker."""
    ref = "jira", f"id-PAY-{number}"
    item = trackers.items[ref]
    values = [item.points, *(value for _, value in moves)]
    trackers.changes[ref] = [
        Change(
            item=ref[1],
            id=f"{number}-{place}",
            at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
            field=ChangedField.POINTS,
            old=None if (old := values[place]) is None else f"{old:g}",
            new=None if value is None else f"{value:g}",
        )
        for place, (day, value) in enumerate(moves)
    ]
    points = moves[-1][1]
    trackers.items[ref] = structs.replace(item, points=points)


def test_an_item_without_an_estimate_counts_as_the_usual_one_of_its_team() -> None:
    world = portfolio(company(lambda number: None if number in (90, 91) else mixed(number)))

    counting = world.streams["p/x"].counting
    assert counting is not None
    assert counting.usual == pytest.approx(3.8, abs=0.01)
    known = sum(mixed(number) for number in range(92, 102))
    points = last(world).scope.points
    assert points is not None
    assert points.remaining == pytest.approx(known + 2 * (counting.usual or 0))
    assert points.done == sum(mixed(number) for number in range(75, 90))


def test_what_is_larger_takes_longer_though_it_is_as_many_items() -> None:
    small, large = (forecast(portfolio(company(partial(open_ones, each=each)))) for each in (1, 9))
    items = forecast(portfolio(company(mixed), forecast_by="items"))
    assert small.p50 is not None
    assert items.p50 is not None
    assert large.p50 is not None
    assert small.p50 < items.p50 < large.p50


@pytest.mark.parametrize("each", [1, 3, 0.5])
def test_equal_points_forecast_as_items_do(each: float) -> None:
    by_points, by_items = (
        forecast(portfolio(company(partial(mixed, among=(each,))), forecast_by=by))
        for by in ("points", "items")
    )
    for level in ("p50", "p85", "p95"):
        apart = getattr(by_points, level) - getattr(by_items, level)
        assert abs(apart) <= timedelta(days=1)


def test_points_of_twice_the_size_say_the_same() -> None:
    one, other = (
        forecast(portfolio(company(partial(mixed, among=among))))
        for among in (SIZES, tuple(2 * size for size in SIZES))
    )
    assert (one.p50, one.p85, one.p95) == (other.p50, other.p85, other.p95)


@settings(deadline=None, max_examples=25)
@given(
    sizes=st.lists(st.sampled_from((0, *SIZES)), min_size=OPEN, max_size=OPEN),
    which=st.integers(0, OPEN - 1),
    more=st.sampled_from(SIZES),
)
def test_an_open_item_that_is_estimated_higher_makes_nothing_earlier(
    sizes: list[int], which: int, more: int
) -> None:
    def points(number: int, by: int) -> float:
        return mixed(number) if number < 90 else sizes[number - 90] + by * (number - 90 == which)

    before, after = (
        forecast(portfolio(company(partial(points, by=by))), trials=400) for by in (0, more)
    )
    for level in ("p50", "p85", "p95"):
        assert getattr(before, level) <= getattr(after, level)


def test_with_items_counted_estimates_change_nothing() -> None:
    estimated, plain = (
        portfolio(company(points), forecast_by="items") for points in (mixed, nothing)
    )
    assert estimated.streams == plain.streams
    assert estimated.milestones == plain.milestones
    assert forecast(estimated) == forecast(plain)
    assert forecast(estimated).points is None


@pytest.mark.parametrize(
    ("points", "told"),
    [
        (partial(some, every=3), (30, 90)),
        (partial(some, first=76), (14, 90)),
        (partial(some, each=0), (90, 90)),
    ],
    ids=["a third carry some", "fourteen carry some", "all carry nothing"],
)
def test_where_too_few_carry_points_items_are_counted_and_that_is_said(
    points: Points, told: tuple[int, int]
) -> None:
    found = forecast(portfolio(company(points)))

    assert found.points == PointsView(estimated=told[0], finished=told[1])
    by_items = forecast(portfolio(company(points), forecast_by="items"))
    assert (found.p50, found.p85) == (by_items.p50, by_items.p85)


def test_an_estimate_is_that_of_the_day_that_is_looked_back_at() -> None:
    day = TODAY - timedelta(days=10)
    untouched, touched = company(mixed), company(mixed)
    for number in (80, 90, 95):
        reestimated(touched, number, (TODAY - timedelta(days=5), 40.0))

    then, known = portfolio(touched, day), portfolio(untouched, day)

    assert last(then).scope == last(known).scope
    assert then.streams["p/x"].points == known.streams["p/x"].points
    assert forecast(then).p85 == forecast(known).p85
    assert last(portfolio(touched)).scope != last(portfolio(untouched)).scope


def test_a_life_tells_what_kept_items_grew_by_and_leaves_the_rest_apart() -> None:
    plain, grown = company(lambda _: 2.0), company(lambda _: 2.0)
    for number in range(25):
        # All of the first version are twice as much on the day before each was done.
        reestimated(grown, number, (day_of(number) - timedelta(days=1), 4.0))

    def rests(trackers: Trackers) -> list[Rest]:
        life = portfolio(trackers).milestones["p/x/0"].life
        assert life is not None
        return [rest for rest in life.rests if rest is not None]

    assert all(rest.reestimated == 0 for rest in rests(plain))
    for rest in rests(grown)[:-1]:
        assert rest.reestimated == pytest.approx(rest.kept, rel=0.15)
        assert rest.work == pytest.approx(rest.kept + rest.added + rest.again + rest.reestimated)


def test_how_much_estimating_anew_adds_is_learned_and_makes_the_rest_longer() -> None:
    steady, growing = company(lambda _: 3.0), company(lambda _: 3.0)
    for number in range(75):
        ref = "jira", f"id-PAY-{number}"
        growing.items[ref] = structs.replace(growing.items[ref], points=1.0)
        reestimated(growing, number, (day_of(number) - timedelta(days=2), 3.0))
    reestimated(steady, 1, (day_of(1) - timedelta(days=2), 3.0))

    few, many = (forecast(portfolio(each)) for each in (steady, growing))

    assert few.points is not None
    assert few.points.reestimated == pytest.approx(0, abs=0.01)
    assert many.points is not None
    assert many.points.reestimated is not None
    assert many.points.reestimated > 1
    assert few.p50 is not None
    assert many.p50 is not None
    assert few.p50 < many.p50


def test_what_is_estimated_at_nothing_still_takes_a_day() -> None:
    world = portfolio(company(lambda number: mixed(number) if number < 90 else 0))
    points, found = last(world).scope.points, forecast(world)
    assert points is not None
    assert points.remaining == 0
    assert found.p50 is not None
    assert found.p50 > TODAY


def test_sources_that_tell_no_changes_of_estimates_are_named() -> None:
    told = company(mixed)
    reestimated(told, 3, (day_of(2), 5.0))

    def untold(trackers: Trackers) -> tuple[str, ...]:
        points = forecast(portfolio(trackers)).points
        assert points is not None
        return points.untold

    assert untold(company(mixed, source="github")) == ("github",)
    assert untold(told) == ()


def test_what_was_dropped_counts_nothing() -> None:
    trackers = company(mixed)
    trackers.done("PAY-200", "v-3", day=TODAY, outcome=Outcome.DROPPED, points=100)
    assert last(portfolio(trackers)).scope.points == last(portfolio(company(mixed))).scope.points


def test_an_added_item_counts_as_usual_and_a_cut_one_takes_its_points_with_it() -> None:
    world = portfolio(company(lambda number: 20 if number == 101 else mixed(number)))
    usual = world.streams["p/x"].usual
    before = last(world).scope.points
    assert usual is not None
    assert before is not None

    def after(items: int) -> ScopePoints:
        points = last(Items("p/x/3", items).apply(world)).scope.points
        assert points is not None
        return points

    assert after(2).remaining == pytest.approx(before.remaining + 2 * usual)
    assert after(-1).remaining == before.remaining - 20  # nobody has the last one
    assert after(-OPEN).remaining == 0


def test_what_if_says_what_an_assessment_of_the_other_scope_would() -> None:
    world = portfolio(company(mixed))
    more, fewer = company(mixed), company(mixed)
    for number in (200, 201):
        more.item(f"PAY-{number}", "v-3")
    for number in (100, 101):  # nobody has these, and they are the last ones
        ref = "jira", f"id-PAY-{number}"
        fewer.items[ref] = structs.replace(
            fewer.items[ref], category=Category.DONE, outcome=Outcome.DROPPED
        )

    for items, other in ((2, more), (-2, fewer)):
        assumed, fresh = forecast(Items("p/x/3", items).apply(world)), forecast(portfolio(other))
        assert (assumed.p50, assumed.p85, assumed.p95) == (fresh.p50, fresh.p85, fresh.p95)
