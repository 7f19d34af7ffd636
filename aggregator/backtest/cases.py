"""What was forecast on a past day, and what became of it: the unit that is scored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np

from ..assessment import Status
from ..forecast.quantiles import CENSORED, Days
from .scores import Samples

OURS: Final = "slipwatch"
"""The name of the forecast that is put to the test, beside those of the baselines."""

HORIZON_DAYS: Final = 2080.0
"""Working days of eight years: a trial that does not finish within the horizon counts as this."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One milestone at one checkpoint; all lengths are working days from ``as_of`` on."""

    milestone: str
    group: str
    """The project: milestones of one are alike, and intervals take that into account."""
    at: int
    """Per cent of its life that had passed."""
    as_of: date
    outcome: float
    """Working days that it took from then; of one that is still open, at least so many."""
    unfinished: bool = False
    forecasts: Mapping[str, Samples | None] = field(default_factory=dict[str, "Samples | None"])
    """By name, ``OURS`` among them; None where there was no forecast."""
    uncorrected: Samples | None = None
    """Ours before it was corrected by how earlier ones of its program held; None where it was
    not corrected."""
    commitment: float | None = None
    """Working days until the committed day, as it was known then."""
    committed: date | None = None
    status: Status | None = None
    """The colour it would have had."""
    title: str = ""


def distribution(days: Days) -> Samples:
    """Take trials in working days for a distribution; what is beyond the horizon is at its end."""
    far = np.where(days >= CENSORED, HORIZON_DAYS, days)
    return np.sort(np.clip(far, 0, HORIZON_DAYS).astype(np.float64))


def point(days: float) -> Samples:
    """Take a single day for a distribution without any spread."""
    return np.array([min(max(days, 0.0), HORIZON_DAYS)])
