"""When an external party delivers: its promise, and how promises used to move (DOMAIN.md 3.4)."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..calendar import WorkCalendar
from .quantiles import Days
from .sampling import resample, stratified

MIN_SLIPS: Final = 5
FRESH_DAYS: Final = 14
"""A confirmation older than this is none."""

_DEFAULT_SLIP: Final = ((0.0, 0), (0.5, 0), (0.85, 5), (0.95, 15), (1.0, 35))
"""Share of promises, slip in working days; straight between. The tail is a choice: the steps
double (5, 10, 20), since schedule overruns are heavy-tailed."""

_ONE_STEP_WIDER: Final = ((0.0, 0.0), (0.5, 0.85), (0.85, 0.95), (1.0, 1.0))
"""The middle of an unconfirmed promise is what was its P85, its P85 what was its P95."""


def promise_finish(
    promise: date,
    confirmed: date | None,
    slips: Sequence[int],
    calendar: WorkCalendar,
    as_of: date,
    trials: int,
    rng: np.random.Generator,
) -> Days:
    """Sample the finish instant of something promised and not yet delivered.

    ``slips`` are earlier slips of the same party in working days, late positive; fewer than five
    say too little, and a default of 0, 5 and 15 days at P50, P85 and P95 stands in. A promise
    last confirmed more than 14 days ago is one step wider; without a known confirmation it is not.
    """
    uniform = stratified(rng, trials)
    if confirmed and (as_of - confirmed).days > FRESH_DAYS:
        uniform = _interpolate(uniform, _ONE_STEP_WIDER)
    if len(slips) >= MIN_SLIPS:
        slip = resample(np.array(slips), uniform)
    else:
        slip = np.ceil(_interpolate(uniform, _DEFAULT_SLIP)).astype(np.int64)
    return slipped_finish(promise, slip, calendar, as_of)


def slipped_finish(
    plan: date, slip: NDArray[np.int64], calendar: WorkCalendar, as_of: date
) -> Days:
    """Move a planned day by working days; what is still open cannot finish before as_of's end.

    When as_of is no working day, not before the end of the next one.
    """
    earliest = calendar.add(as_of.toordinal(), 1)
    finish = calendar.add(plan.toordinal() + 1, slip)
    return np.maximum(finish, earliest).astype(np.int32)


def _interpolate(
    at: NDArray[np.float64], points: tuple[tuple[float, float], ...]
) -> NDArray[np.float64]:
    share, value = np.array(points).T
    between: NDArray[np.float64] = np.interp(at, share, value)
    return between
