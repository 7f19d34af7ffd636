"""How far the forecasts of a program held when they were replayed on its past."""

from dataclasses import dataclass
from datetime import date
from math import comb

PROMISED = 0.85
LOST_BELOW = 0.70
"""Of P85 (DOMAIN.md 2.5)."""
_SIGNIFICANT = 0.05


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
