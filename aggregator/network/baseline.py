"""Baseline states of activities, and which of them can make a difference (DOMAIN.md 3.2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .model import START_BOUND, Activity, Edge
from .placement import (
    LocalState,
    Placement,
    bounds,
    current_state,
    implied,
    later,
    per_trial,
    place,
)
from .schedule import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineState:
    """What the approved plan says of an activity; instants and working days.

    Usable is a duration, or a start and a finish; for what is promised by others or finished, a
    finish alone.
    """

    start: int | None = None
    duration: int | None = None
    finish: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Each activity's local state now and in the baseline, and how differences can travel.

    Holds the complete activities that some targets depend on, and the targets.
    """

    network: Network
    order: tuple[str, ...]
    incoming: Mapping[str, tuple[Edge, ...]]
    current: Mapping[str, LocalState]
    baseline: Mapping[str, LocalState]
    """Of the activities that differ; the others count as they are now."""
    sensitive: frozenset[Edge]
    """Edges that hold something up in some mixture of the two states, and not always equally."""

    def leading_to(self, targets: Iterable[str]) -> "Comparison":
        """Return the same for fewer targets."""
        cone = set(targets)
        for node in reversed(self.order):
            if node in cone:
                cone.update(edge.upstream for edge in self.incoming[node])
        return replace(self, order=tuple(node for node in self.order if node in cone))

    def place(
        self, node: str, placements: Mapping[str, Placement], mask: NDArray[np.bool_] | None
    ) -> Placement:
        """Place an activity as it is now, and as planned where ``mask`` is false."""
        bound = bounds(self.incoming[node], placements, self.current[node].calendar)
        now = place(self.current[node], bound)
        if mask is None:
            return now
        planned = place(self.baseline[node], bound)
        return Placement(*(np.where(mask, a, b) for a, b in zip(now, planned, strict=True)))


def compare(
    network: Network,
    baselines: Mapping[str, BaselineState],
    as_of: int,
    targets: Iterable[str],
) -> Comparison:
    """Find what differs from the baseline among the targets and everything before them.

    An interval pass brackets every mixture: it places each activity in both of its states, from
    the earliest and from the latest that its predecessors can be, and keeps the extremes. What
    makes no difference at its earliest and at its latest makes none.
    """
    cone = _upstream_cone(network, targets)
    order = tuple(node for node in network.order if node in cone)
    incoming = {
        node: tuple(edge for edge in network.incoming[node] if edge.upstream in cone)
        for node in order
    }
    current: dict[str, LocalState] = {}
    differing: dict[str, LocalState] = {}
    extremes: dict[str, Placement] = {}
    for node in order:
        activity = network.activities[node]
        now = current[node] = current_state(activity, as_of)
        planned = baseline_state(activity, baselines.get(node), as_of)
        bound = bounds(incoming[node], extremes, activity.calendar)
        placed = _widen(place(now, bound))
        if planned is not None:
            other = _widen(place(planned, bound))
            if _differ(now, planned, placed, other):
                differing[node] = planned
                placed = _bracket(placed, other)
        extremes[node] = placed
    sensitive = frozenset(
        edge for node in order for edge in incoming[node] if _binds(edge, extremes, current[node])
    )
    return Comparison(
        network=network,
        order=order,
        incoming=incoming,
        current=current,
        baseline=differing,
        sensitive=sensitive,
    )


def baseline_state(
    activity: Activity, baseline: BaselineState | None, as_of: int
) -> LocalState | None:
    """Return the local state that the baseline implies, or None where it does not say enough.

    It is anchored at the baseline start, not held back by as_of. Without one the start follows
    from the baseline finish; failing that the activity begins when it began, or may begin now.
    """
    if baseline is None:
        return None
    calendar, duration = activity.calendar, baseline.duration
    if duration is None and baseline.start is not None and baseline.finish is not None:
        duration = max(0, calendar.workdays(baseline.start, baseline.finish))
    event = activity.released is not None or activity.finished is not None
    if duration is None and event and baseline.finish is not None:
        return LocalState(
            calendar=calendar, anchor=per_trial(baseline.finish), duration=per_trial(0)
        )
    if duration is None:
        return None
    anchor = baseline.start
    if anchor is None and baseline.finish is not None:
        anchor = calendar.add(baseline.finish, -duration)
    if anchor is None:
        anchor = activity.finished[0] if activity.finished else activity.started
    if anchor is None:
        return LocalState(
            calendar=calendar,
            anchor=later(
                None if activity.earliest_start is None else per_trial(activity.earliest_start),
                per_trial(as_of),
            ),
            duration=per_trial(duration),
        )
    return LocalState(calendar=calendar, anchor=per_trial(anchor), duration=per_trial(duration))


def _upstream_cone(network: Network, targets: Iterable[str]) -> frozenset[str]:
    cone = {target for target in targets if target in network.complete}
    ways = list(cone)
    while ways:
        for edge in network.incoming[ways.pop()]:
            if edge.upstream not in cone and edge.upstream in network.complete:
                cone.add(edge.upstream)
                ways.append(edge.upstream)
    return frozenset(cone)


def _widen(placement: Placement) -> Placement:
    return Placement(*(t if t.size == 2 else t.repeat(2) for t in placement))


def _bracket(a: Placement, b: Placement) -> Placement:
    """Keep the earlier one in the first lane and the later one in the second."""
    pairs = zip(a, b, strict=True)
    return Placement(*(np.array([min(x[0], y[0]), max(x[1], y[1])], np.int32) for x, y in pairs))


def _differ(now: LocalState, planned: LocalState, placed: Placement, other: Placement) -> bool:
    """Say whether two states can lead to different dates within the bracket.

    With the same duration and no actual dates the two differ, if at all, in their anchors, which
    count most where the bounds are earliest. Otherwise they agree for certain only where neither
    moves over the whole bracket.
    """
    lanes = np.array([placed.start, placed.worked, placed.finish])
    others = np.array([other.start, other.worked, other.finish])
    if now.starts_at_will and np.array_equal(
        np.asarray(now.duration), np.asarray(planned.duration)
    ):
        return bool(np.any(lanes[:, 0] != others[:, 0]))
    return not (np.array_equal(lanes, others) and np.array_equal(lanes[:, 0], lanes[:, 1]))


def _binds(edge: Edge, extremes: Mapping[str, Placement], downstream: LocalState) -> bool:
    """Say whether the latest bound of an edge exceeds the earliest that its end can be."""
    placed = extremes[edge.downstream]
    latest = implied(edge, extremes[edge.upstream], downstream.calendar)[1]
    if edge.type in START_BOUND:
        earliest = placed.resume[0]
    elif edge.type == "partial":
        earliest = placed.finish[0]
    else:
        earliest = placed.worked[0]
    return bool(latest > earliest)
