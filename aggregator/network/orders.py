"""Causes that come true one by one, in sampled orders (DOMAIN.md 3.2).

In each order, each activity has a ladder of dates: the first rung is where it is with every cause
at its baseline, and a further one begins where one more cause changes something. Most causes
change nothing for most activities, so ladders are short however many causes there are.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray, Integers
from .baseline import Comparison
from .model import Edge
from .placement import LocalState, Placement, bounds, place
from .recall import Begin
from .variations import union

Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The sampled Shapley value of one cause."""

    mean: float
    error: float
    """Its standard error."""


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Orders in which causes come true, in pairs of which one reverses the other."""

    by_place: Index
    """Which cause comes when; shape (orders, causes)."""
    places: Index
    """When a cause comes; shape (orders, causes)."""

    @classmethod
    def sampled(cls, names: Sequence[str], count: int) -> "Orders":
        """Draw an even number of orders of causes, given by name.

        Each cause draws from a seed of its own, so that the order of two of them does not depend
        on what else there is, and results stay the same from run to run.
        """
        keys = np.array([_keys(name, count // 2) for name in names])
        half = np.argsort(keys.reshape(len(names), -1).T, axis=1, kind="stable")
        by_place = np.stack([half, half[:, ::-1]], axis=1).reshape(-1, len(names))
        return cls(by_place, np.argsort(by_place, axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Ladders:
    """The dates of one activity in all orders."""

    order: Index
    """Which order each rung belongs to; rungs are sorted by order and place."""
    place: Index
    """How many causes have come true where the rung begins."""
    start: IntArray
    finish: IntArray

    def shares(self, orders: Orders, values: Integers) -> dict[int, Share]:
        """Return what each cause adds to the values of the rungs, on average over all orders."""
        first = self.place == 0
        gains = np.diff(values, prepend=0)[~first]
        order, before = self.order[~first], self.place[~first] - 1
        cause = orders.by_place[order, before]
        pairs, causes = len(orders.by_place) // 2, orders.by_place.shape[1]
        # A pair of orders is one observation.
        keys, where = np.unique(order // 2 * causes + cause, return_inverse=True)
        per_pair = np.bincount(where, weights=gains / 2)
        total = np.bincount(keys % causes, weights=per_pair, minlength=causes)
        squares = np.bincount(keys % causes, weights=per_pair**2, minlength=causes)
        variance = np.maximum(squares - total**2 / pairs, 0) / max(1, pairs - 1)
        return {
            int(n): Share(mean=float(total[n]) / pairs, error=float(np.sqrt(variance[n] / pairs)))
            for n in np.flatnonzero(squares)
        }


def climb(
    comparison: Comparison,
    causes: Sequence[str],
    orders: Orders,
    wanted: Iterable[str],
    *,
    state: Callable[[str], LocalState] | None = None,
    edge_in: Callable[[Edge, Index], Edge] = lambda edge, order: edge,
    recall: Begin | None = None,
) -> Iterator[tuple[str, Ladders]]:
    """Build the ladders of the wanted activities.

    ``state`` may give another current state in each order, ``edge_in`` other edges. ``recall``
    begins a pass in which ladders that are known are not built again.
    """
    wanted = set(wanted)
    known = None if recall is None else recall((tuple(causes), len(orders.by_place)))
    number = {cause: n for n, cause in enumerate(causes)}
    current = state or comparison.current.__getitem__
    bits = len(causes).bit_length()
    bottom = np.arange(len(orders.by_place)) << bits
    waiting = dict.fromkeys(comparison.order, 0)
    for node in comparison.order:
        for edge in comparison.incoming[node]:
            waiting[edge.upstream] += 1
    ladders: dict[str, Ladders] = {}
    for node in comparison.order:
        edges = comparison.incoming[node]
        built = None if known is None else known.get(node)
        if built is None:
            built = _build(
                current(node),
                comparison.baseline.get(node),
                None if node not in number else orders.places[:, number[node]],
                [ladders[edge.upstream] for edge in edges],
                edges,
                edge_in,
                bottom,
                bits,
            )
            if known is not None:
                known.keep(node, built)
        ladders[node] = built
        for edge in edges:
            waiting[edge.upstream] -= 1
            if not waiting[edge.upstream]:
                del ladders[edge.upstream]
        if node in wanted:
            yield node, built
        if not waiting[node]:
            del ladders[node]


def _build(
    now: LocalState,
    planned: LocalState | None,
    own: Index | None,
    upstream: Sequence[Ladders],
    edges: Sequence[Edge],
    edge_in: Callable[[Edge, Index], Edge],
    bottom: Index,
    bits: int,
) -> Ladders:
    """Place an activity on every rung on which something can change for it; keep real changes.

    ``own`` is when it comes true itself, in each order, of one that is a cause. A rung is known by
    its order and, in the last ``bits``, its place.
    """
    parts = [(ladders.order << bits) + ladders.place for ladders in upstream]
    keys = union([bottom, *parts, *([] if own is None else [bottom + own + 1])])
    order, at = keys >> bits, keys & ((1 << bits) - 1)
    given = {
        edge.upstream: _at(ladders, part, keys)
        for edge, ladders, part in zip(edges, upstream, parts, strict=True)
    }
    state = _in_orders(now, order)
    bound = bounds([edge_in(edge, order) for edge in edges], given, state.calendar)
    placed = place(state, bound)
    if own is not None and planned is not None:
        joined = at > own[order]
        pairs = zip(placed, place(planned, bound), strict=True)
        placed = Placement(*(np.where(joined, a, b) for a, b in pairs))
    start, finish = np.empty((2, keys.size), np.int32)
    start[:], finish[:] = placed.start, placed.finish
    kept = at == 0
    kept[1:] |= (start[1:] != start[:-1]) | (finish[1:] != finish[:-1])
    return Ladders(order[kept], at[kept], start[kept], finish[kept])


def _at(ladders: Ladders, own: Index, keys: Index) -> Placement:
    rung = own.searchsorted(keys, side="right") - 1
    start, finish = ladders.start[rung], ladders.finish[rung]
    return Placement(start, start, finish, finish)


def _in_orders(state: LocalState, order: Index) -> LocalState:
    if state.duration is None or state.anchor.size == state.duration.size == 1:
        return state
    anchor, duration = (t if t.size == 1 else t[order] for t in (state.anchor, state.duration))
    return replace(state, anchor=anchor, duration=duration)


@lru_cache(maxsize=1 << 12)
def _keys(name: str, count: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    keys = np.random.default_rng(_seed(name)).random(count)
    keys.flags.writeable = False
    return keys


def _seed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
