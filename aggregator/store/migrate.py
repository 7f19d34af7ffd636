"""Brings a database to the schema of this version."""

import threading
from functools import cache
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from .database import Database

_one_at_a_time = threading.Lock()
"""For Alembic, which threads must not use at once."""

_applied = Table("alembic_version", MetaData(), Column("version_num", String))
"""Where Alembic notes the last migration that it applied."""


def migrate(database: Database) -> None:
    """Apply the migrations that are missing, all or none of them.

    Safe when several processes start at once: the first one works inside the write lock, the
    others then find nothing left to do. Raises ``StoreError``.
    """
    with _one_at_a_time, database.preparing() as connection:
        if _last_applied(connection) == [_newest()]:
            return
        # Most openings find nothing to do; with Mako, Alembic is a tenth of what a command loads.
        from .upgrading import upgrade

        upgrade(connection, database.label)


def _last_applied(connection: Connection) -> list[str]:
    """Name the last migration that was applied; a list because a foreign tool may leave several."""
    if not inspect(connection).has_table(_applied.name):
        return []
    return list(connection.scalars(select(_applied.c.version_num)))


@cache
def _newest() -> str:
    """Name the last migration, from the name of its file: ``v0001_first_tables.py`` is 0001."""
    folder = Path(__file__).parent / "migrations" / "versions"
    return max(path.stem for path in folder.glob("v*.py")).removeprefix("v").partition("_")[0]
