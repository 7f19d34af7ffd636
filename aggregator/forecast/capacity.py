"""What a team can do on which days: leave makes days count for less (DOMAIN.md 2.2).

A forecast counts days on which the whole team works. Here they become days of the calendar.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..calendar import WorkCalendar
from ..portfolio.model import Away
from .quantiles import CENSORED, Days

_HORIZON: Final = 8 * 365
"""Days; nobody plans leave beyond it."""
_ROUNDING: Final = 1e-6
"""Days; a sum of parts may be a little less than the whole day that it stands for."""

Floats = NDArray[np.float64]


def present(calendar: WorkCalendar, away: Sequence[Away], since: int, until: int) -> Floats:
    """Give the part of the team that works on each working day in ``[since, until)``."""
    there = np.ones(max(int(calendar.workdays(since, until)), 0))
    for one in away:
        first, end = (
            int(calendar.workdays(since, min(max(day, since), until)))
            for day in (one.start.toordinal(), one.end.toordinal() + 1)
        )
        there[first:end] -= one.share
    return np.maximum(there, 0.0)


class Leave:
    """Working days by how many days of the whole team are done in them, from a day on."""

    def __init__(self, calendar: WorkCalendar, away: Sequence[Away], as_of: date) -> None:
        """Tabulate it as far as leave is planned."""
        today = as_of.toordinal()
        last = max((one.end.toordinal() + 1 for one in away), default=today)
        there = present(calendar, away, today, min(max(last, today), today + _HORIZON))
        done = np.cumsum(there)
        whole = np.arange(int(done[-1]) + 1 if done.size else 1)
        self._days = np.searchsorted(done, whole - _ROUNDING) + (whole > 0)
        self._lost = np.float64(there.size - (done[-1] if done.size else 0.0))

    def days(self, worked: Days) -> Days:
        """Return the working days that so many days of the whole team take, per trial."""
        if not self._lost:  # nobody will be away
            return worked
        later = np.ceil(worked + (self._lost - _ROUNDING)).astype(np.int32)
        within = self._days.take(np.minimum(worked, self._days.size - 1)).astype(np.int32)
        found: Days = np.where(worked < self._days.size, within, later)
        return np.where(worked >= CENSORED, worked, found)
