"""How much of its probability to be on time each cause takes from a commitment (DOMAIN.md 3.2).

The value of a set of causes is the share of trials that keep the commitment when only that set is
as it is now, and the others are at their baseline. In each trial the causes come true in an order
of its own, so that the shares add up to the whole loss in these trials, and say how sure they are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from ..calendar import IntArray
from .baseline import Comparison
from .model import Activity, Edge
from .orders import Share, climb, orders_of
from .placement import current_state
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
    orders = orders_of(tuple(causes), trials)
    climbed = dict(
        climb(
            comparison,
            causes,
            orders,
            new,
            state=lambda node: current_state(sampled(comparison.network.activities[node]), as_of),
            blocked=blocked,
            recall=partial(recall, "chance ladders"),
        )
    )
    # What is open is not over before today is, even if nothing of it is left to do.
    kept_by = [
        np.maximum(ladders.finish, as_of + 1) <= commitments[target]
        for target, ladders in climbed.items()
    ]
    values = [in_time.astype(np.int8) for in_time in kept_by]
    shares = orders.shares(list(climbed.values()), values)
    for (target, ladders), in_time, taken in zip(climbed.items(), kept_by, shares, strict=True):
        _, place = orders.read(ladders.number)
        last = np.append(place[1:] == 0, True)
        found[target] = Chances(
            undelayed=float(in_time[place == 0].mean()),
            now=float(in_time[last].mean()),
            taken={causes[n]: Share(-share.mean, share.error) for n, share in taken.items()},
        )
        known.keep(target, (commitments[target], found[target]))
    return found
