"""Where a day counts: drag, the latent radius of a slip, and whether a slip arrives at all.

DOMAIN.md 1.4, 1.5 (point 12) and 3.3.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from .drivers import Trace
from .lanes import States
from .model import FROM_START, Activity
from .placement import LocalState, current_state
from .recall import Recall, Recaller, nothing_known
from .schedule import Schedule
from .variations import Dates, Moved, Question, vary

LATENT: Final = 5
"""Working days: a slip of more than that is what the latent radius asks about."""

STRETCH: Final = 600
"""Working days that the critical path test adds (DCMA 14-point check 12)."""
_ROUNDING: Final = 5
"""Working days by which weekends, and calendars that differ, may bend what arrives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leverage:
    """Where days count in a schedule."""

    drag: Mapping[str, int]
    """How many working days earlier the end of its group were, had an activity no work left.

    Of each one whose work holds up the end of its group, in the calendar of what ends it; the
    others have no drag."""
    latent: Mapping[str, tuple[str, ...]]
    """Which others would move if an activity took some working days longer: those whose path
    float from it is less. An activity that would move none is left out."""
    path_tests: Mapping[str, bool]
    """Whether a very long slip of what drives a target arrives there in full.

    What is stretched is the first open activity of the chain that holds the target's finish, or
    else the target itself. Where less arrives, something on the way does not move with what it
    waits for: a hard constraint above all. Targets without dates are left out."""
    beside: Sequence[Moved] = ()
    """What moves in the changes of the question that was asked beside."""


def leverage(
    schedule: Schedule,
    trace: Trace,
    groups: Mapping[str, str],
    targets: Iterable[str],
    *,
    slip: int = LATENT + 1,
    recall: Recaller = nothing_known,
    beside: Question | None = None,
) -> Leverage:
    """Ask of all activities, and of some targets, in one pass; ``slip`` is that of ``latent``.

    ``recall`` begins passes in which what is known is not found again. A question ``beside`` is
    answered in the same pass. Raises ValueError for several trials.
    """
    states = schedule.states
    ends = _by_finish(schedule, groups)
    driving = _driving(schedule, trace, groups, ends)
    idle = {
        node: current_state(replace(schedule.network.activities[node], duration=0), schedule.as_of)
        for node in driving
        if states[node].finished is None
    }
    still_open = [node for node, state in states.items() if state.finished is None]
    heads = {target: _head(trace, states, target) for target in targets if target in states}
    arrived: Recall[bool] = recall("path tests", None)
    new = {target: head for target, head in heads.items() if arrived.get(target) is None}
    longer = {
        head: _slipped(schedule.network.activities[head], schedule.as_of, STRETCH)
        for head in new.values()
        if states[head].finished is None
    }
    # Of latent hits it follows from prints what is changed; of the others it does not.
    without, slipped, stretched, *others = vary(
        schedule.network.layers,
        tuple(states),
        schedule.table,
        Dates.of(schedule),
        [
            Question(
                changed=tuple(idle),
                states=States.of(tuple(idle.values())),
                recall=lambda names: recall("drag", (names, tuple(idle))),
            ),
            Question(
                changed=still_open,
                states=_all_slipped(schedule, still_open, slip),
                recall=partial(recall, "latent"),
            ),
            Question(
                changed=tuple(longer),
                states=States.of(tuple(longer.values())),
                among=_leading_to(schedule, new),
            ),
            *([] if beside is None else [beside]),
        ],
    )
    finishes = _finishes(stretched)
    for target, head in new.items():
        if head in longer:
            finish = finishes.get(head, {}).get(target)
            arrived.keep(target, _arrives(schedule, head, target, finish))
    return Leverage(
        drag=_gains(schedule, driving, ends, _finishes(without)),
        latent=_hits(slipped),
        path_tests={
            target: found for target in heads if (found := arrived.get(target)) is not None
        },
        beside=tuple(moved for answer in others for moved in answer),
    )


def _driving(
    schedule: Schedule,
    trace: Trace,
    groups: Mapping[str, str],
    ends: Mapping[str, Sequence[str]],
) -> dict[str, str]:
    """Return what holds up the end of its group, and that group."""
    placements = schedule.placements
    return {
        node: group
        for group, members in ends.items()
        for last in members
        if placements[last].finish[0] == placements[members[0]].finish[0]
        for node in trace.driving_path(last)
        if groups.get(node, "") == group
    }


def _finishes(moved: Iterable[Moved]) -> dict[str, dict[str, int]]:
    """Return the finishes of what moves, by what was changed."""
    found: dict[str, dict[str, int]] = {}
    for one in moved:
        for change, finish in zip(one.changes, one.finishes, strict=True):
            found.setdefault(change, {})[one.id] = finish
    return found


def _gains(
    schedule: Schedule,
    driving: Mapping[str, str],
    ends: Mapping[str, Sequence[str]],
    finishes: Mapping[str, Mapping[str, int]],
) -> dict[str, int]:
    """Return by how much the ends of groups come earlier."""
    found: dict[str, int] = {}
    for node, moved in finishes.items():
        members = ends[driving[node]]
        calendar = schedule.network.activities[members[0]].calendar
        end = int(schedule.placements[members[0]].finish[0])
        gain = calendar.workdays(_end(schedule, members, moved), end)
        if gain > 0:
            found[node] = gain
    return found


def _hits(slipped: Iterable[Moved]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for moved in slipped:
        for change, days in zip(moved.changes, moved.days, strict=True):
            if days and change != moved.id:
                found.setdefault(change, []).append(moved.id)
    return {node: tuple(hit) for node, hit in found.items()}


def _arrives(schedule: Schedule, head: str, target: str, finish: int | None) -> bool:
    """Say whether a stretched head moves its target by as much, to ``finish``; None if not."""
    placements, activities = schedule.placements, schedule.network.activities
    calendar = activities[target].calendar
    begun, before = int(placements[head].finish[0]), int(placements[target].finish[0])
    asked = calendar.workdays(begun, activities[head].calendar.add(begun, STRETCH))
    arrived = calendar.workdays(before, before if finish is None else finish)
    return arrived >= asked - _ROUNDING


def _leading_to(schedule: Schedule, targets: Iterable[str]) -> set[str]:
    """Return what some targets wait for, and themselves."""
    found = set(targets)
    for node in reversed(tuple(schedule.placements)):
        if node in found:
            found.update(
                edge.upstream
                for edge in schedule.network.incoming[node]
                if edge.upstream in schedule.nodes
            )
    return found


def _head(trace: Trace, states: Mapping[str, LocalState], target: str) -> str:
    """Walk up what holds a finish to the first open activity; what holds a start is another's."""
    node, seen = target, {target}
    while True:
        above = [
            edge.upstream
            for edge in trace.finish_drivers.get(node, ())
            if edge.type not in FROM_START
            and edge.upstream not in seen
            and states[edge.upstream].finished is None
        ]
        if not above:
            return node
        node = above[0]
        seen.add(node)


def _all_slipped(schedule: Schedule, nodes: Sequence[str], slip: int) -> States:
    """Return the states of activities that are not over, each with a slip."""
    activities, row = schedule.network.activities, schedule.network.layers.row
    now = schedule.table.take(np.array([row[node] for node in nodes], np.intp))
    anchor, duration = now.anchor.copy(), now.duration + np.int32(slip)
    # Where a hard constraint has longer work begin is another day.
    for n in np.flatnonzero(now.pinned).tolist():
        state = _slipped(activities[nodes[n]], schedule.as_of, slip)
        anchor[n], duration[n] = state.anchor, slip if state.duration is None else state.duration
    return replace(now, anchor=anchor, duration=duration)


def _slipped(activity: Activity, as_of: int, slip: int) -> LocalState:
    if activity.released is None and activity.duration is not None:
        return current_state(replace(activity, duration=activity.duration + slip), as_of)
    promise = current_state(activity, as_of)
    return replace(promise, duration=np.full(1, slip, np.int32))


def _by_finish(schedule: Schedule, groups: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the members of each group, the last one first; of equals the first by id."""
    members: dict[str, list[str]] = {}
    for node in sorted(
        schedule.placements, key=lambda node: (-int(schedule.placements[node].finish[0]), node)
    ):
        members.setdefault(groups.get(node, ""), []).append(node)
    return members


def _end(schedule: Schedule, members: Sequence[str], moved: Mapping[str, int]) -> int:
    """Return the end of a group, of which some have moved to an earlier day."""
    end = 0
    for member in members:
        if member not in moved:
            return max(end, int(schedule.placements[member].finish[0]))
        end = max(end, moved[member])
    return end
