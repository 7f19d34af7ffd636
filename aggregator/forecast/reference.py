"""The outside view: how far finished milestones of the same program slipped (DOMAIN.md 2.2)."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np

from ..calendar import WorkCalendar
from .promise import slipped_finish
from .quantiles import Days
from .sampling import resample, stratified

MIN_CLASS: Final = 10


def reference_class(
    plan: date,
    slips: Sequence[int],
    calendar: WorkCalendar,
    as_of: date,
    trials: int,
    rng: np.random.Generator,
) -> Days | None:
    """Sample the finish instant of a milestone that has a plan date and no history of its own.

    ``slips`` are actual minus planned finish of the program's finished milestones, in working
    days; with fewer than ten there is no class to refer to, and the answer is None.
    """
    if len(slips) < MIN_CLASS:
        return None
    slip = resample(np.array(slips), stratified(rng, trials))
    return slipped_finish(plan, slip, calendar, as_of)
