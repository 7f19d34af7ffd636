"""A network cut into layers of activities that can be placed at once.

One NumPy call per layer instead of one per activity. Nothing in a layer waits for anything else
in it; the activities of one layer share a calendar and stand in rows next to each other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray, WorkCalendar
from .model import FROM_START, START_BOUND, TYPES, Activity, Edge
from .placement import Bounds

Rows = NDArray[np.signedinteger[Any]]

LONG_AGO: Final = 0
"""An instant before all others: what no edge bounds is not before it."""

_WIDE: Final = 100
"""From so many trials on, row by row is faster than ``reduceat``."""

START, FINISH, GATE = range(3)
"""What an edge bounds, in the order of ``Bounds``."""


@dataclass(frozen=True, slots=True, eq=False)
class Lagging:
    """Those edges of a group with one lag on one calendar; None means elapsed days."""

    calendar: WorkCalendar | None
    days: int
    members: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The edges into one layer that bound the same thing, sorted by downstream row."""

    bounds: int
    """START, FINISH or GATE."""
    edges: slice
    """Of ``Layers.edges``."""
    upstream: Rows
    downstream: Rows
    """Rows of the network."""
    from_start: Rows
    """Members that run from the start of their upstream activity."""
    lags: tuple[Lagging, ...]
    firsts: Rows
    """The first member of each downstream activity."""

    def delayed(self, t: IntArray, calendar: WorkCalendar) -> IntArray:
        """Let the lags run from the upstream instants, in place; shape (members, trials)."""
        for lag in self.lags:
            at = t[lag.members]
            if lag.calendar is None:
                t[lag.members] = at + lag.days
            else:
                t[lag.members] = lag.calendar.add(at, lag.days)
        return t

    def latest(self, t: IntArray) -> IntArray:
        """Undo the lags: the latest upstream instants that imply no more than ``t``, in place."""
        for lag in self.lags:
            at = t[lag.members]
            if lag.calendar is None:
                t[lag.members] = at - lag.days
            else:
                t[lag.members] = lag.calendar.latest(at, lag.days)
        return t


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """Activities of one calendar that wait for earlier layers only."""

    rows: slice
    calendar: WorkCalendar
    activities: Sequence[Activity]
    groups: tuple[Group, ...]
    unknown: Rows
    """Which of them are of unknown duration, and so on: numbers from 0 within the layer."""
    pinned: Rows
    started: Rows
    starts: IntArray
    finished: Rows
    actual_starts: IntArray
    actual_finishes: IntArray

    @property
    def irregular(self) -> bool:
        """Say whether any of them is something else than work that has not begun."""
        return bool(self.unknown.size + self.pinned.size + self.started.size + self.finished.size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waits:
    """The edges of a network as arrays, in the order of ``Layers.edges``.

    Those into one layer stand next to each other, sorted by what they bound, then by downstream
    row.
    """

    edges: tuple[Edge, ...]
    upstream: Rows
    downstream: Rows
    bounds: Rows
    from_start: NDArray[np.bool_]
    lag: IntArray
    calendar: Rows
    """Where lag days are worked, a number of ``calendars``."""
    calendars: tuple[WorkCalendar | None, ...]
    """None means elapsed days."""

    def into(self, layer: Layer) -> slice:
        """Return where the edges into a layer are."""
        if not layer.groups:
            return slice(0, 0)
        return slice(layer.groups[0].edges.start, layer.groups[-1].edges.stop)


class Layers:
    """All layers of a network, upstream before downstream."""

    def __init__(self, activities: Sequence[Activity], edges: Sequence[Edge]) -> None:
        """Cut up activities and edges between them that make no cycle."""
        place = {activity.id: n for n, activity in enumerate(activities)}
        up = np.array([place[edge.upstream] for edge in edges], np.intp)
        down = np.array([place[edge.downstream] for edge in edges], np.intp)
        numbers: dict[WorkCalendar, int] = {}
        calendar = [numbers.setdefault(a.calendar, len(numbers)) for a in activities]
        kinds = np.array([_depths(len(activities), up, down), calendar], np.intp)
        order = np.lexsort(kinds[::-1])
        self.activities: Final = tuple(activities[n] for n in order)
        self.row: Final = {activity.id: n for n, activity in enumerate(self.activities)}
        firsts = _firsts(kinds[:, order])

        row = np.empty(len(activities), np.intp)
        row[order] = np.arange(len(activities))
        up, down = row[up], row[down]
        where = np.array(
            [
                np.searchsorted(firsts, down, side="right") - 1,
                [_BOUNDS[edge.type] for edge in edges],
            ],
            np.intp,
        )
        edge_order = np.lexsort((down, where[1], where[0]))
        where = where[:, edge_order]
        self.edges: Final = tuple(edges[n] for n in edge_order)
        self.upstream: Final = up[edge_order]
        self.downstream: Final = down[edge_order]
        groups: dict[int, list[Group]] = {}
        for first, last in pairwise(_firsts(where)):
            layer, bounds = (int(at) for at in where[:, first])
            groups.setdefault(layer, []).append(self._group(bounds, slice(first, last)))
        self._layers: Final = tuple(
            _layer(self.activities[first:last], first, tuple(groups.get(n, ())))
            for n, (first, last) in enumerate(pairwise(firsts))
        )

    def renewed(self, activities: Mapping[str, Activity], edges: Mapping[Edge, Edge]) -> "Layers":
        """Return the same layers with other numbers: ``edges`` gives what each one is now."""
        found = copy(self)
        own = vars(found)
        own.pop("waits", None)
        own["activities"] = rows = tuple(activities[one.id] for one in self.activities)
        own["edges"] = tuple(edges[edge] for edge in self.edges)
        own["_layers"] = tuple(replace(one, activities=rows[one.rows]) for one in self._layers)
        return found

    def __iter__(self) -> Iterator[Layer]:
        return iter(self._layers)

    def __reversed__(self) -> Iterator[Layer]:
        return reversed(self._layers)

    @cached_property
    def waits(self) -> Waits:
        """The edges as arrays."""
        edges = self.edges
        numbers: dict[WorkCalendar | None, int] = {}
        calendars = [
            numbers.setdefault(self._lag_calendar(edge), len(numbers)) if edge.lag else 0
            for edge in edges
        ]
        return Waits(
            edges=edges,
            upstream=self.upstream,
            downstream=self.downstream,
            bounds=np.array([_BOUNDS[edge.type] for edge in edges], np.intp),
            from_start=np.array([edge.type in FROM_START for edge in edges], np.bool_),
            lag=np.array([edge.lag for edge in edges], np.int32),
            calendar=np.array(calendars, np.intp),
            calendars=tuple(numbers),
        )

    def _lag_calendar(self, edge: Edge) -> WorkCalendar | None:
        """Return where lag days are worked; None for elapsed ones.

        They follow the successor's calendar, as in MS Project, unless the edge says other.
        """
        if edge.elapsed:
            return None
        return edge.lag_calendar or self.activities[self.row[edge.downstream]].calendar

    def _group(self, bounds: int, part: slice) -> Group:
        edges, downstream = self.edges[part], self.downstream[part]
        lagging: dict[tuple[WorkCalendar | None, int], list[int]] = {}
        for n, edge in enumerate(edges):
            if edge.lag:
                lagging.setdefault((self._lag_calendar(edge), edge.lag), []).append(n)
        return Group(
            bounds=bounds,
            edges=part,
            upstream=self.upstream[part],
            downstream=downstream,
            from_start=np.array([n for n, e in enumerate(edges) if e.type in FROM_START], np.intp),
            lags=tuple(
                Lagging(calendar, days, np.array(members, np.intp))
                for (calendar, days), members in lagging.items()
            ),
            firsts=np.flatnonzero(np.diff(downstream, prepend=-1)),
        )


def _layer(activities: Sequence[Activity], first: int, groups: tuple[Group, ...]) -> Layer:
    started = [(n, a.started) for n, a in enumerate(activities) if a.started is not None]
    finished = [(n, *a.finished) for n, a in enumerate(activities) if a.finished is not None]
    actual = np.array(finished, np.int32).reshape(-1, 3)
    begun = np.array(started, np.int32).reshape(-1, 2)
    return Layer(
        rows=slice(first, first + len(activities)),
        calendar=activities[0].calendar,
        activities=activities,
        groups=groups,
        unknown=np.array([n for n, a in enumerate(activities) if a.unknown], np.intp),
        pinned=np.array([n for n, a in enumerate(activities) if a.pinned], np.intp),
        started=begun[:, 0],
        starts=begun[:, 1:],
        finished=actual[:, 0],
        actual_starts=actual[:, 1:2],
        actual_finishes=actual[:, 2:],
    )


def spread(layer: Layer, group: Group, implied: IntArray) -> IntArray:
    """Combine what a group implies to one bound per row of its layer."""
    first, rows = layer.rows.start, layer.rows.stop - layer.rows.start
    if group.firsts.size == rows == len(implied):
        return implied
    bound = np.full((rows, implied.shape[1]), LONG_AGO, np.int32)
    if implied.shape[1] > _WIDE:
        for row, t in zip((group.downstream - first).tolist(), implied, strict=True):
            np.maximum(bound[row], t, out=bound[row])
        return bound
    strictest = np.maximum.reduceat(implied, group.firsts, axis=0)
    bound[group.downstream[group.firsts] - first] = strictest
    return bound


def combined(found: Iterable[tuple[int, IntArray]]) -> Bounds:
    """Return bounds by what they bound."""
    kinds: list[IntArray | None] = [None, None, None]
    for bounds, t in found:
        kinds[bounds] = t
    return Bounds(*kinds)


_BOUNDS: Final = {
    kind: START if kind in START_BOUND else GATE if kind == "partial" else FINISH for kind in TYPES
}


def _firsts(keys: Rows) -> list[int]:
    """Return where runs of equal columns begin, and the end."""
    size = keys.shape[1]
    if not size:
        return [0]
    return [0, *(np.flatnonzero(np.any(np.diff(keys, axis=1), axis=0)) + 1).tolist(), size]


def _depths(nodes: int, up: Rows, down: Rows) -> Rows:
    """Return the length of the longest chain of edges that leads to each node."""
    by_upstream = np.argsort(up, kind="stable")
    onward = down[by_upstream]
    first = np.searchsorted(up[by_upstream], np.arange(nodes + 1))
    waiting = np.bincount(down, minlength=nodes)
    depth = np.zeros(nodes, np.intp)
    ready = np.flatnonzero(waiting == 0)
    level = 0
    while ready.size:
        depth[ready] = level
        reached = onward[spans(first[ready], first[ready + 1])]
        np.subtract.at(waiting, reached, 1)
        ready = distinct(reached[waiting[reached] == 0])
        level += 1
    return depth


def distinct(rows: Rows) -> Rows:
    """Do what ``np.unique`` does, which imports a tenth of NumPy when it is first called."""
    found = np.sort(rows)
    return found[np.diff(found, prepend=-1) > 0]


def spans(first: Rows, last: Rows) -> Rows:
    """Return the numbers from each first one up to its last one, which is not among them."""
    sizes = last - first
    skipped = np.cumsum(sizes) - sizes
    return np.repeat(first - skipped, sizes) + np.arange(sizes.sum())
