"""How far each activity can slip: total, free and commitment float (DOMAIN.md 1.4).

A float is the largest push, in working days of the activity's own calendar, that some later date
survives. A push moves what is still open of the activity as a whole: its remaining work and its
finish, and its start unless that is past. Finished activities cannot be pushed and have none.

Backwards, an edge is inverted on working time: a Friday's end is the same as the Monday after.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..calendar import IntArray
from .model import FROM_START, START_BOUND, Activity, Edge
from .placement import per_trial
from .schedule import Network, Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Floats:
    """Working days by activity; an activity without such a float is not in the mapping."""

    total: Mapping[str, int]
    """Until the end of its group moves, or that of another group."""
    free: Mapping[str, int]
    """Until a direct successor moves, or the end of its group."""
    commitment: Mapping[str, int]
    """Until one of the commitments that it leads to is missed; negative when one already is."""


class Limits(NamedTuple):
    """Instants that an activity's (remaining) start, unbroken work and finish may reach."""

    start: int | None = None
    worked: int | None = None
    finish: int | None = None


def floats(
    schedule: Schedule,
    *,
    groups: Mapping[str, str] | None = None,
    commitments: Mapping[str, int] | None = None,
) -> Floats:
    """Run the backward passes; raises ValueError unless ``schedule`` has a single trial.

    ``groups`` names the group of each activity, whose last finish is the end of the network for
    its members; without it all are one group. ``commitments`` are finish instants.
    """
    schedule.require_single_trial()
    network = schedule.network
    early = {
        node: Limits(int(p.resume[0]), int(p.worked[0]), int(p.finish[0]))
        for node, p in schedule.placements.items()
    }
    end_of = _ends(schedule, groups or {})
    late = _backward(network, end_of)
    # Backwards only durations count: a commitment that waits for something unknown elsewhere
    # still limits what is known.
    committed = _backward(network, commitments or {}, incomplete=True)
    near = {node: _limits(network, node, early.get, end_of[node]) for node in early if node in late}

    def slacks(limits: Mapping[str, Limits]) -> dict[str, int]:
        known = ((node, limits[node]) for node in early if node in limits)
        found = {node: _slack(network.activities[node], early[node], at) for node, at in known}
        return {node: slack for node, slack in found.items() if slack is not None}

    return Floats(total=slacks(late), free=slacks(near), commitment=slacks(committed))


def _ends(schedule: Schedule, groups: Mapping[str, str]) -> dict[str, int]:
    """Return the end of the network for each activity: a dangling one would float for ever."""
    ends: dict[str | None, int] = {}
    for node, p in schedule.placements.items():
        group = groups.get(node)
        ends[group] = max(ends.get(group, 0), int(p.finish[0]))
    return {node: ends[groups.get(node)] for node in schedule.placements}


def _backward(
    network: Network, finish_by: Mapping[str, int], *, incomplete: bool = False
) -> dict[str, Limits]:
    """Return the latest instants with which everything is done by its ``finish_by``."""
    looped = {member for component in network.cycles for member in component}
    late: dict[str, Limits] = {}
    for node in reversed(network.order):
        activity = network.activities[node]
        if activity.finished or activity.unknown or node in looped:
            continue
        if incomplete or node in network.complete:
            late[node] = _limits(network, node, late.get, finish_by.get(node))
    return late


def _limits(
    network: Network, node: str, limits: Callable[[str], Limits | None], finish: int | None
) -> Limits:
    """Return how late an activity may be for the limits of its successors and its own."""
    activity = network.activities[node]
    start = None
    for edge in _open(network, node):
        downstream = limits(edge.downstream)
        if downstream is None:
            continue
        t = _tolerated(edge, downstream, network.activities[edge.downstream])
        if edge.type not in FROM_START:
            finish = _sooner(finish, t)
        elif activity.started is None:
            start = _sooner(start, t)
    return _unbroken(activity, start, finish)


def _open(network: Network, node: str) -> Iterable[Edge]:
    return (edge for edge in network.outgoing[node] if network.holds(edge))


def _unbroken(activity: Activity, start: int | None, finish: int | None) -> Limits:
    """Carry the limits of each end over to the other: work, once begun, is not interrupted."""
    duration = _days(activity.duration) if activity.released is None else 0
    if not duration:
        instant = _sooner(start, finish)
        return Limits(instant, instant, finish)
    calendar = activity.calendar
    latest = None if finish is None else calendar.add(finish, -duration)
    if start is not None:
        latest = _sooner(latest, calendar.add(start + 1, -1))
    if latest is None:
        return Limits()
    return Limits(latest, calendar.add(latest, duration), finish)


def _tolerated(edge: Edge, limits: Limits, downstream: Activity) -> int | None:
    """Return the latest upstream instant whose implied bound keeps the downstream limits."""
    calendar = downstream.calendar
    if edge.type == "partial":
        t = None if limits.finish is None else calendar.latest(limits.finish, _days(edge.blocked))
    else:
        t = limits.start if edge.type in START_BOUND else limits.worked
    if t is None or not edge.lag:
        return t
    return t - edge.lag if edge.elapsed else (edge.lag_calendar or calendar).latest(t, edge.lag)


def _slack(activity: Activity, early: Limits, late: Limits) -> int | None:
    workdays = activity.calendar.workdays
    pairs = ((early.start, late.start), (early.finish, late.finish))
    return min((workdays(a, b) for a, b in pairs if a is not None and b is not None), default=None)


def _days(duration: int | IntArray | None) -> int:
    return 0 if duration is None else int(per_trial(duration)[0])


def _sooner(a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return min(a, b)
