"""What a team finished, week by week, and how many working days each week had."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..calendar import WorkCalendar
from ..portfolio.model import Away
from .capacity import present

MAX_WEEKS: Final = 26
"""Older weeks say more about the team's past than about its pace."""

HORIZON_WEEKS: Final = 416
"""Eight years; what takes longer is censored."""
YEAR_WEEKS: Final = 52
_QUARTER_WEEKS: Final = 13
_QUARTERS: Final = (HORIZON_WEEKS - YEAR_WEEKS) // _QUARTER_WEEKS

_DEFAULT_DRIFT: Final = 0.06
_DRIFT_RANGE: Final = (0.03, 0.25)
_FEWEST_THERE: Final = 0.2
"""Of a team; a week in which fewer work says nothing of its pace."""

_BLOCK: Final = 4
"""Weeks whose mean is one observation of the level."""

_CHANGE: Final = 7.0
"""By how much two levels must raise the log likelihood: of 100 teams that did not change, at most 3
seem to, and of those that fell from 6 items a week to 2 ten weeks ago, 9 in 10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyHistory:
    """Complete ISO weeks, oldest first; weeks without a single working day are left out."""

    done: NDArray[np.int64] | NDArray[np.float64]
    """Work finished in each week, in items or, by points, in usual ones; zero weeks count."""
    capacity: NDArray[np.float64]
    """Each week's working days as a share of a normal week's, above 0."""
    counts: NDArray[np.int64] | None = None
    """Items finished in each week, where ``done`` is told by points."""

    @property
    def weeks(self) -> int:
        """How many weeks there are."""
        return self.done.size

    @property
    def items(self) -> int:
        """How many items were finished in them."""
        return int((self.done if self.counts is None else self.counts).sum())

    @property
    def rates(self) -> NDArray[np.float64]:
        """Work per normal week, in items or in usual ones."""
        return self.done / self.capacity

    def last(self, weeks: int) -> "WeeklyHistory":
        """Return the most recent weeks only."""
        return WeeklyHistory(
            done=self.done[-weeks:],
            capacity=self.capacity[-weeks:],
            counts=None if self.counts is None else self.counts[-weeks:],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """The horizon, cut into periods within which work is spread evenly over working days."""

    weeks: NDArray[np.int64]
    """How many draws of throughput each period averages: its weeks."""
    workdays: NDArray[np.int64]
    """How many working days each has."""
    normal: int
    """Working days of a week without holidays: a throughput is given per so many."""


def weekly_history(
    finished: Sequence[date],
    since: date | None,
    calendar: WorkCalendar,
    as_of: date,
    away: Sequence[Away] = (),
    sizes: Sequence[float] = (),
) -> WeeklyHistory:
    """Count finished items in the complete ISO weeks before ``as_of``, at most ``MAX_WEEKS``.

    ``finished`` is sorted. Weeks that began before ``since`` are incomplete; without it, before
    the first finished item. What is ``away`` of the team takes as much of a week's capacity.
    With ``sizes``, one for each of ``finished``, an item counts as much as it is large.
    """
    start = since or (finished[0] if finished else as_of)
    end = _monday(as_of.toordinal())
    first = min(max(_monday(start.toordinal() + 6), end - 7 * MAX_WEEKS), end)
    edges = np.arange(first, end + 1, 7)
    low, high = (bisect_left(finished, date.fromordinal(day)) for day in (first, end))
    days = np.array([day.toordinal() for day in finished[low:high]], dtype=np.int64)
    counts = np.bincount((days - first) // 7, minlength=edges.size - 1)
    done: NDArray[np.int64] | NDArray[np.float64] = counts
    if sizes:
        done = np.bincount((days - first) // 7, sizes[low:high], minlength=edges.size - 1)
    workdays = np.asarray(calendar.workdays(edges[:-1], edges[1:]))
    worked = workdays > 0
    if away:
        days = np.cumsum(np.append(0.0, present(calendar, away, first, end)))
        there = np.diff(days[calendar.workdays(np.full(edges.size, first), edges)])
        worked &= there >= _FEWEST_THERE * workdays
        workdays = there
    return WeeklyHistory(
        done=done[worked],
        capacity=workdays[worked] / calendar.normal_week,
        counts=counts[worked] if sizes else None,
    )


def since_change(history: WeeklyHistory) -> WeeklyHistory:
    """Leave out the weeks before the pace changed for good, as it does with the people of a team.

    A change is where two levels explain the weeks so much better than one that chance would do
    that in a few of a hundred teams, weeks scattering as they do around the levels.
    """
    splits = np.arange(_BLOCK, history.weeks - _BLOCK + 1)
    if not splits.size or not history.done.any():
        return history
    done = np.cumsum(history.done)[splits - 1]
    worked = np.cumsum(history.capacity)[splits - 1]
    total = history.done.sum()
    before, level = done / worked, total / history.capacity.sum()
    after = (total - done) / (history.capacity.sum() - worked)
    gain = done * np.log(np.maximum(before, 1e-9) / level)
    gain += (total - done) * np.log(np.maximum(after, 1e-9) / level)
    best = int(np.argmax(gain))
    split = int(splits[best])
    levels = np.where(np.arange(history.weeks) < split, before[best], after[best])
    expected = np.maximum(levels * history.capacity, 0.5)
    scatter = float(np.mean((history.done - expected) ** 2 / expected))
    if gain[best] <= _CHANGE * max(scatter, 1.0):
        return history
    return history.last(history.weeks - split)


def coming_periods(calendar: WorkCalendar, as_of: date) -> Periods:
    """Lay out the horizon: weeks for a year, then quarters, where nobody can tell weeks apart."""
    weeks = np.repeat([1, _QUARTER_WEEKS], [YEAR_WEEKS, _QUARTERS])
    return Periods(
        weeks=weeks,
        workdays=np.add.reduceat(_coming_weeks(calendar, as_of), np.cumsum(weeks) - weeks),
        normal=calendar.normal_week,
    )


def declared_periods(calendar: WorkCalendar, as_of: date, *, weekly: bool) -> Periods:
    """Lay out the horizon for a declared throughput, which is exact: all weeks, or all days."""
    workdays = _coming_weeks(calendar, as_of)
    if weekly:
        return Periods(weeks=np.ones_like(workdays), workdays=workdays, normal=calendar.normal_week)
    days = np.ones(workdays.sum(), dtype=np.int64)
    return Periods(weeks=days, workdays=days, normal=1)


def _coming_weeks(calendar: WorkCalendar, as_of: date) -> NDArray[np.int64]:
    """Return the working days of each week of the horizon; the first ends with this Sunday."""
    today = as_of.toordinal()
    edges = _monday(today) + 7 * np.arange(HORIZON_WEEKS + 1)
    edges[0] = today
    return np.asarray(calendar.workdays(edges[:-1], edges[1:]), dtype=np.int64)


def drift_per_week(history: WeeklyHistory) -> float:
    """Estimate the weekly standard deviation of the log level of throughput (DOMAIN.md 2.2).

    Half the spread of changes between four-week means, less what the scatter of single weeks
    explains of it: without that, a steady team of five items a week would seem to drift by 0.16.
    Each change counts by how precisely it tells; few items a week tell next to nothing, and the
    default stands.
    """
    blocks = history.weeks // _BLOCK
    rates = history.rates[history.weeks - blocks * _BLOCK :].reshape(blocks, _BLOCK)
    means = rates.mean(axis=1) + 0.5 / _BLOCK  # half an item, so that idle blocks have a log
    scatter = np.maximum(rates.var(axis=1, ddof=1), means)  # counts scatter at least like Poisson
    noise = scatter / _BLOCK / means**2
    change_noise = noise[1:] + noise[:-1]
    observed = (np.diff(np.log(means)) ** 2 - change_noise) / 4
    default = _DEFAULT_DRIFT**2
    # The square of a normal variable of variance v has variance 2 v^2; the default's own standard
    # error is taken to be as large as itself.
    precision = 8 / (change_noise + 4 * default) ** 2
    default_precision = default**-2
    variance = (default * default_precision + float((observed * precision).sum())) / (
        default_precision + float(precision.sum())
    )
    return float(np.clip(np.sqrt(max(variance, 0.0)), *_DRIFT_RANGE))


def _monday(ordinal: int) -> int:
    return ordinal - (ordinal - 1) % 7  # ordinal 1 is a Monday
