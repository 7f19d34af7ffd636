"""An issue's changelog laid out, and what it says of when work started and ended.

A changelog names statuses by id and by their name of that time, never by category. Categories
come from a map that the caller keeps: the statuses seen in issues and in ``/status``. A status
in neither (deleted since) has no category: a change to or from it keeps only its other side,
and it counts neither as started nor as done.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

import msgspec

from slipwatch.aggregator.records import Category

from .payloads import (
    Changelog,
    Fields,
    History,
    HistoryItem,
    Issue,
    instant,
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
    "resolution": ("resolution", "resolution"),
    "duedate": ("due", "duedate"),
    "fixVersions": ("version", "fixVersions"),
    "Fix Version": ("version", "fixVersions"),
    "assignee": ("assignee", "assignee"),
    "labels": ("labels", "labels"),
    "issuetype": ("type", "issuetype"),
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


def done_at(log: Log, statuses: Statuses, resolved: datetime | None) -> datetime | None:
    """Give the last time an issue came into a done status, else when it was resolved.

    A resolution may be set or changed long after. A move out of a status that nobody knows any
    more may be that of a new workflow: then it was done when it was resolved, if that was before.
    """
    found, sure = None, True
    for entry in log:
        if entry.role != "status":
            continue
        before = statuses.get(text(entry.item.old) or "")
        after = statuses.get(text(entry.item.new) or "")
        if after is Category.DONE and before is not Category.DONE:
            found, sure = entry.at, before is not None
        elif after is not None and after is not Category.DONE:
            found = None
    if found is None or (not sure and resolved is not None and resolved < found):
        return resolved
    return found


def former_keys(log: Log, key: str, prefixes: Sequence[str] = ()) -> tuple[str, ...]:
    """Give the keys an issue had before it moved, or its project's key was changed.

    The oldest come first. ``prefixes`` are the former keys of its project.
    """
    moves = [entry for entry in log if entry.role == "key"]
    if not moves and not prefixes:
        return ()
    keys = [text(each) for move in moves for each in (move.item.old_text, move.item.new_text)]
    keys += [f"{prefix}-{key.rpartition('-')[2]}" for prefix in prefixes]
    return tuple(dict.fromkeys(each for each in keys if each and each != key))
