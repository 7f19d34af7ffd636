"""What would move if one activity were different: every change in a lane of its own.

Lanes are carried along only as far as they make a difference, so that many changes in a large
network cost little more than the dates that they move.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from ..calendar import IntArray
from .lanes import Front, Keys, Lanes, States, counted, gates
from .layers import Layer, Layers, Rows
from .placement import Bounds, LocalState
from .recall import Begin, Recall


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moved:
    """Those changes that move an activity."""

    id: str
    changes: tuple[str, ...]
    """The activities that were changed."""
    finishes: IntArray
    """Its finish with each of them."""
    days: IntArray
    """Against its finish as it is, in signed working days of its calendar."""


class Dates(NamedTuple):
    """When the activities of a network happen, by row."""

    start: IntArray
    finish: IntArray


class _Varied(NamedTuple):
    """How an activity is moved; the same for all that move with it."""

    lanes: Lanes
    moved: Moved | None


_STILL: Final = _Varied(Lanes(*np.empty((3, 0), np.int32)), None)


def vary(
    layers: Layers,
    states: Mapping[str, LocalState],
    dates: Dates,
    changes: Mapping[str, LocalState],
    recall: Begin | None = None,
) -> Iterator[Moved]:
    """Put each of ``changes`` in place of its activity's state, one at a time.

    ``dates`` are those without changes. Yields each activity whose finish moves, in the order of
    ``states``. ``recall`` begins a pass in which what is known of an activity is not found again:
    there, whether an activity is changed, and how, has to follow from its print.
    """
    names = sorted(states)
    found = Recall[_Varied]() if recall is None else recall(tuple(names))
    known = {node: one for node in states if (one := found.get(node)) is not None}
    passes = _Variations(layers, states, dates, changes, names, known)
    for layer in layers:
        passes.enter(layer)
    for node in states:
        one = known.get(node)
        if one is None:
            one = passes.varied.get(layers.row[node], _STILL)
            found.keep(node, one)
        if one.moved is not None:
            yield one.moved


class _Variations:
    def __init__(
        self,
        layers: Layers,
        states: Mapping[str, LocalState],
        dates: Dates,
        changes: Mapping[str, LocalState],
        names: Sequence[str],
        known: Mapping[str, _Varied],
    ) -> None:
        self._layers, self._states, self._dates = layers, states, dates
        self._changes, self._names = changes, names
        self._bits, self._gates = len(names).bit_length(), gates(layers.waits)
        row, size = layers.row, len(layers.activities)
        self.varied: Final = {
            row[node]: one for node, one in known.items() if one.lanes.number.size
        }
        self._moving, self._open, self._changed = np.zeros((3, size), np.bool_)
        self._number = np.zeros(size, np.int32)
        self._number[[row[node] for node in names]] = np.arange(len(names))
        self._moving[list(self.varied)] = True
        self._open[[row[node] for node in states if node not in known]] = True
        self._changed[[row[node] for node in changes if node in states]] = True

    def enter(self, layer: Layer) -> None:
        """Place what can move of a layer in all lanes that can move it; keep those that do."""
        waits = self._layers.waits
        into = waits.into(layer)
        wanted = self._changed[layer.rows].copy()
        moved = waits.downstream[into][self._moving[waits.upstream[into]]]
        wanted[moved - layer.rows.start] = True
        front = Front.of(self._layers, layer, wanted & self._open[layer.rows])
        if not front.rows.size:
            return
        own = np.flatnonzero(self._changed[front.rows])
        keys, bound = self._carried(front, own)
        self._keep(front, keys, *self._placed(front, keys, own, bound))

    def _carried(self, front: Front, own: Rows) -> tuple[Keys, Bounds]:
        """Join the lanes of a front; say what its edges imply in all of those."""
        moving = np.flatnonzero(self._moving[front.upstream])
        upstream = [self.varied[row].lanes for row in front.upstream[moving].tolist()]
        sizes, numbers = counted(upstream)
        down = np.repeat(front.down[moving], sizes)
        own_numbers = self._number[front.rows[own]]
        keys = Keys(front.rows.size, self._bits, [(down, numbers), (own, own_numbers)])
        long = (keys.last - keys.first)[front.down]
        wide = self._as_it_is(front).repeat(long)
        ends = long.cumsum()
        if moving.size:
            first = ends - keys.last[front.down]
            at = first[moving].repeat(sizes) + keys.places[0]
            t = front.instants(upstream, moving)
            wide[at] = front.implied(t, moving, sizes, numbers, self._gates)
        parts = pairwise([0, *ends.tolist()])
        return keys, front.bound(keys, (wide[a:b] for a, b in parts))

    def _as_it_is(self, front: Front) -> IntArray:
        """Return what each edge implies without changes."""
        start, finish = (t[front.upstream] for t in self._dates)
        every = np.arange(front.edges.size)
        t = np.where(front.from_start, start, finish)
        return front.implied(t, every, np.ones_like(every), every, self._gates)

    def _placed(
        self, front: Front, keys: Keys, own: Rows, bound: Bounds
    ) -> tuple[IntArray, IntArray]:
        ids = [self._layers.activities[row].id for row in front.rows.tolist()]
        calendar = front.layer.calendar
        states = [self._states[node] for node in ids]
        states += [self._changes[ids[n]] for n in own.tolist()]
        which = keys.which.copy()
        which[keys.places[1]] = np.arange(len(ids), len(states))
        found = States.of(calendar, states)
        anchor, duration = found.anchor[:, 0].take(which), found.duration[:, 0].take(which)
        return found.place(which, anchor, duration, bound)

    def _keep(self, front: Front, keys: Keys, start: IntArray, finish: IntArray) -> None:
        row = front.rows[keys.which]
        late = self._dates.finish[row]
        kept = np.flatnonzero((finish != late) | (start != self._dates.start[row]))
        days = front.layer.calendar.workdays(late[kept], finish[kept])
        done = 0
        for at, lanes in zip(front.rows.tolist(), keys.split(kept, start, finish), strict=True):
            size = lanes.number.size
            if size:
                self.varied[at] = _Varied(lanes, self._moved(at, lanes, days[done : done + size]))
                self._moving[at] = True
                done += size

    def _moved(self, row: int, lanes: Lanes, days: IntArray) -> Moved | None:
        moves = np.flatnonzero(lanes.finish != self._dates.finish[row])
        if not moves.size:
            return None
        which: list[int] = lanes.number[moves].tolist()
        return Moved(
            id=self._layers.activities[row].id,
            changes=tuple(self._names[n] for n in which),
            finishes=lanes.finish[moves],
            days=days[moves],
        )
