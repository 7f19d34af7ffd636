"""Activities of one layer placed at once, each of them in lanes of its own.

A lane is one way in which things may go, and has a number. Each activity is placed only in those
lanes that can make a difference to it; those of a whole layer lie behind each other in one array,
so that there is one NumPy call for all of them. The *key* of a lane holds the place of its
activity among those that are placed together in its upper bits, and its number in the others.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray, WorkCalendar
from .layers import GATE, LONG_AGO, Layer, Layers, Rows, Waits
from .placement import Bounds, LocalState, column, later

_SHORT: Final = 31
"""Bits of a key that fit into four bytes."""
_WORD: Final = 4
_PLACES: Final = 32
"""Bits for the place of a key, beside the key itself in one number."""
_NOTHING: Final = np.zeros(1, np.int32)


class Lanes(NamedTuple):
    """The dates of one activity in its lanes."""

    number: Rows
    """In ascending order."""
    start: IntArray
    finish: IntArray


NO_LANES: Final = Lanes(*np.empty((3, 0), np.int32))

Blocked = Callable[[int, Rows], int | IntArray]
"""Returns the days of the blocked part behind a gate, a number of ``Waits``, in lanes of such
numbers."""


@dataclass(frozen=True, eq=False)
class States:
    """Local states of some activities, in arrays."""

    anchor: IntArray
    duration: IntArray
    """Shape (activities, 1 or trials), both of them."""
    free_start: NDArray[np.bool_]
    pinned: NDArray[np.bool_]
    started: IntArray
    """Long ago for what has not started; shape (activities,), like the others."""
    finished: IntArray
    """Actual starts and finishes; shape (2, activities)."""

    @classmethod
    def of(cls, states: Sequence[LocalState]) -> "States":
        """Collect states; what is unknown has no days left."""
        flags = [(s.free_start, s.pinned) for s in states]
        free_start, pinned = np.array(flags, np.bool_).reshape(-1, 2).T
        finished = [s.finished or (LONG_AGO, LONG_AGO) for s in states]
        return cls(
            anchor=column([s.anchor for s in states]),
            duration=column([_NOTHING if s.duration is None else s.duration for s in states]),
            free_start=free_start,
            pinned=pinned,
            started=np.array([s.started or LONG_AGO for s in states], np.int32),
            finished=np.array(finished, np.int32).reshape(-1, 2).T,
        )

    @classmethod
    def joined(cls, some: Sequence["States"]) -> "States":
        """Put the activities of some behind each other."""
        return cls(
            anchor=np.concatenate([each.anchor for each in some]),
            duration=np.concatenate([each.duration for each in some]),
            free_start=np.concatenate([each.free_start for each in some]),
            pinned=np.concatenate([each.pinned for each in some]),
            started=np.concatenate([each.started for each in some]),
            finished=np.concatenate([each.finished for each in some], axis=1),
        )

    def take(self, rows: Rows) -> "States":
        """Return some of the activities."""
        return States(
            anchor=self.anchor[rows],
            duration=self.duration[rows],
            free_start=self.free_start[rows],
            pinned=self.pinned[rows],
            started=self.started[rows],
            finished=self.finished[:, rows],
        )

    def place(
        self,
        calendar: WorkCalendar,
        which: Callable[[], Rows],
        anchor: IntArray,
        duration: IntArray,
        bound: Bounds,
    ) -> tuple[IntArray, IntArray]:
        """Return starts and finishes of lanes of activities of one calendar.

        ``which`` gives the activity of each, and is asked only where they are not all alike.
        """
        if not anchor.size:
            return np.empty(0, np.int32), np.empty(0, np.int32)
        start_bound, finish_bound, gate = self._waived(which, bound)
        start, worked = calendar.fit(later(start_bound, anchor), duration, finish_bound)
        finish = later(gate, worked)
        _, _, some_started, some_finished = self._some
        if some_started:
            begun = self.started.take(which())
            start = np.where(begun > LONG_AGO, begun, start)
        if some_finished:
            actual = self.finished.take(which(), axis=1)
            over = actual[1] > LONG_AGO
            start, finish = np.where(over, actual, (start, finish))
        return start, finish

    @cached_property
    def _some(self) -> tuple[bool, ...]:
        """Whether there are any with a free start, pinned, started and finished ones."""
        kinds = self.free_start, self.pinned, self.started, self.finished
        return tuple(bool(kind.any()) for kind in kinds)

    def _waived(self, which: Callable[[], Rows], bound: Bounds) -> Bounds:
        """Leave out bounds that do not hold."""
        start, finish, gate = bound
        some_free, some_pinned, _, _ = self._some
        if some_free and start is not None:
            start = np.where(self.free_start.take(which()), LONG_AGO, start)
        if some_pinned:
            free = ~self.pinned.take(which())
            start, finish, gate = (None if t is None else t * free for t in (start, finish, gate))
        return Bounds(start, finish, gate)


class Keys:
    """All lanes of some activities, which are numbered from 0 on."""

    def __init__(
        self, activities: int, bits: int, parts: Sequence[tuple[Rows, Rows, Rows]]
    ) -> None:
        """Join lanes: each part has activities, how many each has, and numbers of so many bits."""
        self._bits = bits
        self._type = np.int32 if activities.bit_length() + bits <= _SHORT else np.int64
        given = [self._above(which).repeat(sizes) for which, sizes, _ in parts]
        for keys, (_, _, number) in zip(given, parts, strict=True):
            keys += number
        self._keys, places = _united(np.concatenate(given))
        self.size: Final = self._keys.size
        ends = self._keys.searchsorted(self._above(np.arange(activities + 1)))
        self.first: Final = ends[:-1]
        """Where the lanes of each activity begin."""
        self.last: Final = ends[1:]
        """And where they end."""
        counts = accumulate((part.size for part in given), initial=0)
        self.places: Final = tuple(places[a:b] for a, b in pairwise(counts))
        """Of each part that was joined: where its lanes are."""

    @cached_property
    def which(self) -> Rows:
        """The activity of each lane."""
        return self._keys >> self._bits

    @cached_property
    def number(self) -> Rows:
        """The number of each lane."""
        return self._keys & ((1 << self._bits) - 1)

    def split(self, kept: Rows, start: IntArray, finish: IntArray) -> list[Lanes]:
        """Return what is kept of the lanes of each activity; dates are those of all lanes."""
        number = self._keys.take(kept) & ((1 << self._bits) - 1)
        start, finish = start.take(kept), finish.take(kept)
        ends = [0, *kept.searchsorted(self.last).tolist()]
        return [Lanes(number[a:b], start[a:b], finish[a:b]) for a, b in pairwise(ends)]

    def _above(self, which: Rows) -> Rows:
        """Return the keys of the lanes of number 0."""
        above: Rows = which.astype(self._type)
        above <<= self._bits
        return above


def _united(given: Rows) -> tuple[Rows, Rows]:
    """Return all numbers once, in order, and where each of the given ones is among them."""
    if given.size >> _PLACES or given.itemsize > _WORD:
        keys, places = np.unique(given, return_inverse=True)
        return keys, places
    # Looking each of them up takes longer than sorting twice as wide numbers; they come in runs
    # that are sorted already, which a stable sort makes use of.
    both = given.astype(np.int64)
    both <<= _PLACES
    both |= np.arange(given.size)
    both.sort(kind="stable")
    sorted_keys = (both >> _PLACES).astype(given.dtype)
    new = np.empty(given.shape, np.bool_)
    new[:1] = False
    np.not_equal(sorted_keys[1:], sorted_keys[:-1], out=new[1:])
    places = np.empty(given.shape, np.intp)
    both &= (1 << _PLACES) - 1
    places[both] = new.cumsum()
    new[:1] = True
    return sorted_keys[new], places


@dataclass(frozen=True, eq=False)
class Front:
    """Some activities of one layer, which are placed together, and the edges into them."""

    layer: Layer
    waits: Waits
    numbers: Rows
    """Of the activities, in ascending order: their rows, on top of those of passes before."""
    rows: Rows
    """Rows of the network."""
    edges: Rows
    """Numbers of ``waits``."""
    upstream: Rows
    """The number of the activity that each edge comes from."""
    down: Rows
    """Of each edge: the place of its downstream activity among ``rows``."""

    @classmethod
    def of(cls, layers: Layers, layer: Layer, wanted: NDArray[np.bool_]) -> "Front":
        """Take the activities of a layer that each pass wants; shape (passes, activities)."""
        waits, size, first = layers.waits, len(layers.activities), layer.rows.start
        into = waits.into(layer)
        passes, rows = wanted.nonzero()
        of_pass, edges = wanted[:, waits.downstream[into] - first].nonzero()
        rows, edges = rows + first, edges + into.start
        numbers, above = passes * size + rows, of_pass * size
        return cls(
            layer=layer,
            waits=waits,
            numbers=numbers,
            rows=rows,
            edges=edges,
            upstream=above + waits.upstream[edges],
            down=numbers.searchsorted(above + waits.downstream[edges]),
        )

    @cached_property
    def from_start(self) -> NDArray[np.bool_]:
        """Whether each edge runs from the start of its upstream activity."""
        return self.waits.from_start[self.edges]

    def instants(self, upstream: Sequence[Lanes], edges: Rows) -> IntArray:
        """Return where some edges begin, in all lanes of their upstream activities."""
        return np.concatenate(
            [
                lanes.start if from_start else lanes.finish
                for lanes, from_start in zip(upstream, self.from_start[edges].tolist(), strict=True)
            ]
        )

    def implied(
        self, t: IntArray, edges: Rows, sizes: Rows, numbers: Rows, blocked: Blocked
    ) -> IntArray:
        """Let edges run from instants, ``sizes`` lanes each, in place; edges count from 0."""
        waits, which, last = self.waits, self.edges[edges], sizes.cumsum()
        first = last - sizes
        for n in waits.lag[which].nonzero()[0].tolist():
            lanes, lag = t[first[n] : last[n]], int(waits.lag[which[n]])
            calendar = waits.calendars[waits.calendar[which[n]]]
            lanes[:] = lanes + lag if calendar is None else calendar.add(lanes, lag)
        for n in (waits.bounds[which] == GATE).nonzero()[0].tolist():
            some, edge = slice(first[n], last[n]), int(which[n])
            t[some] = self.layer.calendar.add(t[some], blocked(edge, numbers[some]))
        return t

    def implied_each(self, t: IntArray, edges: Rows, blocked: IntArray) -> IntArray:
        """Let edges run from instants, in place: ``edges`` has a number of ``waits`` for each.

        ``blocked`` has the days behind the gates, by edge. This takes one NumPy call where
        ``implied`` takes one an edge, and is for edges of a few lanes.
        """
        waits, lag = self.waits, self.waits.lag[edges]
        lagging = lag.nonzero()[0]
        if lagging.size:
            calendars = waits.calendar[edges[lagging]]
            for n in set(calendars.tolist()):
                some, calendar = lagging[calendars == n], waits.calendars[n]
                days = lag[some]
                t[some] = t[some] + days if calendar is None else calendar.add(t[some], days)
        gated = (waits.bounds[edges] == GATE).nonzero()[0]
        if gated.size:
            t[gated] = self.layer.calendar.add(t[gated], blocked[edges[gated]])
        return t

    def bound(self, keys: Keys, implied: Iterable[IntArray]) -> Bounds:
        """Combine what each edge implies in all lanes of its downstream activity."""
        found: list[IntArray | None] = [None, None, None]
        lanes = zip(keys.first[self.down].tolist(), keys.last[self.down].tolist(), strict=True)
        bounds = self.waits.bounds[self.edges].tolist()
        for (first, last), what, t in zip(lanes, bounds, implied, strict=True):
            so_far = found[what]
            if so_far is None:
                so_far = found[what] = np.full(keys.size, LONG_AGO, np.int32)
            np.maximum(so_far[first:last], t, out=so_far[first:last])
        return Bounds(*found)


def counted(some: Sequence[Lanes]) -> tuple[Rows, Rows]:
    """Return how many lanes there are of each activity, and the numbers of them all."""
    sizes = np.array([lanes.number.size for lanes in some], np.intp)
    return sizes, np.concatenate([lanes.number for lanes in some] or [np.empty(0, np.int32)])


def blocked_days(waits: Waits) -> IntArray:
    """Return the days of the blocked parts behind the edges, where there is one trial."""
    if not waits.edges:
        return np.empty(0, np.int32)
    return column([0 if edge.blocked is None else edge.blocked for edge in waits.edges])[:, 0]
