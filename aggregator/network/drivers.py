"""What holds each date where it is: relationship slack and driving paths (DOMAIN.md 1.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .model import FROM_START, START_BOUND, Edge
from .placement import implied
from .schedule import Schedule

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
    network = schedule.network
    slack: dict[Edge, int] = {}
    start_drivers: dict[str, tuple[Edge, ...]] = {}
    finish_drivers: dict[str, tuple[Edge, ...]] = {}
    for node in schedule.placements:
        edges = [edge for edge in network.incoming[node] if network.holds(edge)]
        slack |= {edge: _slack(schedule, edge) for edge in edges}
        tight = [edge for edge in edges if not slack[edge] and not _past(schedule, edge)]
        gates = tuple(edge for edge in tight if edge.type == "partial")
        ordinary = tuple(edge for edge in tight if edge.type != "partial")
        activity, placed = network.activities[node], schedule.placements[node]
        start_drivers[node] = ordinary if activity.started is None else ()
        gated = activity.calendar.workdays(int(placed.worked[0]), int(placed.finish[0])) > 0
        finish_drivers[node] = gates if gated else tuple(tight)
    return Trace(
        slack=slack,
        start_drivers=start_drivers,
        finish_drivers=finish_drivers,
        order=network.order,
    )


def _slack(schedule: Schedule, edge: Edge) -> int:
    calendar = schedule.network.activities[edge.downstream].calendar
    placed = schedule.placements[edge.downstream]
    bound = _bound(schedule, edge)
    if edge.type in START_BOUND:
        return calendar.workdays(bound, int(placed.resume[0]))
    if edge.type == "partial":
        return calendar.workdays(bound, int(placed.finish[0]))
    worked = int(placed.worked[0])
    if int(placed.resume[0]) < worked:
        # Work that has to end at or after the bound ends with a working day.
        bound = calendar.up(bound - 1) + 1
    return calendar.workdays(bound, worked)


def _past(schedule: Schedule, edge: Edge) -> bool:
    """Say whether the bound comes from something over and done with by as_of."""
    if schedule.network.activities[edge.upstream].finished is None:
        return False
    calendar = schedule.network.activities[edge.downstream].calendar
    return calendar.workdays(schedule.as_of, _bound(schedule, edge)) <= 0


def _bound(schedule: Schedule, edge: Edge) -> int:
    calendar = schedule.network.activities[edge.downstream].calendar
    return int(implied(edge, schedule.placements[edge.upstream], calendar)[0])
