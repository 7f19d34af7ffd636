"""Baseline states of activities, and which of them can make a difference (DOMAIN.md 3.2)."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .given import Given
from .lanes import States
from .layers import LONG_AGO, Layers, Rows
from .mixtures import mixtures
from .model import Activity, Edge
from .placement import (
    LocalState,
    Placement,
    bounds,
    later,
    per_trial,
    place,
)
from .recall import Recall, Recaller, nothing_known
from .schedule import Network, Schedule


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
    """Each complete activity's local state now and in the baseline; how differences can travel."""

    network: Network
    layers: Layers
    """All of the complete activities."""
    order: tuple[str, ...]
    incoming: Mapping[str, tuple[Edge, ...]]
    current: Mapping[str, LocalState]
    baseline: Mapping[str, LocalState]
    """Of the activities that differ; the others count as they are now."""
    now: States
    """The current states of all rows."""
    then: States
    """The baseline states of all rows that have one."""
    sensitive: frozenset[Edge]
    """Edges that hold something up in some mixture of the two states, and not always equally."""
    planned: Mapping[str, int]
    """The finish of each with all that differs at its baseline."""
    own_slips: Mapping[str, int]
    """By how many working days each one that differs finishes later than its baseline, with
    everything before it at baseline and before bounds on its finish absorb any of it."""

    def leading_to(
        self, targets: Iterable[str], *, along: Container[Edge] | None = None
    ) -> list[str]:
        """Return what some targets depend on and themselves, upstream first.

        ``along`` may hold the only edges that count.
        """
        cone = set(targets)
        for node in reversed(self.order):
            if node in cone:
                cone.update(
                    edge.upstream for edge in self.incoming[node] if along is None or edge in along
                )
        return [node for node in self.order if node in cone]

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
    schedule: Schedule,
    baselines: Mapping[str, BaselineState],
    recall: Recaller = nothing_known,
    known: Recall[LocalState] | None = None,
) -> Comparison:
    """Find what differs from the baseline among the activities that have dates.

    What is ``known`` of their baseline states is not made again; ``recall`` begins other passes.
    """
    network, as_of = schedule.network, schedule.as_of
    order, incoming = tuple(schedule.placements), network.dated
    known = known or Recall()
    planned: dict[str, LocalState] = {}
    for node in order:
        state = known.get(node) or baseline_state(
            network.activities[node], baselines.get(node), as_of
        )
        if state is not None:
            known.keep(node, state)
            planned[node] = state
    edges = [edge for node in order for edge in incoming[node]]
    layers = network.layers
    given, now = network.given, schedule.table
    if (len(edges), len(order)) != (len(layers.edges), len(layers.activities)):
        layers = Layers([network.activities[node] for node in order], edges)
        given = Given(layers, keep=False)
        now = given.states(as_of)
    rows = np.array([layers.row[node] for node in planned], np.intp)
    is_planned = np.zeros(len(layers.activities), np.bool_)
    is_planned[rows] = True
    then = _by_row(len(layers.activities), rows, list(planned.values()))
    found = mixtures(layers, is_planned, then, as_of, given, recall)
    return Comparison(
        network=network,
        layers=layers,
        order=order,
        incoming=incoming,
        current=schedule.states,
        baseline={node: planned[node] for node in order if node in found.own_slips},
        now=now,
        then=then,
        sensitive=found.sensitive,
        planned=found.planned,
        own_slips=found.own_slips,
    )


def _by_row(size: int, rows: Rows, planned: Sequence[LocalState]) -> States:
    """Put baseline states, which no actual dates belong to, into their rows."""
    anchor, duration = np.zeros((2, size, 1), np.int32)
    free_start, pinned = np.zeros((2, size), np.bool_)
    own = States.of(planned)
    anchor[rows], duration[rows] = own.anchor, own.duration
    started, *finished = np.full((3, size), LONG_AGO, np.int32)
    return States(
        anchor=anchor,
        duration=duration,
        free_start=free_start,
        pinned=pinned,
        started=started,
        finished=np.array(finished),
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
