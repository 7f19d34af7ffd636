"""What feeds of costs said: a list that only grows, with a line for all that was new."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, func, insert, select

from ..money.model import CostReading, LoggedTime, Posting
from . import tables
from .database import Readable, Writable, stream
from .text import storable

_TABLE = tables.cost_readings
_Row = tuple[date, float, str | None]


class CostReads(Readable):
    """What was read of feeds of costs."""

    def costs(self, *, past: bool = True) -> Mapping[str, Sequence[CostReading]]:
        """Give what each feed said, by feed, oldest first.

        Without the ``past`` only what it holds now, and how the last attempt to read it went.
        """
        newest = select(func.max(_TABLE.c.seq)).group_by(_TABLE.c.feed)
        last = newest.where(_TABLE.c.postings.is_not(None)).union(newest)
        statement = select(_TABLE).order_by(_TABLE.c.feed, _TABLE.c.seq)
        if not past:
            statement = statement.where(_TABLE.c.seq.in_(last))
        found: dict[str, list[CostReading]] = {}
        with self._reading() as connection, stream(connection, statement) as rows:
            for row in rows.mappings():
                found.setdefault(row["feed"], []).append(_reading(row))
        return found

    def worklogs(self) -> Mapping[tuple[str, str], Sequence[LoggedTime]]:
        """Give the time that was logged on items, by item."""
        return dict(self._logged())

    def sources_of_worklogs(self) -> frozenset[str]:
        """Name the sources that such times were read of."""
        with self._reading() as connection:
            return frozenset(connection.scalars(select(tables.worklogs.c.source).distinct()))

    def _logged(self) -> Iterator[tuple[tuple[str, str], list[LoggedTime]]]:
        table: Any = tables.worklogs
        logged = (table.c.started_at, table.c.seconds, table.c.role)
        columns = (table.c.source, table.c.item, *logged)
        statement: Any = select(*columns).order_by(table.c.source, table.c["item"], table.c.id)
        current: tuple[tuple[str, str], list[LoggedTime]] | None = None
        with self._reading() as connection, stream(connection, statement) as rows:
            for row in rows.mappings():
                item = row["source"], row["item"]
                if current is None or current[0] != item:
                    if current is not None:
                        yield current
                    current = (item, [])
                current[1].append(LoggedTime(row["started_at"], row["seconds"], row["role"]))
        if current is not None:
            yield current


class Costs(CostReads, Writable):
    """Writes down what is read of them."""

    def note_cost(self, reading: CostReading) -> bool:
        """Note what a feed said, unless it said the same before; return whether it was noted."""
        content = None if reading.postings is None else _encoded(reading.postings)
        error = None if reading.error is None else storable(reading.error)
        with self._writing() as connection:
            if (content, error) == _last_said(connection, reading.feed):
                return False
            row = {"feed": reading.feed, "at": reading.at, "postings": content, "error": error}
            connection.execute(insert(_TABLE), row)
        return True


def _last_said(connection: Connection, feed: str) -> tuple[bytes | None, str | None] | None:
    statement = (
        select(_TABLE.c.postings, _TABLE.c.error)
        .where(_TABLE.c.feed == feed)
        .order_by(_TABLE.c.seq.desc())
        .limit(1)
    )
    row = connection.execute(statement).first()
    return None if row is None else (row.postings, row.error)


def _encoded(postings: Sequence[Posting]) -> bytes:
    rows = [
        (one.day, one.amount, None if one.project is None else storable(one.project))
        for one in postings
    ]
    return msgspec.json.encode(rows)


def _reading(row: RowMapping) -> CostReading:
    postings = None
    if row["postings"] is not None:
        postings = tuple(
            Posting(*one) for one in msgspec.json.decode(row["postings"], type=list[_Row])
        )
    return CostReading(feed=row["feed"], at=row["at"], postings=postings, error=row["error"])
