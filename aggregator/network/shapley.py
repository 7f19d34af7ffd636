"""Sharing a joint delay between a few causes exactly: Shapley values (DOMAIN.md 3.2).

A game gives each coalition of players (causes) a number of days. Many games are played at once,
one for each activity, and each has its own players: those causes that can make a difference to
it. Its coalitions are the *lanes* of one array. Where one activity waits for another, whose
players are among its own, ``gather`` says which lane of the upstream game belongs to each of its
lanes. Players are numbers, in ascending order.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import factorial
from typing import Final

import numpy as np
from numpy.typing import NDArray

EXACT: Final = 12
"""Up to so many players all coalitions are evaluated; beyond, orders are sampled."""
PERMUTATIONS: Final = 200

Days = NDArray[np.int64]
Index = NDArray[np.intp]


class Subsets:
    """Every coalition; bit n of the lane number tells whether the n-th player takes part."""

    def size(self, players: Sequence[int]) -> int:
        return 1 << len(players)

    def joined(self, players: Sequence[int], player: int) -> NDArray[np.bool_]:
        return self._bit(players, player).astype(np.bool_)

    def gather(self, players: Sequence[int], fewer: Sequence[int]) -> Index:
        lanes = np.zeros(self.size(players), np.intp)
        for n, player in enumerate(fewer):
            lanes += self._bit(players, player) << n
        return lanes

    def shares(self, players: Sequence[int], values: Days) -> dict[int, float]:
        """Return the exact Shapley value of each player from the values of the lanes."""
        weighted: list[int] = (_weights(len(players)) @ values).tolist()
        # Whole numbers up to the division: the shares of a total add up to it.
        whole = factorial(len(players))
        return {player: share / whole for player, share in zip(players, weighted, strict=True)}

    def _bit(self, players: Sequence[int], player: int) -> Index:
        return _bits(len(players), players.index(player))


@lru_cache(maxsize=EXACT * (EXACT + 1))
def _bits(players: int, n: int) -> Index:
    """Return which coalitions of so many players the n-th one takes part in: 1 or 0 for each.

    Those of up to ``EXACT`` players take 0.8 MB.
    """
    found: Index = np.arange(1 << players, dtype=np.intp) >> n & 1
    found.flags.writeable = False
    return found


@lru_cache(maxsize=EXACT + 1)
def _weights(players: int) -> Days:
    """Return what the value of each coalition counts for each player; shape (players, coalitions).

    That is in how many orders of all players those of it come first and the player after them, or
    as the last one of them: a player adds the second value, less the first.
    """
    lanes = np.arange(1 << players)
    takes_part = lanes >> np.arange(players)[:, None] & 1
    others = takes_part.sum(axis=0) - takes_part
    ways = [factorial(n) * factorial(players - 1 - n) for n in range(players)]
    weights: Days = np.array(ways, np.int64)[others] * (2 * takes_part - 1)
    return weights
