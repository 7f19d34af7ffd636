"""The second engine: it shares nothing with the network that it checks.

It searches day by day for dates, and finds what is lost or won by trying it out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from hypothesis import strategies as st

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.network import Activity, BaselineState, Edge, Network

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
    must_start: int | None = None
    must_finish: int | None = None
    planned_start: int | None = None
    planned_duration: int | None = None

    @property
    def pinned(self) -> bool:
        must_start = self.must_start is not None and self.started is None
        is_open = self.finished is None and self.promise is None
        return is_open and (must_start or self.must_finish is not None)


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
                must_start=task.must_start,
                must_finish=task.must_finish,
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
        if not planned and task.pinned:
            # A hard constraint: only the clock and the work that remains can make it later.
            starts, ends, gates = [], [], []
            wanted = task.must_start
            if task.must_finish is not None:
                wanted = calendar.add(task.must_finish, -duration)
            anchor = max(anchor, wanted or anchor)
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
def open_tasks(draw: st.DrawFn, *, started: bool = False, pinned: bool = False) -> Task:
    duration = draw(st.integers(0, 6))
    return Task(
        calendar=draw(st.integers(0, 1)),
        duration=duration,
        earliest=None if started else draw(st.none() | near),
        started=draw(st.integers(AS_OF - 12, AS_OF)) if started else None,
        override=started and draw(st.booleans()),
        must_start=draw(st.none() | near) if pinned else None,
        must_finish=draw(st.none() | near) if pinned else None,
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
pinned_tasks = st.one_of(open_tasks(pinned=True), open_tasks(started=True, pinned=True))


@st.composite
def worlds(draw: st.DrawFn, most: int = 6, *, pinned: bool = False) -> World:
    any_task = tasks | pinned_tasks if pinned else tasks
    drawn = draw(st.lists(any_task, min_size=2, max_size=most))
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


def ends(world: World, placed: list[Dates]) -> dict[str, int]:
    found: dict[str, int] = {}
    for n, dates in enumerate(placed):
        group = world.groups[str(n)]
        found[group] = max(found.get(group, 0), dates[3])
    return found
