"""What can differ between a plan and its baseline, found in one pass over the layers.

An interval pass brackets every mixture of the two: it places each activity in both of its states,
from the earliest and from the latest that its predecessors can be, and keeps the extremes. What
makes no difference at its earliest and at its latest makes none. A second pass places everything
as it was planned (DOMAIN.md 3.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray
from .forward import bound, place_layer
from .layers import GATE, LONG_AGO, START, Group, Layer, Layers
from .model import Edge
from .placement import Bounds, LocalState, Placement, anchors_and_durations, column, place
from .schedule import DateTable

_EARLIEST, _LATEST = range(2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixtures:
    """How much a plan and its baseline have to do with one another."""

    sensitive: frozenset[Edge]
    """Edges that hold something up in some mixture of the two states, and not always equally."""
    planned: Mapping[str, Placement]
    """The dates with all that differs at its baseline."""
    own_slips: Mapping[str, int]
    """Of each activity that differs: its finish against that at its baseline, in working days of
    its calendar, with the start bounds of the planned dates alone."""


def mixtures(layers: Layers, planned: Mapping[str, LocalState], as_of: int) -> Mixtures:
    """Compare activities with their baseline states; those without one count as they are now."""
    passes = _Passes(layers, planned, as_of)
    for layer in layers:
        passes.enter(layer)
    return passes.found()


class _Passes:
    def __init__(self, layers: Layers, planned: Mapping[str, LocalState], as_of: int) -> None:
        self._layers: Final = layers
        self._as_of = as_of
        self._extremes = DateTable(layers, 2)
        self._planned = DateTable(layers, 1)
        rows = [(layers.row[node], state) for node, state in planned.items()]
        self._is_planned = np.zeros(len(layers.activities), np.bool_)
        self._is_planned[[row for row, _ in rows]] = True
        self._anchor, self._duration = np.zeros((2, len(layers.activities), 1), np.int32)
        for row, state in rows:
            self._anchor[row] = state.anchor
            self._duration[row] = 0 if state.duration is None else state.duration
        self._sensitive: list[Edge] = []
        self._own_slips: dict[str, int] = {}

    def found(self) -> Mixtures:
        return Mixtures(
            sensitive=frozenset(self._sensitive),
            planned={
                activity.id: self._planned.placement(row)
                for row, activity in enumerate(self._layers.activities)
            },
            own_slips=self._own_slips,
        )

    def enter(self, layer: Layer) -> None:
        anchor, duration = anchors_and_durations(layer.activities, self._as_of)
        now = LocalState(calendar=layer.calendar, anchor=anchor, duration=duration)
        then = replace(now, anchor=self._anchor[layer.rows], duration=self._duration[layer.rows])
        differs = self._bracket(layer, now, then)
        self._plan(layer, now, then, differs)

    def _bracket(self, layer: Layer, now: LocalState, then: LocalState) -> NDArray[np.bool_]:
        """Keep the earliest and the latest dates of a layer; say which of it can differ."""
        implied = [self._implied(layer, group, self._extremes) for group in layer.groups]
        bounds = bound(layer, implied)
        placed = _wide(place_layer(layer, now, _waived(layer, bounds)), 2)
        other = _wide(place(then, bounds), 2)
        differs = self._is_planned[layer.rows] & _differ(layer, now, then, placed, other)
        lanes = [
            np.where(differs, pick(t[:, lane], o[:, lane]), t[:, lane])
            for t, o in zip(placed, other, strict=True)
            for lane, pick in ((_EARLIEST, np.minimum), (_LATEST, np.maximum))
        ]
        kept = Placement(*(np.stack(lanes[n : n + 2], axis=1) for n in range(0, len(lanes), 2)))
        self._extremes.enter(layer, kept, implied)
        for group, t in zip(layer.groups, implied, strict=True):
            down = group.downstream - layer.rows.start
            earliest = kept.resume if group.bounds == START else kept.worked
            earliest = kept.finish if group.bounds == GATE else earliest
            binds = np.flatnonzero(t[:, _LATEST] > earliest[down, _EARLIEST])
            edges = self._layers.edges[group.edges]
            self._sensitive.extend(edges[n] for n in binds.tolist())
        return differs

    def _plan(
        self, layer: Layer, now: LocalState, then: LocalState, differs: NDArray[np.bool_]
    ) -> None:
        """Place a layer as it was planned, and measure what its own changes cost it."""
        implied = [self._implied(layer, group, self._planned) for group in layer.groups]
        bounds = bound(layer, implied)
        as_now = _wide(place_layer(layer, now, _waived(layer, bounds)), 1)
        as_planned = _wide(place(then, bounds), 1)
        mask = differs[:, None]
        self._planned.enter(
            layer,
            Placement(*(np.where(mask, p, n) for p, n in zip(as_planned, as_now, strict=True))),
            implied,
        )
        if not differs.any():
            return
        alone = Bounds(start=bounds.start)
        own = place_layer(layer, now, _waived(layer, alone)).finish
        slips = layer.calendar.workdays(place(then, alone).finish, own)[:, 0].tolist()
        for n in np.flatnonzero(differs).tolist():
            self._own_slips[layer.activities[n].id] = slips[n]

    def _implied(self, layer: Layer, group: Group, dates: DateTable) -> IntArray:
        t = group.delayed(dates.upstream(group), layer.calendar)
        if group.bounds == GATE:
            edges = self._layers.edges[group.edges]
            blocked = column([0 if edge.blocked is None else edge.blocked for edge in edges])
            t = layer.calendar.add(t, blocked)
        return t


def _waived(layer: Layer, bounds: Bounds) -> Bounds:
    """Leave out start bounds that progress override ignores."""
    rows = [n for n, a in enumerate(layer.activities) if a.override and a.started is not None]
    if bounds.start is None or not rows:
        return bounds
    start = bounds.start.copy()
    start[rows] = LONG_AGO
    return bounds._replace(start=start)


def _wide(placed: Placement, lanes: int) -> Placement:
    dates = np.empty((len(placed), len(placed.finish), lanes), np.int32)
    for wide, t in zip(dates, placed, strict=True):
        wide[:] = t
    return Placement(*dates)


def _differ(
    layer: Layer, now: LocalState, then: LocalState, placed: Placement, other: Placement
) -> NDArray[np.bool_]:
    """Say whether two states can lead to different dates within the bracket.

    With the same duration, no actual dates and no hard constraint, which bounds do not move, the
    two differ, if at all, in their anchors, which count most where the bounds are earliest.
    Otherwise they agree for certain only where neither moves over the whole bracket.
    """
    lanes, others = (np.array([of.start, of.worked, of.finish]) for of in (placed, other))
    early = np.any(lanes[..., _EARLIEST] != others[..., _EARLIEST], axis=0)
    agree = np.all(lanes == others, axis=(0, 2))
    agree &= np.all(lanes[..., _EARLIEST] == lanes[..., _LATEST], axis=0)
    at_will = np.ones(len(agree), np.bool_)
    at_will[[*layer.started, *layer.finished, *layer.pinned]] = False
    assert now.duration is not None
    assert then.duration is not None
    same = (now.duration == then.duration)[:, 0] & at_will
    found: NDArray[np.bool_] = np.where(same, early, ~agree)
    return found
