"""The lives of milestones: by day, what was in their scope, done, added and removed.

A day is an ordinal, and counts as its end: what happened on it has happened.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

STAGES: Final = 5
"""A milestone's stage of life is told by the share of its scope that is done, in fifths."""

FEWEST: Final = 8
"""Done items; a milestone of fewer says little about how scope moves."""

_BEGUN: Final = 20
"""A milestone has begun once one in so many of its items is done; a first item may be years
older than the work on a release."""

_LOOKS: Final = 20
"""Days of a life, evenly spread over it, on which its scope is looked at."""

_KEPT: Final = (4, 7, 10, 13, 16)
"""Those of them that are kept as such, from 22 to 82 % of a life: before, little is known to
anybody, and after, little is left to tell."""

NEVER: Final = 10_000_000
"""Stands for "until the end of time", as a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """An item's time in a milestone; both ends are days."""

    joined: int
    left: int = NEVER
    """The day it was moved out or dropped."""
    done: tuple[tuple[int, int], ...] = ()
    """Spells of being done: from a day, until it was reopened."""
    sizes: tuple[tuple[int, float], ...] = ()
    """What it counted, in usual items, each from a day on; the first all along before the second.
    Empty where items are counted."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What became of the open items of a milestone after a stage of its life.

    Per open item, with one item more counted as open on every day: what arrives when next to
    nothing is open any more is not many times as much.
    """

    kept: float
    """Done by the finish. What was not had been moved out, dropped or left undone."""
    added: float
    """Not in the milestone then, and done in it by the finish."""
    again: float = 0.0
    """Done then, reopened, and done again by the finish."""
    open: float = 0.0
    """How many were open, on average over the days of the stage."""
    reestimated: float = 0.0
    """By points, what the kept ones came to count in the end beside what they did then."""

    @property
    def work(self) -> float:
        """How much was done after it in all."""
        return self.kept + self.added + self.again + self.reestimated


@dataclass(frozen=True, slots=True)
class Look:
    """What was to be seen of a milestone on a day of its life."""

    day: int
    done: int
    open: int
    sizes: tuple[float, float] | None = None
    """What the done and the open items counted, in usual ones; None where items are counted."""

    @property
    def work(self) -> tuple[float, float]:
        """What was done and what was open, in items or in usual ones."""
        return (self.done, self.open) if self.sizes is None else self.sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What a finished milestone teaches about others."""

    days: int
    """Calendar days from its beginning (see ``begun``) to its finish."""
    items: int
    """Done in the end."""
    rests: tuple[Rest | None, ...]
    """By stage; None for one that it passed without open items."""
    finish: int = 0
    """Its last day."""
    done: tuple[int, ...] = ()
    """The day of each item that was done in the end, oldest first."""
    looks: tuple[Look, ...] = ()
    """Evenly spread over its life, of days on which there was something open."""
    usual: float | None = None
    """The points of the team's usual item at its finish; None where items are counted."""
    sizes: tuple[float, ...] = ()
    """What each of ``done`` counted in the end, in usual items, likewise."""

    @property
    def began(self) -> int:
        """The day of its beginning."""
        return self.finish - self.days

    @property
    def size(self) -> float:
        """The items that it had along its life, done and open, on average."""
        if not self.looks:
            return float(self.items)
        return sum(look.done + look.open for look in self.looks) / len(self.looks)


def begun(finished: Sequence[date], scope: int) -> date | None:
    """Find the day on which work on a milestone had begun: a twentieth of its scope was done.

    ``finished`` are the days of its done items, oldest first; None when there are too few.
    """
    needed = max(1, ceil(scope / _BEGUN))
    return finished[needed - 1] if len(finished) >= needed else None


def delivered(finished: Sequence[date], typed: date | None, actual: date) -> date:
    """Find the day on which a milestone was over for those who waited for it.

    The day typed for its release, if at least half of what was ever done in it was done by then, or
    its last item's, if that was earlier; else the day by which 95 % was done. Stragglers that were
    closed years later delay nothing. ``actual`` where no day was typed.
    """
    if typed is None or not finished:
        return actual
    if 2 * bisect_right(finished, typed) < len(finished):
        return nearly_all(finished)
    return min(typed, finished[-1])


def nearly_all(finished: Sequence[date]) -> date:
    """Find the day by which 95 % of what was ever done in a milestone was done."""
    return finished[ceil(0.95 * len(finished)) - 1]


def stage_of(done: float, remaining: float) -> int:
    """Tell the stage of life of a milestone with so many done and open items, or usual ones."""
    return min(int(STAGES * done // ((done + remaining) or 1)), STAGES - 1)


def most_open(stage: int, done: float) -> float:
    """Tell how many items a milestone with so many done has open, at most, from a stage of life on.

    The first stage, 0, has no bound. Items are whole; by points there may be any part of one.
    """
    most = done * (STAGES - stage)
    return most // stage if isinstance(done, int) else most / stage


def life_of(stays: Sequence[Stay], finish: date, *, usual: float | None = None) -> Life | None:
    """Describe the life of a milestone that finished; None when too few items tell.

    With the points of a ``usual`` item every stay has sizes, and the work is told by them. How long
    it lived, and how many items it had, is told by items all the same.
    """
    end = finish.toordinal()
    last = [_done_on(stay, end) for stay in stays]
    over = sorted(
        (since, _size_on(stay, end))
        for stay, since in zip(stays, last, strict=True)
        if since is not None
    )
    days = [since for since, _ in over]
    if len(days) < FEWEST:
        return None
    first = days[ceil(len(days) / _BEGUN) - 1]
    if first >= end:
        return None
    looks = first + ((np.arange(_LOOKS) + 0.5) * (end - first) / _LOOKS).astype(int)
    done, counts = _counts(stays, last, looks)
    open_ = counts[0]
    sized = (done, counts) if usual is None else _counts(stays, last, looks, end)
    stages = [stage_of(*work) for work in zip(sized[0].tolist(), sized[1][0].tolist(), strict=True)]
    return Life(
        days=end - first,
        items=len(days),
        rests=tuple(_rest(sized[1][:, np.equal(stages, stage)]) for stage in range(STAGES)),
        finish=end,
        done=tuple(days),
        looks=tuple(
            Look(
                int(looks[at]),
                int(done[at]),
                int(open_[at]),
                None if usual is None else (float(sized[0][at]), float(sized[1][0, at])),
            )
            for at in _KEPT
            if open_[at]
        ),
        usual=usual,
        sizes=() if usual is None else tuple(size for _, size in over),
    )


_Counts = NDArray[np.int64 | np.float64]


def _counts(
    stays: Sequence[Stay],
    last: Sequence[int | None],
    looks: NDArray[np.int64],
    sized_until: int | None = None,
) -> tuple[_Counts, _Counts]:
    """Count, on each day looked at, what was done, and what became of the open items.

    By the sizes that they had then, or in the end, where these are told until a day.
    """
    joined = np.array([stay.joined for stay in stays])[:, None]
    left = np.array([stay.left for stay in stays])[:, None]
    ended = np.array([since is not None for since in last])[:, None]
    inside = (joined <= looks) & (looks < left)
    done = np.zeros_like(inside)
    for row, stay in enumerate(stays):
        for since, until in stay.done:
            done[row] |= (since <= looks) & (looks < until)
    final = np.array([since if since is not None else NEVER for since in last])[:, None]
    open_ = inside & ~done
    then = at_last = None
    if sized_until is not None:
        at_last = np.array([[_size_on(stay, sized_until)] for stay in stays])
        then = np.repeat(at_last, looks.size, axis=1)
        for row, stay in enumerate(stays):
            if len(stay.sizes) > 1:
                then[row] = [_size_on(stay, day) for day in looks.tolist()]
    rows = [
        _total(open_, then),
        _total(open_ & ended, then),
        _total(~inside & ended, at_last),
        _total(inside & done & ended & (final > looks), at_last),
    ]
    if then is not None and at_last is not None:
        rows.append(_total(open_ & ended, at_last - then))
    return _total(inside & done, then), np.stack(rows)


def _total(which: NDArray[np.bool_], sizes: NDArray[np.float64] | None) -> _Counts:
    """Count items on each day, or sum up their sizes."""
    counted: _Counts = (which if sizes is None else which * sizes).sum(axis=0)
    return counted


def _rest(counts: _Counts) -> Rest | None:
    still_open, kept, added, again, *more = counts.sum(axis=1).tolist()
    if not still_open:
        return None
    days = counts.shape[1]
    each = still_open + days
    return Rest(kept / each, added / each, again / each, still_open / days, sum(more) / each)


def _done_on(stay: Stay, day: int) -> int | None:
    """Say since when an item of the milestone was done on a day; None when it was not."""
    if not stay.joined <= day < stay.left:
        return None
    return next((since for since, until in stay.done if since <= day < until), None)


def _size_on(stay: Stay, day: int) -> float:
    """Say what an item counted at the end of a day; one item where sizes are not told."""
    if not stay.sizes:
        return 1
    return stay.sizes[max(bisect_right(stay.sizes, day, key=itemgetter(0)) - 1, 0)][1]
