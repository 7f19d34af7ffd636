"""Sharing a joint delay between its causes: Shapley values (DOMAIN.md 3.2).

A game gives each coalition of players (causes) a number of days. Many games are played at once,
one for each activity, and each has its own players: those causes that can make a difference to
it. Its coalitions are the *lanes* of one array. Where one activity waits for another, whose
players are among its own, ``gather`` says which lane of the upstream game belongs to each of its
lanes. Players are numbers, in ascending order.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

EXACT: Final = 12
"""Up to so many players all coalitions are evaluated; beyond, orders are sampled."""
PERMUTATIONS: Final = 200

Days = NDArray[np.int64]
Index = NDArray[np.intp]


class Coalitions(Protocol):
    """A way to choose the coalitions of every game."""

    def size(self, players: Sequence[int]) -> int:
        """Return the number of lanes of a game."""
        ...

    def joined(self, players: Sequence[int], player: int) -> NDArray[np.bool_]:
        """Say in which lanes of a game a player takes part."""
        ...

    def gather(self, players: Sequence[int], fewer: Sequence[int]) -> Index:
        """Return the lane of the game of ``fewer`` players for each lane of the game of more."""
        ...


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


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Coalitions that grow one by one in sampled orders of all players.

    Lane ``p * (players + 1) + n`` holds the first ``n`` players of a game in order ``p``.
    """

    orders: Index
    """Shape (orders, all players)."""

    @classmethod
    def sampled(cls, names: Sequence[str]) -> "Orders":
        """Draw antithetic orders of players, given by name: half of them reverse the others.

        Each player draws from a seed of its own, so that the order of two players does not
        depend on who else plays, and results stay the same from run to run.
        """
        keys = np.array(
            [np.random.default_rng(_seed(name)).random(PERMUTATIONS // 2) for name in names]
        )
        half = np.argsort(keys.reshape(len(names), -1).T, axis=1, kind="stable")
        # A pair next to each other stays together when the orders are taken in chunks.
        return cls(np.stack([half, half[:, ::-1]], axis=1).reshape(-1, len(names)))

    def part(self, first: int, count: int) -> "Orders":
        """Return some of the orders."""
        return Orders(self.orders[first : first + count])

    def size(self, players: Sequence[int]) -> int:
        return len(self.orders) * (len(players) + 1)

    def joined(self, players: Sequence[int], player: int) -> NDArray[np.bool_]:
        rank = np.argmax(self._among(players) == player, axis=1)
        joined: NDArray[np.bool_] = np.arange(len(players) + 1) > rank[:, None]
        return joined.ravel()

    def gather(self, players: Sequence[int], fewer: Sequence[int]) -> Index:
        counts = np.zeros((len(self.orders), len(players) + 1), np.intp)
        np.cumsum(self._member(fewer)[self._among(players)], axis=1, out=counts[:, 1:])
        first_lane = np.arange(len(self.orders), dtype=np.intp) * (len(fewer) + 1)
        lanes: Index = (counts + first_lane[:, None]).ravel()
        return lanes

    def gains(self, players: Sequence[int], values: Days) -> Days:
        """Return what each player adds in all orders together, from the values of the lanes."""
        steps = np.diff(values.reshape(len(self.orders), -1), axis=1)
        total = np.zeros(self.orders.shape[1], np.int64)
        np.add.at(total, self._among(players), steps)
        return total[list(players)]

    def _among(self, players: Sequence[int]) -> Index:
        """Return the orders of some players only, shape (orders, players)."""
        chosen = self.orders[self._member(players)[self.orders]]
        return chosen.reshape(len(self.orders), len(players))

    def _member(self, players: Sequence[int]) -> NDArray[np.bool_]:
        member = np.zeros(self.orders.shape[1], np.bool_)
        member[list(players)] = True
        return member


def _seed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
