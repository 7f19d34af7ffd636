"""Writes one batch: what it says replaces what was known, unless that was newer.

Everything is read first and only differences are written, so that a batch that comes again
changes nothing, and a stream of batches leaves the same rows however it was cut.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, Select, Table, bindparam, delete, insert, select, tuple_

from ..records import (
    Absence,
    Batch,
    Change,
    ChangedField,
    Cursor,
    DateMove,
    Item,
    Link,
    Listing,
    TrackerMilestone,
    Worklog,
)
from . import gone, presence, reviews, tables
from . import moves as told
from .bulk import Row, find_rows, upsert_rows
from .database import chunks, upsert
from .facts import SEEN, day
from .model import Applied, EntityKind, LedgerField, LedgerOrigin
from .text import content_hashes, storable_batch, values

LinkKey = tuple[str, ...]

_ITEM = tuple(Item.__struct_fields__)
_CHANGE = tuple(Change.__struct_fields__)
_WORKLOG = tuple(Worklog.__struct_fields__)
_LINK = tuple(Link.__struct_fields__)
_LINK_KEY = tuple(column.name for column in tables.links.primary_key if column.name != "source")
_item_values = attrgetter(*_ITEM)
_worklog_values = attrgetter(*_WORKLOG)
_change_values = attrgetter(*_CHANGE)
_link_values = attrgetter(*_LINK)
_link_key = attrgetter(*_LINK_KEY)
_MOST_NAMES = 20
_DATES = frozenset((ChangedField.DUE, ChangedField.START))
_ANY_ABSENCE = (
    select(tables.absences.c["item"])
    .where(tables.absences.c.source == bindparam("source"))
    .limit(1)
)


_ANY_WORKLOG = (
    select(tables.worklogs.c["item"])
    .where(tables.worklogs.c.source == bindparam("source"))
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class _KnownItem:
    updated_at: datetime
    hash: int
    blocked_since: datetime | None
    start_date: date | None
    due_date: date | None


@dataclass(frozen=True, slots=True)
class _KnownMilestone:
    hash: int
    start: date | None
    due: date | None
    name: str
    former_names: tuple[str, ...]
    closed: bool

    def former_to(self, name: str) -> tuple[str, ...]:
        """Give what it was called before it is called ``name``."""
        if name == self.name:
            return self.former_names
        before = (each for each in self.former_names if each not in {name, self.name})
        return (*before, self.name)[-_MOST_NAMES:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One batch on its way into the database, inside one transaction."""

    connection: Connection
    source: str
    observed_at: datetime
    accept_missing: bool = False
    """Whether a list of milestones may be empty where some were known."""

    def run(self, scope: str | None, batch: Batch) -> Applied:
        """Write facts and cursor; raises ``ValueError`` for a batch that breaks its contract."""
        check(batch)
        batch = storable_batch(batch)
        current, new, items_changed, seen = self._items(batch.items)
        added, removed = self._links(
            current - new, [link for link in batch.links if link.owner in current]
        )
        changes_added = self._changes((*batch.changes, *_untold(seen, batch.changes)), new)
        if batch.worklogs or (current - new and self._has(_ANY_WORKLOG)):
            self._worklogs(current, batch.worklogs)
        if batch.pull_requests:
            reviews.write(self.connection, self.source, batch.pull_requests, batch.reviews)
        moved = self._moves(batch.moves, batch.milestones)
        milestones_changed, ledger_added = self._milestones(batch.milestones)
        milestones_gone, ended, doubted = self._gone(batch)
        if current and self._has(_ANY_ABSENCE):
            presence.forget(self.connection, self.source, current)
        self._absences(batch.absences)
        if scope is not None:
            self._cursor(scope, batch.cursor)
        return Applied(
            items=len(batch.items),
            items_changed=items_changed,
            milestones_changed=milestones_changed,
            links_added=added,
            links_removed=removed,
            changes_added=changes_added,
            ledger_added=ledger_added + moved + ended,
            milestones_gone=milestones_gone,
            doubted=doubted,
        )

    def _items(self, items: Sequence[Item]) -> tuple[set[str], set[str], int, list[Change]]:
        """Write newer items.

        Return the ids of all that are not older than the stored ones, of those that were not
        stored before, how many were written, and which of their dates are others than before.
        """
        ids = {item.id for item in items}
        found = self._stored(tables.items, "id", ids, *_KnownItem.__dataclass_fields__)
        known = {row[0]: _KnownItem(*row[1:]) for row in found}
        new = ids - known.keys()
        current: set[str] = set()
        seen: list[Change] = []
        rows: dict[str, Row] = {}
        for item, content in zip(items, content_hashes(items), strict=True):
            stored = known.get(item.id)
            if stored is not None and item.updated_at < stored.updated_at:
                continue
            current.add(item.id)
            if stored is not None and stored.hash == content:
                continue
            if stored is not None:
                seen += _seen_moves(stored, item)
            since = _blocked_since(stored, item)
            shown = (
                item if since == item.blocked_since else structs.replace(item, blocked_since=since)
            )
            rows[item.id] = (self.source, *_item_values(shown), content)
            known[item.id] = _KnownItem(
                item.updated_at, content, since, item.start_date, item.due_date
            )
        columns = ("source", *_ITEM, "hash")
        none_known = len(new) == len(ids)
        upsert_rows(self.connection, tables.items, columns, list(rows.values()), new=none_known)
        return current, new, len(rows), seen

    def _links(self, owners: set[str], links: Sequence[Link]) -> tuple[int, int]:
        """Write links, and take away what ``owners`` had before; return how many came and went.

        No link is stored of an item that is not.
        """
        found = self._stored(tables.links, "owner", owners, *_LINK_KEY[1:], "since", "seen_at")
        known: dict[LinkKey, tuple[datetime | None, datetime]] = {
            tuple(row[:-2]): (row[-2], row[-1]) for row in found
        }
        wanted: dict[LinkKey, Link] = {_link_key(link): link for link in links}
        gone = [key for key in known if key not in wanted]
        column = tables.links.c
        for old in chunks(gone):
            self.connection.execute(
                delete(tables.links).where(
                    column.source == self.source,
                    tuple_(*(column[name] for name in _LINK_KEY)).in_(old),
                )
            )
        new = [
            (self.source, *_link_values(link), known.get(key, (None, self.observed_at))[1])
            for key, link in wanted.items()
            if key not in known or known[key][0] != link.since
        ]
        columns = ("source", *_LINK, "seen_at")
        upsert_rows(self.connection, tables.links, columns, new, new=not known)
        return sum(key not in known for key in wanted), len(gone)

    def _changes(self, changes: Sequence[Change], new: set[str]) -> int:
        """Write changes that are not stored yet; return how many, those of ``new`` items included.

        A converter that learned better may restate a change; none is ever taken back.
        """
        items = {change.item for change in changes} - new
        found = self._stored(tables.changes, "item", items, *_CHANGE[1:])
        known: dict[Row, Row] = {(row[0], row[1]): tuple(row) for row in found}
        wanted: dict[Row, Row] = {row[:2]: row for row in map(_change_values, changes)}
        source = self.source
        if known:
            different = [(source, *row) for key, row in wanted.items() if known.get(key) != row]
        else:
            different = [(source, *row) for row in wanted.values()]
        # A change may have come before its item.
        columns, none_known = ("source", *_CHANGE), False if known else None
        upsert_rows(self.connection, tables.changes, columns, different, new=none_known)
        return len(wanted) - len(wanted.keys() & known.keys())

    def _stored(self, table: Table, key: str, keys: Collection[str], *names: str) -> Iterable[Any]:
        """Read the rows of this source that have one of some keys: the key, then ``names``."""
        return find_rows(self.connection, table, self.source, (key, *names), keys)

    def _worklogs(self, owners: set[str], worklogs: Sequence[Worklog]) -> None:
        """Write the worklogs of ``owners``, and take away what these had before."""
        found = self._stored(tables.worklogs, "item", owners, *_WORKLOG[1:])
        known: dict[Row, Row] = {(row[0], row[1]): tuple(row) for row in found}
        wanted = {row[:2]: row for row in map(_worklog_values, worklogs) if row[0] in owners}
        column = tables.worklogs.c
        for old in chunks([key for key in known if key not in wanted]):
            self.connection.execute(
                delete(tables.worklogs).where(
                    column.source == self.source, tuple_(column["item"], column["id"]).in_(old)
                )
            )
        different = [(self.source, *row) for key, row in wanted.items() if known.get(key) != row]
        upsert_rows(self.connection, tables.worklogs, ("source", *_WORKLOG), different)

    def _has(self, any_row: Select[Any]) -> bool:
        """Say whether a table has a row of this source."""
        return self.connection.execute(any_row, {"source": self.source}).first() is not None

    def _milestones(self, milestones: Sequence[TrackerMilestone]) -> tuple[int, int]:
        """Write milestones, and a ledger entry for each date that is new or has moved."""
        known = self._known_milestones({milestone.id for milestone in milestones})
        rows: dict[str, dict[str, Any]] = {}
        entries: list[dict[str, Any]] = []
        for milestone, content in zip(milestones, content_hashes(milestones), strict=True):
            stored = known.get(milestone.id)
            start, due = milestone.start_date, milestone.due_date
            if stored is None or stored.start != start:
                entries.append(self._observed(milestone.id, LedgerField.START, start))
            if stored is None or stored.due != due:
                entries.append(self._observed(milestone.id, LedgerField.DUE, due))
            if stored is not None and stored.closed != milestone.closed:
                which = LedgerField.CLOSED if milestone.closed else LedgerField.REOPENED
                entries.append(self._observed(milestone.id, which, milestone.closed_on))
            if stored is None or stored.hash != content:
                former = stored.former_to(milestone.name) if stored is not None else ()
                row = values(structs.replace(milestone, former_names=former))
                rows[milestone.id] = row | {"source": self.source, "hash": content}
                known[milestone.id] = _KnownMilestone(
                    content, start, due, milestone.name, former, milestone.closed
                )
        upsert(self.connection, tables.tracker_milestones, list(rows.values()))
        if entries:
            self.connection.execute(insert(tables.ledger), entries)
        return len(rows), len(entries)

    def _known_milestones(self, ids: set[str]) -> dict[str, _KnownMilestone]:
        names = ("hash", "start_date", "due_date", "name", "former_names", "closed")
        found = self._stored(tables.tracker_milestones, "id", ids, *names)
        return {row[0]: _KnownMilestone(*row[1:]) for row in found}

    def _gone(self, batch: Batch) -> tuple[int, int, tuple[Listing, ...]]:
        """Take away what lists leave out; return how many, ledger entries, and doubtful lists.

        What the same batch names somewhere is there after all.
        """
        ids = {*batch.gone} - {milestone.id for milestone in batch.milestones}
        doubted: list[Listing] = []
        for listing in batch.listings:
            missing, listed = gone.left_out(self.connection, self.source, listing, batch.milestones)
            if listed or self.accept_missing:
                ids |= missing
            elif missing:
                doubted.append(listing)
        if not ids:
            return 0, 0, tuple(doubted)
        count, ended = gone.take_away(self.connection, self.source, ids, at=self.observed_at)
        return count, ended, tuple(doubted)

    def _moves(self, moves: Sequence[DateMove], milestones: Sequence[TrackerMilestone]) -> int:
        """Enter what a tracker told of milestones that are known, or stand in the same batch."""
        if not moves:
            return 0
        known = {*self._known_milestones({move.milestone for move in moves})}
        known |= {milestone.id for milestone in milestones}
        ours = [move for move in moves if move.milestone in known]
        return told.enter(self.connection, self.source, ours, heard_at=self.observed_at)

    def _absences(self, absences: Sequence[Absence]) -> None:
        """Write what became of items that are known."""
        if not absences:
            return
        found = self._stored(tables.items, "id", {absence.item for absence in absences})
        known = {row[0] for row in found}
        ours = [absence for absence in absences if absence.item in known]
        presence.write(self.connection, self.source, ours)

    def _observed(self, entity: str, field: LedgerField, value: date | None) -> dict[str, Any]:
        return {
            "source": self.source,
            "kind": EntityKind.MILESTONE,
            "entity": entity,
            "field": field,
            "value": value,
            "at": self.observed_at,
            "origin": LedgerOrigin.OBSERVATION,
        }

    def _cursor(self, scope: str, cursor: Cursor) -> None:
        row: Mapping[str, Any] = {"source": self.source, "scope": scope, "cursor": dict(cursor)}
        upsert(self.connection, tables.cursors, [row])


def check(batch: Batch) -> None:
    """Refuse what could not be read back as it was meant; raises ``ValueError``."""
    owners = {item.id for item in batch.items}
    for link in batch.links:
        if link.owner not in owners:
            raise ValueError(
                f"link {link.upstream} -> {link.downstream} belongs to item {link.owner}, "
                "which its batch does not hold"
            )
    for milestone in batch.milestones:
        if milestone.gone_at is not None:
            raise ValueError(f"tracker milestone {milestone.id} is listed, and gone all the same")
    for change in batch.changes:
        if change.field in _DATES:
            day(change.old)
            day(change.new)


def _seen_moves(stored: _KnownItem, item: Item) -> Iterator[Change]:
    """Tell which dates of an item are others than before, as of the item's last update."""
    for field, old, new in (
        (ChangedField.START, stored.start_date, item.start_date),
        (ChangedField.DUE, stored.due_date, item.due_date),
    ):
        if old != new:
            yield Change(
                item=item.id,
                id=f"{SEEN}{field}:{item.updated_at.isoformat()}",
                at=item.updated_at,
                field=field,
                old=None if old is None else old.isoformat(),
                new=None if new is None else new.isoformat(),
            )


def _untold(seen: Sequence[Change], told: Sequence[Change]) -> list[Change]:
    """Keep the moves that nobody tells of: not every tracker has a history of its dates."""
    if not seen:
        return []
    dates = [change for change in told if change.field in _DATES]
    known = {(change.item, change.field, day(change.new)) for change in dates}
    return [change for change in seen if (change.item, change.field, day(change.new)) not in known]


def _blocked_since(stored: _KnownItem | None, item: Item) -> datetime | None:
    """Say since when an item is known to be blocked.

    A tracker that does not say when is believed from the item's last update on: it was blocked
    by then, and no clock of ours comes in.
    """
    if not item.blocked:
        return None
    stated = item.blocked_since or item.updated_at
    earlier = stored.blocked_since if stored is not None else None
    return stated if earlier is None else min(earlier, stated)
