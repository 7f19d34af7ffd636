"""Where bounds put an activity: the forward rule of DOMAIN.md 1.4 for one activity.

The rule knows nothing of baselines or trials. It takes the *local state* of an activity (its
duration, anchor and actual dates) and what its edges imply, so that the same rule places the
current plan, the baseline and any mixture of the two.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from ..calendar import IntArray, WorkCalendar
from .model import FROM_START, START_BOUND, Activity, Edge

_LONG_AGO: Final = 0
"""An instant before all others."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocalState:
    """What an activity's dates depend on besides its edges."""

    calendar: WorkCalendar
    anchor: IntArray
    """Its remaining work cannot begin before this instant."""
    duration: IntArray | None
    """Working days that remain from the anchor on; None when unknown."""
    started: int | None = None
    finished: tuple[int, int] | None = None
    free_start: bool = False
    """Edges that bound the start are ignored."""
    pinned: bool = False
    """All edges are ignored."""


class Bounds(NamedTuple):
    """The latest instants that edges imply, of each kind; None without such an edge."""

    start: IntArray | None = None
    finish: IntArray | None = None
    gate: IntArray | None = None
    """A bound that delays the finish and leaves the work where it is (``partial``)."""


class Placement(NamedTuple):
    """When an activity happens; arrays of instants."""

    start: IntArray
    resume: IntArray
    """Where the remaining work begins; the same as ``start`` for what has not started."""
    worked: IntArray
    """Where unbroken work from ``resume`` ends; only a gate makes ``finish`` later."""
    finish: IntArray


def current_state(activity: Activity, as_of: int) -> LocalState:
    """Return the local state as it is on the day of ``as_of``."""
    anchor, duration = _alone(activity, as_of) or anchors_and_durations((activity,), as_of)
    unknown = activity.duration is None and activity.released is None
    return LocalState(
        calendar=activity.calendar,
        anchor=anchor[0],
        duration=None if unknown else duration[0],
        started=activity.started,
        finished=activity.finished,
        free_start=activity.override and activity.started is not None,
        pinned=activity.pinned,
    )


def _alone(activity: Activity, as_of: int) -> tuple[IntArray, IntArray] | None:
    """Do what ``anchors_and_durations`` does for one activity; None where others set its dates.

    It takes a tenth of the time, and is asked for thousands of activities.
    """
    if activity.released is not None or activity.pinned:
        return None
    earliest, duration = activity.earliest_start, activity.duration
    if earliest is None or isinstance(earliest, int):
        anchor = _row(max(earliest or as_of, as_of))
    else:
        anchor = np.maximum(_row(earliest), as_of)
    return anchor, _row(0 if duration is None else duration)


def _row(value: int | IntArray) -> IntArray:
    return np.array([[value]] if isinstance(value, int) else [value], np.int32)


def anchors_and_durations(activities: Sequence[Activity], as_of: int) -> tuple[IntArray, IntArray]:
    """Return where the remaining work of activities of one calendar can begin, and its days.

    Of shape (activities, trials). Nothing is left of a promise, and of what is unknown.
    """
    return Columns.of(activities).at(as_of)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """What activities of one calendar say of themselves, whatever day it is; a row for each."""

    calendar: WorkCalendar
    earliest: IntArray
    duration: IntArray
    promise: IntArray | None
    """Long ago for those without one; None when none of them has one."""
    pins: IntArray | None

    @classmethod
    def of(cls, activities: Sequence[Activity]) -> "Columns":
        """Collect it from the activities."""
        promise = pins = None
        if any(a.released is not None for a in activities):
            promise = column([_or(a.released, _LONG_AGO) for a in activities])
        if any(a.pinned for a in activities):
            pins = column([_or(pin(a), _LONG_AGO) for a in activities])
        return cls(
            calendar=activities[0].calendar,
            earliest=column([_or(a.earliest_start, _LONG_AGO) for a in activities]),
            duration=column([_or(a.duration, 0) for a in activities]),
            promise=promise,
            pins=pins,
        )

    def at(self, as_of: int) -> tuple[IntArray, IntArray]:
        """Return anchors and durations as of a day, see ``anchors_and_durations``."""
        anchor, duration = np.maximum(self.earliest, as_of), self.duration
        if self.promise is not None:
            promised = self.promise > _LONG_AGO
            due = np.where(self.promise <= as_of, self.calendar.add(as_of, 1), self.promise)
            anchor, duration = np.where(promised, due, anchor), np.where(promised, 0, duration)
        if self.pins is not None:
            anchor = np.maximum(anchor, self.pins)
        return anchor.astype(np.int32, copy=False), duration.astype(np.int32, copy=False)


def column(values: Sequence[int | IntArray]) -> IntArray:
    """Return numbers as rows of shape (values, 1), or of as many trials as one of them has."""
    if set(map(type, values)) == {int}:
        return np.array(values, np.int32)[:, None]
    trials = max((1 if isinstance(value, int) else value.size for value in values), default=1)
    rows = np.empty((len(values), trials), np.int32)
    for row, value in zip(rows, values, strict=True):
        row[:] = value
    return rows


def pin(activity: Activity) -> IntArray | None:
    """Return where a hard constraint has work begin; None where there is none (any more)."""
    if not activity.pinned or activity.duration is None:
        return None
    if activity.must_finish is None:
        return None if activity.must_start is None else per_trial(activity.must_start)
    return activity.calendar.add(per_trial(activity.must_finish), -per_trial(activity.duration))


def implied(edge: Edge, upstream: Placement, calendar: WorkCalendar) -> IntArray:
    """Return the bound that an edge implies; ``calendar`` is the downstream activity's."""
    t = upstream.start if edge.type in FROM_START else upstream.finish
    if edge.lag:
        # Lag days follow the successor's calendar, as in MS Project, unless the edge says other.
        t = t + edge.lag if edge.elapsed else (edge.lag_calendar or calendar).add(t, edge.lag)
    if edge.type == "partial" and edge.blocked is not None:
        t = calendar.add(t, per_trial(edge.blocked))
    return t


def bounds(
    edges: Iterable[Edge], placements: Mapping[str, Placement], calendar: WorkCalendar
) -> Bounds:
    """Combine what all edges into one activity imply."""
    start = finish = gate = None
    for edge in edges:
        t = implied(edge, placements[edge.upstream], calendar)
        if edge.type in START_BOUND:
            start = later(start, t)
        elif edge.type == "partial":
            gate = later(gate, t)
        else:
            finish = later(finish, t)
    return Bounds(start, finish, gate)


def place(state: LocalState, bound: Bounds) -> Placement:
    """Place an activity as early as its state and its bounds allow.

    One of unknown duration gets the earliest dates that any duration could give: its start is
    not pushed by a bound on its finish, since long work would meet that bound anyway.
    """
    if state.finished is not None:
        start, finish = (per_trial(t) for t in state.finished)
        return Placement(start, start, finish, finish)
    if state.pinned:
        bound = Bounds()
    earliest = state.anchor if state.free_start else later(bound.start, state.anchor)
    if state.duration is None:
        resume, worked = earliest, later(bound.finish, earliest)
    else:
        resume, worked = state.calendar.fit(earliest, state.duration, bound.finish)
    start = resume if state.started is None else per_trial(state.started)
    return Placement(start, resume, worked, later(bound.gate, worked))


def per_trial(value: int | IntArray) -> IntArray:
    """Return an array with a trial axis, of length 1 for a number."""
    return np.atleast_1d(np.asarray(value, dtype=np.int32))


def _or(value: int | IntArray | None, default: int) -> int | IntArray:
    return default if value is None else value


def later(bound: IntArray | None, t: IntArray) -> IntArray:
    """Return the later one in each trial."""
    return t if bound is None else np.maximum(bound, t)
