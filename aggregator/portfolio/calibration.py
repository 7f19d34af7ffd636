"""How far the forecasts of a program held when they were replayed on its past."""

from dataclasses import dataclass
from datetime import date
from math import comb

PROMISED = 0.85
LOST_BELOW = 0.70
"""Of P85 (DOMAIN.md 2.5)."""
_SIGNIFICANT = 0.05
PIT_LEVELS = tuple(step / 20 for step in range(1, 20))
"""Shares of outcomes whose place in their forecasts is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The share of a program's finished milestones that were done by the forecast's quantiles.

    Each milestone counts once, with the share of its checkpoints between 25 and 75 % of its life at
    which the quantile held.
    """

    as_of: date
    """Until when outcomes were known."""
    n: int
    """Milestones."""
    coverage_p50: float
    coverage_p85: float
    coverage_p95: float

    @property
    def lost(self) -> bool:
        """Whether P85 held so seldom that it is no chance: the program's forecasts mislead."""
        if self.coverage_p85 >= LOST_BELOW:
            return False
        held = round(self.coverage_p85 * self.n)
        chance = sum(
            comb(self.n, k) * PROMISED**k * (1 - PROMISED) ** (self.n - k) for k in range(held + 1)
        )
        return chance < _SIGNIFICANT

    @property
    def shown(self) -> "Calibration":
        """What people are told of it."""
        return Calibration(
            as_of=self.as_of,
            n=self.n,
            coverage_p50=self.coverage_p50,
            coverage_p85=self.coverage_p85,
            coverage_p95=self.coverage_p95,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(Calibration):
    """A calibration by which later forecasts can be corrected."""

    pit: tuple[float, ...] = ()
    """Where in their forecasts outcomes lay, from 0 to 1: the place that 5, 10, … 95 % of them did
    not exceed. Of forecasts as they were before any correction; empty where nobody kept it."""
