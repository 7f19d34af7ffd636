"""Drag, latent radius, criticality and probabilities against the second engine."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.network import (
    Activity,
    BaselineState,
    Chances,
    Edge,
    Leverage,
    Network,
    Study,
    chances,
    criticality,
    hits,
    leverage,
    simulate,
    trace,
)
from slipwatch.aggregator.network.placement import anchors_and_durations
from slipwatch.aggregator.network.simulation import Own
from slipwatch.aggregator.network.variations import Moved, Question
from slipwatch.aggregator.packed import pack
from tests.aggregator.network.second_engine import AS_OF, Task, World, ends, search, worlds

STANDARD = WorkCalendar(range(1, 6))
SLIP = 6


def work(name: str, days: int | list[int]) -> Activity:
    duration = days if isinstance(days, int) else np.array(days, np.int32)
    return Activity(id=name, calendar=STANDARD, duration=duration)


def own(activity: Activity) -> Own:
    """Pack what an activity says of itself."""
    anchor, duration = anchors_and_durations((activity,), AS_OF)
    return Own(pack(anchor[0] - AS_OF), pack(duration[0]))


@settings(max_examples=60, deadline=None)
@given(worlds(pinned=True))
def test_drag_is_what_the_end_gains_when_nothing_is_left_to_do(world: World) -> None:
    schedule = world.network().schedule(AS_OF)
    found = leverage(schedule, trace(schedule), world.groups, ()).drag
    before = search(world)
    expected: dict[str, int] = {}
    for n, task in enumerate(world.tasks):
        if task.finished or task.promise:
            continue
        group = world.groups[str(n)]
        idle = (*world.tasks[:n], replace(task, duration=0), *world.tasks[n + 1 :])
        after = search(replace(world, tasks=idle))
        end = ends(world, before)[group]
        last = min(
            (str(m) for m, dates in enumerate(before) if dates[3] == end),
            key=lambda m: (world.groups[m] != group, m),
        )
        calendar = world.calendars[world.tasks[int(last)].calendar]
        gain = calendar.between(ends(world, after)[group], end)
        if gain > 0:
            expected[str(n)] = gain
    assert found == expected


@settings(max_examples=60, deadline=None)
@given(worlds(pinned=True))
def test_whom_slips_hit_is_the_same_when_it_is_asked_beside_where_days_count(world: World) -> None:
    network, baselines = world.network(), world.baselines()
    schedule = network.schedule(AS_OF)
    held = trace(schedule)
    alone = leverage(schedule, held, world.groups, network.activities)
    together: list[Leverage] = []

    def ask(question: Question) -> Sequence[Moved]:
        together.append(leverage(schedule, held, world.groups, network.activities, beside=question))
        return together[-1].beside

    study = Study(network, baselines, AS_OF, schedule=schedule, ask=ask)
    assert study.hits() == hits(network, baselines, AS_OF)
    # It is asked alone where an edge that holds nothing any more could hold something as planned.
    is_together = study.comparison.layers is network.layers
    assert [replace(found, beside=()) for found in together] == [alone] * is_together


@settings(max_examples=60, deadline=None)
@given(worlds(pinned=True))
def test_the_latent_radius_is_who_moves_when_work_takes_six_days_longer(world: World) -> None:
    schedule = world.network().schedule(AS_OF)
    found = leverage(schedule, trace(schedule), {}, (), slip=SLIP).latent
    before = search(world)
    for n, task in enumerate(world.tasks):
        if task.finished:
            assert str(n) not in found
            continue
        calendar = world.calendars[task.calendar]
        longer = replace(task, duration=task.duration + SLIP)
        if task.promise:
            anchor = task.promise if task.promise > AS_OF else calendar.add(AS_OF, 1)
            longer = Task(calendar=task.calendar, duration=SLIP, earliest=anchor)
        after = search(replace(world, tasks=(*world.tasks[:n], longer, *world.tasks[n + 1 :])))
        moved = {
            str(m)
            for m, other in enumerate(world.tasks)
            if m != n and world.calendars[other.calendar].between(before[m][3], after[m][3])
        }
        assert set(found.get(str(n), ())) == moved


@settings(max_examples=40, deadline=None)
@given(worlds(pinned=True), st.lists(st.integers(0, 9), min_size=2, max_size=11))
def test_each_trial_is_simulated_and_driven_as_if_it_were_alone(
    world: World, durations: list[int]
) -> None:
    tasks = [(n, t) for n, t in enumerate(world.tasks) if not t.finished and not t.promise]
    if not tasks:
        return
    varied, task = tasks[0]
    network = world.network()

    def sampled(activity: Activity) -> Own:
        days = np.array(durations, np.int32)
        return own(replace(activity, duration=days) if activity.id == str(varied) else activity)

    found = simulate(
        network,
        AS_OF,
        np.empty((len(world.tasks), len(durations)), np.uint16),
        sampled=sampled,
        blocked=lambda edge: 0 if edge.blocked is None else pack(np.atleast_1d(edge.blocked)),
    )
    critical = dict.fromkeys(network.activities, 0)
    for trial, duration in enumerate(durations):
        changed = replace(task, duration=duration)
        alone = replace(world, tasks=(*world.tasks[:varied], changed, *world.tasks[varied + 1 :]))
        dates = search(alone)
        assert [int(found.finish(str(n))[trial]) for n in range(len(dates))] == [
            finish for *_, finish in dates
        ]
        schedule = alone.network().schedule(AS_OF)
        drivers = trace(schedule)
        last = ends(world, dates)
        on_path = {
            node
            for n, (*_, finish) in enumerate(dates)
            if finish == last[world.groups[str(n)]]
            for node in drivers.driving_path(str(n))
        }
        for node in on_path:
            critical[node] += 1
    index = found.criticality(world.groups)
    for n, task in enumerate(world.tasks):
        if not task.finished:
            assert index[str(n)] == critical[str(n)] / len(durations)


def test_criticality_counts_the_trials_and_cruciality_follows_the_longer_of_two() -> None:
    days = {"a": [1, 9, 1, 9], "b": [4, 4, 4, 4], "end": [1, 1, 1, 1]}
    network = Network([work(name, 0) for name in days], [Edge("a", "end"), Edge("b", "end")])
    packed = {name: pack(np.array(of, np.int32)) for name, of in days.items()}
    simulation = simulate(
        network,
        AS_OF,
        np.empty((3, 4), np.uint16),
        sampled=lambda activity: own(work(activity.id, days[activity.id])),
        blocked=lambda edge: 0,
    )
    found = criticality(simulation, {}, packed.get)
    assert {name: one.share for name, one in found.items()} == {"a": 0.5, "b": 0.5, "end": 1.0}
    assert found["a"].cruciality == pytest.approx(1.0, abs=1e-3)
    assert found["a"].sensitivity == pytest.approx(0.5 * 8 / 7, rel=1e-3)
    assert found["b"].cruciality is None


@settings(max_examples=15, deadline=None)
@given(worlds(most=5), st.data())
def test_what_causes_take_adds_up_to_what_is_lost(world: World, data: st.DataObject) -> None:
    trials = 8
    durations = {
        str(n): data.draw(st.lists(st.integers(0, 8), min_size=trials, max_size=trials))
        for n, task in enumerate(world.tasks)
        if not task.finished and not task.promise
    }
    network = world.network()
    study = Study(network, world.baselines(), AS_OF)
    limit = {node: AS_OF + data.draw(st.integers(1, 25)) for node in network.activities}
    found = chances(
        study.comparison,
        AS_OF,
        limit,
        trials=trials,
        sampled=lambda activity: (
            replace(activity, duration=np.array(durations[activity.id], np.int32))
            if activity.id in durations
            else activity
        ),
        blocked=lambda edge: edge.blocked,
    )
    everything = frozenset(range(len(world.tasks)))
    causes = frozenset(int(cause) for cause in study.causes)
    for current, which in ((everything, "now"), (everything - causes, "undelayed")):
        kept = dict.fromkeys(found, 0)
        for trial in range(trials):
            tasks = tuple(
                replace(task, duration=durations.get(str(n), [task.duration] * trials)[trial])
                for n, task in enumerate(world.tasks)
            )
            dates = search(replace(world, tasks=tasks), current=current)
            for target in found:
                kept[target] += max(dates[int(target)][3], AS_OF + 1) <= limit[target]
        for target, known in found.items():
            assert getattr(known, which) == pytest.approx(kept[target] / trials)
    for known in found.values():
        taken = sum(share.mean for share in known.taken.values())
        assert taken == pytest.approx(known.undelayed - known.now)


def test_two_that_hide_each_other_take_the_same_probability() -> None:
    network = Network(
        [work("a", 9), work("b", 9), work("end", 1)], [Edge("a", "end"), Edge("b", "end")]
    )
    baselines = {name: BaselineState(duration=2) for name in "ab"}
    found = chances(
        Study(network, baselines, AS_OF).comparison,
        AS_OF,
        {"end": int(STANDARD.add(AS_OF, 5))},
        trials=400,
        sampled=lambda activity: activity,
        blocked=lambda edge: 0,
    )["end"]
    assert (found.undelayed, found.now) == (1.0, 0.0)
    assert {name: share.mean for name, share in found.taken.items()} == {"a": 0.5, "b": 0.5}
    # Each pair of orders has each of them come first once: nothing is left to chance.
    assert [share.error for share in found.taken.values()] == [0.0, 0.0]


def test_a_commitment_that_nothing_can_decide_is_told_no_causes() -> None:
    network = Network([work("a", 9), work("end", 1)], [Edge("a", "end")])
    comparison = Study(network, {"a": BaselineState(duration=2)}, AS_OF).comparison

    def told(days: int) -> Chances:
        return chances(
            comparison,
            AS_OF,
            {"end": int(STANDARD.add(AS_OF, days))},
            trials=400,
            sampled=lambda activity: activity,
            blocked=lambda edge: 0,
        )["end"]

    assert told(2) == Chances(undelayed=0.0, now=0.0, taken={})
    assert told(10) == Chances(undelayed=1.0, now=1.0, taken={})
    assert {days: set(told(days).taken) for days in (3, 9)} == {3: {"a"}, 9: {"a"}}


def test_a_sampled_share_says_how_sure_it_is() -> None:
    names = [f"w{n:02}" for n in range(15)]
    network = Network(
        [*(work(name, 5 + n) for n, name in enumerate(names)), work("end", 1)],
        [Edge(name, "end") for name in names],
    )
    baselines = {name: BaselineState(duration=5) for name in names}
    found = Study(network, baselines, AS_OF).attributions(["end"])["end"]
    # Each day of delay is shared by those that are late by so much.
    exact = {name: sum(1 / (15 - day) for day in range(1, n + 1)) for n, name in enumerate(names)}
    assert found.total == 14
    for cause in found.causes:
        assert cause.error > 0
        assert abs(cause.shapley - exact[cause.id]) < 5 * cause.error


def test_a_hard_constraint_keeps_its_date_and_shows_what_breaks_it() -> None:
    pinned = Activity(id="m", calendar=STANDARD, duration=3, must_start=AS_OF + 5)
    network = Network(
        [work("u", 6), pinned, work("after", 2)], [Edge("u", "m"), Edge("m", "after")]
    )
    schedule = network.schedule(AS_OF)
    # Monday 19 January; u is done on Wednesday 21.
    assert int(schedule.start["m"][0]) == date(2026, 1, 19).toordinal()
    assert [(e.upstream, e.downstream) for e in schedule.violations()] == [("u", "m")]
    found = trace(schedule)
    assert found.slack[network.edges[0]] == -3
    assert found.drivers("m") == ()


def stretched(activities: list[Activity], edges: list[Edge], *targets: str) -> dict[str, bool]:
    schedule = Network(activities, edges).schedule(AS_OF)
    return dict(leverage(schedule, trace(schedule), {}, targets).path_tests)


def test_a_very_long_slip_arrives_at_the_end_of_its_chain() -> None:
    chain = [work("a", 5), work("b", 3), work("c", 2), work("beside", 1)]
    edges = [Edge("a", "b"), Edge("b", "c", type="ff", lag=2), Edge("beside", "c")]

    assert stretched(chain, edges, "c", "b") == {"c": True, "b": True}


def test_a_hard_constraint_lets_no_slip_through() -> None:
    pinned = replace(work("b", 3), must_start=AS_OF + 28)

    assert stretched(
        [work("a", 5), pinned, work("c", 2)], [Edge("a", "b"), Edge("b", "c")], "c"
    ) == {"c": True}
    held = replace(work("c", 2), must_finish=AS_OF + 28)
    assert stretched([work("a", 5), held], [Edge("a", "c")], "c") == {"c": False}


def test_the_path_test_tells_nothing_of_what_has_no_dates_or_is_done() -> None:
    unknown = Activity(id="a", calendar=STANDARD)
    done = replace(work("d", 1), finished=(AS_OF - 9, AS_OF - 7))

    assert stretched([unknown, work("b", 3), done], [Edge("a", "b")], "b", "d") == {}


def test_between_different_calendars_only_weekends_are_lost() -> None:
    plant = Activity(id="a", calendar=WorkCalendar({7, 1, 2, 3, 4}), duration=5)

    assert stretched([plant, work("b", 3)], [Edge("a", "b", lag=3)], "b") == {"b": True}
