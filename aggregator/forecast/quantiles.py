"""Reading samples: quantiles and probabilities of whole days.

A sample counts working days from as_of, or is an instant (day ordinal). Trials that do not
finish within the horizon hold ``CENSORED`` or more; they stay in every denominator, so that a
long tail shows as a missing quantile and never as an early one.
"""

from functools import lru_cache
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int32]
"""One whole number per trial: working days, or a day ordinal."""

CENSORED: Final = 1_000_000
"""Stands for "not within the horizon", as working days and, added to an instant, as an instant.

Far above any duration within the horizon (about 2,900 days) and any real instant (the year
2738), and small enough that sums of it along a network of a thousand milestones fit an int32.
"""

MIDDLE: Final = np.array([0.1587, 0.5, 0.8413], dtype=np.float32)
"""Shares of trials: the median, and one standard deviation to either side of a normal one."""

_RANK_SLACK: Final = 1e-9
"""0.15 * 100 is a little more than 15 in binary; the rank must not jump for that."""


def quantiles(samples: Days, levels: tuple[float, ...]) -> tuple[int | None, ...]:
    """Return the smallest value at or below which at least each share of all trials lies.

    NumPy calls this ``inverted_cdf``. One after the other is picked out of what lies beyond the
    last one: a few levels take much less than sorting, or counting, whole days. A level that falls
    among the censored trials gives None.
    """
    ranks = _ranks(samples.size, levels)
    rest, passed = samples.copy(), 0
    picked: dict[int, int] = {}
    for rank in sorted(set(ranks)):
        nth = rank - passed - 1
        rest.partition(nth)
        picked[rank] = int(rest[nth])
        rest, passed = rest[nth + 1 :], rank
    return tuple(None if picked[rank] >= CENSORED else picked[rank] for rank in ranks)


@lru_cache(maxsize=64)
def _ranks(size: int, levels: tuple[float, ...]) -> tuple[int, ...]:
    return tuple(max(1, ceil(level * size - _RANK_SLACK)) for level in levels)


def quantile_days(samples: Days, level: float) -> int | None:
    """Return one quantile; None when it falls among the censored trials."""
    return quantiles(samples, (level,))[0]


def probability_by(samples: Days, limit: int) -> float:
    """Return the share of all trials at or before the limit."""
    return float(np.count_nonzero(samples <= limit) / samples.size)


def censored_share(samples: Days) -> float:
    """Return the share of trials that do not finish within the horizon."""
    return float(np.count_nonzero(samples >= CENSORED) / samples.size)
