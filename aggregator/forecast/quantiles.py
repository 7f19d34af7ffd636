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

_FEW: Final = 2048
"""Trials; up to so many, to sort them takes less than what counting begins with."""

MIDDLE: Final = np.array([0.1587, 0.5, 0.8413], dtype=np.float32)
"""Shares of trials: the median, and one standard deviation to either side of a normal one."""

_RANK_SLACK: Final = 1e-9
"""0.15 * 100 is a little more than 15 in binary; the rank must not jump for that."""


def quantiles(samples: Days, levels: tuple[float, ...]) -> tuple[int | None, ...]:
    """Return the smallest value at or below which at least each share of all trials lies.

    NumPy calls this ``inverted_cdf``. Counting whole days and summing up is several times faster
    than sorting floats; a few are sorted. A level that falls among the censored trials gives
    None.
    """
    ranks = _ranks(samples.size, levels)
    if 0 < samples.size <= _FEW:
        picked: list[int] = np.sort(samples)[[rank - 1 for rank in ranks]].tolist()
        return tuple(None if day >= CENSORED else day for day in picked)
    known = samples if samples.max() < CENSORED else samples[samples < CENSORED]
    if not known.size:
        return (None,) * len(levels)
    first = known.min()
    at_or_before = np.bincount(known - first).cumsum()
    return tuple(
        int(first + at_or_before.searchsorted(rank)) if rank <= known.size else None
        for rank in ranks
    )


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
