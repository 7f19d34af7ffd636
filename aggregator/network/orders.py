"""Causes that come true one by one, in sampled orders (DOMAIN.md 3.2).

In each order, each activity has a ladder of dates: the first rung is where it is with every cause
at its baseline, and a further one begins where one more cause changes something. Most causes
change nothing for most activities, so ladders are short however many causes there are.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray, Integers
from .baseline import Comparison
from .lanes import Blocked, Front, Keys, Lanes, States, counted, gates
from .layers import Layer, Rows, Waits, distinct
from .model import Edge
from .placement import Bounds, LocalState
from .recall import Begin, Recall
from .variations import Dates

_CARRIED, _BOTTOM, _OWN = range(3)
"""Rungs that are joined: those of what an activity waits for, the first ones, and its own."""

_AT_ONCE: Final = 1 << 15
"""Rungs that are added up by the same NumPy calls: they fit into the processor's cache."""

Index = NDArray[np.int32]
Numbers = NDArray[np.int64]
Gates = Callable[[Edge], int | IntArray | None]
"""Returns the working days of the blocked part behind a gate, in each order."""


class Share(NamedTuple):
    """The sampled Shapley value of one cause."""

    mean: float
    error: float
    """Its standard error."""


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Orders in which causes come true, in pairs of which one reverses the other.

    The number of a rung holds its order in the upper bits and, in the others, how many causes
    have come true where it begins.
    """

    by_place: Index
    """Which cause comes when; shape (orders, causes)."""
    places: Index
    """When a cause comes; shape (orders, causes)."""

    @property
    def bits(self) -> int:
        """How many bits of a number are for the place."""
        return int(self.by_place.shape[1]).bit_length()

    @property
    def bottom(self) -> Rows:
        """The first rungs."""
        return np.arange(len(self.by_place), dtype=np.int32) << self.bits

    def read(self, number: Rows) -> tuple[Rows, Rows]:
        """Return the orders of rungs, and how many causes have come true there."""
        return number >> self.bits, number & ((1 << self.bits) - 1)

    def shares(
        self, ladders: Sequence[Lanes], values: Sequence[Integers]
    ) -> list[dict[int, Share]]:
        """Return what each cause adds to the values of each ladder, on average over all orders.

        There is a value for each rung of each ladder.
        """
        found: list[dict[int, Share]] = []
        for some in _portions([lanes.number.size for lanes in ladders]):
            found += self._shares(ladders[some], np.concatenate(values[some]))
        return found

    def _shares(self, ladders: Sequence[Lanes], values: Integers) -> list[dict[int, Share]]:
        sizes, numbers = counted(ladders)
        gains = np.diff(values, prepend=0)
        order, place = self.read(numbers)
        some = np.flatnonzero((place > 0) & (gains != 0))
        order, place = order[some].astype(np.intp), place[some]
        pairs, causes = len(self.by_place) // 2, self.by_place.shape[1]
        which = np.arange(len(ladders)).repeat(sizes)[some]
        cause = self.by_place[order, place - 1].astype(np.intp)
        # Rungs come by ladder and order, and a stable sort leaves them so; of short numbers it
        # takes a tenth of the time.
        by_cause = np.argsort(cause.astype(np.min_scalar_type(causes)), kind="stable")
        # A pair of orders is one observation.
        keys = cause * len(ladders)
        keys += which
        keys *= pairs
        keys += order >> 1
        keys = keys[by_cause]
        sums, keys = _summed(gains[some][by_cause].astype(np.int64), keys)
        totals, _ = _summed(sums, keys // pairs)
        squares, keys = _summed(sums**2, keys // pairs)
        total, square = totals / 2, squares / 4
        variance = np.maximum(square - total**2 / pairs, 0) / max(1, pairs - 1)
        found: list[dict[int, Share]] = [{} for _ in ladders]
        columns = *np.divmod(keys, len(ladders)), total / pairs, np.sqrt(variance / pairs), squares
        for n, one, mean, error, squared in zip(*(t.tolist() for t in columns), strict=True):
            if squared:
                found[one][n] = Share(mean, error)
        return found


def climb(
    comparison: Comparison,
    causes: Sequence[str],
    orders: Orders,
    wanted: Collection[str],
    *,
    state: Callable[[str], LocalState] | None = None,
    blocked: Gates | None = None,
    still: Dates | None = None,
    recall: Begin | None = None,
) -> Iterator[tuple[str, Lanes]]:
    """Build the ladders of the wanted activities.

    ``state`` may give another current state in each order, ``blocked`` other gates. With
    ``still``, the dates now, edges that make no difference at P50 are not followed. ``recall``
    begins a pass in which ladders that are known are not built again.
    """
    context = (tuple(causes), len(orders.by_place))
    known = Recall[Lanes]() if recall is None else recall(context)
    built = {node: ladders for node in wanted if (ladders := known.get(node)) is not None}
    yield from built.items()
    new = frozenset(wanted) - built.keys()
    climbing = _Climb(comparison, causes, orders, state, blocked, still)
    climbing.want(new, known)
    for layer in comparison.layers:
        for node, ladders in climbing.enter(layer):
            known.keep(node, ladders)
            if node in new:
                yield node, ladders


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
        self._state = state or comparison.current.__getitem__
        waits = layers.waits
        self._blocked = gates(waits) if blocked is None else _in_orders(blocked, waits, orders)
        self._still = still
        self._followed: NDArray[np.bool_] = np.ones(len(layers.edges), np.bool_)
        if still is not None:
            self._followed[:] = [edge in comparison.sensitive for edge in waits.edges]
        self._cause = np.full(len(layers.activities), -1, np.intp)
        self._cause[[layers.row[cause] for cause in causes]] = np.arange(len(causes))
        self._places = np.ascontiguousarray(orders.places.T)
        self._open = np.zeros(len(layers.activities), np.bool_)
        self._waiting = np.zeros(len(layers.activities), np.intp)
        self._ladders: dict[int, Lanes] = {}

    def want(self, wanted: Iterable[str], known: Recall[Lanes]) -> None:
        """Find what has to be built for some activities, and how often each ladder is used."""
        waits = self._layers.waits
        self._open[[self._layers.row[node] for node in wanted]] = True
        for layer in reversed(self._layers):
            for n in np.flatnonzero(self._open[layer.rows]).tolist():
                ladders = known.get(layer.activities[n].id)
                if ladders is not None:
                    self._open[layer.rows.start + n] = False
                    self._ladders[layer.rows.start + n] = ladders
            into = waits.into(layer)
            used = self._followed[into] & self._open[waits.downstream[into]]
            upstream = waits.upstream[into][used]
            self._open[upstream] = True
            np.add.at(self._waiting, upstream, 1)

    def enter(self, layer: Layer) -> Iterator[tuple[str, Lanes]]:
        """Place a layer on every rung on which something can change for it; keep real changes."""
        front = Front.of(self._layers, layer, self._open[None, layer.rows])
        if not front.rows.size:
            return
        followed = self._followed[front.edges]
        keys, bound = self._carried(front, followed)
        start, finish = self._placed(front, keys, bound)
        kept = np.empty(keys.size, np.bool_)
        np.not_equal(start[1:], start[:-1], out=kept[1:])
        kept[1:] |= finish[1:] != finish[:-1]
        kept[keys.places[_BOTTOM]] = True
        self._forget(front.upstream[followed])
        for row, lanes in zip(
            front.rows.tolist(), keys.split(kept.nonzero()[0], start, finish), strict=True
        ):
            self._ladders[row] = lanes
            yield self._layers.activities[row].id, lanes

    def _carried(self, front: Front, followed: NDArray[np.bool_]) -> tuple[Keys, Bounds]:
        """Join the rungs of a front; say what its edges imply on all of those."""
        upstream = [
            self._ladders[row] if follow else self._as_it_is(row)
            for row, follow in zip(front.upstream.tolist(), followed.tolist(), strict=True)
        ]
        sizes, numbers = counted(upstream)
        keys = self._keys_of(front, sizes, numbers)
        if not upstream:
            return keys, Bounds()
        every = np.arange(front.edges.size)
        t = front.implied(front.instants(upstream, every), every, sizes, numbers, self._blocked)
        # What an edge implies holds up to its next rung, or the last one of its activity.
        begin, ends = keys.places[_CARRIED], sizes.cumsum()
        until = np.append(begin[1:], 0)
        until[ends - 1] = keys.last[front.down]
        lasts = until - begin
        parts = pairwise([0, *ends.tolist()])
        return keys, front.bound(keys, (t[a:b].repeat(lasts[a:b]) for a, b in parts))

    def _keys_of(self, front: Front, sizes: Rows, numbers: Rows) -> Keys:
        """Join rungs with the first one, and that on which an activity comes true itself."""
        bottom, causes = self._orders.bottom, self._cause[front.rows]
        own = (causes >= 0).nonzero()[0]
        comes = bottom + self._places[causes[own]] + 1
        every = np.arange(front.rows.size)
        return Keys(
            front.rows.size,
            int(bottom[-1]).bit_length() + 1,
            [
                (front.down, sizes, numbers),
                (every, np.full_like(every, bottom.size), np.tile(bottom, every.size)),
                (own, np.full_like(own, bottom.size), comes.reshape(-1)),
            ],
        )

    def _placed(self, front: Front, keys: Keys, bound: Bounds) -> tuple[IntArray, IntArray]:
        """Place a front: in each order as planned, from where it comes true itself on as it is."""
        ids = [self._layers.activities[row].id for row in front.rows.tolist()]
        own = (self._cause[front.rows] >= 0).nonzero()[0]
        states = [self._state(node) for node in ids]
        states += [self._baseline[ids[n]] for n in own.tolist()]
        found = States.of(front.layer.calendar, states)
        shape = len(ids), len(self._orders.by_place), 2
        begin = np.empty(shape, np.intp)
        begin[...] = keys.places[_BOTTOM].reshape(*shape[:2], 1)
        begin[own, :, 1] = keys.places[_OWN].reshape(-1, shape[1])
        long = np.diff(begin.reshape(-1), append=keys.size)

        def spread(values: IntArray | Rows) -> IntArray:
            both = np.zeros(shape, np.int32)
            both[..., 1] = values[: len(ids)]
            both[own, :, 0] = values[len(ids) :]
            return both.reshape(-1).repeat(long)

        def which() -> Rows:
            return spread(np.arange(len(states))[:, None])

        return found.place(which, spread(found.anchor), spread(found.duration), bound)

    def _as_it_is(self, row: int) -> Lanes:
        assert self._still is not None
        start, finish, _ = (t[row : row + 1] for t in self._still)
        return Lanes(np.zeros(1, np.int32), start, finish)

    def _forget(self, upstream: Rows) -> None:
        """Let go of ladders that nothing waits for any more."""
        self._waiting -= np.bincount(upstream, minlength=self._waiting.size)
        for row in distinct(upstream[self._waiting[upstream] == 0]).tolist():
            del self._ladders[row]


def _in_orders(given: Gates, waits: Waits, orders: Orders) -> Blocked:
    def blocked(edge: int, numbers: Rows) -> int | IntArray:
        days = given(waits.edges[edge])
        if days is None or isinstance(days, int) or days.size == 1:
            return 0 if days is None else days
        return days.take(numbers >> orders.bits)

    return blocked


@lru_cache(maxsize=2)
def orders_of(names: tuple[str, ...], count: int) -> Orders:
    """Draw an even number of orders of causes, given by name.

    Each cause draws from a seed of its own, so that the order of two of them does not depend on
    what else there is, and results stay the same from run to run. The last two are kept: most
    assessments have the causes of the one before, at P50 and in trials.
    """
    keys = np.array([_keys(name, count // 2) for name in names])
    half = np.argsort(keys.reshape(len(names), -1).T, axis=1, kind="stable").astype(np.int32)
    places = np.empty_like(half)
    np.put_along_axis(places, half, np.arange(len(names), dtype=np.int32)[None, :], axis=1)
    return Orders(_paired(half, half[:, ::-1]), _paired(places, len(names) - 1 - places))


def _paired(orders: Index, others: Index) -> Index:
    """Put each of the others behind its order."""
    return np.stack([orders, others], axis=1).reshape(-1, orders.shape[1])


def _portions(sizes: Sequence[int]) -> Iterator[slice]:
    """Cut a sequence of ladders into parts that are added up together."""
    first = rungs = 0
    for n, size in enumerate(sizes):
        rungs += size
        if rungs > _AT_ONCE or n + 1 == len(sizes):
            yield slice(first, n + 1)
            first, rungs = n + 1, 0


def _summed(values: Numbers, keys: Numbers) -> tuple[Numbers, Numbers]:
    """Add up what has the same key; keys are in order, and are returned once each."""
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    return np.add.reduceat(values, first) if first.size else values, keys[first]


@lru_cache(maxsize=1 << 12)
def _keys(name: str, count: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    keys = np.random.default_rng(_seed(name)).random(count)
    keys.flags.writeable = False
    return keys


def _seed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
