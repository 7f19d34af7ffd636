"""One team's output over time: the path that all of its milestones read."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .history import Periods
from .quantiles import CENSORED, Days
from .sampling import Throughput

_FIRST_LOOK: Final = 26
"""Periods; the number is doubled whenever a trial needs more."""


class Path:
    """Cumulative output in every trial, drawn as far ahead as somebody asks.

    Sharing one path is what keeps a team's capacity from being counted twice, and what keeps its
    milestones correlated. Output is counted in items times the working days of a normal week, which
    keeps declared whole-number throughputs exact in float32.
    """

    def __init__(self, throughput: Throughput, periods: Periods, trials: int) -> None:
        self._throughput = throughput
        self._periods = periods
        self._lengths = periods.workdays.astype(np.float32)
        self._days_before = np.concatenate(([0], np.cumsum(periods.workdays)))
        self._total = np.zeros((1, trials), dtype=np.float32)
        self._least = self._most = np.zeros(1, dtype=np.float32)
        """What the slowest and the fastest trial have done after each period."""
        self._trial = np.arange(trials)

    def days(self, items: NDArray[np.floating]) -> Days:
        """Return the working day on which the team has done this many items, per trial."""
        need = (items * self._periods.normal).astype(np.float32, copy=False)
        while len(self._total) <= self._lengths.size and bool((self._total[-1] < need).any()):
            self._look_further()
        if len(self._total) == 1:
            return np.zeros(need.shape, dtype=np.int32)
        # Only between these do trials differ in whether they have done enough.
        first = max(int(np.searchsorted(self._most, need.min())), 1)
        end = int(np.searchsorted(self._least, need.max()))
        short = self._total[first:end] < need
        whole = np.add.reduce(short, axis=0, dtype=np.int16) + np.int16(first - 1)
        last = np.minimum(whole, len(self._total) - 2)
        at = last * np.intp(need.size) + self._trial
        before = self._total.take(at)
        gained = self._total.take(at + need.size) - before
        length = self._lengths[last]
        # Nothing gained means that it was done before, or is not done at all.
        within = (need - before) * length / np.where(gained > 0, gained, np.inf)
        days = self._days_before[last] + np.minimum(np.ceil(within), length)
        return np.where(whole > last, CENSORED, days).astype(np.int32)

    def _look_further(self) -> None:
        known = len(self._total) - 1
        ahead = slice(known, known + max(known, _FIRST_LOOK))
        output = self._throughput.draw(self._periods.weeks[ahead])
        output *= self._lengths[ahead, None]
        output[0] += self._total[-1]
        np.cumsum(output, axis=0, out=output)
        self._total = np.concatenate((self._total, output))
        self._least, self._most = self._total.min(axis=1), self._total.max(axis=1)
