"""Applies the migrations that a database has not seen; the one module that loads Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from .database import StoreError
from .tables import metadata


def upgrade(connection: Connection, label: str) -> None:
    """Apply them in the transaction that is open; raises ``StoreError``, which names ``label``.

    Alembic keeps the migration that is under way in module globals: one thread at a time.
    """
    try:
        command.upgrade(_configuration(connection), "head")
    except CommandError as error:
        raise StoreError(
            f"store {label}: {error}; it was written by another version of "
            "slipwatch: upgrade slipwatch, or restore a backup"
        ) from None


def _configuration(connection: Connection) -> Config:
    """Configure Alembic without a file."""
    config = Config()
    # ConfigParser would read a percent sign in the path as the start of a reference.
    here = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", here)
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, metadata=metadata)
    return config
