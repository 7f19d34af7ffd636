"""How far each activity can slip: total, free and commitment float (DOMAIN.md 1.4).

A float is the largest push, in working days of the activity's own calendar, that some later date
survives. A push moves what is still open of the activity as a whole: its remaining work and its
finish, and its start unless that is past. Finished activities cannot be pushed and have none.

Backwards, an edge is inverted on working time: a Friday's end is the same as the Monday after.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray
from .layers import GATE, START, Group, Layer, Layers
from .schedule import Schedule

NEVER: Final = 1 << 30
"""An instant after all others: what nothing limits may be as late as that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floats:
    """Working days by activity; an activity without such a float is not in the mapping."""

    total: Mapping[str, int]
    """Until the end of its group moves, or that of another group."""
    free: Mapping[str, int]
    """Until a direct successor moves, or the end of its group."""
    commitment: Mapping[str, int]
    """Until one of the commitments that it leads to is missed; negative when one already is."""


class Limits(NamedTuple):
    """Instants by row that the (remaining) start, unbroken work and finish may reach, or NEVER."""

    start: IntArray
    worked: IntArray
    finish: IntArray


def floats(
    schedule: Schedule,
    *,
    groups: Mapping[str, str] | None = None,
    commitments: Mapping[str, int] | None = None,
) -> Floats:
    """Run the backward passes; raises ValueError unless ``schedule`` has a single trial.

    ``groups`` names the group of each activity, whose last finish is the end of the network for
    its members; without it all are one group. ``commitments`` are finish instants.
    """
    schedule.require_single_trial()
    return _Backward(schedule).floats(groups or {}, commitments or {})


class _Backward:
    def __init__(self, schedule: Schedule) -> None:
        network, dates = schedule.network, schedule.dates
        self._layers: Layers = network.layers
        activities = self._layers.activities
        self._early = Limits(dates.resume[:, 0], dates.worked[:, 0], dates.finish[:, 0])
        self._dated = np.array([a.id in schedule.nodes for a in activities], np.bool_)
        self._open = np.array([a.finished is None and not a.unknown for a in activities], np.bool_)
        looped = [self._layers.row[member] for cycle in network.cycles for member in cycle]
        self._open[looped] = False
        self._begun = np.array([a.started is not None for a in activities], np.bool_)
        self._given = network.given
        self._duration = self._given.durations()
        self._pinned = np.array([a.pinned for a in activities], np.bool_)

    def floats(self, groups: Mapping[str, str], commitments: Mapping[str, int]) -> Floats:
        ends = self._ends(groups)
        known = self._open & self._dated
        late = self._pass(ends, known)
        promised = np.full(len(self._layers.activities), NEVER, np.int32)
        for activity, t in commitments.items():
            promised[self._layers.row[activity]] = t
        # Backwards only durations count: a commitment that waits for something unknown elsewhere
        # still limits what is known.
        committed = self._pass(promised, self._open) if commitments else _unlimited(promised)
        return Floats(
            total=self._slacks(late, known),
            free=self._slacks(self._near(ends), known),
            commitment=self._slacks(committed, known),
        )

    def _ends(self, groups: Mapping[str, str]) -> IntArray:
        """Return the end of the network for each row: a dangling one would float for ever."""
        numbers: dict[str | None, int] = {}
        group = np.array(
            [numbers.setdefault(groups.get(a.id), len(numbers)) for a in self._layers.activities],
            np.intp,
        )
        ends = np.zeros(len(numbers), np.int32)
        np.maximum.at(ends, group[self._dated], self._early.finish[self._dated])
        return ends[group]

    def _pass(self, finish_by: IntArray, counted: NDArray[np.bool_]) -> Limits:
        """Return the latest instants with which all that counts is done by its ``finish_by``."""
        limits = _unlimited(finish_by)
        for layer in reversed(self._layers):
            self._settle(layer, limits, counted)
            for group in layer.groups:
                self._limit_upstream(layer, group, limits, limits)
        return limits

    def _near(self, ends: IntArray) -> Limits:
        """Return how late each may be for its own end and the early dates of its successors."""
        limits = _unlimited(ends)
        early = Limits(*(np.where(self._dated, t, NEVER) for t in self._early))
        for layer in self._layers:
            for group in layer.groups:
                self._limit_upstream(layer, group, early, limits)
        for layer in self._layers:
            self._settle(layer, limits, self._dated)
        return limits

    def _settle(self, layer: Layer, limits: Limits, counted: NDArray[np.bool_]) -> None:
        """Carry the limits of each end over to the other: work, once begun, is not interrupted."""
        rows = layer.rows
        add, days = layer.calendar.add, self._duration[rows]
        start, finish = limits.start[rows], limits.finish[rows]
        latest = np.where(finish < NEVER, add(finish, -days), NEVER)
        in_time = np.where(start < NEVER, add(start + 1, -1), NEVER)
        latest = np.minimum(latest, np.where(days > 0, in_time, start))
        pinned = self._pinned[rows]
        latest[pinned] = np.minimum(latest, self._early.start[rows])[pinned]
        worked = np.where((latest < NEVER) & (days > 0), add(latest, days), latest)
        for kept, t in zip(limits, (latest, worked, finish), strict=True):
            kept[rows] = np.where(counted[rows], t, NEVER)

    def _limit_upstream(self, layer: Layer, group: Group, by: Limits, limits: Limits) -> None:
        """Hold upstream ends to the latest instants whose implied bounds keep the limits ``by``."""
        if group.bounds == GATE:
            kept = by.finish[group.downstream]
            t = layer.calendar.latest(kept, self._given.blocked(group)[:, 0])
        else:
            kept = (by.start if group.bounds == START else by.worked)[group.downstream]
            t = kept
        t = np.where(kept < NEVER, group.latest(t[:, None].copy())[:, 0], NEVER)
        from_finish = np.ones(len(t), np.bool_)
        from_finish[group.from_start] = False
        np.minimum.at(limits.finish, group.upstream[from_finish], t[from_finish])
        open_start = ~from_finish & ~self._begun[group.upstream]
        np.minimum.at(limits.start, group.upstream[open_start], t[open_start])

    def _slacks(self, late: Limits, known: NDArray[np.bool_]) -> dict[str, int]:
        slack = np.full(len(known), NEVER, np.int32)
        for layer in self._layers:
            rows = layer.rows
            for soonest, latest in (
                (self._early.start, late.start),
                (self._early.finish, late.finish),
            ):
                days = layer.calendar.workdays(soonest[rows], latest[rows])
                slack[rows] = np.minimum(slack[rows], np.where(latest[rows] < NEVER, days, NEVER))
        found = np.flatnonzero(known & (slack < NEVER))
        activities = self._layers.activities
        return {
            activities[n].id: days for n, days in zip(found, slack[found].tolist(), strict=True)
        }


def _unlimited(finish: IntArray) -> Limits:
    return Limits(np.full_like(finish, NEVER), np.full_like(finish, NEVER), finish.copy())
