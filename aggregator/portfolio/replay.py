"""Facts as of a past moment, from creation and completion times, changelogs and the ledger.

What has a history is rewound; what has none (titles, labels, links without a time) is taken as
it is now. DOMAIN.md 1.7: state at t from created <= t, status, membership and dates by changelog.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from msgspec import structs

from ..benefits.profiles import known_fetching, known_readings
from ..money.model import CostReading
from ..records import (
    Absence,
    Category,
    Change,
    ChangedField,
    Item,
    MilestoneKind,
    Outcome,
    Presence,
    TrackerMilestone,
    standing_of,
    type_of,
)
from .arrivals import arrived_at, changes_by, links_by
from .facts import Facts, RecordedBaseline, Ref
from .model import Observation


class Rewound(NamedTuple):
    """Items as they were, those that were there, and what had been changed of them by then."""

    items: Mapping[Ref, Item]
    changes: Mapping[Ref, Sequence[Change]]


def as_of(facts: Facts, moment: datetime, rewound: Rewound | None = None) -> Facts:
    """Rewind facts to a moment, the midnight that ends a day; facts older than it stay.

    Those that are ``rewound`` already are not rewound again.
    """
    told = facts
    facts = replace(
        facts,
        promises={key: known_by(seen, moment) for key, seen in facts.promises.items()},
        commitments={key: known_by(seen, moment) for key, seen in facts.commitments.items()},
        declared_baselines={
            key: known_by(seen, moment) for key, seen in facts.declared_baselines.items()
        },
        baselines={
            key: known[-1]
            for key, recorded in facts.baselines.items()
            if (known := _recorded_by(facts.versions.get(key, (recorded,)), moment))
        },
        versions={
            key: known
            for key, versions in facts.versions.items()
            for known in [_recorded_by(versions, moment)]
            if any(each.approved for each in known)
        },
        exposures={
            program: tuple(one for one in seen if one.day < moment.date())
            for program, seen in facts.exposures.items()
        },
        calibrations={
            program: found
            for program, found in facts.calibrations.items()
            if found.as_of < moment.date()
        },
        costs={feed: told_by(said, moment) for feed, said in facts.costs.items()},
        readings={key: known_readings(found, moment) for key, found in facts.readings.items()},
        fetching={key: known_fetching(found, moment) for key, found in facts.fetching.items()},
    )
    absences = {ref: absence for ref, absence in facts.absences.items() if absence.at <= moment}
    facts = replace(facts, absences=absences)
    if facts.data_time is None or facts.data_time <= moment:
        return replace(facts, items=_without_the_gone(facts.items, absences))
    items, changes = rewound or _rewound(told, moment)
    milestone_dates = {ref: known_by(seen, moment) for ref, seen in facts.milestone_dates.items()}
    starts = {ref: known_by(seen, moment) for ref, seen in facts.milestone_starts.items()}
    item_dates = {ref: known_by(seen, moment) for ref, seen in facts.item_dates.items()}
    return replace(
        facts,
        items=_without_the_gone(items, absences),
        tracker_milestones={
            ref: _rewind_milestone(
                milestone,
                milestone_dates.get(ref, ()),
                starts.get(ref, ()),
                facts.closed_at.get(ref),
                moment,
            )
            for ref, milestone in facts.tracker_milestones.items()
        },
        changes=changes,
        links=links_by(facts.links, moment),
        milestone_dates=milestone_dates,
        milestone_starts=starts,
        item_dates=item_dates,
    )


def _rewound(facts: Facts, moment: datetime) -> Rewound:
    arrived = arrived_at(facts)
    items = {
        ref: rewind_item(item, facts.changes.get(ref, ()), moment)
        for ref, item in facts.items.items()
        if item.created_at <= moment and (ref not in arrived or arrived[ref] <= moment)
    }
    changes = {ref: changes_by(known, moment) for ref, known in facts.changes.items()}
    return Rewound(items, changes)


def _recorded_by(
    versions: Sequence[RecordedBaseline], moment: datetime
) -> tuple[RecordedBaseline, ...]:
    return tuple(each for each in versions if each.recorded_on < moment.date())


def has_left(absence: Absence | None) -> bool:
    """Say whether an item is no part of any plan any more."""
    return absence is not None and absence.presence in (Presence.GONE, Presence.MOVED)


def _without_the_gone(
    items: Mapping[Ref, Item], absences: Mapping[Ref, Absence]
) -> Mapping[Ref, Item]:
    """Take what is gone for scope that was removed, as if it had been dropped.

    It stays a fact: what waits for it waits for nothing, and says so.
    """
    left = {
        ref: structs.replace(
            items[ref],
            category=Category.DONE,
            outcome=Outcome.DROPPED,
            done_at=None,
            blocked=False,
            blocked_since=None,
        )
        for ref, absence in absences.items()
        if ref in items and has_left(absence)
    }
    return {**items, **left} if left else items


def known_by(observations: Sequence[Observation], moment: datetime) -> tuple[Observation, ...]:
    """Keep what was known by a moment; where nothing was, the oldest value stands for it.

    Recording begins some day, and the plan did not begin with it.
    """
    known = tuple(seen for seen in observations if seen.at <= moment)
    return known or tuple(observations[:1])


def told_by(readings: Sequence[CostReading], moment: datetime) -> Sequence[CostReading]:
    """Keep what a feed had said by a moment; before the first time it is as it was then."""
    known = [reading for reading in readings if reading.at <= moment]
    return known or [reading for reading in readings if reading.postings is not None][:1]


def rewind_item(item: Item, changes: Sequence[Change], moment: datetime) -> Item:
    """Undo an item's changes after a moment, newest first."""
    milestones = list(item.milestones)
    category, status, scope = item.category, item.status, item.scope
    undone: dict[str, Any] = {}
    for change in reversed([change for change in changes if change.at > moment]):
        if change.field in _UNDO:
            name, read = _UNDO[change.field]
            undone[name] = read(change.old)
        elif change.field is ChangedField.MILESTONE:
            if change.new in milestones:
                milestones.remove(change.new)
            if change.old is not None and change.old not in milestones:
                milestones.append(change.old)
        elif change.field is ChangedField.STATUS:
            category = standing_of(change.old)[0] or category
            status = (change.old or "").partition(":")[2] or status
        elif change.field is ChangedField.TYPE:
            undone |= _type_before(change)
        elif change.field is ChangedField.KEY:
            scope = _scope_before(change, scope)
    done_at, undated = item.done_at, item.category is Category.DONE and item.done_at is None
    if category is Category.DONE and (done_at is None or done_at > moment):
        done_at = _last_done(changes, moment)
    started_at = item.started_at if item.started_at and item.started_at <= moment else None
    updated_at = item.updated_at
    if updated_at > moment:
        updated_at = max(
            [item.created_at, *(change.at for change in changes if change.at <= moment)]
        )
    done = category is Category.DONE and (done_at is not None or undated)
    if category is Category.DONE and not done:
        category = Category.TODO if started_at is None else Category.DOING
    return structs.replace(
        item,
        **undone,
        scope=scope,
        milestones=tuple(milestones),
        category=category,
        status=status,
        outcome=(_outcome_at(item, changes, moment) or Outcome.COMPLETED) if done else None,
        done_at=done_at if done else None,
        started_at=started_at,
        updated_at=updated_at,
        blocked=item.blocked and (item.blocked_since is None or item.blocked_since <= moment),
    )


def _outcome_at(item: Item, changes: Sequence[Change], moment: datetime) -> Outcome | None:
    """Say how an item that was done at a moment had ended by then.

    The next change of status tells it, else the one before; where neither does, it counts as
    what it is today.
    """
    last: Change | None = None
    for change in changes:
        if change.field is ChangedField.STATUS:
            if change.at > moment:
                told = standing_of(last.new)[1] if last is not None else None
                return standing_of(change.old)[1] or told or item.outcome
            last = change
    return item.outcome


def _last_done(changes: Sequence[Change], moment: datetime) -> datetime | None:
    """Find when an item that was reopened later had been done."""
    found = None
    for change in changes:
        if change.at <= moment and change.field is ChangedField.STATUS:
            was_done, is_done = (
                standing_of(status)[0] is Category.DONE for status in (change.old, change.new)
            )
            if is_done and not was_done:
                found = change.at
    return found


def _rewind_milestone(
    milestone: TrackerMilestone,
    known: Sequence[Observation],
    starts: Sequence[Observation],
    closed_at: datetime | None,
    moment: datetime,
) -> TrackerMilestone:
    """Rewind one; the day of a version's release is typed, and counts where nobody saw it.

    So does whoever saw it closed where its tracker tells no day.
    """
    typed, closed_on = milestone.kind is MilestoneKind.VERSION, milestone.closed_on
    before = closed_on is None or closed_on < moment.date()
    if closed_at is not None and (typed or closed_on is None):
        before = closed_at <= moment
    closed = milestone.closed and before
    if typed and known and known[-1].value is not None:
        closed_on = known[-1].value
    return structs.replace(
        milestone,
        start_date=starts[-1].value if starts else milestone.start_date,
        due_date=known[-1].value if known else milestone.due_date,
        gone_at=_by(milestone.gone_at, moment),
        closed=closed,
        closed_on=closed_on if closed else None,
    )


def _by(at: datetime | None, moment: datetime) -> datetime | None:
    return at if at is not None and at <= moment else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _number(text: str | None) -> float | None:
    return float(text) if text else None


def _text(text: str | None) -> str | None:
    return text


_UNDO: dict[ChangedField, tuple[str, Callable[[str | None], Any]]] = {
    ChangedField.DUE: ("due_date", _day),
    ChangedField.START: ("start_date", _day),
    ChangedField.POINTS: ("points", _number),
    ChangedField.PARENT: ("parent", _text),
    ChangedField.ASSIGNEE: ("assignee", _text),
}
"""Fields whose old value simply takes the place of the new one. Keys stay those of today, as links
and texts do; the scope that a former key tells does not."""


def _type_before(change: Change) -> Mapping[str, Any]:
    """Give level and type of an item before it became another, as far as that is told."""
    level, name = type_of(change.old)
    told = {"level": level, "type": name}
    return {field: value for field, value in told.items() if value is not None}


def _scope_before(move: Change, scope: str) -> str:
    """Name the project or repository that an item moved out of.

    Keys tell it where they are made of it and a number, as PAY-3 and acme/api#7 are.
    """
    if move.old is None or move.new is None or _ahead_of_number(move.new) != scope:
        return scope
    return _ahead_of_number(move.old) or scope


def _ahead_of_number(key: str) -> str:
    return key.rstrip("0123456789")[:-1]
