"""Brings a database to the schema of this version."""

import threading
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from .database import Database, StoreError
from .tables import metadata

_one_at_a_time = threading.Lock()
"""Alembic keeps the migration that is under way in module globals."""


def migrate(database: Database) -> None:
    """Apply the migrations that are missing, all or none of them.

    Safe when several processes start at once: the first one works inside the write lock, the
    others then find nothing left to do. Raises ``StoreError``.
    """
    with _one_at_a_time, database.preparing() as connection:
        if MigrationContext.configure(connection).get_current_heads() == _newest():
            return
        try:
            command.upgrade(configuration(connection), "head")
        except CommandError as error:
            raise StoreError(
                f"store {database.label}: {error}; it was written by another version of "
                "slipwatch: upgrade slipwatch, or restore a backup"
            ) from None


@cache
def _newest() -> tuple[str, ...]:
    """Name the last migration: Alembic reads them all for that, most of a store's opening."""
    return tuple(ScriptDirectory.from_config(_scripts()).get_heads())


def configuration(connection: Connection) -> Config:
    """Configure Alembic without a file, for a connection whose transaction is open."""
    config = _scripts()
    config.attributes.update(connection=connection, metadata=metadata)
    return config


def _scripts() -> Config:
    config = Config()
    # ConfigParser would read a percent sign in the path as the start of a reference.
    here = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", here)
    config.set_main_option("path_separator", "os")
    return config
