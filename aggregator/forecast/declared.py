"""Durations that the operator states: certain, or with a spread."""

from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..portfolio.model import Spread
from .quantiles import Days

_Z85: Final = 1.0364333894937898
"""The standard normal quantile of 0.85."""


def declared_days(
    duration: int | None, spread: Spread | None, trials: int, rng: np.random.Generator
) -> Days | None:
    """Sample a declared remaining duration in working days; None when nothing is declared.

    A spread is a lognormal distribution through both of its quantiles, rounded up to whole days;
    with trials in multiples of 20 the samples' P50 and P85 are the declared ones. Around a P50 of
    0 days there is no lognormal: half a normal distribution then runs through the P85. Raises
    ValueError when the P85 is below the P50.
    """
    if spread is None:
        return None if duration is None else np.full(trials, duration, dtype=np.int32)
    if not 0 <= spread.p50 <= spread.p85:
        raise ValueError(
            f"spread: p50 {spread.p50}wd, p85 {spread.p85}wd; the p85 must not be below the p50"
        )
    scale = _normal_strata(trials) / _Z85
    if spread.p50:
        days = spread.p50 * (spread.p85 / spread.p50) ** scale
    else:
        days = spread.p85 * np.maximum(scale, 0)
    return rng.permutation(np.ceil(days - 1e-9).astype(np.int32))


@lru_cache(maxsize=8)
def _normal_strata(trials: int) -> NDArray[np.float64]:
    """Return the standard normal quantile at the end of each of ``trials`` equal strata.

    The last stratum has no end, and is taken at its middle.
    """
    quantile = NormalDist().inv_cdf
    ends = [*range(1, trials), trials - 0.5]
    strata = np.array([quantile(end / trials) for end in ends])
    strata.flags.writeable = False
    return strata
