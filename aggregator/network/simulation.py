"""The forward pass in thousands of trials, in little memory, and what is critical how often.

Dates are kept as packed days, starts only where something runs from them; of each edge it is kept
in which trials it drives, one bit each (DOMAIN.md 2.3 and 3.3). The rule is that of ``placement``,
one activity at a time: its trials fit into the processor's cache, and calendars are tables.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import reduce
from hashlib import blake2b
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..cached import in_cache
from ..calendar import IntArray, WorkCalendar
from ..packed import MOST, Few, Packed, pack, unpack
from .model import FROM_START, START_BOUND, Activity, Edge
from .schedule import Network
from .tables import Counts, DayTables, elapsed

Bits = int
"""One bit per trial, in one number: an operation takes a tenth of one on an array of bytes."""

_Number = TypeVar("_Number", np.uint16, np.bool_)

LOOK_BACK: Final = 8192
"""So many days before as_of dates are told apart; nothing waits for what ended 22 years ago."""

_LOOK_BACK: Final = np.uint16(LOOK_BACK)
_LAST: Final = np.uint16(MOST - LOOK_BACK)


class Own(NamedTuple):
    """What the dates of an activity depend on besides edges, in each trial."""

    anchor: Packed
    """Days from as_of on before which its remaining work cannot begin."""
    days: Packed | Few | None
    """Working days that remain; None for a promise, and for what nobody knows."""


class Before(NamedTuple):
    """A simulation as of the same day, in as many trials."""

    simulation: "Simulation"
    same: Container[str]
    """Activities that are as they were there, their samples and those of gates before them, too."""


class Simulation:
    """The finish of each activity in each trial, and what drove it."""

    def __init__(self, network: Network, book: "Book") -> None:
        self.network: Final = network
        self.book: Final = book
        """Where its dates are kept; for the simulation after it."""

    def __contains__(self, node: str) -> bool:
        return node in self.network.complete

    def finish(self, node: str) -> IntArray:
        """Return the finish instants of an activity that has dates."""
        return self.book.instants(self.book.finish[node])

    def mark(self, node: str) -> bytes:
        """Return the same bytes for an activity with the same finish in each trial."""
        found = self.book.marks.get(node)
        if found is None:
            found = blake2b(self.book.finish[node].data, digest_size=16).digest()
            self.book.marks[node] = found
        return found

    def ends(self, groups: Mapping[str, str]) -> dict[str, IntArray]:
        """Return the last finish among the members of each group."""
        return {group: self.book.instants(t) for group, t in self._ends(groups).items()}

    def criticality(self, groups: Mapping[str, str]) -> dict[str, float]:
        """Return in what share of all trials each activity drives the end of a group.

        ``groups`` names the group of each activity. The shares are those of the members that have
        dates.
        """
        driving, trials = self._driving(self._last(groups)), self.book.trials
        return {
            node: driving[node].bit_count() / trials
            for node in self.network.order
            if node in self.network.complete
        }

    def _driving(self, finish: dict[str, Bits]) -> Mapping[str, Bits]:
        """Add to the trials of finishes those in which they drive others of them."""
        start = dict.fromkeys(finish, 0)
        for node in reversed(self.network.order):
            ended = driven = finish[node]
            if node in self.book.gated:
                driven &= ~self.book.gated[node]
            if self.network.activities[node].started is None:
                driven |= start[node]
            if not ended | driven:
                continue
            for edge, tight in self.book.drivers[node]:
                driving = start if edge.type in FROM_START else finish
                driving[edge.upstream] |= tight & (ended if edge.type == "partial" else driven)
        return {node: finish[node] | start[node] for node in finish}

    def _last(self, groups: Mapping[str, str]) -> dict[str, Bits]:
        """Return in which trials the finish of each activity is the last one of its group."""
        last, ends = dict.fromkeys(self.network.order, 0), self._ends(groups)
        for group, members in self._members(groups).items():
            end = ends[group]
            for some in in_cache(members, self.book.trials):
                rows = np.stack([self.book.finish[node] for node in some]) == end
                for node, row in zip(some, np.packbits(rows, axis=1), strict=True):
                    last[node] = int.from_bytes(row.tobytes(), "little")
        return last

    def _ends(self, groups: Mapping[str, str]) -> dict[str, Packed]:
        return {
            group: np.maximum.reduce(
                [
                    np.maximum.reduce([self.book.finish[node] for node in some])
                    for some in in_cache(members, self.book.trials)
                ]
            )
            for group, members in self._members(groups).items()
        }

    def _members(self, groups: Mapping[str, str]) -> Mapping[str, list[str]]:
        members: dict[str, list[str]] = {}
        for node in self.network.complete:
            members.setdefault(groups.get(node, ""), []).append(node)
        return members


def simulate(
    network: Network,
    as_of: int,
    finish: Packed,
    *,
    sampled: Callable[[Activity], Own],
    blocked: Callable[[Edge], int | Packed | Few],
    before: Before | None = None,
) -> Simulation:
    """Place all activities in all trials, each as ``sampled`` gives it when its turn comes.

    ``blocked`` gives the working days behind a partial gate. Nothing is kept of what they give.
    The finishes are written to ``finish``, of shape (activities, trials) in the order of
    ``network.activities``, each row after its activity was asked for: until then it may hold
    something else. What has not moved since ``before`` is not placed again.
    """
    book = Book(network, as_of - LOOK_BACK, finish)
    forward = _Forward(book, blocked)
    still = None if before is None else _Still(before, network, book)
    for node in network.order:
        activity = network.activities[node]
        held_by = network.held_by[node]
        if still is not None and still.take(node, held_by):
            continue
        if activity.finished is None:
            forward.enter(activity, sampled(activity), held_by)
        else:
            start, end = activity.finished
            book.enter(node, book.packed(end))
            if node in book.start:
                book.begin(node, book.packed(start))
        if still is not None:
            still.look_at(node)
    return Simulation(network, book)


class Book:
    """Where the dates of the pass are kept."""

    def __init__(self, network: Network, origin: int, finish: Packed) -> None:
        self.origin: Final = origin
        self.trials: Final = finish.shape[1]
        self.finish: Final = dict(zip(network.activities, finish, strict=True))
        self.start: Final[dict[str, Packed]] = {
            edge.upstream: np.empty(0, np.uint16)
            for edge in network.logic
            if edge.type in FROM_START
        }
        self.drivers: Final[dict[str, list[tuple[Edge, Bits]]]] = {n: [] for n in self.finish}
        """In which trials each edge into an activity holds the date that it bounds."""
        self.gated: Final[dict[str, Bits]] = {}
        """In which trials a gate holds up each finish that has one."""
        self.marks: Final[dict[str, bytes]] = {}
        """Of finishes, where they were asked for."""
        self._finished = {a.id for a in network.activities.values() if a.finished is not None}

    def instants(self, packed: Packed) -> IntArray:
        days = unpack(packed)
        days += self.origin
        return days

    def packed(self, t: int) -> Packed:
        return pack(np.array([t - self.origin]))

    def enter(self, node: str, finish: Packed) -> None:
        self.finish[node][:] = finish

    def begin(self, node: str, start: Packed) -> None:
        self.start[node] = self._wide(start)

    def drive(self, edge: Edge, tight: NDArray[np.bool_]) -> None:
        """Keep in which trials an edge drives; what is over holds nothing any more."""
        if edge.upstream not in self._finished:
            self.drivers[edge.downstream].append((edge, self._bits(tight)))

    def gate(self, node: str, gated: NDArray[np.bool_]) -> None:
        self.gated[node] = self._bits(gated)

    def _bits(self, holds: NDArray[np.bool_]) -> Bits:
        return int.from_bytes(np.packbits(self._wide(holds)).tobytes(), "little")

    def _wide(self, values: NDArray[_Number]) -> NDArray[_Number]:
        """Let what holds in all trials have a value for each."""
        return values if values.size == self.trials else np.broadcast_to(values, self.trials)


class _Still:
    """Takes over the dates of what has not moved."""

    def __init__(self, before: Before, network: Network, book: Book) -> None:
        self._same = before.same
        self._old, self._new = before.simulation.network, network
        self._kept, self._book = before.simulation.book, book
        self._moved: set[str] = set()

    def take(self, node: str, held_by: Sequence[Edge]) -> bool:
        """Take over an activity; False where it has to be placed."""
        if node not in self._same:
            return False
        if not self._moved.isdisjoint([edge.upstream for edge in held_by]):
            return False
        known = self._old.held_by[node]
        same = known == held_by
        if not same and [_kind(edge) for edge in known] != [_kind(edge) for edge in held_by]:
            return False
        begins = node in self._book.start
        if begins and node not in self._kept.start:
            return False
        self._book.enter(node, self._kept.finish[node])
        if begins:
            self._book.begin(node, self._kept.start[node])
        if node in self._kept.gated:
            self._book.gated[node] = self._kept.gated[node]
        if node in self._kept.marks:
            self._book.marks[node] = self._kept.marks[node]
        drivers = self._kept.drivers[node]
        if not same:
            now = dict(zip(known, held_by, strict=True))
            drivers = [(now[edge], bits) for edge, bits in drivers]
        self._book.drivers[node] = drivers
        return True

    def look_at(self, node: str) -> None:
        """See whether an activity that was placed has moved, or is over now or no longer."""
        if (
            node not in self._old.activities
            or _is_over(self._old, node) != _is_over(self._new, node)
            or bool((self._kept.finish[node] != self._book.finish[node]).any())
            or not self._begins_alike(node)
        ):
            self._moved.add(node)

    def _begins_alike(self, node: str) -> bool:
        if node not in self._book.start:
            return True
        kept = self._kept.start.get(node)
        return kept is not None and np.array_equal(kept, self._book.start[node])


def _kind(edge: Edge) -> tuple[object, ...]:
    """Give what makes an edge hold what it holds, but for the samples behind a gate."""
    return edge.upstream, edge.type, edge.lag, edge.elapsed, edge.lag_calendar


def _is_over(network: Network, node: str) -> bool:
    return network.activities[node].finished is not None


class _Placed(NamedTuple):
    """Where the work of an activity is, in each trial."""

    before: Counts
    """Working days before it."""
    worked: Packed
    """Where it ends; a gate may make the finish later."""
    events: NDArray[np.bool_] | None
    """Whether it takes no time; None where it always takes some."""


class _Forward:
    def __init__(self, book: Book, blocked: Callable[[Edge], int | Packed | Few]) -> None:
        self._book = book
        self._blocked = blocked
        self._tables: dict[WorkCalendar, DayTables] = {}

    def enter(self, activity: Activity, own: Own, held_by: Iterable[Edge]) -> None:
        """Place an activity that is not over as early as its edges allow."""
        tables = self._calendar(activity.calendar)
        starts: list[tuple[Edge, Packed]] = []
        finishes: list[tuple[Edge, Packed]] = []
        gates: list[tuple[Edge, Packed]] = []
        for edge in held_by:
            kind = gates if edge.type == "partial" else finishes
            kind = starts if edge.type in START_BOUND else kind
            kind.append((edge, self._implied(edge, tables)))
        anchor = np.minimum(own.anchor, _LAST) + _LOOK_BACK
        earliest = _latest([anchor, *(t for _, t in starts)])
        ends = _latest([t for _, t in finishes]) if finishes else None
        placed = _placed(tables, earliest, own.days, ends)
        if starts:
            self._drive(starts, tables.end(placed.before))
        if finishes:
            self._drive(finishes, _since(tables, placed, own.days))
        finish = placed.worked
        if gates:
            finish = _latest([finish, *(t for _, t in gates)])
            since = tables.end(tables.count(finish))
            self._drive(gates, since)
            self._book.gate(activity.id, placed.worked < since)
        self._book.enter(activity.id, finish)
        if activity.id in self._book.start:
            start = earliest if activity.unknown else _start(tables, placed)
            if activity.started is not None:
                start = self._book.packed(activity.started)
            self._book.begin(activity.id, start)

    def _calendar(self, calendar: WorkCalendar) -> DayTables:
        if calendar not in self._tables:
            self._tables[calendar] = DayTables(calendar, self._book.origin)
        return self._tables[calendar]

    def _implied(self, edge: Edge, calendar: DayTables) -> Packed:
        """Return the bound that an edge implies, see ``placement.implied``."""
        t = (self._book.start if edge.type in FROM_START else self._book.finish)[edge.upstream]
        if edge.lag and edge.elapsed:
            t = elapsed(t, edge.lag)
        elif edge.lag:
            lagging = self._calendar(edge.lag_calendar) if edge.lag_calendar else calendar
            t = lagging.add(t, edge.lag)
        return calendar.add(t, self._blocked(edge)) if edge.type == "partial" else t

    def _drive(self, edges: Iterable[tuple[Edge, Packed]], since: Packed) -> None:
        for edge, t in edges:
            self._book.drive(edge, t >= since)


def _placed(
    tables: DayTables, earliest: Packed, days: Packed | Few | None, not_before: Packed | None
) -> _Placed:
    """Do what ``WorkCalendar.fit`` does."""
    before = tables.count(earliest)
    length = np.zeros(1, np.uint8) if days is None else days
    if not_before is not None:
        whole = tables.count(np.maximum(not_before, np.uint16(1)) - np.uint16(1)) + 1
        before = np.maximum(before, whole - unpack(length))
    worked = tables.end(np.add(before, length, dtype=np.intp))
    if np.minimum.reduce(length):
        return _Placed(before, worked, None)
    events = length == 0
    event = earliest if not_before is None else np.maximum(earliest, not_before)
    before = np.where(events, tables.count(event), before)
    return _Placed(before, np.where(events, event, worked), events)


def _since(tables: DayTables, placed: _Placed, days: Packed | Few | None) -> Packed:
    """Return the first instants at which a bound on the end of work is met by no earlier end."""
    if days is None:
        return tables.end(placed.before)
    # Work that has to end at or after a bound ends with a working day.
    day_before = tables.end(np.add(placed.before, days, dtype=np.intp) - 1)
    since = np.minimum(day_before, np.uint16(MOST - 1)) + np.uint16(1)
    if placed.events is None:
        return since
    return np.where(placed.events, tables.end(placed.before), since)


def _start(tables: DayTables, placed: _Placed) -> Packed:
    start = tables.start(placed.before)
    return start if placed.events is None else np.where(placed.events, placed.worked, start)


def _latest(instants: Sequence[Packed]) -> Packed:
    return reduce(np.maximum, instants)
