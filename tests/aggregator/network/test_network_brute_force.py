"""The network against a second engine that shares nothing with it.

The second engine searches day by day for dates, and finds floats by pushing activities until
something moves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import partial
from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.network import (
    Activity,
    BaselineState,
    Edge,
    Network,
    attribute,
    attribute_all,
    floats,
    hits,
    trace,
)

AS_OF = date(2026, 1, 14).toordinal()
FIRST, LAST = date(2025, 11, 1), date(2026, 12, 31)


@dataclass(frozen=True, slots=True)
class Days:
    """A calendar that walks from one day to the next."""

    workdays: frozenset[int]
    holidays: frozenset[int]

    def works(self, day: int) -> bool:
        if not FIRST.toordinal() <= day <= LAST.toordinal():
            return True
        return (day - 1) % 7 + 1 in self.workdays and day not in self.holidays

    def add(self, t: int, n: int) -> int:
        for _ in range(n):
            while not self.works(t):
                t += 1
            t += 1
        for _ in range(-n):
            while not self.works(t - 1):
                t -= 1
            t -= 1
        return t

    def between(self, a: int, b: int) -> int:
        return -self.between(b, a) if b < a else sum(self.works(t) for t in range(a, b))

    def built(self) -> WorkCalendar:
        days = [date.fromordinal(day) for day in self.holidays]
        return WorkCalendar(self.workdays, days, FIRST, LAST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    calendar: int
    duration: int = 0
    earliest: int | None = None
    started: int | None = None
    finished: tuple[int, int] | None = None
    promise: int | None = None
    override: bool = False
    planned_start: int | None = None
    planned_duration: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    upstream: int
    downstream: int
    type: str
    lag: int
    elapsed: bool
    lag_calendar: int | None
    blocked: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    calendars: tuple[Days, ...]
    tasks: tuple[Task, ...]
    waits: tuple[Wait, ...]
    groups: Mapping[str, str] = field(default_factory=dict[str, str])

    def network(self, order: tuple[int, ...] = ()) -> Network:
        built = [calendar.built() for calendar in self.calendars]
        activities = [
            Activity(
                id=str(n),
                calendar=built[task.calendar],
                duration=None if task.promise else task.duration,
                earliest_start=task.earliest,
                started=task.started,
                finished=task.finished,
                released=task.promise,
                override=task.override,
            )
            for n, task in enumerate(self.tasks)
        ]
        edges = [
            Edge(
                str(w.upstream),
                str(w.downstream),
                type=w.type,
                lag=w.lag,
                elapsed=w.elapsed,
                lag_calendar=None if w.lag_calendar is None else built[w.lag_calendar],
                blocked=w.blocked,
            )
            for w in self.waits
        ]
        return Network([activities[n] for n in order] or activities, edges)

    def baselines(self) -> dict[str, BaselineState]:
        return {
            str(n): BaselineState(start=task.planned_start, duration=task.planned_duration)
            for n, task in enumerate(self.tasks)
            if task.planned_duration is not None
        }


Dates = tuple[int, int, int, int]
"""Start, begin of the remaining work, its unbroken end, finish."""


def search(
    world: World, push: Mapping[int, int] | None = None, current: frozenset[int] | None = None
) -> list[Dates]:
    """Find the early dates; tasks outside ``current`` that have a baseline are as planned."""
    placed: list[Dates] = []
    for n, task in enumerate(world.tasks):
        calendar = world.calendars[task.calendar]
        planned = current is not None and n not in current and task.planned_duration is not None
        starts, ends, gates = _bounds(world, n, placed, planned=planned)
        pushed = (push or {}).get(n, 0)
        if task.finished and not planned:
            start, finish = task.finished
            placed.append((start, start, finish, finish))
            continue
        anchor, duration = _state(task, calendar, planned=planned)
        begin = max([anchor, *starts])
        if duration:
            while not (
                calendar.works(begin)
                and all(calendar.add(begin, duration) >= bound for bound in ends)
            ):
                begin += 1
            finish = max([calendar.add(begin, duration), *gates])
            for _ in range(pushed):
                begin = calendar.add(calendar.add(begin, 1), 1) - 1
        else:
            begin = max([begin, *ends])
            finish = max([begin, *gates])
            begin = calendar.add(begin, pushed)
        worked = calendar.add(begin, duration)
        finish = max(worked, calendar.add(finish, pushed))
        start = begin if task.started is None or planned else task.started
        placed.append((start, begin, worked, finish))
    return placed


def _state(task: Task, calendar: Days, *, planned: bool) -> tuple[int, int]:
    if planned:
        assert task.planned_duration is not None
        actual = task.finished[0] if task.finished else task.started
        known = [t for t in (task.planned_start, actual) if t is not None]
        anchor = known[0] if known else max(AS_OF, task.earliest or AS_OF)
        return anchor, task.planned_duration
    if task.promise:
        return task.promise if task.promise > AS_OF else calendar.add(AS_OF, 1), 0
    waits = task.earliest is not None and task.started is None
    return max(AS_OF, task.earliest or AS_OF) if waits else AS_OF, task.duration


def _bounds(
    world: World, n: int, placed: list[Dates], *, planned: bool
) -> tuple[list[int], list[int], list[int]]:
    starts: list[int] = []
    ends: list[int] = []
    gates: list[int] = []
    task = world.tasks[n]
    own = world.calendars[task.calendar]
    for wait in world.waits:
        if wait.downstream != n:
            continue
        up = placed[wait.upstream]
        t = up[0] if wait.type in ("ss", "sf") else up[3]
        lag_calendar = own if wait.lag_calendar is None else world.calendars[wait.lag_calendar]
        t = t + wait.lag if wait.elapsed else lag_calendar.add(t, wait.lag)
        if wait.type == "partial":
            gates.append(own.add(t, wait.blocked or 0))
        elif wait.type in ("ff", "sf"):
            ends.append(t)
        elif planned or not (task.override and task.started is not None):
            starts.append(t)
    return starts, ends, gates


weeks = st.sets(st.integers(1, 7), min_size=2)
days_off = st.sets(st.integers(AS_OF - 10, AS_OF + 50), max_size=8)
calendars = st.builds(Days, weeks.map(frozenset), days_off.map(frozenset))
near = st.integers(AS_OF - 12, AS_OF + 12)


@st.composite
def open_tasks(draw: st.DrawFn, *, started: bool = False) -> Task:
    duration = draw(st.integers(0, 6))
    return Task(
        calendar=draw(st.integers(0, 1)),
        duration=duration,
        earliest=None if started else draw(st.none() | near),
        started=draw(st.integers(AS_OF - 12, AS_OF)) if started else None,
        override=started and draw(st.booleans()),
        planned_start=draw(st.none() | near),
        # The same work, late, is as common as more work.
        planned_duration=draw(st.none() | st.just(duration) | st.integers(0, 6)),
    )


@st.composite
def finished_tasks(draw: st.DrawFn) -> Task:
    finish = draw(st.integers(AS_OF - 8, AS_OF))
    return Task(
        calendar=draw(st.integers(0, 1)),
        finished=(finish - draw(st.integers(0, 8)), finish),
        planned_start=draw(st.none() | near),
        planned_duration=draw(st.none() | st.integers(0, 6)),
    )


promises = st.builds(Task, calendar=st.integers(0, 1), promise=near)
tasks = st.one_of(
    open_tasks(), open_tasks(), open_tasks(), open_tasks(started=True), finished_tasks(), promises
)


@st.composite
def worlds(draw: st.DrawFn, most: int = 6) -> World:
    drawn = draw(st.lists(tasks, min_size=2, max_size=most))
    pairs = [(u, d) for d in range(len(drawn)) for u in range(d)]
    waits: list[Wait] = []
    for upstream, downstream in draw(st.lists(st.sampled_from(pairs), max_size=2 * most)):
        kind = draw(st.sampled_from(["fs", "fs", "ss", "ff", "sf", "partial"]))
        waits.append(
            Wait(
                upstream=upstream,
                downstream=downstream,
                type=kind,
                lag=draw(st.integers(-4, 4)),
                elapsed=draw(st.booleans()),
                lag_calendar=draw(st.sampled_from([None, 0, 1])),
                blocked=draw(st.none() | st.integers(0, 4)) if kind == "partial" else None,
            )
        )
    return World(
        calendars=(draw(calendars), draw(calendars)),
        tasks=tuple(drawn),
        waits=tuple(waits),
        groups={str(n): draw(st.sampled_from("ab")) for n in range(len(drawn))},
    )


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


def ends(world: World, placed: list[Dates]) -> dict[str, int]:
    found: dict[str, int] = {}
    for n, dates in enumerate(placed):
        group = world.groups[str(n)]
        found[group] = max(found.get(group, 0), dates[3])
    return found


@settings(max_examples=100, deadline=None)
@given(worlds())
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
@given(worlds())
def test_drivers_alone_give_the_same_dates_and_without_them_dates_are_earlier(
    world: World,
) -> None:
    network = world.network()
    found = trace(network.schedule(AS_OF))
    assert all(slack >= 0 for slack in found.slack.values())
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
@given(worlds(most=5))
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
@given(worlds(), st.lists(st.integers(0, 6), min_size=2, max_size=5))
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
