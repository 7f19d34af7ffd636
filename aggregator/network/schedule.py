"""The network and its forward pass (DOMAIN.md 1.4, 3.1 and 3.4)."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from operator import attrgetter
from typing import Final, TypeVar

import numpy as np

from ..calendar import IntArray
from .forward import Forward, forward
from .given import AsOf, Given
from .graph import cycles, topological_order
from .lanes import States
from .layers import Group, Layer, Layers
from .model import START_BOUND, Activity, Edge
from .placement import (
    LocalState,
    Placement,
    current_state,
    implied,
    per_trial,
)
from .recall import Recall

_T = TypeVar("_T")


class Network:
    """Activities and what they wait for; analysed once, scheduled as often as wanted.

    A cycle is only one while each of its edges can still hold something up: an edge into a
    finished activity, or one that progress override ignores, does not close it.
    """

    def __init__(self, activities: Iterable[Activity], edges: Iterable[Edge]) -> None:
        """Raise ValueError for an id that occurs twice, or an edge to an activity not there."""
        self.activities: dict[str, Activity] = {}
        for activity in activities:
            if activity.id in self.activities:
                raise ValueError(f"activity {activity.id} is given twice")
            self.activities[activity.id] = activity
        self.edges = tuple(edges)
        for edge in self.edges:
            for end in (edge.upstream, edge.downstream):
                if end not in self.activities:
                    raise ValueError(
                        f"edge {edge.upstream} -> {edge.downstream}: there is no activity {end}"
                    )
        ids = tuple(self.activities)
        logic: list[Edge] = []
        inert: list[Edge] = []
        for edge in self.edges:
            (logic if self.holds(edge) else inert).append(edge)
        self.logic = [*logic, *inert]
        self.order: tuple[str, ...] = topological_order(ids, map(_pair, self.logic))
        """All ids, upstream before downstream, as if the edges within cycles were not there."""
        self.cycles: tuple[tuple[str, ...], ...] = ()
        """Members of each cycle (strongly connected component)."""
        if len(self.order) < len(ids):
            looped = _component_of(cycles(ids, map(_pair, self.edges)))
            logic += [edge for edge in inert if not _inside(edge, looped)]
            self.cycles = cycles(ids, map(_pair, logic))
            looped = _component_of(self.cycles)
            self.logic = [edge for edge in logic if not _inside(edge, looped)]
            self.order = topological_order(ids, map(_pair, self.logic))

    def renewed(self, activities: Sequence[Activity], edges: Sequence[Edge]) -> "Network | None":
        """Return this network with other numbers, which it need not be analysed for again.

        None where anything else has changed: what there is, what waits for what, or what is over.
        """
        if not _alike(self.activities.values(), activities, _standing):
            return None
        if not _alike(self.edges, edges, _link):
            return None
        now = dict(zip(self.edges, edges, strict=True))
        found = copy(self)
        for numbers in ("incoming", "held_by", "outgoing", "dated", "given", "_trials"):
            vars(found).pop(numbers, None)
        found.activities = {activity.id: activity for activity in activities}
        found.edges = tuple(edges)
        found.logic = [now[edge] for edge in self.logic]
        found.layers = self.layers.renewed(found.activities, now)
        return found

    def holds(self, edge: Edge) -> bool:
        """Say whether an edge can still move its downstream activity."""
        downstream = self.activities[edge.downstream]
        if downstream.finished is not None or downstream.pinned:
            return False
        ignored = downstream.override and downstream.started is not None
        return not (ignored and edge.type in START_BOUND)

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges into each activity, without those that lie within a cycle."""
        found: dict[str, list[Edge]] = {node: [] for node in self.activities}
        for edge in self.logic:
            found[edge.downstream].append(edge)
        return {node: tuple(edges) for node, edges in found.items()}

    @cached_property
    def held_by(self) -> Mapping[str, tuple[Edge, ...]]:
        """Those of the ``incoming`` edges that can still move each activity."""
        return {node: tuple(filter(self.holds, into)) for node, into in self.incoming.items()}

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges out of each activity, without those that lie within a cycle."""
        found: dict[str, list[Edge]] = {node: [] for node in self.activities}
        for edge in self.logic:
            found[edge.upstream].append(edge)
        return {node: tuple(edges) for node, edges in found.items()}

    @cached_property
    def deadlocked(self) -> frozenset[str]:
        """Members of cycles and everything that waits for them."""
        found = {member for component in self.cycles for member in component}
        for node in self.order:
            if any(edge.upstream in found for edge in self.held_by[node]):
                found.add(node)
        return frozenset(found)

    @cached_property
    def missing(self) -> Mapping[str, tuple[str, ...]]:
        """The activities of unknown duration that each one waits for or is, in order of id."""
        found: dict[str, set[str]] = {}
        for node in self.order:
            found[node] = {node} if self.activities[node].unknown else set()
            for edge in self.held_by[node]:
                found[node] |= found[edge.upstream]
        return {node: tuple(sorted(unknown)) for node, unknown in found.items()}

    @cached_property
    def complete(self) -> frozenset[str]:
        """The activities that have dates: no cycle and nothing unknown before them."""
        return frozenset(
            node
            for node in self.activities
            if node not in self.deadlocked and not self.missing[node]
        )

    @cached_property
    def dated(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges between complete activities, into each of them, upstream first."""
        whole = len(self.complete) == len(self.activities)
        return {
            node: edges if whole else tuple(e for e in edges if e.upstream in self.complete)
            for node in self.order
            if node in self.complete
            for edges in [self.incoming[node]]
        }

    @cached_property
    def layers(self) -> Layers:
        """All activities in layers, with the edges that hold or that a pinned activity breaks."""
        kept = [e for e in self.logic if self.holds(e) or self.activities[e.downstream].pinned]
        return Layers(list(self.activities.values()), kept)

    @cached_property
    def given(self) -> Given:
        """The numbers of all activities and edges, by layer."""
        return Given(self.layers, keep=self._trials == 1)

    @cached_property
    def _trials(self) -> int:
        of_activities = (
            value
            for a in self.activities.values()
            for value in (a.duration, a.earliest_start, a.released)
        )
        of_edges = (edge.blocked for edge in self.edges)
        sizes = (v.size for v in chain(of_activities, of_edges) if isinstance(v, np.ndarray))
        return max(sizes, default=1)

    def schedule(
        self,
        as_of: int,
        states: Recall[LocalState] | None = None,
        dates: Recall[Forward] | None = None,
    ) -> "Schedule":
        """Place every complete activity as early as possible, in all trials at once.

        ``states`` may hold local states of these activities as of the day, ``dates`` what is
        known of their dates.
        """
        return self._forward(as_of, self.complete, states, dates)

    def lower_bound(self, as_of: int) -> "Schedule":
        """Place every activity, with nothing for what is unknown and no edges within cycles.

        No activity can be done before its finish here.
        """
        return self._forward(as_of, self.activities)

    def _forward(
        self,
        as_of: int,
        nodes: Collection[str],
        states: Recall[LocalState] | None = None,
        known: Recall[Forward] | None = None,
    ) -> "Schedule":
        dates = DateTable(self.layers, self._trials)
        forward(self.layers, AsOf(self.given, as_of), dates, known)
        return Schedule(
            network=self, as_of=as_of, nodes=nodes, dates=dates, known=states or Recall()
        )


class DateTable:
    """The dates of all activities by row, shape (rows, trials), and what their edges imply."""

    def __init__(self, layers: Layers, trials: int) -> None:
        shape = len(layers.activities), trials
        self.start, self.resume, self.worked, self.finish = (
            np.empty(shape, np.int32) for _ in Placement._fields
        )
        self.implied = np.empty((len(layers.edges), trials), np.int32)

    def upstream(self, group: Group) -> IntArray:
        """Return the instants that the edges of a group run from."""
        t = self.finish[group.upstream]
        if group.from_start.size:
            t[group.from_start] = self.start[group.upstream[group.from_start]]
        return t

    def enter(self, layer: Layer, placed: Placement, implied: Sequence[IntArray]) -> None:
        """Keep the dates of a layer."""
        for kept, t in zip(
            (self.start, self.resume, self.worked, self.finish), placed, strict=True
        ):
            kept[layer.rows] = t
        for group, t in zip(layer.groups, implied, strict=True):
            self.implied[group.edges] = t

    def placement(self, row: int) -> Placement:
        """Return the dates of one activity."""
        return Placement(self.start[row], self.resume[row], self.worked[row], self.finish[row])


@dataclass(frozen=True, kw_only=True, eq=False)
class Schedule:
    """Early dates: arrays of instants, one value per trial."""

    network: Network
    as_of: int
    nodes: Collection[str]
    """The activities that have dates."""
    dates: DateTable
    known: Recall[LocalState]
    """Local states of activities, those of before and those that were asked for."""

    @property
    def trials(self) -> int:
        """How many trials there are."""
        return self.dates.finish.shape[1]

    @cached_property
    def placements(self) -> Mapping[str, Placement]:
        """The dates of each activity that has some, upstream first."""
        row = self.network.layers.row
        return {
            node: self.dates.placement(row[node])
            for node in self.network.order
            if node in self.nodes
        }

    @cached_property
    def states(self) -> Mapping[str, LocalState]:
        """What the dates of each activity depend on besides edges, of those that have dates."""
        activities = self.network.activities
        return {
            node: self.known.kept(node, partial(current_state, activities[node], self.as_of))
            for node in self.placements
        }

    @cached_property
    def table(self) -> States:
        """The same of all rows, of those without dates, too; of one trial."""
        self.require_single_trial()
        return self.network.given.states(self.as_of)

    @property
    def start(self) -> dict[str, IntArray]:
        """The early (or actual) start of each activity."""
        return {node: p.start for node, p in self.placements.items()}

    @property
    def finish(self) -> dict[str, IntArray]:
        """The early (or actual) finish of each activity."""
        return {node: p.finish for node, p in self.placements.items()}

    def require_single_trial(self) -> None:
        """Raise ValueError if there are several trials: floats and drivers belong to one."""
        if self.trials != 1:
            raise ValueError(f"one trial is needed here, not {self.trials}")

    def violations(self) -> tuple[Edge, ...]:
        """Return the edges that actual dates or hard constraints break: work out of sequence.

        ``partial`` edges are never among them: they speak of open work, and what has finished
        has none. An upstream activity without dates cannot be done before as_of is over.
        """
        self.require_single_trial()
        fixed = {
            activity.id
            for activity in self.network.activities.values()
            if activity.finished is not None or activity.started is not None or activity.pinned
        }
        edges = (edge for edge in self.network.edges if edge.downstream in fixed)
        return tuple(edge for edge in edges if self._broken(edge))

    def _broken(self, edge: Edge) -> bool:
        downstream = self.network.activities[edge.downstream]
        started, finished = downstream.finished or (downstream.started, None)
        if downstream.pinned and edge.downstream in self.placements:
            placed = self.placements[edge.downstream]
            started, finished = int(placed.resume[0]), int(placed.worked[0])
        actual = started if edge.type in START_BOUND else finished
        if actual is None or edge.type == "partial":
            return False
        upstream = self.placements.get(edge.upstream) or self._not_today(edge.upstream)
        return int(implied(edge, upstream, downstream.calendar)[0]) > actual

    def _not_today(self, node: str) -> Placement:
        started = self.network.activities[node].started
        finish = per_trial(self.as_of + 1)
        start = per_trial(self.as_of if started is None else started)
        return Placement(start, start, finish, finish)


_standing: Final = attrgetter(
    "id", "calendar", "started", "finished", "unknown", "pinned", "override"
)
"""All of an activity that decides what moves it."""
_link: Final = attrgetter("upstream", "downstream", "type", "lag", "elapsed", "lag_calendar")
"""All of an edge but what may be another number in each trial."""


def _alike(before: Collection[_T], now: Collection[_T], in_what: Callable[[_T], object]) -> bool:
    return len(before) == len(now) and all(
        one is other or in_what(one) == in_what(other)
        for one, other in zip(before, now, strict=True)
    )


def _pair(edge: Edge) -> tuple[str, str]:
    return edge.upstream, edge.downstream


def _component_of(components: Iterable[Iterable[str]]) -> dict[str, int]:
    return {member: n for n, component in enumerate(components) for member in component}


def _inside(edge: Edge, component_of: Mapping[str, int]) -> bool:
    component = component_of.get(edge.upstream)
    return component is not None and component == component_of.get(edge.downstream)
