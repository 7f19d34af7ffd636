"""What a replay of the past takes as it is today, for want of a history."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from ..portfolio.facts import Facts
from ..records import ALWAYS, Category, Change, ChangedField, Item, MilestoneKind, standing_of
from ..store.facts import SEEN

_HISTORIES: Final[Mapping[ChangedField, tuple[str, Callable[[Item], object]]]] = {
    ChangedField.MILESTONE: ("milestones", lambda item: item.milestones or None),
    ChangedField.STATUS: ("statuses", lambda item: item.done_at),
    ChangedField.POINTS: ("estimates", lambda item: item.points),
    ChangedField.DUE: ("due dates", lambda item: item.due_date),
    ChangedField.START: ("start dates", lambda item: item.start_date),
    ChangedField.PARENT: ("parents", lambda item: item.parent),
    ChangedField.ASSIGNEE: ("assignees", lambda item: item.assignee),
    ChangedField.TYPE: ("types", lambda item: item.type or None),
}
"""What changes of a field are called, and the value of an item that may have changed."""

_FIELDS: Final = (
    "titles, labels and components are those of today, and so are links without a time that were "
    "seen within a day of the first of their source; links that were taken away are unknown"
)
_FILE: Final = (
    "what the operator's file says, such as ranks, dependencies, durations, leave and calendars, "
    "is that of today; its dates, before they were first seen, are the first that were"
)
_CHOICE: Final = (
    "which milestones are forecast, and on which days of their lives, follows from how they ended; "
    "what was deleted before it was ever read is unknown"
)


def hindsight(facts: Facts) -> tuple[str, ...]:
    """Name what a replay of these facts takes as it is today, for want of a history."""
    items: dict[str, list[Item]] = defaultdict(list)
    for (source, _), item in facts.items.items():
        items[source].append(item)
    told: list[str] = []
    for source in sorted({*items, *(source for source, _ in facts.tracker_milestones)}):
        lines = [*_of_items(facts, source, items[source]), *_of_milestones(facts, source)]
        told += [f"{source}: {line}" for line in lines]
    return (*told, _FIELDS, _FILE, _CHOICE)


def _of_items(facts: Facts, source: str, items: list[Item]) -> Iterator[str]:
    changes = _changes(facts, source)
    if items and not changes:
        yield (
            "no changes of items are known; which milestone an item belongs to, its estimate, its "
            "dates, its parent and its assignee are those of today"
        )
    for field, (name, value) in _HISTORIES.items() if changes else ():
        if all(value(item) is None for item in items):
            continue
        if field not in changes:
            yield f"no changes of {name} are known; they are those of today"
        elif all(change.id.startswith(SEEN) for change in changes[field]):
            yield f"{name} of items, before a sync saw them, are the first that one saw"
    if any(item.category is Category.DONE for item in items) and not any(
        standing_of(change.new)[1] for change in changes.get(ChangedField.STATUS, ())
    ):
        yield (
            "no changes of outcomes are known; what was done then and is now was completed or "
            "dropped as it is today"
        )
    if any(item.created_at <= ALWAYS for item in items):
        yield "items without a time of creation were there all along"
    if any(item.category is Category.DONE and item.done_at is None for item in items):
        yield "items that were done at no known time were done all along"


def _changes(facts: Facts, source: str) -> Mapping[ChangedField, list[Change]]:
    found: dict[ChangedField, list[Change]] = defaultdict(list)
    for ref, changes in facts.changes.items():
        if ref[0] == source and ref in facts.items:
            for change in changes:
                found[change.field].append(change)
    return found


def _of_milestones(facts: Facts, source: str) -> Iterator[str]:
    known = {ref: one for ref, one in facts.tracker_milestones.items() if ref[0] == source}
    if any(one.kind is MilestoneKind.SPRINT for one in known.values()):
        yield "the planned days of a sprint, before they were first seen, are the first that were"
    if any(
        one.kind is not MilestoneKind.SPRINT and one.start_date is not None
        for one in known.values()
    ):
        yield (
            "start dates of versions and milestones that lay in the past, before they were first "
            "seen, are the first that were"
        )
    if any(
        one.closed and one.closed_on is None and ref not in facts.closed_at
        for ref, one in known.items()
    ):
        yield (
            "versions and milestones that were closed on no known day were open until their last "
            "item was done"
        )
    if any(one.archived for one in known.values()):
        yield "versions and milestones that are archived were not"
