"""What holds each date where it is: relationship slack and driving paths (DOMAIN.md 1.4)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray, WorkCalendar
from .layers import GATE, START, Group, Layers, Rows
from .model import FROM_START, Edge
from .schedule import Network, Schedule

End = Literal["start", "finish"]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Slack and drivers of a schedule. Where as_of or an earliest start dominates, none drives."""

    slack: Mapping[Edge, int]
    """Working days of the downstream calendar between the bound that an edge implies and the
    early date of that kind. Edges that hold nothing (any more) are not in it."""
    start_drivers: Mapping[str, tuple[Edge, ...]]
    finish_drivers: Mapping[str, tuple[Edge, ...]]
    order: tuple[str, ...]

    def driving(self, edge: Edge) -> bool:
        """Say whether the downstream finish stands where this edge puts it."""
        return edge in self.finish_drivers.get(edge.downstream, ())

    def drivers(self, node: str) -> tuple[str, ...]:
        """Return the upstream ids that hold its finish; ties keep all."""
        return tuple(dict.fromkeys(e.upstream for e in self.finish_drivers.get(node, ())))

    def driving_path(self, target: str) -> tuple[str, ...]:
        """Return everything that holds the finish of ``target``, upstream first, it included."""
        ways: list[tuple[str, End]] = [(target, "finish")]
        seen = set(ways)
        while ways:
            node, end = ways.pop()
            drivers = self.start_drivers if end == "start" else self.finish_drivers
            for edge in drivers.get(node, ()):
                way: tuple[str, End] = (
                    edge.upstream,
                    "start" if edge.type in FROM_START else "finish",
                )
                if way not in seen:
                    seen.add(way)
                    ways.append(way)
        on_path = {node for node, _ in seen}
        return tuple(node for node in self.order if node in on_path)


def trace(schedule: Schedule) -> Trace:
    """Find slack and drivers; raises ValueError unless ``schedule`` has a single trial."""
    schedule.require_single_trial()
    network, layers = schedule.network, schedule.network.layers
    slack: dict[Edge, int] = {}
    start_drivers: dict[str, list[Edge]] = {}
    finish_drivers: dict[str, list[Edge]] = {}
    for part in _parts(layers):
        days, past, gated = (t.tolist() for t in _slacks(schedule, part))
        edges = [layers.edges[n] for n in part.edges.tolist()]
        for edge, left, over, by_gate in zip(edges, days, past, gated, strict=True):
            if edge.downstream not in schedule.nodes or edge.upstream not in schedule.nodes:
                continue
            slack[edge] = left
            if left:
                continue
            # What is over and done with by as_of holds nothing any more.
            downstream = network.activities[edge.downstream]
            over_and_done = over and network.activities[edge.upstream].finished is not None
            if over_and_done or downstream.pinned:
                continue
            if part.bounds != GATE and downstream.started is None:
                start_drivers.setdefault(edge.downstream, []).append(edge)
            if by_gate == (part.bounds == GATE) or not by_gate:
                finish_drivers.setdefault(edge.downstream, []).append(edge)
    return Trace(
        slack=slack,
        start_drivers=_in_order(start_drivers, network),
        finish_drivers=_in_order(finish_drivers, network),
        order=network.order,
    )


class _Part(NamedTuple):
    """All edges that bound the same thing of activities with the same calendar."""

    calendar: WorkCalendar
    bounds: int
    edges: Rows
    """Numbers of ``Layers.edges``."""
    downstream: Rows


def _parts(layers: Layers) -> Iterator[_Part]:
    found: dict[tuple[WorkCalendar, int], list[Group]] = {}
    for layer in layers:
        for group in layer.groups:
            found.setdefault((layer.calendar, group.bounds), []).append(group)
    for (calendar, bounds), groups in found.items():
        edges = np.concatenate([np.arange(one.edges.start, one.edges.stop) for one in groups])
        downstream = np.concatenate([one.downstream for one in groups])
        yield _Part(calendar, bounds, edges, downstream)


def _slacks(schedule: Schedule, part: _Part) -> tuple[IntArray, Bools, Bools]:
    """Return working days between what edges imply and the dates that they bound.

    With them, whether what they imply is past, and whether a gate holds the finish up.
    """
    workdays, dates = part.calendar.workdays, schedule.dates
    bound = dates.implied[part.edges, 0]
    resume, worked, finish = (
        t[part.downstream, 0] for t in (dates.resume, dates.worked, dates.finish)
    )
    past, gated = workdays(schedule.as_of, bound) <= 0, workdays(worked, finish) > 0
    if part.bounds == START:
        return workdays(bound, resume), past, gated
    if part.bounds == GATE:
        return workdays(bound, finish), past, gated
    # Work that has to end at or after the bound ends with a working day.
    ends = np.where(resume < worked, part.calendar.up(bound - 1) + 1, bound)
    return workdays(ends, worked), past, gated


def _in_order(drivers: Mapping[str, list[Edge]], network: Network) -> dict[str, tuple[Edge, ...]]:
    """Sort the drivers of each activity like the edges of the network."""
    return {
        node: tuple(edge for edge in network.incoming[node] if edge in edges)
        for node, edges in drivers.items()
    }
