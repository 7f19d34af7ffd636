"""Sharing a joint delay between its causes: Shapley values (DOMAIN.md 3.2).

A game gives each coalition of causes a number of days. Here many games (one for each target) are
played on the same coalitions, so coalitions are laid out as lanes of one array: a *mask* holds,
for each cause, 1 in the lanes where it takes part.
"""

import hashlib
from collections.abc import Iterator, Sequence
from math import factorial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray

EXACT: Final = 12
"""Up to so many causes all coalitions are evaluated; beyond, orders are sampled."""
PERMUTATIONS: Final = 200
MAX_LANES: Final = 4096

Days = NDArray[np.int64]


def all_coalitions(causes: int) -> IntArray:
    """Return the mask of every subset, shape (causes, 2**causes); lane bits name the members."""
    lanes = np.arange(2**causes, dtype=np.int32)
    return (lanes[None, :] >> np.arange(causes, dtype=np.int32)[:, None]) & 1


def exact_shares(values: Days, players: Sequence[int]) -> list[float]:
    """Return the Shapley value of each player from the values of ``all_coalitions``.

    Causes that are no players must make no difference; their coalitions are left out.
    """
    k = len(players)
    lanes = all_coalitions(k)
    own = values[(1 << np.asarray(players)) @ lanes]
    size = lanes.sum(axis=0)
    shares: list[float] = []
    for n in range(k):
        without = np.flatnonzero(lanes[n] == 0)
        gain = own[without + (1 << n)] - own[without]
        by_size = [int(gain[size[without] == s].sum()) for s in range(k)]
        weighted = sum(factorial(s) * factorial(k - 1 - s) * g for s, g in enumerate(by_size))
        shares.append(weighted / factorial(k))
    return shares


def sampled_ranks(causes: Sequence[str]) -> IntArray:
    """Return the rank of each cause in each sampled order, shape (permutations, causes).

    Antithetic: the second half is the first half backwards. Each cause draws from its own seed,
    so that the order of two causes does not depend on which others are there.
    """
    keys = [np.random.default_rng(_seed(cause)).random(PERMUTATIONS // 2) for cause in causes]
    ranks = np.argsort(np.argsort(np.array(keys).T, axis=1), axis=1).astype(np.int32)
    return np.concatenate([ranks, len(causes) - 1 - ranks])


def prefix_coalitions(ranks: IntArray) -> Iterator[IntArray]:
    """Yield masks of shape (causes, orders * (causes + 1)): the growing coalitions of orders.

    Lane ``p * (causes + 1) + n`` holds the first ``n`` causes of the chunk's order ``p``.
    """
    causes = ranks.shape[1]
    orders = max(1, MAX_LANES // (causes + 1))
    for first in range(0, len(ranks), orders):
        chunk = ranks[first : first + orders]
        joined = chunk.T[:, :, None] < np.arange(causes + 1, dtype=np.int32)
        yield joined.reshape(causes, -1).astype(np.int32)


def sampled_gains(values: Days, mask: IntArray) -> Days:
    """Return what each cause adds in all orders of one chunk, from the values of its lanes."""
    causes = len(mask)
    steps = np.diff(values.reshape(-1, causes + 1), axis=1).ravel()
    position = mask.reshape(causes, -1, causes + 1)
    # The cause that joins with step n of an order is the one whose rank there is n.
    rank = causes - position.sum(axis=2)
    orders = rank.shape[1]
    flat = rank + np.arange(orders) * causes
    gains: Days = steps[flat].sum(axis=1)
    return gains


def _seed(cause: str) -> int:
    return int.from_bytes(hashlib.sha256(cause.encode()).digest()[:8], "big")
