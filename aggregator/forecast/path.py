"""One team's output over time: the path that all of its milestones read."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .history import Periods
from .quantiles import CENSORED, Days
from .sampling import Throughput

Floats = NDArray[np.float32]

_FIRST_LOOK: Final = 26
"""Periods; the number is doubled whenever a trial needs more."""

_ROUNDING: Final = np.float32(1e-4)
"""Days; a product of single precision may be a little more than the whole day it stands for."""

_NOTHING: Final = np.float32(1e-6)
"""Items; nobody looks into a period in which less than that was done."""

_YEARS: Final = 80
"""Periods there is room for from the beginning: the horizon of a learned throughput."""

_SMALL: Final = 255
"""So many periods can be counted in one byte."""


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
        self._days_before = np.concatenate(([0], np.cumsum(self._lengths)), dtype=np.float32)
        self._room: Floats = np.zeros((2, 1, trials), np.float32)
        self._total, self._pace = self._room
        """Output up to the end of each period, and the working days for each item in the next."""
        self._least = self._most = np.zeros(1, np.float32)
        """What the slowest and the fastest trial have done after each period."""
        self._trial = np.arange(trials)
        self._room_to_read = np.empty((0, trials), np.intp), np.empty((0, trials), np.float32)

    def days(self, items: NDArray[np.floating]) -> Days:
        """Return the working day on which the team has done so many items.

        ``items`` has one value per trial, or a row of them for each of several milestones.
        """
        trials = self._total.shape[1]
        need = np.multiply(items, self._periods.normal, dtype=np.float32).reshape(-1, trials)
        lowest, highest = need.min(axis=1), need.max(axis=1)
        if self._least[-1] < highest.max():
            self._look_as_far_as(need.max(axis=0))
        if len(self._total) == 1:
            return np.zeros(items.shape, np.int32)
        # Only between these do trials differ in whether they have done enough.
        first = np.maximum(np.searchsorted(self._most, lowest), 1).tolist()
        end = np.searchsorted(self._least, highest).tolist()
        whole = np.empty(need.shape, np.int16)
        for row, each, since, until in zip(whole, need, first, end, strict=True):
            short = np.less(self._total[since:until], each).view(np.uint8)
            small = np.uint8 if len(short) <= _SMALL else np.int16
            np.add(np.add.reduce(short, axis=0, dtype=small), since - 1, out=row, dtype=np.int16)
        days = self._read(need, whole, is_enough=max(end) < len(self._total))
        return days.reshape(items.shape)

    def _read(self, need: Floats, whole: NDArray[np.int16], *, is_enough: bool) -> Days:
        """Find the day within the first period after which each trial has done enough.

        What is needed is used up; ``is_enough`` says that no trial needs more than all periods.
        """
        trials = need.shape[1]
        last = whole if is_enough else np.minimum(whole, len(self._total) - 2)
        at, looked_up = self._scratch(need.shape)
        np.multiply(last, trials, out=at, dtype=np.intp)
        at += self._trial
        need -= self._total.take(at, mode="clip", out=looked_up)
        need *= self._pace.take(at, mode="clip", out=looked_up)
        need -= _ROUNDING
        np.ceil(need, out=need)
        need += self._days_before.take(last, mode="clip", out=looked_up)
        if not is_enough:
            need[whole > last] = CENSORED
        return need.astype(np.int32)

    def _scratch(self, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], Floats]:
        """Return room to look numbers up in, the same again and again: new room costs as much."""
        if self._room_to_read[0].shape != shape:
            self._room_to_read = np.empty(shape, np.intp), np.empty(shape, np.float32)
        return self._room_to_read

    def _look_as_far_as(self, need: Floats) -> None:
        while len(self._total) <= self._lengths.size and bool((self._total[-1] < need).any()):
            self._look_further()

    def _look_further(self) -> None:
        known = len(self._total) - 1
        output = self._throughput.draw(self._periods.weeks[known : known + max(known, _FIRST_LOOK)])
        if known + len(output) >= self._room.shape[1]:
            self._make_room(known + len(output))
        self._total, self._pace = self._room[:, : known + len(output) + 1]
        gained = np.empty_like(self._total[0])
        for period, drawn in enumerate(output, known):
            before, after = self._total[period : period + 2]
            drawn *= self._lengths[period]
            np.add(before, drawn, out=after)
            np.subtract(after, before, out=gained)
            np.maximum(gained, _NOTHING, out=gained)
            np.divide(self._lengths[period], gained, out=self._pace[period])
        new = self._total[known + 1 :]
        self._least = np.concatenate((self._least, new.min(axis=1)))
        self._most = np.concatenate((self._most, new.max(axis=1)))

    def _make_room(self, periods: int) -> None:
        known = self._room[:, : len(self._total)]
        room = max(2 * periods, min(self._lengths.size, _YEARS))
        self._room = np.empty((2, min(room, self._lengths.size) + 1, known.shape[2]), np.float32)
        self._room[:, : known.shape[1]] = known
