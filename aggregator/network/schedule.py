"""The network and its forward pass (DOMAIN.md 1.4, 3.1 and 3.4)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..calendar import IntArray
from .graph import cycles, topological_order
from .model import START_BOUND, Activity, Edge
from .placement import Placement, bounds, current_state, implied, per_trial, place


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
        logic = [edge for edge in self.edges if self.holds(edge)]
        inert = [edge for edge in self.edges if not self.holds(edge)]
        looped = _component_of(cycles(ids, map(_pair, self.edges)))
        logic += [edge for edge in inert if not _inside(edge, looped)]
        self.cycles: tuple[tuple[str, ...], ...] = cycles(ids, map(_pair, logic))
        """Members of each cycle (strongly connected component)."""
        looped = _component_of(self.cycles)
        self._logic = [edge for edge in logic if not _inside(edge, looped)]
        self.order: tuple[str, ...] = topological_order(ids, map(_pair, self._logic))
        """All ids, upstream before downstream, as if the edges within cycles were not there."""

    def holds(self, edge: Edge) -> bool:
        """Say whether an edge can still move its downstream activity."""
        downstream = self.activities[edge.downstream]
        ignored = downstream.override and downstream.started is not None
        return downstream.finished is None and not (ignored and edge.type in START_BOUND)

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges into each activity, without those that lie within a cycle."""
        found: dict[str, list[Edge]] = {node: [] for node in self.activities}
        for edge in self._logic:
            found[edge.downstream].append(edge)
        return {node: tuple(edges) for node, edges in found.items()}

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges out of each activity, without those that lie within a cycle."""
        found: dict[str, list[Edge]] = {node: [] for node in self.activities}
        for edge in self._logic:
            found[edge.upstream].append(edge)
        return {node: tuple(edges) for node, edges in found.items()}

    @cached_property
    def deadlocked(self) -> frozenset[str]:
        """Members of cycles and everything that waits for them."""
        found = {member for component in self.cycles for member in component}
        for node in self.order:
            if any(e.upstream in found and self.holds(e) for e in self.incoming[node]):
                found.add(node)
        return frozenset(found)

    @cached_property
    def missing(self) -> Mapping[str, tuple[str, ...]]:
        """The activities of unknown duration that each one waits for or is, in order of id."""
        found: dict[str, set[str]] = {}
        for node in self.order:
            found[node] = {node} if self.activities[node].unknown else set()
            for edge in self.incoming[node]:
                if self.holds(edge):
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

    def schedule(self, as_of: int) -> "Schedule":
        """Place every complete activity as early as possible, in all trials at once."""
        return self._forward(as_of, self.complete)

    def lower_bound(self, as_of: int) -> "Schedule":
        """Place every activity, with nothing for what is unknown and no edges within cycles.

        No activity can be done before its finish here.
        """
        return self._forward(as_of, self.activities)

    def _forward(self, as_of: int, nodes: Collection[str]) -> "Schedule":
        placements: dict[str, Placement] = {}
        for node in self.order:
            if node not in nodes:
                continue
            activity = self.activities[node]
            held_by = [edge for edge in self.incoming[node] if self.holds(edge)]
            bound = bounds(held_by, placements, activity.calendar)
            placements[node] = place(current_state(activity, as_of), bound)
        trials = max((p.finish.size for p in placements.values()), default=1)
        return Schedule(
            network=self,
            as_of=as_of,
            trials=trials,
            placements={node: _widen(p, trials) for node, p in placements.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Schedule:
    """Early dates: arrays of instants, one value per trial."""

    network: Network
    as_of: int
    trials: int
    placements: Mapping[str, Placement]

    @property
    def start(self) -> dict[str, IntArray]:
        """The early (or actual) start of each activity; read-only arrays may be among them."""
        return {node: p.start for node, p in self.placements.items()}

    @property
    def finish(self) -> dict[str, IntArray]:
        """The early (or actual) finish of each activity; read-only arrays may be among them."""
        return {node: p.finish for node, p in self.placements.items()}

    def require_single_trial(self) -> None:
        """Raise ValueError if there are several trials: floats and drivers belong to one."""
        if self.trials != 1:
            raise ValueError(f"one trial is needed here, not {self.trials}")

    def violations(self) -> tuple[Edge, ...]:
        """Return the edges that actual dates break, such as work begun out of sequence.

        ``partial`` edges are never among them: they speak of open work, and what has finished
        has none. An upstream activity without dates cannot be done before as_of is over.
        """
        self.require_single_trial()
        return tuple(edge for edge in self.network.edges if self._broken(edge))

    def _broken(self, edge: Edge) -> bool:
        downstream = self.network.activities[edge.downstream]
        started, finished = downstream.finished or (downstream.started, None)
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


def _pair(edge: Edge) -> tuple[str, str]:
    return edge.upstream, edge.downstream


def _component_of(components: Iterable[Iterable[str]]) -> dict[str, int]:
    return {member: n for n, component in enumerate(components) for member in component}


def _inside(edge: Edge, component_of: Mapping[str, int]) -> bool:
    component = component_of.get(edge.upstream)
    return component is not None and component == component_of.get(edge.downstream)


def _widen(placement: Placement, trials: int) -> Placement:
    if placement.finish.size == trials and placement.start.size == trials:
        return placement
    return Placement(*(np.broadcast_to(t, (trials,)) for t in placement))
