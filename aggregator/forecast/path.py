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

_NOTHING: Final = np.float32(1e-30)
"""Items; what is added to output to divide by it: lost in any that is not nothing."""

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
        self._horizon = periods.workdays.size
        # Who needs more than all periods reads past their end.
        self._lengths = np.append(periods.workdays, 0).astype(np.float32)
        self._days_before = np.concatenate(
            ([0], np.cumsum(periods.workdays[:-1]), [CENSORED]), dtype=np.float32
        )
        self._room: Floats = np.zeros((1, trials), np.float32)
        self._total = self._room
        """Output up to the end of each period, beginning with none."""
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
        if self._least[-1] < highest.max() and self._can_look_further():
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
        return self._read(need).reshape(items.shape)

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

    def _read(self, need: Floats) -> Days:
        """Find the day within the first period after which each trial has done enough.

        What is needed is used up.
        """
        whole, at, before, done = self._to_read
        np.multiply(whole, self._trial.size, out=at)
        at += self._trial
        need -= self._total.take(at, mode="clip", out=before)
        # The count has just passed here, so to look twice takes less than to keep a table of pace.
        self._total[1:].take(at, mode="clip", out=done)
        done -= before
        done += _NOTHING
        need *= np.divide(self._lengths.take(whole, mode="clip", out=before), done, out=done)
        need -= _ROUNDING
        np.ceil(need, out=need)
        need += self._days_before.take(whole, mode="clip", out=before)
        return need.astype(np.int32)

    def _can_look_further(self) -> bool:
        return len(self._total) <= self._horizon

    def _look_as_far_as(self, need: Floats) -> None:
        while self._can_look_further() and bool((self._total[-1] < need).any()):
            self._look_further()

    def _look_further(self) -> None:
        known = len(self._total) - 1
        until = min(known + max(known, _FIRST_LOOK), self._horizon)
        if until >= len(self._room):
            self._make_room(until)
        self._total = self._room[: until + 1]
        least, most = [self._least], [self._most]
        for some in in_cache(range(known, until), self._trial.size):
            first, end = some[0], some[-1] + 1
            gained = self._throughput.draw(self._periods.weeks[first:end])
            gained *= self._lengths[first:end, None]
            total = self._total[first : end + 1]
            for before, gain, after in zip(total, gained, total[1:], strict=False):
                np.add(before, gain, out=after)
            least.append(total[1:].min(axis=1))
            most.append(total[1:].max(axis=1))
        self._least, self._most = np.concatenate(least), np.concatenate(most)

    def _make_room(self, periods: int) -> None:
        room = min(max(2 * periods, _YEARS), self._horizon)
        self._room = np.empty((room + 1, self._trial.size), np.float32)
        self._room[: len(self._total)] = self._total


def _room_to_read(
    shape: tuple[int, ...],
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats, Floats]:
    whole, at = np.empty((2, *shape), np.intp)
    before, done = np.empty((2, *shape), np.float32)
    return whole, at, before, done
