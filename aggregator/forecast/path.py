"""One team's output over time: the path that all of its milestones read."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..cached import in_cache
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
        # New room costs as much as what is done in it, so the same is taken again and again.
        self._short = np.empty((0, trials), np.bool_)
        self._to_read = _room_to_read((0, trials))

    def days(self, items: NDArray[np.floating]) -> Days:
        """Return the working day on which the team has done so many items.

        ``items`` has one value per trial, or a row of them for each of several milestones.
        """
        need = np.multiply(items, self._periods.normal, dtype=np.float32)
        need = need.reshape(-1, self._trial.size)
        lowest, highest = need.min(axis=1), need.max(axis=1)
        if self._least[-1] < highest.max():
            self._look_as_far_as(need.max(axis=0))
        if len(self._total) == 1:
            return np.zeros(items.shape, np.int32)
        # Only between these do trials differ in whether they have done enough.
        since = np.maximum(np.searchsorted(self._most, lowest), 1)
        until = np.maximum(np.searchsorted(self._least, highest), since)
        first, end = since.tolist(), until.tolist()
        if self._to_read[0].shape != need.shape:
            self._to_read = _room_to_read(need.shape)
        counted = self._count(need, first, end)
        np.add(counted, np.array(first)[:, None] - 1, out=self._to_read[0], dtype=np.intp)
        return self._read(need, is_enough=max(end) < len(self._total)).reshape(items.shape)

    def _count(
        self, need: Floats, first: Sequence[int], end: Sequence[int]
    ) -> NDArray[np.unsignedinteger]:
        """Count the periods from the first to the last after which each trial needs more."""
        most = max(until - since for since, until in zip(first, end, strict=True))
        if len(self._short) < most:
            self._short = np.empty((most, self._trial.size), np.bool_)
        counted = np.empty(need.shape, np.uint8 if most <= _SMALL else np.uint16)
        for count, each, since, until in zip(counted, need, first, end, strict=True):
            short = self._short[: until - since]
            np.less(self._total[since:until], each, out=short)
            np.add.reduce(short.view(np.uint8), axis=0, dtype=count.dtype, out=count)
        return counted

    def _read(self, need: Floats, *, is_enough: bool) -> Days:
        """Find the day within the first period after which each trial has done enough.

        What is needed is used up; ``is_enough`` says that no trial needs more than all periods.
        """
        whole, at, looked_up = self._to_read
        last = whole if is_enough else np.minimum(whole, len(self._total) - 2)
        np.multiply(last, self._trial.size, out=at)
        at += self._trial
        need -= self._total.take(at, mode="clip", out=looked_up)
        need *= self._pace.take(at, mode="clip", out=looked_up)
        need -= _ROUNDING
        np.ceil(need, out=need)
        need += self._days_before.take(last, mode="clip", out=looked_up)
        if not is_enough:
            need[whole > last] = CENSORED
        return need.astype(np.int32)

    def _look_as_far_as(self, need: Floats) -> None:
        while len(self._total) <= self._lengths.size and bool((self._total[-1] < need).any()):
            self._look_further()

    def _look_further(self) -> None:
        known = len(self._total) - 1
        until = min(known + max(known, _FIRST_LOOK), self._lengths.size)
        if until >= self._room.shape[1]:
            self._make_room(until)
        self._total, self._pace = self._room[:, : until + 1]
        for some in in_cache(range(known, until), self._trial.size):
            first, end = some[0], some[-1] + 1
            lengths = self._lengths[first:end, None]
            gained = self._throughput.draw(self._periods.weeks[first:end])
            gained *= lengths
            total = self._total[first : end + 1]
            for before, gain, after in zip(total, gained, total[1:], strict=False):
                np.add(before, gain, out=after)
            np.subtract(total[1:], total[:-1], out=gained)
            np.maximum(gained, _NOTHING, out=gained)
            np.divide(lengths, gained, out=self._pace[first:end])
        new = self._total[known + 1 :]
        self._least = np.concatenate((self._least, new.min(axis=1)))
        self._most = np.concatenate((self._most, new.max(axis=1)))

    def _make_room(self, periods: int) -> None:
        known = self._room[:, : len(self._total)]
        room = max(2 * periods, min(self._lengths.size, _YEARS))
        self._room = np.empty((2, min(room, self._lengths.size) + 1, known.shape[2]), np.float32)
        self._room[:, : known.shape[1]] = known


def _room_to_read(shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    return np.empty(shape, np.intp), np.empty(shape, np.intp), np.empty(shape, np.float32)
