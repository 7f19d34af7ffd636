"""The network against a second engine, which finds floats by pushing until something moves."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.network import (
    Activity,
    Network,
    attribute,
    attribute_all,
    floats,
    hits,
    trace,
)
from tests.aggregator.network.second_engine import AS_OF, Dates, World, ends, search, worlds


def greatest(holds: Callable[[int], bool], limit: int = 400) -> int:
    """Return the last number from 0 on for which a condition that once fails stays false holds."""
    assert holds(0)
    low, high = 0, 1
    while high < limit and holds(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


@settings(max_examples=100, deadline=None)
@given(worlds(pinned=True))
def test_early_dates_are_those_of_a_search_day_by_day(world: World) -> None:
    schedule = world.network().schedule(AS_OF)
    found = [
        (int(schedule.start[str(n)][0]), int(schedule.finish[str(n)][0]))
        for n in range(len(world.tasks))
    ]
    assert found == [(dates[0], dates[3]) for dates in search(world)]


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_total_float_is_the_largest_push_that_moves_no_end(world: World) -> None:
    found = floats(world.network().schedule(AS_OF), groups=world.groups).total
    still = ends(world, search(world))

    def holds(pushed: int, push: int) -> bool:
        return ends(world, search(world, {pushed: push})) == still

    expected = {
        str(n): greatest(partial(holds, n))
        for n, task in enumerate(world.tasks)
        if not task.finished
    }
    assert found == expected


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_free_float_is_the_largest_push_that_moves_no_successor(world: World) -> None:
    found = floats(world.network().schedule(AS_OF), groups=world.groups).free
    before = search(world)
    for n, task in enumerate(world.tasks):
        if task.finished:
            assert str(n) not in found
            continue
        near_by = {w.downstream for w in world.waits if w.upstream == n}

        def holds(pushed: int, near_by: set[int], push: int) -> bool:
            after = search(world, {pushed: push})
            own_end = ends(world, before)[world.groups[str(pushed)]]
            same = all(after[s] == before[s] for s in near_by)
            return same and (not push or after[pushed][3] <= own_end)

        assert found[str(n)] == greatest(partial(holds, n, near_by))


@settings(max_examples=100, deadline=None)
@given(worlds(), st.data())
def test_commitment_float_is_the_largest_push_that_keeps_all_commitments(
    world: World, data: st.DataObject
) -> None:
    before = search(world)
    committed = {
        n: before[n][3] + data.draw(st.integers(0, 10))
        for n in data.draw(st.sets(st.integers(0, len(before) - 1), min_size=1))
    }
    found = floats(
        world.network().schedule(AS_OF), commitments={str(n): t for n, t in committed.items()}
    ).commitment

    def kept(pushed: int, push: int) -> bool:
        placed = search(world, {pushed: push})
        return all(placed[n][3] <= t for n, t in committed.items())

    for n, task in enumerate(world.tasks):
        pushed = greatest(partial(kept, n))
        if task.finished:
            assert str(n) not in found
        elif str(n) in found:
            assert found[str(n)] == pushed
        else:
            assert pushed >= 200


@settings(max_examples=100, deadline=None)
@given(worlds(pinned=True))
def test_drivers_alone_give_the_same_dates_and_without_them_dates_are_earlier(
    world: World,
) -> None:
    network = world.network()
    found = trace(network.schedule(AS_OF))
    for wait, edge in zip(world.waits, network.edges, strict=True):
        task = world.tasks[wait.downstream]
        pinned = task.must_start is not None or task.must_finish is not None
        assert pinned or found.slack.get(edge, 0) >= 0, "only a hard date breaks what comes before"
    before = search(world)
    tight = [
        wait
        for wait, edge in zip(world.waits, network.edges, strict=True)
        if found.slack.get(edge) == 0
    ]
    kept = World(calendars=world.calendars, tasks=world.tasks, waits=tuple(tight))
    assert search(kept) == before
    for n, task in enumerate(world.tasks):
        driving = [w for w, e in zip(world.waits, network.edges, strict=True) if found.driving(e)]
        others = tuple(w for w in world.waits if w.downstream != n or w not in driving)
        after = search(World(calendars=world.calendars, tasks=world.tasks, waits=others))
        calendar = world.calendars[task.calendar]
        moved = calendar.between(after[n][3], before[n][3])
        if not found.drivers(str(n)):
            assert moved == 0
        assert moved >= 0


@settings(max_examples=100, deadline=None)
@given(worlds(most=5, pinned=True))
def test_shares_are_the_average_of_what_each_cause_adds_in_any_order(world: World) -> None:
    everything = frozenset(range(len(world.tasks)))
    can_differ = [n for n in everything if world.tasks[n].planned_duration is not None]
    network, baselines = world.network(), world.baselines()
    values: dict[frozenset[int], list[Dates]] = {}

    def value(current: frozenset[int], target: int) -> int:
        if current not in values:
            values[current] = search(world, current=current)
        calendar = world.calendars[world.tasks[target].calendar]
        none = everything - frozenset(can_differ)
        if none not in values:
            values[none] = search(world, current=none)
        return calendar.between(values[none][target][3], values[current][target][3])

    found = attribute_all(network, baselines, AS_OF)
    for target in everything:
        explained = found[str(target)]
        total = value(everything, target)
        but_for = {str(n): total - value(everything - {n}, target) for n in can_differ}
        shares = dict.fromkeys(but_for, Fraction(0))
        orders = list(permutations(can_differ))
        for order in orders:
            current = everything - frozenset(can_differ)
            for n in order:
                gain = value(current | {n}, target) - value(current, target)
                shares[str(n)] += Fraction(gain, len(orders))
                current |= {n}
        assert explained.total == total
        assert explained.concurrent == total - sum(but_for.values())
        assert {c.id: c.but_for for c in explained.causes} == {
            n: but_for[n] for n in shares if shares[n] or but_for[n]
        }
        assert {c.id: c.shapley for c in explained.causes} == {
            n: float(shares[n]) for n in shares if shares[n] or but_for[n]
        }


@settings(max_examples=60, deadline=None)
@given(worlds(most=8))
def test_results_depend_neither_on_the_order_of_input_nor_on_the_other_targets(
    world: World,
) -> None:
    forwards, baselines = world.network(), world.baselines()
    backwards = world.network(tuple(reversed(range(len(world.tasks)))))
    together = attribute_all(forwards, baselines, AS_OF)
    assert attribute_all(backwards, baselines, AS_OF) == together
    assert {t: attribute(forwards, baselines, AS_OF, t) for t in together} == together
    found = hits(forwards, baselines, AS_OF)
    assert {(c, hit.target, hit.days) for c, hit_by in found.items() for hit in hit_by} == {
        (cause.id, target, cause.but_for)
        for target, explained in together.items()
        for cause in explained.causes
        if cause.but_for and cause.id != target
    }


@settings(max_examples=60, deadline=None)
@given(worlds(pinned=True), st.lists(st.integers(0, 6), min_size=2, max_size=5))
def test_each_trial_is_scheduled_as_if_it_were_alone(world: World, durations: list[int]) -> None:
    network = world.network()

    def varied(duration: object) -> Network:
        first = network.activities["0"]
        activity = Activity(
            id="0", calendar=first.calendar, duration=np.array(duration, dtype=np.int32)
        )
        rest = [a for node, a in network.activities.items() if node != "0"]
        return Network([activity, *rest], network.edges)

    together = varied(durations).schedule(AS_OF)
    for trial, duration in enumerate(durations):
        alone = varied([duration]).schedule(AS_OF)
        for node in network.activities:
            assert together.finish[node].shape == (len(durations),)
            assert together.finish[node][trial] == alone.finish[node][0]
            assert together.start[node][trial] == alone.start[node][0]
