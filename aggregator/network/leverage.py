"""Where a day counts: drag, the latent radius of a slip, and whether a slip arrives at all.

DOMAIN.md 1.4, 1.5 (point 12) and 3.3.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from .drivers import Trace
from .model import FROM_START, Activity
from .placement import LocalState, current_state
from .recall import Begin
from .schedule import Schedule
from .variations import Dates, Moved, vary

LATENT: Final = 5
"""Working days: a slip of more than that is what the latent radius asks about."""

STRETCH: Final = 600
"""Working days that the critical path test adds (DCMA 14-point check 12)."""
_ROUNDING: Final = 5
"""Working days by which weekends, and calendars that differ, may bend what arrives."""


def drag(
    schedule: Schedule, trace: Trace, groups: Mapping[str, str], *, recall: Begin | None = None
) -> dict[str, int]:
    """Return how many working days earlier the end of its group were, had it no work left.

    Of each activity whose work holds up the end of its group, in the calendar of what ends it;
    the others have no drag. Raises ValueError for several trials.
    """
    schedule.require_single_trial()
    members = _by_finish(schedule, groups)
    driving = {
        node: group
        for group, ends in members.items()
        for last in ends
        if schedule.placements[last].finish[0] == schedule.placements[ends[0]].finish[0]
        for node in trace.driving_path(last)
        if groups.get(node, "") == group
    }
    states = schedule.states
    idle = {
        node: current_state(replace(schedule.network.activities[node], duration=0), schedule.as_of)
        for node in driving
        if states[node].finished is None
    }
    moved: dict[str, dict[str, int]] = {node: {} for node in idle}
    for found in _vary(schedule, states, idle, _for(idle, recall)):
        for change, finish in zip(found.changes, found.finishes.tolist(), strict=True):
            moved[change][found.id] = finish
    gains: dict[str, int] = {}
    for node in idle:
        ends = members[driving[node]]
        calendar = schedule.network.activities[ends[0]].calendar
        gain = calendar.workdays(
            _end(schedule, ends, moved[node]), int(schedule.placements[ends[0]].finish[0])
        )
        if gain > 0:
            gains[node] = gain
    return gains


def latent_hits(
    schedule: Schedule, slip: int = LATENT + 1, *, recall: Begin | None = None
) -> dict[str, tuple[str, ...]]:
    """Return which others would move if an activity took ``slip`` working days longer.

    Those whose path float from it is below ``slip``; an activity that would move none is left
    out. Raises ValueError for several trials.
    """
    schedule.require_single_trial()
    states = schedule.states
    longer = _Slipped(schedule, slip)
    found: dict[str, list[str]] = {}
    for moved in _vary(schedule, states, longer, recall):
        for change, days in zip(moved.changes, moved.days.tolist(), strict=True):
            if days and change != moved.id:
                found.setdefault(change, []).append(moved.id)
    return {node: tuple(hit) for node, hit in found.items()}


def path_test(
    schedule: Schedule, trace: Trace, targets: Iterable[str], *, recall: Begin | None = None
) -> dict[str, bool]:
    """Say of each target whether a very long slip of what drives it arrives there in full.

    What is stretched is the first open activity of the chain that holds the target's finish, or
    else the target itself. Where less arrives, something on the way does not move with what it
    waits for: a hard constraint above all. Targets without dates are left out. Raises ValueError
    for several trials.
    """
    schedule.require_single_trial()
    states = schedule.states
    heads = {target: _head(trace, states, target) for target in targets if target in states}
    longer = {
        head: _slipped(schedule.network.activities[head], schedule.as_of, STRETCH)
        for head in heads.values()
        if states[head].finished is None
    }
    finishes: dict[tuple[str, str], int] = {}
    for moved in _vary(schedule, states, longer, _for(longer, recall)):
        for change, finish in zip(moved.changes, moved.finishes.tolist(), strict=True):
            finishes[change, moved.id] = finish
    found: dict[str, bool] = {}
    for target, head in heads.items():
        if head not in longer:
            continue
        calendar = schedule.network.activities[target].calendar
        before = {node: int(schedule.placements[node].finish[0]) for node in (head, target)}
        late = schedule.network.activities[head].calendar.add(before[head], STRETCH)
        asked = calendar.workdays(before[head], late)
        arrived = calendar.workdays(before[target], finishes.get((head, target), before[target]))
        found[target] = arrived >= asked - _ROUNDING
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


class _Slipped(Mapping[str, LocalState]):
    """The states of all that is open, each with a slip, made when somebody asks for them."""

    def __init__(self, schedule: Schedule, slip: int) -> None:
        self._schedule = schedule
        self._slip = slip
        states = schedule.states
        self._open = [node for node, state in states.items() if state.finished is None]

    def __getitem__(self, node: str) -> LocalState:
        schedule = self._schedule
        return _slipped(schedule.network.activities[node], schedule.as_of, self._slip)

    def __iter__(self) -> Iterator[str]:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)


def _slipped(activity: Activity, as_of: int, slip: int) -> LocalState:
    if activity.released is None and activity.duration is not None:
        return current_state(replace(activity, duration=activity.duration + slip), as_of)
    promise = current_state(activity, as_of)
    return replace(promise, duration=np.full(1, slip, np.int32))


def _vary(
    schedule: Schedule,
    states: Mapping[str, LocalState],
    changes: Mapping[str, LocalState],
    recall: Begin | None = None,
) -> Iterator[Moved]:
    dates = Dates(schedule.dates.start[:, 0], schedule.dates.finish[:, 0])
    return vary(schedule.network.layers, states, dates, changes, recall)


def _for(changes: Mapping[str, LocalState], recall: Begin | None) -> Begin | None:
    """Begin a pass in which it does not follow from prints what is changed."""
    return None if recall is None else lambda context: recall((context, tuple(changes)))


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
