"""How long milestones live, and how much of its life one of an age has before it.

The analogue, for milestones, of the conditional cycle time of items (DOMAIN.md 2.2): the older an
unfinished milestone is, the longer it is likely to go on. Lives are log-logistic, as many
durations of people's work are: near the lognormal in the middle, heavier in the tail, and the
distribution given an age is a formula.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import log
from statistics import NormalDist
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from ..portfolio.lives import Life
from .experience import GROWS_WITH_SIZE, LIFE_DAYS, LIFE_SPREAD, PACE_SURPRISE
from .history import HORIZON_WEEKS
from .prior import Weights
from .quantiles import MIDDLE, Days, quantile_days

_SPREAD_WEIGHT: Final = 1.0
"""The public spread counts as so many of the team's own lives: few that agree say a lot."""

_RECENT: Final = 12
"""Lives; a team of years ago was another team."""

_MOST_SIZES: Final = 8.0
"""One that is so many times as large as usual tells no more than that it is large."""

_LOGISTIC: Final = np.sqrt(3.0) / np.pi
"""The scale of a logistic distribution of standard deviation 1."""

_SHORTEST: Final = 7
"""Calendar days; of a milestone done within a week nobody can tell stages apart."""

_HORIZON: Final = 5 * HORIZON_WEEKS
"""Working days. What the pace alone would not finish within the horizon, age may."""

Floats = NDArray[np.float32]

_SIDE: Final = 16
_GRID: Final = _SIDE**2
"""Strata of the two unknowns together, each of which has the root of it."""
_STRATA: Final = ((np.arange(_SIDE) + 0.5) / _SIDE).astype(np.float32)
_NORMAL: Final = np.array([NormalDist().inv_cdf(float(share)) for share in _STRATA])


@dataclass(frozen=True, slots=True)
class LifeSpan:
    """The distribution of how long a team's milestones take, from their beginning."""

    median: float
    """Calendar days."""
    spread: float
    """Standard deviation of the logarithm."""
    size: float = 1.0
    """Items, done and open, of one that lives for the median."""
    grows: float = 0.0
    """The power of its size that the life of a milestone grows with."""

    @classmethod
    def learn(cls, lives: Sequence[Life]) -> Self:
        """Learn from the lives a team finished, oldest first, shrunk towards the public ones."""
        recent = lives[-_RECENT:]
        known = len(recent)
        sizes = np.log([max(life.size, 1.0) for life in recent])
        size = float(sizes.mean()) if known else 0.0
        grows = GROWS_WITH_SIZE * known / (known + 1)
        logs = np.log([max(life.days, _SHORTEST) for life in recent]) - grows * (sizes - size)
        scatter = float(((logs - logs.mean()) ** 2).sum()) if known else 0.0
        within = (_SPREAD_WEIGHT * LIFE_SPREAD**2 + scatter) / (_SPREAD_WEIGHT + known)
        public = within / LIFE_SPREAD**2  # teams differ as much as one team's lives usually do
        centre = (public * np.log(LIFE_DAYS) + logs.sum()) / (public + known)
        unsure = 1 + 1 / (public + known)  # the centre itself is an estimate
        spread = float(np.sqrt(within * unsure))
        return cls(float(np.exp(centre)), spread, float(np.exp(size)), grows)

    def of_size(self, items: int) -> "LifeSpan":
        """Return that of a milestone of so many items, done and open."""
        ratio = min(max(items / self.size, 1 / _MOST_SIZES), _MOST_SIZES)
        return replace(self, median=self.median * ratio**self.grows)

    def log_remaining(self, age: int, uniform: Floats) -> Floats:
        """Sample the logarithm of the calendar days that are left at an age in calendar days.

        ``uniform`` are numbers in [0, 1); there is always a day left.
        """
        scale = _LOGISTIC * self.spread
        older = 1 / (1 + (max(age, 1) / self.median) ** (1 / scale))  # lives longer than its age
        odds = 1 / (np.float32(older) * (1 - uniform)) - 1
        life = np.float32(self.median) * np.exp(
            np.float32(scale) * np.log(np.maximum(odds, np.float32(1e-6)))
        )
        left: Floats = np.maximum(life - np.float32(max(age, 1)), np.float32(1))
        return np.log(left, out=left)

    def outlook(self, age: int) -> tuple[float, float]:
        """Give the median of that logarithm, and its standard deviation."""
        low, middle, high = self.log_remaining(age, MIDDLE)
        return float(middle), float(high - low) / 2


UNKNOWN: Final = LifeSpan.learn(())
"""Of a team that has finished nothing yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeInProgress:
    """A milestone that has begun: what its age says, beside what its team's pace says."""

    span: LifeSpan
    age: int
    """Calendar days since it began."""
    unsure: float
    """Standard deviation of the logarithm of its share of the team."""
    workdays: float
    """Working days per calendar day."""
    weights: Weights

    def blend(self, days: Days, rng: np.random.Generator) -> Days:
        """Take the weighted geometric mean of what pace and age say, per trial, in working days.

        Each alone errs by a factor of three at the middle of a public milestone's life, and in
        ways that have little to do with one another.
        """
        weights = self.weights
        middle = _middle(np.clip(days, 1, _HORIZON))
        chosen = (rng.random(days.size, np.float32) * np.float32(_GRID)).astype(np.int32)
        blended = _powers(weights.pace * weights.spread).take(days, mode="clip")
        blended *= self._factors(weights.pace * (1 - weights.spread) * log(middle)).take(chosen)
        return np.ceil(blended, out=blended).astype(np.int32)

    def _factors(self, pace: float) -> Floats:
        """Give equal strata of what age, and what nobody foresaw, make of the days by pace.

        ``pace`` is what the median of these adds to the logarithm.
        """
        weights = self.weights
        age = self.span.log_remaining(self.age, _STRATA) + np.float32(np.log(self.workdays))
        age = age[_SIDE // 2] + weights.spread * (age - age[_SIDE // 2])
        usual = PACE_SURPRISE * self.span.spread / UNKNOWN.spread  # regular teams surprise less
        surprise = weights.spread * np.hypot(weights.pace * self.unsure, usual) * _NORMAL
        known = pace + (1 - weights.pace) * age + weights.level
        logs = np.add.outer(known, surprise).ravel()
        logs.sort()
        factors: Floats = np.exp(logs).astype(np.float32)
        return factors


def _middle(days: Days) -> float:
    """Give the median of whole days as if each stood for all hours of it.

    All trials hang on it: one of them that takes a day more must not move it by a whole day.
    """
    day = quantile_days(days, 0.5) or 1
    before, until = np.count_nonzero(days < day), np.count_nonzero(days <= day)
    return day - 0.5 + float((days.size / 2 - before) / (until - before))


@lru_cache(maxsize=64)
def _powers(exponent: float) -> Floats:
    """Tabulate a power by working days: one of an array takes ten times as long as a look-up."""
    found: Floats = (np.maximum(np.arange(_HORIZON + 1), 1) ** exponent).astype(np.float32)
    found.flags.writeable = False
    return found
