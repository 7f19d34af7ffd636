"""A plan date as evidence: what remains in truth when people say that so much remains.

Plans are optimistic, and by how much depends on the stage of life. The days that remain are
compared with the plan on a log scale; of a plan that has passed, all that is left to go by is the
age of the work: what has taken long takes long, though less than in proportion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from .prior import Slippage

Floats = NDArray[np.float64]

HORIZON_DAYS: Final = 8 * 365
_MOVED_RANGE: Final = (-0.5, 2.0)
_SHORT: Final = 28
"""Calendar days; a plan that was shorter at first counts as one of this length when it moves."""
_TAIL: Final = 1.5
"""How far beyond the outermost level, in standard deviations, the last slope goes on."""
GRID: Final = 1000
"""Points of a curve: its P95 has fifty beyond it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """What people's plans said on some days, in calendar days; one element for each."""

    elapsed: Floats
    """Since the work began; 0 or more."""
    remaining: Floats
    """To the end of the planned day; 0 or less when it has passed."""
    moved: Floats
    """By which the plan had moved since it was first seen, later positive."""

    @classmethod
    def of(cls, said: Sequence[tuple[float, float, float]]) -> Self:
        """Take triples of elapsed, remaining and moved."""
        elapsed, remaining, moved = np.array(said, dtype=np.float64).reshape(-1, 3).T
        return cls(elapsed=elapsed, remaining=remaining, moved=moved)

    @property
    def stage(self) -> Floats:
        """The share of its planned life that is left: 1 at the start, 0 when the plan is up."""
        left = np.maximum(self.remaining, 0)
        return left / np.maximum(left + self.elapsed, 1)

    def scale(self, age_root: float) -> Floats:
        """Return what remains by the plan, and what work of its age is still good for."""
        return np.maximum(np.maximum(self.remaining, 0) + age_root * np.sqrt(self.elapsed), 1)

    def restlessness(self) -> Floats:
        """Return by how many times its first length each plan has moved."""
        first = self.elapsed + self.remaining - self.moved
        return np.clip(self.moved / np.maximum(first, _SHORT), *_MOVED_RANGE)


@dataclass(frozen=True, slots=True)
class Bias:
    """How a program's own estimates differ from the prior, in standard normal scores."""

    shift: float = 0.0
    spread: float = 1.0
    trust: float = 0.0
    """How far it rests on the program's own past, from 0 to 1."""


def scores(actual: Floats, said: Estimates, slippage: Slippage, age_root: float) -> Floats:
    """Return where in the prior the days that remained in truth lie, as standard normal scores."""
    ratio = np.log(np.maximum(actual, 0.5) / said.scale(age_root))
    at, rows = _extended(slippage, said)
    right = np.clip((rows < ratio[:, None]).sum(axis=1), 1, at.size - 1)
    each = np.arange(ratio.size)
    low, high = rows[each, right - 1], rows[each, right]
    share = np.clip((ratio - low) / np.maximum(high - low, 1e-9), 0, 1)
    found: Floats = at[right - 1] + share * (at[right] - at[right - 1])
    return found


def remaining_days(said: Estimates, slippage: Slippage, age_root: float, bias: Bias) -> Floats:
    """Return the days that remain at the middles of ``GRID`` equal strata, ascending.

    Calendar days, of one estimate; at most the horizon.
    """
    at, rows = _extended(slippage, said)
    ratio = np.interp(bias.shift + bias.spread * strata(), at, rows[0])
    days: Floats = np.minimum(said.scale(age_root) * np.exp(ratio), HORIZON_DAYS)
    return days


@lru_cache(maxsize=1)
def strata() -> Floats:
    """Return the standard normal score of the middle of each of ``GRID`` equal strata."""
    quantile = NormalDist().inv_cdf
    found = np.array([quantile((each + 0.5) / GRID) for each in range(GRID)])
    found.flags.writeable = False
    return found


def _extended(slippage: Slippage, said: Estimates) -> tuple[Floats, Floats]:
    """Return normal scores and, for each estimate, the log ratio there, tails included."""
    at = _normal(slippage.levels)
    rows = slippage.rows(said.stage) + slippage.moved * said.restlessness()[:, None]
    first = rows[:, :1] - (rows[:, 1:2] - rows[:, :1]) * (_TAIL / (at[2] - at[1]))
    last = rows[:, -1:] + (rows[:, -1:] - rows[:, -2:-1]) * (_TAIL / (at[-2] - at[-3]))
    return at, np.concatenate((first, rows, last), axis=1)


@lru_cache(maxsize=4)
def _normal(levels: tuple[float, ...]) -> Floats:
    """Return the normal scores of some levels, with one more beyond either end."""
    quantile = NormalDist().inv_cdf
    at = [quantile(level) for level in levels]
    found = np.array([at[0] - _TAIL, *at, at[-1] + _TAIL])
    found.flags.writeable = False
    return found
