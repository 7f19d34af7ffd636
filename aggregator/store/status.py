"""How the syncs of each source went, and where they go on."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from ..records import Cursor
from . import tables
from .database import Readable, Writable, stream, upsert
from .model import ErrorKind, SyncState


class SourceReads(Readable):
    """What is known about the sources themselves."""

    def cursor(self, source: str, scope: str) -> Cursor | None:
        """Find where the next pull of a scope goes on; None means from the beginning."""
        table = tables.cursors
        with self._reading() as connection:
            stored: Cursor | None = connection.scalar(
                select(table.c.cursor).where(table.c.source == source, table.c.scope == scope)
            )
        return stored

    def cursors(self, source: str) -> Iterator[tuple[str, Cursor]]:
        """Yield each scope that was read, with where its next pull goes on."""
        table = tables.cursors
        statement = (
            select(*(table.c[name] for name in ("scope", "cursor")))
            .where(table.c.source == source)
            .order_by(table.c.scope)
        )
        with self._reading() as connection, stream(connection, statement) as rows:
            for row in rows:
                yield row.scope, row.cursor

    def source_states(self) -> Mapping[str, SyncState]:
        """Give each source that was ever attempted, by name, with the number of its items."""
        table = tables.source_status
        counted = (
            select(tables.items.c.source, func.count().label("items"))
            .group_by(tables.items.c.source)
            .subquery()
        )
        statement = (
            select(table, func.coalesce(counted.c["items"], 0).label("items"))
            .outerjoin(counted, counted.c.source == table.c.source)
            .order_by(table.c.source)
        )
        with self._reading() as connection:
            rows = connection.execute(statement).mappings()
            return {row["source"]: SyncState(**row) for row in rows}


class Sources(SourceReads, Writable):
    """Writes down how attempts went."""

    def record_success(
        self, source: str, *, at: datetime, skipped: Mapping[str, str] | None = None
    ) -> None:
        """Note that all of a source was read, but for the scopes that had to be skipped."""
        self._note(
            source,
            last_attempt=at,
            last_success=at,
            error=None,
            error_kind=None,
            retry_at=None,
            skipped=dict(skipped or {}),
        )

    def record_failure(
        self,
        source: str,
        *,
        at: datetime,
        error: str,
        kind: ErrorKind,
        retry_at: datetime | None = None,
        skipped: Mapping[str, str] | None = None,
    ) -> None:
        """Note that a source could not be read, or not to its end.

        Without ``skipped``, what the last attempt had to skip is still taken to be so.
        """
        noted = {} if skipped is None else {"skipped": dict(skipped)}
        self._note(
            source, last_attempt=at, error=error, error_kind=kind, retry_at=retry_at, **noted
        )

    def record_skip(self, source: str, scope: str, reason: str, *, at: datetime) -> None:
        """Note that one scope cannot be read, beside those that the last attempt had to skip."""
        state = self.source_states().get(source)
        skipped = dict(state.skipped) if state is not None else {}
        self._note(source, last_attempt=at, skipped=skipped | {scope: reason})

    def record_attempt(self, source: str, *, at: datetime) -> None:
        """Note an attempt that says nothing about the whole source: stopped, or one scope."""
        self._note(source, last_attempt=at)

    def _note(self, source: str, **noted: Any) -> None:
        table = tables.source_status
        with self._writing() as connection:
            stored = connection.execute(select(table).where(table.c.source == source))
            blank: dict[str, Any] = {column.name: None for column in table.columns}
            row = stored.mappings().first() or blank | {"skipped": {}}
            upsert(connection, table, [{**row, **noted, "source": source}])
