"""Reads what the trackers said, in a fixed order and without holding it all in memory."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, or_, select

from ..records import Change, ChangedField, Item, Link, LinkKind, LinkOrigin, TrackerMilestone
from . import tables
from .database import Readable, stream
from .model import EntityKind, LedgerEntry, LedgerField, LedgerOrigin

SEEN = "seen:"
"""Begins the id of a change that no tracker told of."""

_MOVED = {ChangedField.DUE: LedgerField.DUE, ChangedField.START: LedgerField.START}


class Facts(Readable):
    """Items, tracker milestones, links, changes and the ledger."""

    def items(self, source: str | None = None) -> Iterator[tuple[str, Item]]:
        """Yield source and item, in order of source and tracker id."""
        names = tuple(Item.__struct_fields__)
        table = tables.items
        for row in self._rows(_of(table, names, source).order_by(table.c.source, table.c.id)):
            yield row[0], Item(**dict(zip(names, row[1:], strict=True)))

    def tracker_milestones(
        self, source: str | None = None
    ) -> Iterator[tuple[str, TrackerMilestone]]:
        """Yield source and tracker milestone, in order of source and tracker id."""
        names = tuple(TrackerMilestone.__struct_fields__)
        table = tables.tracker_milestones
        for row in self._rows(_of(table, names, source).order_by(table.c.source, table.c.id)):
            yield row[0], TrackerMilestone(**dict(zip(names, row[1:], strict=True)))

    def links(self, source: str | None = None) -> Iterator[tuple[str, Link, datetime]]:
        """Yield source, link, and when its source was first seen to state it."""
        names = (*Link.__struct_fields__, "seen_at")
        table = tables.links
        for row in self._rows(_of(table, names, source).order_by(*table.primary_key)):
            yield row[0], Link(**dict(zip(names[:-1], row[1:-1], strict=True))), row[-1]

    def parents(self, source: str, scope: str | None = None) -> Mapping[str, str]:
        """Give the parents of a scope's items, by id; those without one are left out."""
        items = tables.items.c
        columns: list[ColumnElement[Any]] = [items.id, items.parent]
        statement = select(*columns).where(items.source == source, items.parent.is_not(None))
        if scope is not None:
            statement = statement.where(items.scope == scope)
        return {row[0]: row[1] for row in self._rows(statement)}

    def plans(
        self, source: str, scope: str | None = None
    ) -> Mapping[str, tuple[date | None, date | None, float | None]]:
        """Give start date, due date and points of a scope's items, by id; those without any not."""
        items = tables.items.c
        told = (items.start_date, items.due_date, items.points)
        columns: list[ColumnElement[Any]] = [items.id, *told]
        planned = or_(*(column.is_not(None) for column in told))
        statement = select(*columns).where(items.source == source, planned)
        if scope is not None:
            statement = statement.where(items.scope == scope)
        return {row[0]: (row[1], row[2], row[3]) for row in self._rows(statement)}

    def linked(
        self, source: str, scope: str | None = None
    ) -> Mapping[str, Mapping[LinkKind, frozenset[str]]]:
        """Give the keys that the tracker itself links items of a scope to, by owner and kind.

        Items without any are left out.
        """
        links, items = tables.links.c, tables.items.c
        columns: list[ColumnElement[Any]] = [
            links.owner,
            links.kind,
            links.upstream,
            links.downstream,
            items.key,
        ]
        statement = (
            select(*columns)
            .join_from(
                tables.links,
                tables.items,
                and_(items.source == links.source, items.id == links.owner),
            )
            .where(links.source == source, links.origin == LinkOrigin.TRACKER)
        )
        if scope is not None:
            statement = statement.where(items.scope == scope)
        found: dict[str, dict[LinkKind, set[str]]] = {}
        for owner, kind, upstream, downstream, key in self._rows(statement):
            other = downstream if upstream == key else upstream
            found.setdefault(owner, {}).setdefault(kind, set()).add(other)
        return {
            owner: {kind: frozenset(keys) for kind, keys in kinds.items()}
            for owner, kinds in found.items()
        }

    def changes(self, source: str | None = None) -> Iterator[tuple[str, Change]]:
        """Yield source and change, item by item, oldest first."""
        names = tuple(Change.__struct_fields__)
        table = tables.changes
        ordered = _of(table, names, source).order_by(
            table.c.source, table.c.item, table.c.at, table.c.id
        )
        for row in self._rows(ordered):
            yield row[0], Change(**dict(zip(names, row[1:], strict=True)))

    def ledger(
        self, kind: EntityKind, *, source: str | None = None, entity: str | None = None
    ) -> Iterator[LedgerEntry]:
        """Yield every value that a date is known to have had, entity by entity, oldest first.

        Items have theirs from their changelogs: the value they were created with, then each
        move; where a tracker has no such history, what syncs saw. Of tracker milestones it is
        what syncs saw, of declared milestones what the operator's file said.
        """
        if kind is EntityKind.ITEM:
            yield from self._moved_items(source, entity)
            return
        table = tables.ledger
        names = tuple(LedgerEntry.__dataclass_fields__)
        conditions = [table.c.kind == kind]
        if source is not None:
            conditions.append(table.c.source == source)
        if entity is not None:
            conditions.append(table.c.entity == entity)
        ordered = select(*(table.c[name] for name in names)).where(*conditions)
        ordered = ordered.order_by(
            table.c.source, table.c.entity, table.c.field, table.c.at, table.c.seq
        )
        for row in self._rows(ordered):
            yield LedgerEntry(**dict(zip(names, row, strict=True)))

    def _moved_items(self, source: str | None, entity: str | None) -> Iterator[LedgerEntry]:
        """Derive the ledger of items, so that changelogs may arrive late and in any order."""
        change, item = tables.changes, tables.items
        conditions: list[ColumnElement[bool]] = [change.c.field.in_(list(_MOVED))]
        if source is not None:
            conditions.append(change.c.source == source)
        if entity is not None:
            conditions.append(change.c.item == entity)
        ordered = (
            select(change, item.c.created_at)
            .outerjoin(item, and_(item.c.source == change.c.source, item.c.id == change.c.item))
            .where(*conditions)
            .order_by(change.c.source, change.c.item, change.c.field, change.c.at, change.c.id)
        )
        previous: tuple[str, str, ChangedField] | None = None
        latest: date | None = None
        for row in self._rows(ordered):
            this = (row.source, row.item, row.field)
            if this != previous:
                previous, latest = this, day(row.old)
                if row.created_at is not None:
                    yield _moved(row, latest, row.created_at, None)
            value = day(row.new)
            if value != latest:
                latest = value
                yield _moved(row, value, row.at, row.actor)

    def _rows(self, statement: Select[Any]) -> Iterator[Any]:
        with self._reading() as connection, stream(connection, statement) as rows:
            yield from rows


def day(text: str | None) -> date | None:
    """Read the date of a changelog value; raises ``ValueError`` for what is none."""
    return date.fromisoformat(text[:10]) if text else None


def origin_of(change: str) -> LedgerOrigin:
    """Say from a change's id whether its tracker told of it, or a sync saw it."""
    return LedgerOrigin.OBSERVATION if change.startswith(SEEN) else LedgerOrigin.CHANGELOG


def _of(table: Table, names: tuple[str, ...], source: str | None) -> Select[Any]:
    columns = select(table.c.source, *(table.c[name] for name in names))
    return columns if source is None else columns.where(table.c.source == source)


def _moved(row: Any, value: date | None, at: datetime, actor: str | None) -> LedgerEntry:
    return LedgerEntry(
        source=row.source,
        kind=EntityKind.ITEM,
        entity=row.item,
        field=_MOVED[row.field],
        value=value,
        at=at,
        origin=origin_of(row.id),
        actor=actor,
    )
