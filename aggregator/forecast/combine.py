"""Two views of one finish in one distribution: what the team's pace says, and its plan date.

The views are averaged quantile by quantile on a log scale, the surer one counting for more. A
trial in which the team is slow stays one in which the milestone is late, so milestones of one team
stay as correlated as their team makes them.
"""

from math import exp
from typing import Final

import numpy as np

from .estimates import GRID, HORIZON_DAYS, Floats
from .quantiles import CENSORED, Days

_SURE: Final = 0.05
"""No plan date is surer than this standard deviation of the log of the days."""
_ROUNDING: Final = np.float32(1e-3)
"""A product of single precision may be a little more than the whole day that it stands for."""
_MIDDLE: Final = (0.1587, 0.8413)
"""One standard deviation to either side, of a normal distribution."""


def combine(
    inside: Days,
    outside: Floats,
    rng: np.random.Generator,
    *,
    off: float,
    trust: float = 1.0,
    shift: float = 0.0,
) -> Days:
    """Return working days that follow both views, in the order of the inside view's trials.

    ``outside`` are working days at the middles of ``GRID`` equal strata, ascending. ``off`` is by
    how much such paces are off beyond what they know of themselves, as a standard deviation of the
    log of the days; ``trust``, above 0 to 1, is how far the outside view may count at all;
    ``shift`` is added to the log odds of the inside view's weight. A trial that never finishes by
    its pace counts as one that ends at the horizon.
    """
    days = np.minimum(inside, HORIZON_DAYS)
    first = int(days.min())
    at = (days - first).astype(np.intp)
    count = np.bincount(at)
    below = np.concatenate(([0], np.cumsum(count)))
    logs = np.log(np.maximum(np.arange(first, first + count.size), 0.5))
    other = np.log(np.maximum(outside, 0.5))
    weight = _inside_weight(logs, below, other, off, trust, shift)
    # A power of each view's days, looked up and multiplied, is their weighted mean on a log scale.
    own = np.exp(weight * logs).astype(np.float32)
    others = np.exp((1 - weight) * other).astype(np.float32)
    # Trials that are alike to the inside view are spread evenly over what they stand for.
    per_trial = GRID / days.size
    stratum = rng.random(days.size, dtype=np.float32)
    stratum *= (count * per_trial).astype(np.float32).take(at)
    stratum += (below[:-1] * per_trial).astype(np.float32).take(at)
    pooled = others.take(stratum.astype(np.intp), mode="clip")
    pooled *= own.take(at)
    found: Days = np.ceil(pooled - _ROUNDING).astype(np.int32)
    found[found >= HORIZON_DAYS] = CENSORED
    return found


def inside_weight(inside: float, outside: float, off: float, trust: float, shift: float) -> float:
    """Weigh the inside view by the variances of both, in logs; see ``combine``."""
    odds = outside / ((inside + off**2) * trust) * exp(shift)
    return odds / (1 + odds)


def outside_variance(logs: Floats) -> float:
    """Give the variance of the outside view, in logs at the middles of ``GRID`` equal strata."""
    low, high = logs[[round(share * GRID) for share in _MIDDLE]]
    return float(max((high - low) / 2, _SURE)) ** 2


def _inside_weight(
    logs: Floats, below: Floats, other: Floats, off: float, trust: float, shift: float
) -> float:
    ranks = np.searchsorted(below[1:], np.array(_MIDDLE) * below[-1])
    low, high = logs[ranks]
    inside = float((high - low) / 2) ** 2
    return inside_weight(inside, outside_variance(other), off, trust, shift)
