"""Ladders of dates: where activities are while causes come true one by one (see ``orders``)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray
from .baseline import Comparison
from .lanes import Front, Keys, Lanes, States, counted
from .layers import Layer, Rows
from .model import Edge
from .orders import Orders
from .placement import Bounds, LocalState
from .recall import Begin, Recall
from .variations import Dates

_CARRIED, _BOTTOM, _OWN = range(3)
"""Rungs that are joined: those of what an activity waits for, the first ones, and its own."""

Gates = Callable[[Edge], int | IntArray | None]
"""Returns the working days of the blocked part behind a gate, in each order."""

Mask = NDArray[np.bool_]
"""Whether each order counts."""


class Built(NamedTuple):
    """A ladder in some orders."""

    ladder: Lanes
    orders: Mask


def climb(
    comparison: Comparison,
    causes: Sequence[str],
    orders: Orders,
    wanted: Mapping[str, Mask],
    *,
    state: Callable[[str], LocalState] | None = None,
    blocked: Gates | None = None,
    still: Dates | None = None,
    recall: Begin | None = None,
) -> Iterator[tuple[str, Lanes]]:
    """Build the ladders of activities in the orders in which each is wanted, or in more.

    ``state`` may give another current state in each order, ``blocked`` other gates. With
    ``still``, the dates now, edges that make no difference at P50 are not followed. ``recall``
    begins a pass in which ladders that are known are not built needed.
    """
    context = (tuple(causes), len(orders.by_place))
    known = Recall[Built]() if recall is None else recall(context)
    climbing = _Climb(comparison, causes, orders, state, blocked, still)
    yield from climbing.want(wanted, known)
    for layer in comparison.layers:
        for node, built in climbing.enter(layer):
            if recall is not None:
                known.keep(node, built)
            if node in wanted:
                yield node, built.ladder


class _Climb:
    def __init__(
        self,
        comparison: Comparison,
        causes: Sequence[str],
        orders: Orders,
        state: Callable[[str], LocalState] | None,
        blocked: Gates | None,
        still: Dates | None,
    ) -> None:
        self._layers = layers = comparison.layers
        self._baseline, self._orders = comparison.baseline, orders
        self._state = state
        if state is None:
            self._both = States.joined([comparison.now, comparison.then])
        self._gate: Gates = blocked or _at_once
        self._still = still
        self._followed: NDArray[np.bool_] = np.ones(len(layers.edges), np.bool_)
        if still is not None:
            self._followed[:] = [edge in comparison.sensitive for edge in layers.edges]
        self._cause = np.full(len(layers.activities), -1, np.intp)
        self._cause[[layers.row[cause] for cause in causes]] = np.arange(len(causes))
        self._places = np.ascontiguousarray(orders.places.T)
        self._needed = np.zeros((len(layers.activities), len(orders.by_place)), np.bool_)
        self._open = np.zeros(len(layers.activities), np.bool_)
        self._waiting = [0] * len(layers.activities)
        self._ladders: dict[int, Lanes] = {}

    def want(self, wanted: Mapping[str, Mask], known: Recall[Built]) -> Iterator[tuple[str, Lanes]]:
        """Find what has to be built, in which orders, and how often each ladder is used.

        Returns the ladders that are wanted and known.
        """
        waits, needed = self._layers.waits, self._needed
        for node, mask in wanted.items():
            needed[self._layers.row[node]] = mask
            self._open[self._layers.row[node]] = True
        every = bool(needed[self._open].all())
        needed[:] |= every
        for layer in reversed(self._layers):
            for row in (np.flatnonzero(self._open[layer.rows]) + layer.rows.start).tolist():
                node = self._layers.activities[row].id
                found = known.get(node)
                if found is not None and not (needed[row] & ~found.orders).any():
                    self._open[row] = False
                    self._ladders[row] = found.ladder
                    if node in wanted:
                        yield node, found.ladder
            into = waits.into(layer)
            used = (self._followed[into] & self._open[waits.downstream[into]]).nonzero()[0]
            upstream = waits.upstream[into][used]
            if not every:
                downstream = waits.downstream[into][used]
                for row, down in zip(upstream.tolist(), downstream.tolist(), strict=True):
                    needed[row] |= needed[down]
            self._open[upstream] = True
            for row in upstream.tolist():
                self._waiting[row] += 1

    def enter(self, layer: Layer) -> Iterator[tuple[str, Built]]:
        """Place a layer on every rung on which something can change for it; keep real changes."""
        front = Front.of(self._layers, layer, self._open[None, layer.rows])
        if not front.rows.size:
            return
        followed, needed = self._followed[front.edges], self._needed[front.rows]
        parts = _Parts(*needed.nonzero())
        keys, bound = self._carried(front, followed, needed, parts)
        start, finish = self._placed(front, parts, keys, bound)
        kept = np.empty(keys.size, np.bool_)
        np.not_equal(start[1:], start[:-1], out=kept[1:])
        kept[1:] |= finish[1:] != finish[:-1]
        kept[keys.places[_BOTTOM]] = True
        self._forget(front.upstream[followed])
        ladders = keys.split(kept.nonzero()[0], start, finish)
        for row, mask, ladder in zip(front.rows.tolist(), needed, ladders, strict=True):
            self._ladders[row] = ladder
            yield self._layers.activities[row].id, Built(ladder, mask)

    def _carried(
        self, front: Front, followed: NDArray[np.bool_], needed: Mask, parts: "_Parts"
    ) -> tuple[Keys, Bounds]:
        """Join the rungs of a front in some orders; say what its edges imply on all of those."""
        lowest = needed.argmax(axis=1)[front.down] << self._orders.bits
        edges = (front.upstream, followed, lowest)
        upstream = [
            self._ladders[row] if follow else self._still_at(row, number)
            for row, follow, number in zip(*(t.tolist() for t in edges), strict=True)
        ]
        every = np.arange(front.edges.size)
        sizes, numbers = counted(upstream)
        if not upstream:
            return self._keys_of(front, parts, sizes, numbers), Bounds()
        t = front.instants(upstream, every)
        if not needed.all():
            at = (front.down * needed.shape[1]).repeat(sizes)
            at += numbers >> self._orders.bits
            some = needed.reshape(-1)[at].nonzero()[0]
            sizes = np.diff(some.searchsorted(sizes.cumsum()), prepend=0)
            numbers, t = numbers[some], t[some]
        keys = self._keys_of(front, parts, sizes, numbers)
        t = front.implied(t, every, sizes, numbers, self._blocked)
        # What an edge implies holds up to its next rung, or the last one of its activity.
        begin, lasts, ends = keys.places[_CARRIED], sizes.cumsum() - 1, keys.last[front.down]
        long = _until_next(begin, keys.size)
        long[lasts] = ends - begin[lasts]
        wide = t.repeat(long)
        of_edges = pairwise([0, *(ends - keys.first[front.down]).cumsum().tolist()])
        return keys, front.bound(keys, (wide[a:b] for a, b in of_edges))

    def _keys_of(self, front: Front, parts: "_Parts", sizes: Rows, numbers: Rows) -> Keys:
        """Join rungs with the first one, and that on which an activity comes true itself."""
        rows, order = parts
        bottom, causes = order.astype(np.int32) << self._orders.bits, self._cause[front.rows]
        counts = np.bincount(rows, minlength=front.rows.size)
        every, mine = np.arange(front.rows.size), (causes >= 0).nonzero()[0]
        comes = (causes >= 0)[rows]
        own = bottom[comes] + self._places[causes[rows[comes]], order[comes]] + 1
        return Keys(
            front.rows.size,
            int(self._orders.bottom[-1]).bit_length() + 1,
            [
                (front.down, sizes, numbers),
                (every, counts, bottom),
                (mine, counts[mine], own),
            ],
        )

    def _placed(
        self, front: Front, parts: "_Parts", keys: Keys, bound: Bounds
    ) -> tuple[IntArray, IntArray]:
        """Place a front: in each order as planned, from where it comes true itself on as it is."""
        states, now, planned = self._states_of(front)
        rows, order = parts
        # From the first rung on, and from where it comes true on; the first are none without that.
        which = np.empty((rows.size, 2), np.intp)
        which[:, 0], which[:, 1] = planned[rows], now[rows]
        begin = np.empty(which.shape, np.intp)
        begin[...] = keys.places[_BOTTOM][:, None]
        begin[which[:, 0] != which[:, 1], 1] = keys.places[_OWN]
        of_parts, orders = which.reshape(-1), order.repeat(2)
        long = _until_next(begin.reshape(-1), keys.size)

        def spread(values: IntArray) -> IntArray:
            each = values[of_parts, orders] if values.shape[1] > 1 else values[:, 0][of_parts]
            return each.repeat(long)

        return states.place(
            front.layer.calendar,
            lambda: of_parts.repeat(long),
            spread(states.anchor),
            spread(states.duration),
            bound,
        )

    def _states_of(self, front: Front) -> tuple[States, Rows, Rows]:
        """Return states, and which of them the activities of a front have now, and had."""
        causes = self._cause[front.rows] >= 0
        if self._state is None:
            return self._both, front.rows, front.rows + causes * len(self._layers.activities)
        ids = [self._layers.activities[row].id for row in front.rows.tolist()]
        states = [self._state(node) for node in ids]
        now, own = np.arange(len(ids)), causes.nonzero()[0]
        planned = now.copy()
        planned[own] = np.arange(len(ids), len(ids) + own.size)
        states += [self._baseline[ids[n]] for n in own.tolist()]
        return States.of(states), now, planned

    def _blocked(self, edge: int, numbers: Rows) -> int | IntArray:
        days = self._gate(self._layers.edges[edge])
        if days is None or isinstance(days, int) or days.size == 1:
            return 0 if days is None else days
        return days.take(numbers >> self._orders.bits)

    def _as_it_is(self, row: int) -> tuple[int, int]:
        assert self._still is not None
        return int(self._still.start[row]), int(self._still.finish[row])

    def _still_at(self, row: int, number: int) -> Lanes:
        """Give a ladder of one rung, on which an activity is as it is."""
        return Lanes(*np.array([[number], *([t] for t in self._as_it_is(row))], np.int32))

    def _forget(self, upstream: Rows) -> None:
        """Let go of ladders that nothing waits for any more."""
        for row in upstream.tolist():
            self._waiting[row] -= 1
            if not self._waiting[row]:
                del self._ladders[row]


def _until_next(begin: Rows, end: int) -> Rows:
    """Return how long each lasts: until the next one begins, and the last one to the end."""
    long = np.empty_like(begin)
    np.subtract(begin[1:], begin[:-1], out=long[:-1])
    long[-1:] = end - begin[-1:]
    return long


class _Parts(NamedTuple):
    """The orders in which ladders of a front are built, of one ladder after the other."""

    rows: Rows
    """The place of each ladder in the front."""
    orders: Rows


def _at_once(edge: Edge) -> int | IntArray | None:
    return edge.blocked
