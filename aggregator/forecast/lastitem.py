"""The last item: how long what is in work goes on, by how long it has lasted (DOMAIN.md 2.2).

A pace is that of many items, and knows nothing of the one that is stuck. Where only a few are
left, a milestone is done no earlier than those of them that somebody has begun.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from ..calendar import WorkCalendar
from ..portfolio.flow import FEWEST
from ..portfolio.model import OpenItem, Spell
from .estimates import HORIZON_DAYS
from .quantiles import Days, quantile_days
from .sampling import generator, stratified

FEW: Final = 3
"""Items left, at most, of a milestone that its last item may hold up."""

_TAIL: Final = 2.0
"""Of what has lasted longer than anything finished, one in four takes twice as long in all. A
choice: the tail of the lives of milestones falls off with the power 2.6."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CycleTimes:
    """The distribution of how long a team's items are in work, in calendar days."""

    ends: Floats
    """The days after which some were done, ascending."""
    stay: Floats
    """Of those that took so long, the share that took longer."""

    @classmethod
    def learn(cls, spells: Sequence[Spell], as_of: date) -> Self | None:
        """Estimate it by Kaplan and Meier; None where fewer than fifteen items were finished.

        What is still in work counts as censored. ``spells`` are the items finished last, and all
        that are open: they are looked at since the first of these was done, and one that was begun
        before counts from the age that it had by then (left truncation). Otherwise old open items
        would stand against young finished ones only.
        """
        finished = [spell.done for spell in spells if spell.done is not None]
        if len(finished) < FEWEST:
            return None
        first = min(finished)
        begun = [spell.begun for spell in spells]
        entered = np.array([max((first - day).days, 0) for day in begun])
        left = np.array([((spell.done or as_of) - spell.begun).days for spell in spells])
        done = np.array([spell.done is not None for spell in spells])
        ends = np.unique(left[done])
        at_risk = ((entered <= ends[:, None]) & (left >= ends[:, None])).sum(axis=1)
        ended = ((left == ends[:, None]) & done).sum(axis=1)
        return cls(ends.astype(np.float64), 1 - ended / at_risk)

    def left(self, age: int, uniform: Floats) -> Floats:
        """Sample how many days more an item of an age takes: (F(a + h) - F(a)) / (1 - F(a)).

        ``uniform`` are numbers in (0, 1); there is always a day left. Beyond all that is known the
        share that takes longer falls off with a power of the days.
        """
        known = int(np.searchsorted(self.ends, age, side="right"))
        ends, longer = self.ends[known:], np.cumprod(self.stay[known:])
        at = np.searchsorted(-longer, -uniform)  # the first after which no more are left than that
        last = max(float(self.ends[-1]), age, 1)
        of_those = float(np.append(1.0, longer)[-1]) or 1.0
        beyond = last * (uniform / of_those) ** (-1 / _TAIL)
        total = np.where(at < ends.size, np.append(ends, last).take(at), beyond)
        found: Floats = np.clip(total - age, 1, HORIZON_DAYS)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class LastItem:
    """The item in work that a milestone waits for longest."""

    item: OpenItem
    begun: date
    left: int
    """Working days until it is done in half of all cases."""


def last_item(
    items: Sequence[OpenItem],
    cycles: CycleTimes,
    calendar: WorkCalendar,
    as_of: date,
    trials: int,
    seed: int,
) -> tuple[LastItem, Days] | None:
    """Sample the working days until the last of the items that are in work is done.

    None without any. Every item has numbers of its own.
    """
    today = as_of.toordinal()
    longest: LastItem | None = None
    latest = np.ones(trials, np.int32)
    for item in items:
        if item.begun is None:
            continue
        middles = stratified(generator(seed, "item", item.source, item.key), trials) - 0.5 / trials
        left = cycles.left((as_of - item.begun).days, middles)
        days = calendar.workdays(today, today + np.ceil(left).astype(np.int64))
        middle = max(quantile_days(days, 0.5) or 0, 1)
        if longest is None or middle > longest.left:
            longest = LastItem(item=item, begun=item.begun, left=middle)
        latest = np.maximum(latest, days)
    return None if longest is None else (longest, latest)
