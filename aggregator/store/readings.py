"""Readings of benefits, and how fetching them went: lists that only grow.

A benefit is named as findings name it, ``program/benefit:B1``. A fetch that failed is an event of
its own, never a reading.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from ..benefits.model import Fetching, Reading
from . import tables
from .database import Readable, Writable, upsert
from .model import FailedFetch
from .text import storable


class ReadingReads(Readable):
    """What is known of benefits' measures."""

    def readings(self, benefit: str | None = None) -> Mapping[str, list[Reading]]:
        """Give all readings by benefit, in the order in which they were fetched."""
        table = tables.benefit_readings
        statement = select(table).order_by(table.c.seq)
        if benefit is not None:
            statement = statement.where(table.c.benefit == benefit)
        found: dict[str, list[Reading]] = defaultdict(list)
        with self._reading() as connection:
            for row in connection.execute(statement):
                found[row.benefit].append(
                    Reading(
                        value=row.value,
                        at=row.at,
                        fetched_at=row.fetched_at,
                        source=row.source,
                        by=row.by,
                    )
                )
        return dict(found)

    def fetching(self) -> Mapping[str, Fetching]:
        """Give how fetching goes, by benefit that was ever fetched."""
        table = tables.benefit_fetches
        with self._reading() as connection:
            return {
                row.benefit: Fetching(
                    last_attempt=row.last_attempt,
                    error=row.error,
                    failures=row.failures,
                    measure=row.measure,
                )
                for row in connection.execute(select(table).order_by(table.c.benefit))
            }


class Readings(ReadingReads, Writable):
    """Writes them down."""

    def record_readings(
        self,
        benefit: str,
        readings: Sequence[Reading],
        *,
        attempted_at: datetime | None = None,
        measure: str = "",
    ) -> int:
        """Add readings that say something new; return how many those are.

        A reading is passed over when the last one of the same time has the same value. With
        ``attempted_at`` the attempt that brought them, by a ``measure``, is noted as a success.
        """
        with self._writing() as connection:
            known = _last_values(connection, benefit)
            rows = []
            for reading in readings:
                if known.get(reading.at) != reading.value:
                    known[reading.at] = reading.value
                    rows.append(_row(benefit, reading))
            if rows:
                connection.execute(insert(tables.benefit_readings), rows)
            if attempted_at is not None:
                _note(connection, benefit, attempted_at, measure=measure, error=None)
        return len(rows)

    def record_failed_fetch(
        self, benefit: str, *, at: datetime, error: str, measure: str = ""
    ) -> None:
        """Keep that an attempt to read a benefit's measure failed, and why."""
        said = storable(error)
        with self._writing() as connection:
            row = {"benefit": benefit, "at": at, "error": said}
            connection.execute(insert(tables.benefit_failures), row)
            _note(connection, benefit, at, measure=measure, error=said)

    def failed_fetches(self, benefit: str | None = None, *, most: int = 100) -> list[FailedFetch]:
        """List attempts that failed, the newest first."""
        table = tables.benefit_failures
        statement = select(table).order_by(table.c.seq.desc()).limit(most)
        if benefit is not None:
            statement = statement.where(table.c.benefit == benefit)
        with self._reading() as connection:
            return [
                FailedFetch(benefit=row.benefit, at=row.at, error=row.error)
                for row in connection.execute(statement)
            ]


def _last_values(connection: Connection, benefit: str) -> dict[datetime, float]:
    table = tables.benefit_readings
    statement = select(table.c.at, table.c.value).where(table.c.benefit == benefit)
    rows = connection.execute(statement.order_by(table.c.seq))
    return {row.at: row.value for row in rows}


def _row(benefit: str, reading: Reading) -> dict[str, object]:
    return {
        "benefit": benefit,
        "value": reading.value,
        "at": reading.at,
        "fetched_at": reading.fetched_at,
        "source": reading.source,
        "by": None if reading.by is None else storable(reading.by),
    }


def _note(
    connection: Connection, benefit: str, at: datetime, *, measure: str, error: str | None
) -> None:
    table = tables.benefit_failures
    count = select(func.count()).select_from(table).where(table.c.benefit == benefit)
    row = {
        "benefit": benefit,
        "last_attempt": at,
        "measure": measure,
        "error": error,
        "failures": connection.scalar(count) or 0,
    }
    upsert(connection, tables.benefit_fetches, [row])
