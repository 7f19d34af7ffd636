"""What an issue's changelog says: when work started and ended, and how its dates moved.

A changelog names statuses by id and by their name of that time, never by category. Categories
come from a map that the caller keeps: the statuses seen in issues and in ``/status``. A status
in neither (deleted since) has no category: a change to or from it keeps only its other side,
and it counts neither as started nor as done.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from slipwatch.aggregator.records import Category, Change, ChangedField

from .payloads import History, HistoryItem, Issue, Status, day, instant, text

_CATEGORIES = {"new": Category.TODO, "indeterminate": Category.DOING, "done": Category.DONE}

BUILT_IN_STATUSES = {
    "1": Category.TODO,
    "3": Category.DOING,
    "4": Category.TODO,
    "5": Category.DONE,
    "6": Category.DONE,
}
"""Open, In Progress, Reopened, Resolved, Closed: these ids are the same on every Jira."""

Statuses = Mapping[str, Category]


@dataclass(frozen=True, slots=True)
class Entry:
    """One field that changed, with the entry it was recorded in."""

    id: str
    at: datetime
    item: HistoryItem
    actor: str | None

    def is_of(self, *names: str | None) -> bool:
        """Whether it is about the field with one of these ids or names."""
        return self.item.field in names or self.item.field_id in names


def category_of(key: str | None) -> Category:
    """Read a status category's key; ``undefined`` counts as not started."""
    return _CATEGORIES.get(key or "", Category.TODO)


def entries(issue: Issue) -> tuple[Entry, ...]:
    """Lay the changelog out, oldest first; the site may give it in either order.

    The ids hold as long as Jira keeps the entry: its own id and the place within it.
    """
    histories = (issue.changelog.histories or []) if issue.changelog is not None else []
    return tuple(sorted(_flat(histories), key=lambda entry: entry.at))


def _flat(histories: Sequence[History]) -> Iterator[Entry]:
    for history in histories:
        at = instant(history.created)
        if at is None:
            continue
        name = text(history.id) or at.isoformat()
        actor = history.author.shown if history.author is not None else None
        for place, item in enumerate(history.items or ()):
            yield Entry(f"{name}:{place}", at, item, actor)


def current_status(issue: Issue) -> tuple[str, Category] | None:
    """Give the id and the category of the status an issue is in, where it says both."""
    try:
        status = msgspec.convert(issue.fields.get("status"), Status | None)
    except msgspec.ValidationError:
        return None
    identity = text(status.id) if status is not None else None
    if identity is None or status is None or status.status_category is None:
        return None
    return identity, category_of(status.status_category.key)


def mentioned_statuses(issue: Issue) -> set[str]:
    """Name the ids of all statuses that the changelog knows."""
    return {
        status
        for entry in entries(issue)
        if entry.is_of("status")
        for status in (text(entry.item.old), text(entry.item.new))
        if status is not None
    }


def started_at(
    history: Sequence[Entry], statuses: Statuses, *, now: Category, created: datetime
) -> datetime | None:
    """Give the first time an issue came into a status in progress.

    Without any transition the issue has been in its status since it was created.
    """
    moves = [entry for entry in history if entry.is_of("status")]
    first = statuses.get(text(moves[0].item.old) or "") if moves else now
    if first is Category.DOING:
        return created
    for move in moves:
        if statuses.get(text(move.item.new) or "") is Category.DOING:
            return move.at
    return None


def done_at(history: Sequence[Entry], statuses: Statuses) -> datetime | None:
    """Give the last time an issue came into a done status from one that was not done."""
    found = None
    for entry in history:
        if (
            entry.is_of("status")
            and statuses.get(text(entry.item.new) or "") is Category.DONE
            and statuses.get(text(entry.item.old) or "") is not Category.DONE
        ):
            found = entry.at
    return found


def changes(
    issue: str,
    history: Sequence[Entry],
    statuses: Statuses,
    *,
    due: Sequence[str],
    start: Sequence[str],
) -> Iterator[Change]:
    """Give the history of the fields that are kept, of the issue with this id.

    ``due`` and ``start`` name the fields that hold these dates, by id and by name.
    """
    for entry in history:
        old: str | None
        new: str | None
        if entry.is_of("status"):
            kind = ChangedField.STATUS
            old = _status(statuses, entry.item.old, entry.item.old_text)
            new = _status(statuses, entry.item.new, entry.item.new_text)
        elif entry.is_of("fixVersions", "Fix Version"):
            kind, old, new = ChangedField.MILESTONE, text(entry.item.old), text(entry.item.new)
        elif entry.is_of(*due, *start):
            kind = ChangedField.DUE if entry.is_of(*due) else ChangedField.START
            old = _day(entry.item.old, entry.item.old_text)
            new = _day(entry.item.new, entry.item.new_text)
        else:
            continue
        if old != new:
            yield Change(
                item=issue,
                id=entry.id,
                at=entry.at,
                field=kind,
                old=old,
                new=new,
                actor=entry.actor,
            )


def _status(statuses: Statuses, status: object, name: object) -> str | None:
    category = statuses.get(text(status) or "")
    return None if category is None else f"{category}:{text(name) or text(status)}"


def _day(value: object, shown: object) -> str | None:
    """Old Data Centers leave the value out and write ``2009-04-28 00:00:00.0`` as its text."""
    read = day(value) or day(shown)
    return None if read is None else read.isoformat()
