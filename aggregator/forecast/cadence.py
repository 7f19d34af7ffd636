"""Teams that close their work at the end of sprints (DOMAIN.md 2.7).

Where next to nothing is done for a week and everything on the last two days of the next one, weeks
say little: whole sprints are resampled, and most of one is done at its end.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..calendar import WorkCalendar
from ..portfolio.model import Away, Stream
from .capacity import present
from .history import HORIZON_WEEKS, YEAR_WEEKS, Periods, WeeklyHistory
from .sampling import Bootstrap, Drift, Rates

_LENGTHS: Final = (2, 3)
"""Weeks of a sprint; with shorter ones weeks are sprints, and longer ones leave too few to tell."""
_LAST_DAYS: Final = 2
"""Working days at the end of a sprint."""
_MOST_OF_IT: Final = 0.6
"""More than this part of what is finished falls on them."""
_MOST_OF_THEM: Final = 0.75
"""In so many of the sprints in which anything was finished more than half fell on them: what one
busy day did is no habit."""
_FEWEST_ITEMS: Final = 20
_FEWEST: Final = 4
"""Sprints."""
_QUARTER: Final = 13
_LEAST_THERE: Final = 0.2
"""Of the team, on a part of a sprint; less would make anything done on it look enormous."""

Ordinals = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sprints:
    """A team's last sprints, oldest first, in two parts each: most of it, and the last two days."""

    weeks: int
    """Of a sprint."""
    stop: int
    """The instant at which the last one ended."""
    done: NDArray[np.int64] | NDArray[np.float64]
    """Work finished, in items or, by points, in usual ones, ``[sprints, 2]``."""
    capacity: NDArray[np.float64]
    """In normal weeks, likewise."""

    @property
    def whole(self) -> WeeklyHistory:
        """What each sprint was worth in all."""
        return WeeklyHistory(done=self.done.sum(axis=1), capacity=self.capacity.sum(axis=1))

    @property
    def at_the_end(self) -> float:
        """The share of what was finished that was finished at the end of sprints."""
        return float(self.done[:, 1].sum() / (self.done.sum() or 1))

    @property
    def is_habit(self) -> bool:
        """Whether the team closes its work then."""
        busy = self.done[self.done.sum(axis=1) > 0]
        often = np.mean(2 * busy[:, 1] > busy.sum(axis=1)) if len(busy) >= _FEWEST else 0
        return self.at_the_end > _MOST_OF_IT and bool(often >= _MOST_OF_THEM)


def find_sprints(stream: Stream, weeks: int, calendar: WorkCalendar, as_of: date) -> Sprints | None:
    """Find the sprints of the last ``weeks`` at whose ends a team closes its work; None without.

    Of several lengths and days the one is taken at whose ends most was done, measured against the
    part of the time that they are; of equal ones, that on whose last day most was.
    """
    today = as_of.toordinal()
    first, end = (
        bisect_left(stream.finished, day) for day in (as_of - timedelta(weeks=weeks), as_of)
    )
    days = np.array([day.toordinal() for day in stream.finished[first:end]], dtype=np.int64)
    sizes = stream.sizes()[first:end]
    if days.size < _FEWEST_ITEMS:
        return None
    found: list[tuple[float, float, Sprints]] = []
    for length in _LENGTHS:
        period = 7 * length
        by_day = np.bincount((today - 1 - days) % period, minlength=period)
        # The last two days and the weekend between them: most habits are seen not to be there.
        days_near = np.add.outer(np.arange(period), np.arange(_LAST_DAYS + 2)) % period
        near = by_day[days_near].sum(axis=1)
        for ago in np.flatnonzero(near > _MOST_OF_IT * days.size).tolist():
            sprints = _sprints(days, sizes, length, weeks, calendar, today - ago, stream.away)
            if sprints is not None and sprints.is_habit:
                lift = sprints.at_the_end - _LAST_DAYS / (5 * length)
                found.append((lift, float(by_day[ago]), sprints))
    return max(found, key=lambda each: each[:2], default=(0.0, 0.0, None))[2]


def _sprints(
    days: Ordinals,
    sizes: Sequence[float],
    length: int,
    weeks: int,
    calendar: WorkCalendar,
    stop: int,
    away: Sequence[Away],
) -> Sprints | None:
    """Count what was finished in the sprints that ended on a day and before it."""
    count = weeks // length
    stops = stop - 7 * length * np.arange(count - 1, -1, -1)
    if count < _FEWEST or 2 * calendar.workdays(stops - 1, stops).sum() < count:
        return None  # nor do sprints end on days off, but for a holiday
    ends = calendar.add(stops, -_LAST_DAYS)
    edges: Ordinals = np.stack((stops - 7 * length, ends, stops), axis=1).astype(np.int64)
    done: NDArray[np.int64] | NDArray[np.float64] = np.diff(np.searchsorted(days, edges), axis=1)
    if sizes:
        before = np.cumsum((0.0, *sizes))
        done = np.diff(before[np.searchsorted(days, edges)], axis=1)
    first = int(edges[0, 0])
    there = np.cumsum(np.append(0.0, present(calendar, away, first, stop)))
    normal = calendar.normal_week
    worked = np.diff(calendar.workdays(np.full(edges.shape, first), edges), axis=1)
    known = np.diff(there[calendar.workdays(np.full(edges.shape, first), edges)], axis=1)
    capacity = np.maximum(known, _LEAST_THERE * np.maximum(worked, 1)) / normal
    return Sprints(weeks=length, stop=stop, done=done, capacity=capacity)


class SprintBootstrap(Bootstrap):
    """Sprints like those of the history, in the two parts that they had."""

    def __init__(
        self,
        sprints: Sprints,
        parts: Sequence[int],
        drift: Drift,
        trials: int,
        rng: np.random.Generator,
    ) -> None:
        """Take which part of a sprint each coming period is; 2 stands for many sprints."""
        super().__init__(sprints.whole, drift, trials, rng)
        self._parts = parts
        self._known = 0
        self._length = sprints.weeks
        self._by_part: Rates = (sprints.done / sprints.capacity).T.astype(np.float32)
        self._chosen = self.choose(1)

    def draw(self, weeks: NDArray[np.int64]) -> Rates:
        """Return the next periods; both parts of a sprint are those of the same one."""
        rates = self.levels_after(weeks)
        parts = self._parts[self._known : self._known + weeks.size]
        self._known += weeks.size
        for rate, length, part in zip(rates, weeks.tolist(), parts, strict=True):
            if part != 1:
                self._chosen = self.choose(1)
            if part < 2:
                rate *= self._by_part[part].take(self._chosen[0], mode="clip")
            else:
                rate *= self.average(self._chosen[0], length / self._length)
        return rates


def coming_sprints(
    sprints: Sprints, calendar: WorkCalendar, as_of: date
) -> tuple[Periods, tuple[int, ...]]:
    """Lay out the horizon: the parts of sprints for a year, then quarters; say which is which."""
    today, period = as_of.toordinal(), 7 * sprints.weeks
    edges, weeks, parts = [today], list[int](), list[int]()
    stop = sprints.stop + period
    for _ in range(YEAR_WEEKS // sprints.weeks):
        end = int(calendar.add(stop, -_LAST_DAYS))
        if end > today:
            edges.append(end)
            weeks.append(sprints.weeks)
            parts.append(0)
        edges.append(stop)
        weeks.append(0 if parts else sprints.weeks)
        parts.append(1)
        stop += period
    for _ in range((HORIZON_WEEKS - YEAR_WEEKS) // _QUARTER):
        edges.append(edges[-1] + 7 * _QUARTER)
        weeks.append(_QUARTER)
        parts.append(2)
    at = np.array(edges)
    periods = Periods(
        weeks=np.array(weeks),
        workdays=np.asarray(calendar.workdays(at[:-1], at[1:]), dtype=np.int64),
        normal=calendar.normal_week,
    )
    return periods, tuple(parts)
