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

from ..calendar import IntArray, WorkCalendar
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
    """Instants that the (remaining) start, unbroken work and finish may reach, or NEVER.

    By row, in three lanes: for the end of the network, for its own end and the early dates of its
    successors, and for commitments.
    """

    start: IntArray
    worked: IntArray
    finish: IntArray


_TOTAL, _FREE, _COMMITMENT = range(3)


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
        self._resume, self._finish = dates.resume[:, 0], dates.finish[:, 0]
        self._dated = np.array([a.id in schedule.nodes for a in activities], np.bool_)
        self._open = np.array([a.finished is None and not a.unknown for a in activities], np.bool_)
        looped = [self._layers.row[member] for cycle in network.cycles for member in cycle]
        self._open[looped] = False
        early = (self._resume, dates.worked[:, 0], self._finish)
        self._early = [np.where(self._dated, t, NEVER) for t in early]
        self._begun = np.array([a.started is not None for a in activities], np.bool_)
        self._given = network.given
        self._duration = self._given.durations()
        self._as_of = np.int32(schedule.as_of)

    def floats(self, groups: Mapping[str, str], commitments: Mapping[str, int]) -> Floats:
        known = self._open & self._dated
        finish_by = np.full((len(known), 3), NEVER, np.int32)
        finish_by[:, _TOTAL] = finish_by[:, _FREE] = self._ends(groups)
        for activity, t in commitments.items():
            finish_by[self._layers.row[activity], _COMMITMENT] = t
        # Backwards only durations count: a commitment that waits for something unknown elsewhere
        # still limits what is known.
        self._pass(finish_by, np.stack([known, self._dated, self._open], axis=1))
        slack = self._slacks()
        total, free, commitment = (self._by_name(slack[:, lane], known) for lane in range(3))
        return Floats(total=total, free=free, commitment=commitment)

    def _ends(self, groups: Mapping[str, str]) -> IntArray:
        """Return the end of the network for each row: a dangling one would float for ever."""
        numbers: dict[str | None, int] = {}
        group = np.array(
            [numbers.setdefault(groups.get(a.id), len(numbers)) for a in self._layers.activities],
            np.intp,
        )
        ends = np.zeros(len(numbers), np.int32)
        np.maximum.at(ends, group[self._dated], self._finish[self._dated])
        return ends[group]

    def _pass(self, finish_by: IntArray, counted: NDArray[np.bool_]) -> None:
        """Find the latest instants with which all that counts is done by its ``finish_by``."""
        never = np.full_like(finish_by, NEVER)
        self._late = Limits(never, never.copy(), finish_by)
        for layer in reversed(self._layers):
            self._settle(layer, counted)
            for group in layer.groups:
                self._limit_upstream(layer, group)

    def _settle(self, layer: Layer, counted: NDArray[np.bool_]) -> None:
        """Carry the limits of each end over to the other: work, once begun, is not interrupted."""
        rows, late = layer.rows, self._late
        add, days = layer.calendar.add, self._duration[rows, None]
        start, finish = late.start[rows], late.finish[rows]
        limited = finish < NEVER
        latest = np.where(limited, add(self._within(finish, limited), -days), NEVER)
        limited = start < NEVER
        if limited.any():
            in_time = np.where(limited, add(self._within(start, limited) + 1, -1), NEVER)
            latest = np.minimum(latest, np.where(days > 0, in_time, start))
        if layer.pinned.size:
            early = self._resume[rows, None]
            latest[layer.pinned] = np.minimum(latest, early)[layer.pinned]
        limited = latest < NEVER
        worked = np.where(limited, add(self._within(latest, limited), days), latest)
        for kept, t in zip(late, (latest, worked, finish), strict=True):
            kept[rows] = np.where(counted[rows], t, NEVER)

    def _limit_upstream(self, layer: Layer, group: Group) -> None:
        """Hold upstream ends to the latest instants whose implied bounds keep these limits."""
        end = {START: 0, GATE: 2}.get(group.bounds, 1)
        kept = self._late[end][group.downstream]
        # Successors are held to their early dates, if they have any.
        kept[:, _FREE] = self._early[end][group.downstream]
        limited = kept < NEVER
        t = self._within(kept, limited)
        if group.bounds == GATE:
            t = layer.calendar.latest(t, self._given.blocked(group))
        t = np.where(limited, group.latest(t), NEVER)
        if not group.from_start.size:
            np.minimum.at(self._late.finish, group.upstream, t)
            return
        from_finish = np.ones(len(t), np.bool_)
        from_finish[group.from_start] = False
        np.minimum.at(self._late.finish, group.upstream[from_finish], t[from_finish])
        open_start = ~from_finish & ~self._begun[group.upstream]
        np.minimum.at(self._late.start, group.upstream[open_start], t[open_start])

    def _within(self, t: IntArray, limited: NDArray[np.bool_]) -> IntArray:
        """Put a day that calendars have a table for in place of NEVER, as an array of its own."""
        return np.where(limited, t, self._as_of)

    def _slacks(self) -> IntArray:
        """Return the working days between early and latest dates, or NEVER."""
        rows_of: dict[WorkCalendar, list[Layer]] = {}
        for layer in self._layers:
            rows_of.setdefault(layer.calendar, []).append(layer)
        slack = np.full_like(self._late.finish, NEVER)
        for calendar, layers in rows_of.items():
            rows = np.concatenate([np.arange(one.rows.start, one.rows.stop) for one in layers])
            for soonest, latest in (
                (self._resume, self._late.start[rows]),
                (self._finish, self._late.finish[rows]),
            ):
                limited = latest < NEVER
                days = calendar.workdays(soonest[rows, None], self._within(latest, limited))
                slack[rows] = np.minimum(slack[rows], np.where(limited, days, NEVER))
        return slack

    def _by_name(self, slack: IntArray, known: NDArray[np.bool_]) -> dict[str, int]:
        found = np.flatnonzero(known & (slack < NEVER))
        activities = self._layers.activities
        return {
            activities[n].id: days
            for n, days in zip(found.tolist(), slack[found].tolist(), strict=True)
        }
