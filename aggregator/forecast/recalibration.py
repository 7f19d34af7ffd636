"""Forecasts corrected by how earlier ones of the same program held (DOMAIN.md 2.5)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..portfolio.calibration import PIT_LEVELS, Calibration, Resolved
from .quantiles import Days

ENOUGH: Final = 30
"""Milestones that resolved; fewer correct nothing."""

_WIDEST: Final = np.iinfo(np.uint16).max


class Recalibration:
    """Moves the quantiles of a forecast to where earlier ones held."""

    def __init__(self, calibration: Calibration | None) -> None:
        """Take what a back-test found; it counts for n/(n + 30) against no correction."""
        self._trust = 0.0
        if isinstance(calibration, Resolved) and calibration.n >= ENOUGH and calibration.pit:
            self._trust = calibration.n / (calibration.n + ENOUGH)
            self._pit = np.array([0.0, *calibration.pit, 1.0])

    @property
    def corrects(self) -> bool:
        """Whether enough milestones have resolved."""
        return self._trust > 0

    def level(self, wanted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the quantiles to read so that the wanted shares of outcomes are covered."""
        if not self.corrects:
            return wanted
        held = np.interp(wanted, [0.0, *PIT_LEVELS, 1.0], self._pit)
        found: NDArray[np.float64] = wanted + self._trust * (held - wanted)
        return found

    def apply(self, samples: Days) -> Days:
        """Correct a forecast's trials; their order stays, and so does what is correlated with it.

        A trial beyond the horizon can come within it, and the other way round.
        """
        if not self.corrects:
            return samples
        # Sixteen bits are sorted by counting, ten times as fast; they hold 179 years of days.
        days = np.minimum(samples - samples.min(), _WIDEST).astype(np.uint16)
        order = np.argsort(days, kind="stable")
        ranks = (np.arange(samples.size) + 0.5) / samples.size
        read = np.ceil(self.level(ranks) * samples.size - 1e-9).astype(np.int64) - 1
        corrected = np.empty_like(samples)
        corrected[order] = samples[order][np.clip(read, 0, samples.size - 1)]
        return corrected
