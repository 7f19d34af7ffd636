"""What holds each date where it is: relationship slack and driving paths (DOMAIN.md 1.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..calendar import IntArray
from .layers import GATE, START, Group, Layer
from .model import FROM_START, Edge
from .schedule import Network, Schedule

End = Literal["start", "finish"]


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
    network, dates = schedule.network, schedule.dates
    slack: dict[Edge, int] = {}
    start_drivers: dict[str, list[Edge]] = {}
    finish_drivers: dict[str, list[Edge]] = {}
    for layer in network.layers:
        workdays = layer.calendar.workdays
        gated = workdays(dates.worked[layer.rows, 0], dates.finish[layer.rows, 0]) > 0
        for group in layer.groups:
            days = _slacks(schedule, layer, group)
            past = workdays(schedule.as_of, dates.implied[group.edges, 0]) <= 0
            held = gated[group.downstream - layer.rows.start]
            edges = network.layers.edges[group.edges]
            for edge, left, over, by_gate in zip(
                edges, days.tolist(), past.tolist(), held.tolist(), strict=True
            ):
                downstream = network.activities[edge.downstream]
                if edge.downstream not in schedule.nodes or edge.upstream not in schedule.nodes:
                    continue
                slack[edge] = left
                # What is over and done with by as_of holds nothing any more.
                over_and_done = over and network.activities[edge.upstream].finished is not None
                if left or over_and_done or downstream.pinned:
                    continue
                if group.bounds != GATE and downstream.started is None:
                    start_drivers.setdefault(edge.downstream, []).append(edge)
                if by_gate == (group.bounds == GATE) or not by_gate:
                    finish_drivers.setdefault(edge.downstream, []).append(edge)
    return Trace(
        slack=slack,
        start_drivers=_in_order(start_drivers, network),
        finish_drivers=_in_order(finish_drivers, network),
        order=network.order,
    )


def _slacks(schedule: Schedule, layer: Layer, group: Group) -> IntArray:
    """Return working days between what edges imply and the dates that they bound."""
    calendar, dates = layer.calendar, schedule.dates
    bound = dates.implied[group.edges, 0]
    if group.bounds == START:
        return calendar.workdays(bound, dates.resume[group.downstream, 0])
    if group.bounds == GATE:
        return calendar.workdays(bound, dates.finish[group.downstream, 0])
    worked = dates.worked[group.downstream, 0]
    # Work that has to end at or after the bound ends with a working day.
    ends = np.where(dates.resume[group.downstream, 0] < worked, calendar.up(bound - 1) + 1, bound)
    return calendar.workdays(ends, worked)


def _in_order(drivers: Mapping[str, list[Edge]], network: Network) -> dict[str, tuple[Edge, ...]]:
    """Sort the drivers of each activity like the edges of the network."""
    return {
        node: tuple(edge for edge in network.incoming[node] if edge in edges)
        for node, edges in drivers.items()
    }
