"""How much of a sprint under way will be left undone when it ends.

A team that left a third of what was open midway undone does so again: the share of its open work
that was left at the same stage of its finished sprints is the estimate, drawn towards what is
usual in the store, and that towards ``sprints.json``, which says where its shares are from.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
import numpy as np

from ..portfolio.facts import Facts, Ref
from ..portfolio.replay import known_by
from ..records import (
    Category,
    Change,
    ChangedField,
    Item,
    Level,
    MilestoneKind,
    Outcome,
    TrackerMilestone,
)
from .stints import at_birth, midnight
from .views import SprintShortfall

LOOKS: Final = (0.0, 0.3, 0.5, 0.8)
"""Of the planned time of a sprint: when it is looked at, to learn from it."""
OTHERS: Final = 1
"""What is usual elsewhere counts as much as so many finished sprints of a team's own."""
NEWEST: Final = 20
"""Finished sprints of a team that are learned from; teams change."""
DAY: Final = timedelta(days=1)


class SprintPrior(msgspec.Struct, frozen=True, kw_only=True):
    """``sprints.json``."""

    provenance: str
    left: tuple[float, ...]
    """The share of the open work that was left undone, at each of ``LOOKS``."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was open in a sprint at a moment, and how much of that was left when it ended."""

    team: Hashable
    open: float
    left: float


@dataclass(frozen=True, slots=True)
class _Stay:
    """An item was in a sprint from ``joined`` on, until it was taken out."""

    ref: Ref
    item: Item
    joined: datetime
    left: datetime | None = None


@cache
def read_sprint_prior() -> SprintPrior:
    """Read the shipped shares."""
    return msgspec.json.decode(
        files("slipwatch.aggregator.delay").joinpath("sprints.json").read_bytes(), type=SprintPrior
    )


def share_left(looks: Sequence[Look], team: Hashable, prior: float) -> float:
    """Return the share of what is open that a team will leave; ``looks`` are oldest first.

    They are all of the same stage of finished sprints; without any it is ``prior``.
    """
    own = [look for look in looks if look.team == team]
    return _drawn(own[-NEWEST:], _drawn(looks, prior))


def _drawn(looks: Sequence[Look], others: float) -> float:
    open_ = sum(look.open for look in looks)
    own = sum(look.left for look in looks) / open_ if open_ else others
    return (len(looks) * own + OTHERS * others) / (len(looks) + OTHERS)


def tell_sprints(
    facts: Facts, homes: Mapping[Ref, Sequence[str]], *, day: date, zone: tzinfo
) -> tuple[SprintShortfall, ...]:
    """Tell of each sprint under way that has open items in ``homes`` what will be left of it.

    ``homes`` names the milestones of items. Learns from what was known when ``day`` began.
    """
    sprints = {
        ref: found
        for ref, found in facts.tracker_milestones.items()
        if found.kind is MilestoneKind.SPRINT
    }
    if not sprints:
        return ()
    stays = _stays(facts, sprints)
    past: dict[Hashable, int] = defaultdict(int)
    looks: list[list[Look]] = [[] for _ in LOOKS]
    for ref, begin, end in _finished(facts, sprints, stays, midnight(day, zone)):
        team = ref[0], sprints[ref].scope
        # Sprints are filled on their first day; nothing before its end is the plan.
        moments = (max(begin + DAY, begin + share * (end - begin)) for share in LOOKS)
        found = [_look(team, stays[ref], at, end) for at in moments]
        past[team] += any(look.open for look in found)
        for seen, look in zip(looks, found, strict=True):
            if look.open:
                seen.append(look)
    return tuple(
        told
        for ref in sorted(
            (ref for ref, found in sprints.items() if _is_under_way(found, day) and ref in stays),
            key=lambda ref: (sprints[ref].due_date, ref),
        )
        for told in [_tell(ref, sprints[ref], stays[ref], looks, homes, past, day)]
        if told is not None
    )


def _tell(
    ref: Ref,
    sprint: TrackerMilestone,
    stays: Sequence[_Stay],
    looks: Sequence[Sequence[Look]],
    homes: Mapping[Ref, Sequence[str]],
    past: Mapping[Hashable, int],
    day: date,
) -> SprintShortfall | None:
    """Tell of one; None where nothing open of it belongs to a milestone."""
    inside = [stay for stay in stays if stay.left is None]
    open_ = [stay for stay in inside if stay.item.category is not Category.DONE]
    milestones = {milestone for stay in open_ for milestone in homes.get(stay.ref, ())}
    begin, due = sprint.start_date, sprint.due_date
    if not milestones or begin is None or due is None:
        return None
    team = ref[0], sprint.scope
    shares = [
        share_left(seen, team, prior)
        for seen, prior in zip(looks, read_sprint_prior().left, strict=True)
    ]
    # A day is taken in its middle. What is open when the sprint ends is left, all of it.
    over = (day - begin + DAY / 2) / (due - begin + DAY)
    share = float(np.interp(over, (*LOOKS, 1), (*shares, 1)))
    points = [stay.item.points for stay in open_ if stay.item.points is not None]
    return SprintShortfall(
        sprint=":".join(ref),
        title=sprint.name,
        url=sprint.url,
        milestones=tuple(sorted(milestones)),
        due=due,
        past=min(past.get(team, 0), NEWEST),
        open=len(open_),
        expected=round(share * len(open_), 2),
        points=sum(points) if points else None,
        expected_points=round(share * sum(points), 2) if points else None,
    )


def _is_under_way(sprint: TrackerMilestone, day: date) -> bool:
    if sprint.start_date is None or sprint.due_date is None:
        return False
    over = sprint.closed or sprint.archived or sprint.gone_at is not None
    return not over and sprint.start_date <= day <= sprint.due_date


def _stays(facts: Facts, sprints: Mapping[Ref, TrackerMilestone]) -> dict[Ref, list[_Stay]]:
    """Find who was when in each sprint; dropped items are neither done nor left."""
    found: dict[Ref, list[_Stay]] = defaultdict(list)
    for ref, item in facts.items.items():
        undated = item.category is Category.DONE and item.done_at is None
        if item.level is Level.WORK and not undated:
            for sprint, stay in _stays_of(ref, item, facts.changes.get(ref, ())):
                if (ref[0], sprint) in sprints:
                    found[ref[0], sprint].append(stay)
    return found


def _stays_of(ref: Ref, item: Item, changes: Sequence[Change]) -> Iterator[tuple[str, _Stay]]:
    moves = [change for change in changes if change.field is ChangedField.MILESTONE]
    joined = dict.fromkeys(at_birth(item, moves), item.created_at)
    for move in moves:
        if move.at <= item.created_at:
            continue
        if move.old is not None and move.old in joined:
            yield move.old, _Stay(ref, item, joined.pop(move.old), move.at)
        if move.new is not None:
            joined.setdefault(move.new, move.at)
    for each, at in joined.items():
        yield each, _Stay(ref, item, at)


def _finished(
    facts: Facts,
    sprints: Mapping[Ref, TrackerMilestone],
    stays: Mapping[Ref, Sequence[_Stay]],
    now: datetime,
) -> list[tuple[Ref, datetime, datetime]]:
    """Find the sprints that are over with their beginning and their end, oldest first.

    A last day that was moved while a sprint ran counts as it was when it began.
    """
    traced = _traced_since(stays)
    found: list[tuple[Ref, datetime, datetime]] = []
    for ref, sprint in sprints.items():
        if sprint.start_date is None or ref not in stays:
            continue
        begin = midnight(sprint.start_date, now.tzinfo)
        seen = known_by(facts.milestone_dates.get(ref, ()), begin)
        due = (seen[-1].value if seen else None) or sprint.due_date
        if due is None:
            continue
        end = midnight(due + DAY, now.tzinfo)
        # A single day has no course to look at.
        if traced.get(ref[0], now) < end <= now and due > sprint.start_date:
            found.append((ref, begin, end))
    return sorted(found, key=lambda one: (one[2], one[0]))


def _traced_since(stays: Mapping[Ref, Iterable[_Stay]]) -> dict[str, datetime]:
    """Find since when a source shows what was carried over from one sprint to the next.

    Until an item is known to have been in two, what was left undone is in no sprint's books: some
    trackers tell of an item's sprint only the newest.
    """
    joined: dict[Ref, dict[Ref, datetime]] = defaultdict(dict)
    for sprint, inside in stays.items():
        for stay in inside:
            joined[stay.ref].setdefault(sprint, stay.joined)
    found: dict[str, datetime] = {}
    for (source, _), times in joined.items():
        if len(times) > 1:
            second = sorted(times.values())[1]
            found[source] = min(found.get(source, second), second)
    return found


def _look(team: Hashable, stays: Iterable[_Stay], at: datetime, end: datetime) -> Look:
    """Look at what was open in a sprint, in points where there are any, else in items."""
    open_ = [
        stay.item
        for stay in stays
        if stay.joined <= at
        and (stay.left is None or stay.left > at)
        and not _is_done(stay.item, at)
        and not (stay.item.outcome is Outcome.DROPPED and _is_done(stay.item, end))
    ]
    known = [item.points for item in open_ if item.points is not None]
    usual = sum(known) / len(known) if known else 1.0
    weights = [usual if item.points is None else item.points for item in open_]
    left = sum(
        weight for item, weight in zip(open_, weights, strict=True) if not _is_done(item, end)
    )
    return Look(team, sum(weights), left)


def _is_done(item: Item, at: datetime) -> bool:
    return item.done_at is not None and item.done_at < at
