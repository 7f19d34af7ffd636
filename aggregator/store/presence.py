"""What became of items that are listed no more, when ids were last listed, and what hooks told."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select

from ..records import Absence, Presence
from . import tables
from .database import Readable, Writable, chunks, stream, upsert
from .model import Census

REMEMBERED = timedelta(days=14)
"""How long the id of a webhook's delivery is kept; trackers send one again for three days."""


class PresenceReads(Readable):
    """Absent items and censuses."""

    def absences(self, source: str | None = None) -> Iterator[tuple[str, Absence]]:
        """Yield source and absence, in order of source and item."""
        table = tables.absences
        names = tuple(Absence.__struct_fields__)
        statement = select(table.c.source, *(table.c[name] for name in names)).order_by(
            table.c.source, table.c["item"]
        )
        if source is not None:
            statement = statement.where(table.c.source == source)
        with self._reading() as connection, stream(connection, statement) as rows:
            for row in rows:
                yield row[0], Absence(**dict(zip(names, row[1:], strict=True)))

    def censuses(self, source: str) -> Mapping[str, Census]:
        """Give the last census of each scope."""
        table = tables.censuses
        with self._reading() as connection:
            rows = connection.execute(select(table).where(table.c.source == source)).mappings()
            return {row["scope"]: Census(**row) for row in rows}

    def holding(self, source: str, ids: Collection[str]) -> frozenset[str]:
        """Give the scopes that hold items or tracker milestones with these ids."""
        found: set[str] = set()
        with self._reading() as connection:
            for table in (tables.items, tables.tracker_milestones):
                for part in chunks(ids):
                    statement = select(table.c.scope).where(
                        table.c.source == source, table.c.id.in_(part)
                    )
                    found.update(connection.scalars(statement))
        return frozenset(found)

    def ids(self, source: str, scope: str | None = None) -> set[str]:
        """Give the ids of all items of a scope, or of the whole source."""
        table = tables.items
        statement = select(table.c.id).where(table.c.source == source)
        if scope is not None:
            statement = statement.where(table.c.scope == scope)
        with self._reading() as connection, stream(connection, statement) as rows:
            return {row.id for row in rows}

    def count_items(self, source: str, scope: str | None = None) -> int:
        """Count the items of a scope, or of the whole source."""
        table = tables.items
        statement = select(func.count()).where(table.c.source == source)
        if scope is not None:
            statement = statement.where(table.c.scope == scope)
        with self._reading() as connection:
            return connection.scalar(statement) or 0

    def keys(self, source: str, ids: Iterable[str]) -> Mapping[str, str]:
        """Give the keys of items by id."""
        table = tables.items
        found: dict[str, str] = {}
        with self._reading() as connection:
            for part in chunks(ids):
                statement = select(table.c.id, table.c.key).where(
                    table.c.source == source, table.c.id.in_(part)
                )
                found.update((row.id, row.key) for row in connection.execute(statement))
        return found

    def presences(self, source: str) -> Mapping[Presence, int]:
        """Count the absent items of a source, by what became of them."""
        table = tables.absences
        statement = (
            select(table.c.presence, func.count())
            .where(table.c.source == source)
            .group_by(table.c.presence)
        )
        with self._reading() as connection:
            counted = {row[0]: int(row[1]) for row in connection.execute(statement)}
        return {presence: counted.get(presence, 0) for presence in Presence}


class Presences(PresenceReads, Writable):
    """Writes them down."""

    def record_census(self, census: Census, absences: Sequence[Absence], back: set[str]) -> None:
        """Keep a census with what it found out: items that are absent, and those that are back."""
        with self._writing() as connection:
            forget(connection, census.source, back)
            write(connection, census.source, absences)
            row = {name: getattr(census, name) for name in census.__dataclass_fields__}
            upsert(connection, tables.censuses, [row])

    def record_absences(self, source: str, absences: Sequence[Absence]) -> None:
        """Keep what a census found out before it broke off."""
        with self._writing() as connection:
            write(connection, source, absences)

    def forget_censuses(self, source: str, *, but: Collection[str]) -> None:
        """Let go of the censuses of scopes that are read no more."""
        table = tables.censuses
        with self._writing() as connection:
            connection.execute(
                delete(table).where(table.c.source == source, table.c.scope.not_in(list(but)))
            )


def note_delivery(connection: Any, source: str, delivery: str, *, at: datetime) -> bool:
    """Note a webhook's delivery; False for one that was noted before."""
    table = tables.deliveries
    connection.execute(delete(table).where(table.c.received_at < at - REMEMBERED))
    known = connection.scalar(
        select(table.c.id).where(table.c.source == source, table.c.id == delivery)
    )
    if known is None:
        row = {"source": source, "id": delivery, "received_at": at}
        connection.execute(insert(table), [row])
    return known is None


def write(connection: Any, source: str, absences: Sequence[Absence]) -> None:
    """Store what became of items; since when stays as it was, where nothing else is new."""
    table = tables.absences
    known: dict[str, tuple[Presence, str | None]] = {}
    for part in chunks({absence.item for absence in absences}):
        rows = connection.execute(
            select(table.c["item"], table.c.presence, table.c.moved_to).where(
                table.c.source == source, table.c["item"].in_(part)
            )
        )
        known.update({row[0]: (row[1], row[2]) for row in rows})
    upsert(
        connection,
        table,
        [
            {name: getattr(absence, name) for name in absence.__struct_fields__}
            | {"source": source}
            for absence in absences
            if known.get(absence.item) != (absence.presence, absence.moved_to)
        ],
    )


def forget(connection: Any, source: str, items: set[str]) -> None:
    """Let items be present again."""
    table = tables.absences
    for part in chunks(items):
        connection.execute(delete(table).where(table.c.source == source, table.c["item"].in_(part)))
