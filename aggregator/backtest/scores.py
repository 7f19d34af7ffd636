"""Scores of probabilistic forecasts (DOMAIN.md 2.5): pure functions of numbers.

A forecast is a sorted array of samples, days of any kind; the outcome is a day of the same kind.
A point forecast is an array of one. Lower is better for all but coverage.
"""

from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]
"""Sorted, at least one."""

_RANK_SLACK = 1e-9
"""0.85 * 20 is a little more than 17 in binary; the rank must not jump for that."""


def quantile(samples: Samples, level: float) -> float:
    """Return the smallest sample at or below which at least a share ``level`` of them lies."""
    rank = max(1, ceil(level * samples.size - _RANK_SLACK))
    return float(samples[rank - 1])


def pinball(outcome: float, forecast: float, level: float) -> float:
    """Return the loss of a quantile: each day too early costs ``level``, too late the rest."""
    if outcome >= forecast:
        return level * (outcome - forecast)
    return (1 - level) * (forecast - outcome)


def crps(samples: Samples, outcome: float) -> float:
    """Return the continuous ranked probability score, E|X-y| - E|X-X'| / 2.

    In the unit of the samples; of a point forecast it is the absolute error.
    """
    n = samples.size
    weights = 2 * np.arange(1, n + 1) - n - 1
    spread = float(weights @ samples) / n**2
    return float(np.abs(samples - outcome).mean()) - spread


def brier(probability: float, happened: bool) -> float:  # the outcome itself
    """Return the squared error of a probability."""
    return (probability - happened) ** 2


def pit(samples: Samples, outcome: float) -> float:
    """Return the share of the forecast below the outcome, half of a tie counted: 0.5 is the middle.

    Over many honest forecasts it is uniform between 0 and 1.
    """
    below = np.searchsorted(samples, outcome, side="left")
    at_most = np.searchsorted(samples, outcome, side="right")
    return float(below + at_most) / (2 * samples.size)


def sharpness(samples: Samples) -> float:
    """Return P90 - P10: how much a forecast leaves open."""
    return quantile(samples, 0.9) - quantile(samples, 0.1)


def wilson(hits: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Return Wilson's interval of a share, by default of 95 %; (0, 1) without observations."""
    if not n:
        return 0.0, 1.0
    share = hits / n
    middle = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)
