"""The log of colours: what every place and milestone turned, when, and why; it only ever grows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    Table,
    func,
    insert,
    select,
)

from ..health.history import MILESTONE, ColourChange
from ..health.views import Status
from . import tables
from .column_types import Moment, Text
from .database import Readable, Writable
from .text import storable

_TABLE = Table(
    "colours",
    tables.metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("day", Date, nullable=False),
    Column("subject", Text, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "subject", "dimension", "seq"),
)
_COLUMNS = [_TABLE.c[field.name] for field in fields(ColourChange)]


class ColourReads(Readable):
    """What the log says."""

    def colour_changes(self, *, milestones: bool = True) -> list[ColourChange]:
        """List all changes, oldest first; without ``milestones`` those of places alone."""
        statement = select(*_COLUMNS).order_by(_TABLE.c.seq)
        if not milestones:
            statement = statement.where(_TABLE.c.dimension != MILESTONE)
        with self._reading() as connection:
            return [ColourChange(**row) for row in connection.execute(statement).mappings()]

    def last_colours(self) -> Mapping[tuple[str, str], Status]:
        """Give the last colour by subject and dimension."""
        with self._reading() as connection:
            return _last(connection)


class Colours(ColourReads, Writable):
    """Writes it down."""

    def log_colours(self, changes: Iterable[ColourChange]) -> Sequence[ColourChange]:
        """Append changes; return those that were new.

        A change to the colour that the log says already is passed over, so that two who assess
        the same at once log it once.
        """
        wanted = list(changes)
        if not wanted:
            return ()
        with self._writing() as connection:
            known = _last(connection)
            new = [
                replace(one, before=known.get((one.subject, one.dimension)))
                for one in wanted
                if known.get((one.subject, one.dimension)) != one.after
            ]
            rows = [{**asdict(one), "reason": storable(one.reason)} for one in new]
            if rows:
                connection.execute(insert(_TABLE), rows)
        return new


def _last(connection: Connection) -> dict[tuple[str, str], Status]:
    last = select(func.max(_TABLE.c.seq)).group_by(_TABLE.c.subject, _TABLE.c.dimension)
    rows = connection.execute(
        select(_TABLE.c.subject, _TABLE.c.dimension, _TABLE.c.after).where(_TABLE.c.seq.in_(last))
    )
    return {(row.subject, row.dimension): row.after for row in rows}
