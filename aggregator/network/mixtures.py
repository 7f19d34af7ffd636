"""What can differ between a plan and its baseline, found in one pass over the layers.

An interval pass brackets every mixture of the two: it places each activity in both of its states,
from the earliest and from the latest that its predecessors can be, and keeps the extremes. What
makes no difference at its earliest and at its latest makes none. Beside them everything is placed
as it was planned (DOMAIN.md 3.2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray
from .forward import bound, place_layer
from .given import Given
from .lanes import States
from .layers import FINISH, GATE, LONG_AGO, START, Group, Layer, Layers, Rows
from .model import Edge
from .placement import Bounds, LocalState, Placement, place
from .recall import Recall, Recaller
from .schedule import DateTable

_LANES: Final = 3
_EARLIEST, _LATEST, _PLANNED, _ALONE = range(_LANES + 1)
"""In the last one, which goes no further, an activity has its planned start bounds alone."""
_FINISH: Final = Placement._fields.index("finish")
_SEEN: Final = tuple(n for n, name in enumerate(Placement._fields) if name != "resume")
"""What two dates that are alike have in common."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixtures:
    """How much a plan and its baseline have to do with one another."""

    sensitive: frozenset[Edge]
    """Edges that hold something up in some mixture of the two states, and not always equally."""
    planned: Mapping[str, int]
    """The finish of each activity with all that differs at its baseline."""
    own_slips: Mapping[str, int]
    """Of each activity that differs: its finish against that at its baseline, in working days of
    its calendar, with the start bounds of the planned dates alone."""


def mixtures(
    layers: Layers,
    is_planned: NDArray[np.bool_],
    planned: States,
    as_of: int,
    given: Given,
    recall: Recaller,
) -> Mixtures:
    """Compare activities with their baseline states, those of rows that have one.

    The others count as they are now. ``given`` is what the activities of these layers say.
    ``recall`` begins a pass in which layers that are known are not placed again.
    """
    passes = _Passes(layers, is_planned, planned, as_of, given)
    known: Recall[_Mixed] = recall("mixtures", None)
    for layer in layers:
        nodes = [activity.id for activity in layer.activities]
        mixed = known.get_together(nodes)
        if mixed is None:
            mixed = passes.mixed(layer)
            known.keep_together(nodes, mixed)
        passes.enter(layer, mixed)
    return passes.found()


class _Mixed(NamedTuple):
    """What is found for a layer."""

    placed: Placement
    implied: Sequence[IntArray]
    own_slips: Mapping[str, int]


class _Passes:
    """Three lanes: the earliest and the latest of all mixtures, and what was planned."""

    def __init__(
        self,
        layers: Layers,
        is_planned: NDArray[np.bool_],
        planned: States,
        as_of: int,
        given: Given,
    ) -> None:
        self._layers: Final = layers
        self._as_of = as_of
        self._given = given
        self._dates = DateTable(layers, _LANES)
        self._is_planned, self._planned = is_planned, planned
        self._waived = np.array(
            [a.override and a.started is not None for a in layers.activities], np.bool_
        )
        self._own_slips: dict[str, int] = {}

    def found(self) -> Mixtures:
        finishes = self._dates.finish[:, _PLANNED].tolist()
        return Mixtures(
            sensitive=self._sensitive(),
            planned=dict(zip((a.id for a in self._layers.activities), finishes, strict=True)),
            own_slips=self._own_slips,
        )

    def mixed(self, layer: Layer) -> _Mixed:
        """Place a layer in both of its states."""
        anchor, duration = self._given.anchors_and_durations(layer, self._as_of)
        now = LocalState(calendar=layer.calendar, anchor=anchor, duration=duration)
        then = LocalState(
            calendar=layer.calendar,
            anchor=self._planned.anchor[layer.rows],
            duration=self._planned.duration[layer.rows],
        )
        implied = [self._implied(layer, group) for group in layer.groups]
        bounds = _with_alone(bound(layer, implied))
        placed = _wide(place_layer(layer, now, self._unwaived(layer, bounds)))
        other = _wide(place(then, bounds))
        differs = self._is_planned[layer.rows] & _differ(layer, now, then, placed, other)
        rows = differs.nonzero()[0]
        own_slips: dict[str, int] = {}
        if rows.size:
            own_slips = _own_slips(layer, rows, placed, other)
            _mix(placed, other, rows)
        return _Mixed(Placement(*placed[..., :_LANES]), implied, own_slips)

    def enter(self, layer: Layer, mixed: _Mixed) -> None:
        """Keep what was found for a layer."""
        self._dates.enter(layer, mixed.placed, mixed.implied)
        self._own_slips.update(mixed.own_slips)

    def _sensitive(self) -> frozenset[Edge]:
        """Find the edges that hold something up where it is earliest and they are latest."""
        waits, dates = self._layers.waits, self._dates
        kinds = {START: dates.resume, FINISH: dates.worked, GATE: dates.finish}
        bounded = np.stack([kinds[kind][:, _EARLIEST] for kind in range(len(kinds))])
        binds = dates.implied[:, _LATEST] > bounded[waits.bounds, waits.downstream]
        return frozenset(waits.edges[n] for n in np.flatnonzero(binds).tolist())

    def _implied(self, layer: Layer, group: Group) -> IntArray:
        t = group.delayed(self._dates.upstream(group), layer.calendar)
        return layer.calendar.add(t, self._given.blocked(group)) if group.bounds == GATE else t

    def _unwaived(self, layer: Layer, bounds: Bounds) -> Bounds:
        """Leave out start bounds that progress override ignores."""
        waived = self._waived[layer.rows]
        if bounds.start is None or not waived.any():
            return bounds
        return bounds._replace(start=np.where(waived[:, None], LONG_AGO, bounds.start))


def _own_slips(layer: Layer, rows: Rows, placed: IntArray, other: IntArray) -> dict[str, int]:
    """Measure what their own changes cost some activities as they were planned."""
    finishes = (dates[_FINISH, rows, _ALONE] for dates in (other, placed))
    slips = layer.calendar.workdays(*finishes)
    names = (layer.activities[n].id for n in rows.tolist())
    return dict(zip(names, slips.tolist(), strict=True))


def _with_alone(bounds: Bounds) -> Bounds:
    """Add a lane in which nothing but the planned start bounds holds."""
    found: list[IntArray | None] = []
    for t in bounds:
        wide = None
        if t is not None:
            wide = np.full((len(t), _LANES + 1), LONG_AGO, np.int32)
            wide[:, :_LANES] = t
        found.append(wide)
    start = found[0]
    if start is not None:
        start[:, _ALONE] = start[:, _PLANNED]
    return Bounds(*found)


def _wide(placed: Placement) -> IntArray:
    """Put dates into one array, by what they are, activity and lane."""
    dates = np.empty((len(placed), len(placed.finish), _LANES + 1), np.int32)
    for wide, t in zip(dates, placed, strict=True):
        wide[:] = t
    return dates


def _mix(placed: IntArray, other: IntArray, rows: Rows) -> None:
    """Take the earlier, the later and the planned one of two states that differ, lane by lane."""
    now, then = placed[:, rows], other[:, rows]
    np.minimum(now[..., _EARLIEST], then[..., _EARLIEST], out=now[..., _EARLIEST])
    np.maximum(now[..., _LATEST], then[..., _LATEST], out=now[..., _LATEST])
    now[..., _PLANNED] = then[..., _PLANNED]
    placed[:, rows] = now


def _differ(
    layer: Layer, now: LocalState, then: LocalState, placed: IntArray, other: IntArray
) -> NDArray[np.bool_]:
    """Say whether two states can lead to different dates within the bracket.

    With the same duration, no actual dates and no hard constraint, which bounds do not move, the
    two differ, if at all, in their anchors, which count most where the bounds are earliest.
    Otherwise they agree for certain only where neither moves over the whole bracket.
    """
    lanes = placed[_SEEN, :, :_PLANNED]
    equal = lanes == other[_SEEN, :, :_PLANNED]
    agree = np.all(equal, axis=(0, 2))
    agree &= np.all(lanes[..., _EARLIEST] == lanes[..., _LATEST], axis=0)
    at_will = np.ones(len(agree), np.bool_)
    at_will[[*layer.started, *layer.finished, *layer.pinned]] = False
    assert now.duration is not None
    assert then.duration is not None
    same = (now.duration == then.duration)[:, 0] & at_will
    early = ~np.all(equal[..., _EARLIEST], axis=0)
    found: NDArray[np.bool_] = np.where(same, early, ~agree)
    return found
