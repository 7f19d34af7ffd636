"""Sharing a joint delay between a few causes exactly: Shapley values (DOMAIN.md 3.2).

A game gives each coalition of players (causes) a number of days. Many games are played at once,
one for each activity, and each has its own players: those causes that can make a difference to
it. Its coalitions are the *lanes* of one array. Where one activity waits for another, whose
players are among its own, ``gather`` says which lane of the upstream game belongs to each of its
lanes. Players are numbers, in ascending order.
"""

from collections.abc import Sequence
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
        k = len(players)
        number = np.arange(self.size(players), dtype=np.intp)
        members = sum((self._bit(players, player) for player in players), np.zeros_like(number))
        shares: dict[int, float] = {}
        for n, player in enumerate(players):
            without = np.flatnonzero(number >> n & 1 == 0)
            gain = values[without + (1 << n)] - values[without]
            by_size = [int(gain[members[without] == s].sum()) for s in range(k)]
            # Whole numbers up to the division: the shares of a total add up to it.
            weighted = sum(factorial(s) * factorial(k - 1 - s) * g for s, g in enumerate(by_size))
            shares[player] = weighted / factorial(k)
        return shares

    def _bit(self, players: Sequence[int], player: int) -> Index:
        return np.arange(self.size(players), dtype=np.intp) >> players.index(player) & 1
