"""How much of its team's output a milestone gets, from who got what lately (DOMAIN.md 2.2)."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .sampling import generator

_LATELY: Final = 28
_LONGER: Final = 91
"""Days. The last four weeks tell most; the quarter steadies them."""

_LONGER_WEIGHT: Final = 0.5
"""What a day of the quarter counts beside one of the last four weeks, as four weeks' worth."""

_GRACE: Final = 7
"""Days before its beginning that count as its own: its first items were worked on then."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a team's output, and how little is known of it."""

    value: float
    """Above 0, at most 1."""
    spread: float
    """Standard deviation of its logarithm."""


@dataclass(frozen=True, slots=True)
class Output:
    """What was finished: the day of each item, oldest first."""

    days: Sequence[date]
    sizes: Sequence[float] = ()
    """What each of them counts, by points in usual items; one each where there are none."""

    def between(self, since: date, until: date) -> float:
        """Sum up what was finished from a day on and before another."""
        first, end = bisect_left(self.days, since), bisect_left(self.days, until)
        return sum(self.sizes[first:end]) if self.sizes else end - first


def observed_share(own: Output, team: Output, began: date, as_of: date) -> Share:
    """Compare what a milestone and its team finished."""
    age = (as_of - began).days + _GRACE
    mine = theirs = 0.0
    for window, weight in ((_LATELY, 1.0), (_LONGER, _LONGER_WEIGHT * _LATELY / _LONGER)):
        since = as_of - timedelta(days=max(min(window, age), 1))
        mine += weight * own.between(since, as_of)
        theirs += weight * team.between(since, as_of)
    value = min((mine + 0.5) / (max(theirs, mine) + 0.5), 1.0)
    return Share(value, sqrt(1 / (mine + 1)))


def split(
    recent: Mapping[str, float | None], trials: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Split a team's capacity among milestones with open items, by what each got lately.

    Dirichlet(recent + 1) per trial, from one Gamma per milestone so that each keeps its own
    numbers; equal shares when a milestone's recent completions are not known.
    """
    weights: dict[str, NDArray[np.float64]] = {}
    for name, items in recent.items():
        if items is None:
            return {one: np.full(trials, 1 / len(recent)) for one in recent}
        weights[name] = generator(seed, "share", name).standard_gamma(items + 1, trials)
    total = np.sum(list(weights.values()), axis=0)
    return {name: weight / total for name, weight in weights.items()}
