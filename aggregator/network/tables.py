"""Working time of packed days: one look-up for each question, whatever the calendar."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..calendar import Integers, WorkCalendar
from ..packed import MOST, NEVER, Few, Packed, pack

Counts = NDArray[np.intp]
"""Numbers of working days after the origin; what never comes counts ``NEVER``."""


class DayTables:
    """A calendar as tables by packed day, counted from an origin; never plus anything is never."""

    def __init__(self, calendar: WorkCalendar, origin: int) -> None:
        """Tabulate all packed days: 800 kB."""
        before = calendar.counts(origin, MOST + 1)
        self._count: Final[Counts] = np.subtract(before, before[0], dtype=np.intp)
        self._count[MOST] = NEVER
        worked = np.arange(MOST, dtype=np.uint16)[before[1:] > before[:-1]]
        self._start, self._end = np.full((2, MOST + 1), MOST, np.uint16)
        self._start[: worked.size] = worked
        self._end[0] = 0
        np.add(worked, np.uint16(1), out=self._end[1 : worked.size + 1])
        self._lags: Final[dict[int, Packed]] = {}

    def count(self, t: Packed) -> Counts:
        """Return how many working days lie before instants."""
        return self._count.take(t, mode="clip")

    def start(self, count: Integers) -> Packed:
        """Return the start of the working day before which there are so many."""
        return self._start.take(count, mode="clip")

    def end(self, count: Integers) -> Packed:
        """Return the end of the last one of so many working days."""
        return self._end.take(count, mode="clip")

    def add(self, t: Packed, days: int | Packed | Few) -> Packed:
        """Consume working days, as ``WorkCalendar.add`` does; a single number may be negative."""
        if isinstance(days, int):
            return self._lag(days).take(t, mode="clip") if days else t
        moved = self.end(np.add(self.count(t), days, dtype=np.intp))
        if not np.minimum.reduce(days):
            np.copyto(moved, t, where=days == 0)
        return moved

    def _lag(self, days: int) -> Packed:
        if days not in self._lags:
            table = self._end if days > 0 else self._start
            self._lags[days] = table.take(self._count + days, mode="clip")
            self._lags[days][MOST] = MOST
        return self._lags[days]


def elapsed(t: Packed, days: int) -> Packed:
    """Let days go by, worked or not."""
    moved = pack(np.add(t, days, dtype=np.int32))
    moved[t == MOST] = MOST
    return moved
