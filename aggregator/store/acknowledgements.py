"""Who said that they know of a finding: a list that only grows.

An acknowledgement holds until a row without ``given`` says that it ended.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, select

from . import tables
from .database import Writable
from .model import Acknowledgement
from .text import storable


def in_force(connection: Connection) -> Mapping[str, Acknowledgement]:
    """Read which acknowledgements hold, by fingerprint."""
    table = tables.acknowledgements
    last = select(func.max(table.c.seq)).group_by(table.c.fingerprint)
    rows = connection.execute(select(table).where(table.c.seq.in_(last), table.c.given)).mappings()
    return {row["fingerprint"]: _acknowledgement(row) for row in rows}


def end(connection: Connection, fingerprints: Iterable[str], *, at: datetime) -> None:
    """Note that acknowledgements no longer hold."""
    held = in_force(connection)
    ended = [held[one] for one in sorted(fingerprints) if one in held]
    rows = [{**asdict(one), "given": False, "at": at} for one in ended]
    if rows:
        connection.execute(insert(tables.acknowledgements), rows)


def _acknowledgement(row: RowMapping) -> Acknowledgement:
    return Acknowledgement(**{field.name: row[field.name] for field in fields(Acknowledgement)})


def _row(one: Acknowledgement) -> dict[str, object]:
    texts = {key: storable(getattr(one, key)) for key in ("by", "note", "subject")}
    return {**asdict(one), **texts, "given": True}


class Acknowledgements(Writable):
    """What people said that they know of."""

    def acknowledge(self, given: Iterable[Acknowledgement]) -> int:
        """Note acknowledgements of findings that have none; return how many those are."""
        with self._writing() as connection:
            held = in_force(connection)
            rows = [_row(one) for one in given if one.fingerprint not in held]
            if rows:
                connection.execute(insert(tables.acknowledgements), rows)
        return len(rows)

    def acknowledgements(self) -> Mapping[str, Acknowledgement]:
        """Read which acknowledgements hold, by fingerprint."""
        with self._reading() as connection:
            return in_force(connection)

    def acknowledgement_history(self) -> list[tuple[bool, Acknowledgement]]:
        """List all that was ever acknowledged, and when that ended: given or not, oldest first."""
        table = tables.acknowledgements
        with self._reading() as connection:
            rows = connection.execute(select(table).order_by(table.c.seq)).mappings()
            return [(row["given"], _acknowledgement(row)) for row in rows]
