"""What an issue's changelog says: when work started and ended, and how its dates moved.

A changelog names statuses by id and by their name of that time, never by category. Categories
come from a map that the caller keeps: the statuses seen in issues and in ``/status``. A status
in neither (deleted since) has no category: a change to or from it keeps only its other side,
and it counts neither as started nor as done.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

import msgspec

from slipwatch.aggregator.records import Category, Change, ChangedField

from .payloads import (
    Changelog,
    Fields,
    History,
    HistoryItem,
    Issue,
    day,
    instant,
    number,
    text,
)

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
Kept = tuple[str, str]
"""The role of a field whose history is kept, and its id."""

_SYSTEM: dict[str, Kept] = {
    "status": ("status", "status"),
    "duedate": ("due", "duedate"),
    "fixVersions": ("version", "fixVersions"),
    "Fix Version": ("version", "fixVersions"),
    "assignee": ("assignee", "assignee"),
    "labels": ("labels", "labels"),
    "parent": ("parent", "parent"),
    "Parent": ("parent", "parent"),
    "IssueParentAssociation": ("parent", "parent"),
    "project": ("project", "project"),
    "Key": ("key", "key"),
    "issuekey": ("key", "key"),
    "Link": ("link", "link"),
    "issuelinks": ("link", "link"),
}
"""By what changelogs call them: an id where there is one, else a name."""

_WITHOUT_ID = frozenset(("parent", "key", "link"))
FIELD_IDS = tuple(dict.fromkeys(own for role, own in _SYSTEM.values() if role not in _WITHOUT_ID))
"""The system fields whose history can be asked for by id."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The fields whose history is kept, by id and by the names that changelogs have for them.

    Data Center leaves ids out. ``unresolved`` are names whose id is not known.
    """

    ids: Mapping[str, Kept]
    names: Mapping[str, Kept]
    unresolved: Mapping[str, Kept]

    @classmethod
    def of(
        cls, fields: Mapping[str, Mapping[str, Collection[str]]], unresolved: Mapping[str, str]
    ) -> "Watched":
        """Combine the names by id of each role's fields with names whose id nobody gave."""
        named = {name: (role, name) for role, name in unresolved.items()}
        named["Flagged"] = ("flagged", "Flagged")
        return cls(
            # A due date that is named as the planned end is the planned end.
            ids=_SYSTEM | {each: (role, each) for role in fields for each in fields[role]},
            names=named
            | {
                name: (role, each)
                for role, ids in fields.items()
                for each, names in ids.items()
                for name in names
            },
            unresolved=named,
        )

    def find(self, item: HistoryItem) -> Kept | None:
        """Say which field a change is about, if its history is kept."""
        if item.field_id:
            found = self.ids.get(item.field_id)
            if found is not None or item.field is None:
                return found
            return self.unresolved.get(item.field) or (
                _SYSTEM.get(item.field) if item.fieldtype != "custom" else None
            )
        if item.field is None:
            return None
        system = None if item.fieldtype == "custom" else self.ids.get(item.field)
        return system or self.names.get(item.field)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One change of a field that is kept, with the id it has for as long as Jira keeps it."""

    role: str
    field: str
    id: str
    at: datetime
    item: HistoryItem
    actor: str | None
    number: int = 0
    """The entry's own id, where that is a number."""


Log = Sequence[Entry]
Held = Sequence[tuple[str, date | None]]
"""Fields that may hold a day, and the one each holds now; the first that holds one counts."""


def category_of(key: str | None) -> Category:
    """Read a status category's key; ``undefined`` counts as not started."""
    return _CATEGORIES.get(key or "", Category.TODO)


def log_of(changelog: Changelog | None, watched: Watched) -> Log:
    """Lay a changelog out, oldest first; the site may give it in either order.

    An id is made of the entry's own and the field's, and a number where a field is in an entry
    more than once: it is the same however the changelog was asked for.
    """
    entries: list[Entry] = []
    for history in (changelog.histories or ()) if changelog is not None else ():
        _lay_out(history, watched, entries)
    if len(entries) > 1:
        if entries[0].number == 0 and entries[0].at > entries[-1].at:
            entries.reverse()
        # Ids grow: of one moment, the entry with the higher one came later.
        entries.sort(key=attrgetter("at", "number"))
    return entries


def _lay_out(history: History, watched: Watched, entries: list[Entry]) -> None:
    at: datetime | None = None
    name, number, actor = "", 0, None
    fields: list[str] = []
    for item in history.items or ():
        found = watched.find(item)
        if found is None:
            continue
        if at is None:
            at = instant(history.created)
            if at is None:
                return
            name = text(history.id) or at.isoformat()
            number = int(name) if name.isdecimal() else 0
            actor = history.author.shown if history.author is not None else None
        role, field = found
        identity = f"{name}:{field}"
        if field in fields:
            identity = f"{identity}:{fields.count(field)}"
        fields.append(field)
        entries.append(Entry(role, field, identity, at, item, actor, number))


def current_status(issue: Issue[Fields]) -> tuple[str, Category] | None:
    """Give the id and the category of the status an issue is in, where it says both."""
    status = issue.fields.status
    identity = text(status.id) if status is not None else None
    if identity is None or status is None or status.status_category is None:
        return None
    return identity, category_of(status.status_category.key)


def mentioned_statuses(logs: Iterable[Log]) -> set[str]:
    """Name the ids of all statuses that changelogs know."""
    moves = [entry.item for log in logs for entry in log if entry.role == "status"]
    ids = {move.old for move in moves} | {move.new for move in moves}
    return {known for each in ids if (known := text(each)) is not None}


def started_at(
    log: Log, statuses: Statuses, *, now: Category, created: datetime
) -> datetime | None:
    """Give the first time an issue came into a status in progress.

    Without any transition the issue has been in its status since it was created.
    """
    moved = False
    for entry in log:
        if entry.role != "status":
            continue
        if not moved and statuses.get(text(entry.item.old) or "") is Category.DOING:
            return created
        if statuses.get(text(entry.item.new) or "") is Category.DOING:
            return entry.at
        moved = True
    return created if not moved and now is Category.DOING else None


def done_at(log: Log, statuses: Statuses) -> datetime | None:
    """Give the last time an issue came into a done status from one that was not done."""
    found = None
    for entry in log:
        if (
            entry.role == "status"
            and statuses.get(text(entry.item.new) or "") is Category.DONE
            and statuses.get(text(entry.item.old) or "") is not Category.DONE
        ):
            found = entry.at
    return found


def former_keys(log: Log, key: str) -> tuple[str, ...]:
    """Give the keys an issue had before it moved, the oldest first."""
    moves = [entry for entry in log if entry.role == "key"]
    if not moves:
        return ()
    keys = (text(each) for move in moves for each in (move.item.old_text, move.item.new_text))
    return tuple(dict.fromkeys(each for each in keys if each and each != key))


def in_force(held: Held) -> date | None:
    """Give the day that counts of the fields that may hold it: that of the first that does."""
    return next((value for _, value in held if value is not None), None)


def changes(
    issue: str, log: Log, statuses: Statuses, *, ends: Held, starts: Held
) -> Iterator[Change]:
    """Give the history of the fields that are kept, of the issue with this id.

    ``ends`` and ``starts`` are the fields that may hold these dates, with what they hold now.
    """
    dates: list[Entry] = []
    for entry in log:
        role = entry.role
        if role == "sprint":
            yield from _sprints(issue, entry)
            continue
        if role in _DATES:
            dates.append(entry)
            continue
        field = _FIELDS.get(role)
        if field is None:
            continue
        if role == "status":
            old, new = _statuses(entry.item, statuses)
        else:
            old, new = _SIDES.get(role, _texts)(entry.item)
        if old != new:
            yield _change(issue, entry, field, old, new)
    if dates:
        yield from _dates(issue, dates, ChangedField.DUE, ends)
        yield from _dates(issue, dates, ChangedField.START, starts)


def _change(
    issue: str, entry: Entry, field: ChangedField, old: str | None, new: str | None
) -> Change:
    return Change(
        item=issue, id=entry.id, at=entry.at, field=field, old=old, new=new, actor=entry.actor
    )


def _dates(issue: str, dates: Sequence[Entry], field: ChangedField, held: Held) -> Iterator[Change]:
    """Give the moves of the day that counted at each time, whichever field it stood in."""
    names = [name for name, _ in held]
    entries = [entry for entry in dates if entry.field in names]
    last = {entry.field: _days(entry.item)[1] for entry in entries}
    nothing = in_force(held) is None
    days = {
        name: None if value is None else value.isoformat()
        for name, value in held
        # One that shows no day though nobody took it away is hidden beside one that shows its own.
        if nothing or value is not None or last.get(name) is None
    }
    entries = [entry for entry in entries if entry.field in days]
    for entry in reversed(entries):
        days[entry.field] = _days(entry.item)[0]
    for _, together in groupby(entries, key=attrgetter("at", "number")):
        moved = list(together)
        days.update({entry.field: _days(entry.item)[0] for entry in reversed(moved)})
        old = _first(days)
        days.update({entry.field: _days(entry.item)[1] for entry in moved})
        new = _first(days)
        if old != new:
            yield _change(issue, moved[-1], field, old, new)


def _first(days: Mapping[str, str | None]) -> str | None:
    return next((value for value in days.values() if value is not None), None)


_DATES = frozenset(("due", "end", "start"))
_FIELDS = {
    "status": ChangedField.STATUS,
    "version": ChangedField.MILESTONE,
    "points": ChangedField.POINTS,
    "parent": ChangedField.PARENT,
    "epic": ChangedField.PARENT,
    "assignee": ChangedField.ASSIGNEE,
    "key": ChangedField.KEY,
}


Sides = tuple[str | None, str | None]
"""What a field was, and what it is since."""


def _statuses(item: HistoryItem, statuses: Statuses) -> Sides:
    return _status(statuses, item.old, item.old_text), _status(statuses, item.new, item.new_text)


def _days(item: HistoryItem) -> Sides:
    return _day(item.old, item.old_text), _day(item.new, item.new_text)


def _versions(item: HistoryItem) -> Sides:
    return text(item.old), text(item.new)


def _estimates(item: HistoryItem) -> Sides:
    return _points(item.old_text, item.old), _points(item.new_text, item.new)


def _keys(item: HistoryItem) -> Sides:
    return _key(item.old_text), _key(item.new_text)


def _texts(item: HistoryItem) -> Sides:
    return text(item.old_text), text(item.new_text)


_SIDES: Mapping[str, Callable[[HistoryItem], Sides]] = {
    "version": _versions,
    "points": _estimates,
    "parent": _keys,
    "epic": _keys,
}
"""How to read the changes of a role; those of the others are texts."""


def _sprints(issue: str, entry: Entry) -> Iterator[Change]:
    """Give one change per sprint that was left or joined; a changelog has lists of ids."""
    old, new = _ids(entry.item.old), _ids(entry.item.new)
    left = [(each, None) for each in old if each not in new]
    joined = [(None, each) for each in new if each not in old]
    for place, (before, after) in enumerate((*left, *joined)):
        yield Change(
            item=issue,
            id=entry.id if place == 0 else f"{entry.id}/{place}",
            at=entry.at,
            field=ChangedField.MILESTONE,
            old=before,
            new=after,
            actor=entry.actor,
        )


def sprint_id(number: object) -> str:
    """Give the id of a sprint; without the prefix it might be a version's."""
    return f"sprint:{number}"


def _ids(listed: object) -> list[str]:
    return [sprint_id(part.strip()) for part in (text(listed) or "").split(",") if part.strip()]


def _status(statuses: Statuses, status: object, name: object) -> str | None:
    known = text(status) or ""
    category = statuses.get(known)
    return None if category is None else ":".join((category, text(name) or known))


def _day(value: object, shown: object) -> str | None:
    """Old Data Centers leave the value out and write ``2009-04-28 00:00:00.0`` as its text."""
    return _day_in(value) or _day_in(shown)


def _day_in(value: object) -> str | None:
    return _written(value[:10]) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _written(value: str) -> str | None:
    """Write a day as every record has it; the changelogs of a project share few days."""
    read = day(value)
    return None if read is None else read.isoformat()


def _points(*values: object) -> str | None:
    """Numbers are in the text alone."""
    read = next((points for each in values if (points := number(each)) is not None), None)
    return None if read is None else f"{read:g}"


def _key(shown: object) -> str | None:
    """Read a key, also with a title behind it."""
    word = (text(shown) or "").partition(" ")[0].rstrip(":,")
    return word if word.rpartition("-")[2].isdecimal() and "-" in word else None
