"""How much of its probability to be on time each cause takes from a commitment (DOMAIN.md 3.2).

The value of a set of causes is the share of trials that keep the commitment when only that set is
as it is now, and the others are at their baseline. In each trial the causes come true in an order
of its own, so that the shares add up to the whole loss in these trials, and say how sure they are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray
from .baseline import Comparison
from .brackets import brackets
from .ladders import Mask, climb
from .model import Activity, Edge
from .orders import Share, orders_of
from .placement import LocalState, current_state
from .recall import Recall, Recaller, nothing_known

TRIALS: Final = 400
"""So many are enough for a share of all probability to be known within 5 %, twice its error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """Probabilities of one commitment."""

    undelayed: float
    """P(on time) were every cause at its baseline."""
    now: float
    """P(on time) in the same trials."""
    taken: Mapping[str, Share]
    """What each cause takes; negative for one that gives. Those with any effect."""


def chances(
    comparison: Comparison,
    as_of: int,
    commitments: Mapping[str, int],
    *,
    trials: int,
    sampled: Callable[[Activity], Activity],
    blocked: Callable[[Edge], int | IntArray | None],
    recall: Recaller = nothing_known,
) -> dict[str, Chances]:
    """Share out what each commitment (a finish instant) has lost; those without dates are left out.

    The causes are the activities that differ from their baseline in ``comparison``. ``sampled`` and
    ``blocked`` give the first ``trials`` samples, an even number. ``recall`` begins a pass of a
    kind in which what is known is not found again.
    """
    targets = [node for node in commitments if node in comparison.current]
    causes = sorted(comparison.baseline.keys() & comparison.leading_to(targets))
    if not causes:
        return {}
    known: Recall[tuple[int, Chances]] = recall("chances", tuple(causes))
    kept = {target: known.get(target) for target in commitments}
    found = {
        target: one[1] for target, one in kept.items() if one and one[0] == commitments[target]
    }
    new = [target for target in targets if target not in found]
    if not new:
        return found
    passes = _Passes(comparison, as_of, commitments, trials, sampled, blocked, recall)
    for target, chance in passes.found(causes, new).items():
        found[target] = chance
        known.keep(target, (commitments[target], chance))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Passes:
    comparison: Comparison
    as_of: int
    commitments: Mapping[str, int]
    trials: int
    sampled: Callable[[Activity], Activity]
    blocked: Callable[[Edge], int | IntArray | None]
    recall: Recaller

    def found(self, causes: Sequence[str], targets: Sequence[str]) -> dict[str, Chances]:
        """Share out what targets have lost, in those trials in which causes can make them late.

        In the others each of them is in time, or late, whichever causes have come true.
        """
        found: dict[str, Chances] = {}
        always, undecided = self._bracketed(targets)
        for target in targets:
            if not undecided[target].any():
                share = float(always[target].mean())
                found[target] = Chances(undelayed=share, now=share, taken={})
        orders = orders_of(tuple(causes), self.trials)
        climbed = dict(
            climb(
                self.comparison,
                causes,
                orders,
                {target: mask for target, mask in undecided.items() if target not in found},
                state=self._state,
                blocked=self.blocked,
                recall=partial(self.recall, "chance ladders"),
            )
        )
        kept_by = [self._in_time(target, ladder.finish) for target, ladder in climbed.items()]
        values = [in_time.astype(np.int8) for in_time in kept_by]
        shares = orders.shares(list(climbed.values()), values)
        for (target, ladder), in_time, taken in zip(climbed.items(), kept_by, shares, strict=True):
            order, place = orders.read(ladder.number)
            planned, now = always[target].copy(), always[target].copy()
            # The rungs of an order come one after the other: the last one is that of all causes.
            planned[order[place == 0]] = in_time[place == 0]
            last = np.append(place[1:] == 0, True)
            now[order[last]] = in_time[last]
            found[target] = Chances(
                undelayed=float(planned.mean()),
                now=float(now.mean()),
                taken={causes[n]: Share(-share.mean, share.error) for n, share in taken.items()},
            )
        return found

    def _bracketed(self, targets: Sequence[str]) -> tuple[Mapping[str, Mask], Mapping[str, Mask]]:
        """Say in which trials targets are in time for certain, and in which it depends."""
        found = brackets(
            self.comparison,
            targets,
            trials=self.trials,
            state=self._state,
            blocked=self.blocked,
            recall=partial(self.recall, "brackets"),
        )
        in_time = {node: self._in_time(node, found[node].finish) for node in targets}
        always = {node: latest for node, (_, latest) in in_time.items()}
        return always, {node: earliest & ~latest for node, (earliest, latest) in in_time.items()}

    def _in_time(self, target: str, finish: IntArray) -> NDArray[np.bool_]:
        # What is open is not over before today is, even if nothing of it is left to do.
        return np.maximum(finish, self.as_of + 1) <= self.commitments[target]

    def _state(self, node: str) -> LocalState:
        return current_state(self.sampled(self.comparison.network.activities[node]), self.as_of)
