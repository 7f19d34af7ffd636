"""Causes that come true one by one, in sampled orders (DOMAIN.md 3.2).

In each order, each activity has a ladder of dates: the first rung is where it is with every cause
at its baseline, and a further one begins where one more cause changes something. Most causes
change nothing for most activities, so ladders are short however many causes there are.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray, Integers
from .lanes import Lanes, counted
from .layers import Rows
from .model import Edge

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
        cause = self.by_place.reshape(-1).take(order * causes + place - 1).astype(np.intp)
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
