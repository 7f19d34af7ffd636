"""Connections: one writer at a time, readers that never wait for it, on both databases."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from functools import cache
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Executable,
    Result,
    Select,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds that a writer waits for its turn; a batch takes milliseconds, a migration seconds."""

_PORTION = 1.0
"""Seconds that it waits before it looks whether the program is stopping."""

WRITE_LOCK = 0x736C6970
"""Advisory lock that every PostgreSQL writer of slipwatch holds until its transaction ends."""


_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_LOCK_NOT_AVAILABLE = "55P03"

_OF_THE_DATA = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
"""What a database says of statements that are wrong; all else it says is about itself."""


class StoreError(Exception):
    """The database cannot be used until somebody acts; the message says how."""


class Readable(ABC):
    """Base of the parts of the store that read."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]: ...


class Writable(Readable):
    """Base of the parts of the store that write as well."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Connection]: ...


class Database:
    """Two engines on one database, for transactions that write and for those that read.

    SQLite would begin every transaction as a reader and fail with "database is locked" when
    two of them go on to write; without a transaction around the reads, updates are lost. So
    writers say so at once (``BEGIN IMMEDIATE``) and queue. PostgreSQL writers queue for an
    advisory lock, which gives read-modify-write sequences the same meaning there.

    Writers wait for ``patience`` seconds, and no longer than a second once ``stopping``.
    """

    def __init__(
        self, url: str, *, patience: float = PATIENCE, stopping: Callable[[], bool] | None = None
    ) -> None:
        parsed = _parse(url)
        self._patience = patience
        self._stopping = stopping or (lambda: False)
        self.label = parsed.render_as_string(hide_password=True)
        sqlite = parsed.get_backend_name() == "sqlite"
        make = _sqlite if sqlite else _postgresql
        self._writer: Engine = make(parsed, writes=True)
        self._reader: Engine = make(parsed, writes=False)

    def close(self) -> None:
        """Let go of all connections."""
        self._writer.dispose()
        self._reader.dispose()

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """Open a transaction that no other writer runs beside; it commits at the end."""
        with self._excused(), closing(self._turn()) as connection:
            yield connection
            connection.commit()

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Open a transaction that sees one state of the database throughout."""
        with self._excused(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def preparing(self) -> Generator[Connection]:
        """Open the first transaction of all; raises ``StoreError`` where none can be had."""
        try:
            with self.writing() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise self._refusal(error) from None

    @contextmanager
    def _excused(self) -> Generator[None]:
        """Raise ``StoreError`` for what is no fault of the data: locked, full, gone."""
        try:
            yield
        except _OF_THE_DATA:
            raise
        except (DBAPIError, PoolTimeout) as error:
            raise self._refusal(error) from None

    def _turn(self) -> Connection:
        """Wait for the right to write; give a connection whose transaction is open.

        Portion by portion, because neither a pool nor a database can be told to stop waiting.
        """
        until = monotonic() + self._patience
        while True:
            connection = None
            try:
                connection = self._writer.connect()
                connection.begin()
            except (DBAPIError, PoolTimeout) as error:
                if connection is not None:
                    connection.close()
                if not _is_locked(error) or self._stopping() or monotonic() >= until:
                    raise
            else:
                return connection

    def _refusal(self, error: SQLAlchemyError) -> StoreError:
        cause = getattr(error, "orig", None) or type(error).__name__
        return StoreError(
            f"store {self.label}: {str(cause).strip()}; check that the path or server is there, "
            "has room, and that this account may write to it"
        )


def _is_locked(error: DBAPIError | PoolTimeout) -> bool:
    """Whether it is somebody else's turn."""
    if isinstance(error, PoolTimeout):
        return True
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    return code in _LOCKED or getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        # The text itself may hold a password.
        raise StoreError(
            "store: not a database URL; write sqlite:///slipwatch.db or "
            "postgresql+psycopg://user@host/database"
        ) from None
    match parsed.get_backend_name():
        case "sqlite":
            if parsed.database in {None, "", ":memory:"}:
                raise StoreError("store: SQLite needs a file, as in sqlite:///slipwatch.db")
            return parsed.set(drivername="sqlite+pysqlite")
        case "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise StoreError(f"store: {other} is not supported; use sqlite or postgresql+psycopg")


def _sqlite(url: URL, *, writes: bool) -> Engine:
    engine = create_engine(
        url,
        connect_args={"isolation_level": None, "timeout": _PORTION if writes else PATIENCE},
        hide_parameters=True,
        **_pool(writes=writes),
    )
    pragmas = [
        "PRAGMA journal_mode = WAL" if writes else "PRAGMA query_only = ON",
        "PRAGMA synchronous = NORMAL",
        "PRAGMA foreign_keys = ON",
    ]
    if writes:
        # Four times the defaults: a first sync spends less of its time in moving pages.
        pragmas += ["PRAGMA cache_size = -8000", "PRAGMA wal_autocheckpoint = 4000"]

    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin("BEGIN IMMEDIATE" if writes else "BEGIN"))
    return engine


_TURN_ON_POSTGRESQL = (
    f"SELECT set_config('lock_timeout', '{_PORTION:.0f}s', true), "
    f"pg_advisory_xact_lock({WRITE_LOCK}), "
    f"set_config('lock_timeout', '{PATIENCE:.0f}s', true)"
)


def _postgresql(url: URL, *, writes: bool) -> Engine:
    connect_args = {
        "application_name": "slipwatch",
        # A plan kept from when the tables were empty reads them from end to end when they are
        # not: a first sync was ten times slower.
        "options": f"-c lock_timeout={PATIENCE:.0f}s -c plan_cache_mode=force_custom_plan",
    }
    if not writes:
        return create_engine(
            url,
            connect_args=connect_args,
            hide_parameters=True,
            pool_pre_ping=True,
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
            **_pool(writes=writes),
        )
    engine = create_engine(
        url,
        connect_args=connect_args,
        hide_parameters=True,
        pool_pre_ping=True,
        **_pool(writes=writes),
    )
    event.listen(engine, "begin", _begin(_TURN_ON_POSTGRESQL))
    return engine


def _pool(*, writes: bool) -> Mapping[str, Any]:
    """Let this process's writers queue here, where turns are fair, not in the database."""
    return {"pool_size": 1, "max_overflow": 0, "pool_timeout": _PORTION} if writes else {}


def _begin(statement: str) -> Any:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin


def commit_at_leisure(connection: Connection) -> None:
    """Let the transaction that is open be lost whole if the server's machine dies at this moment.

    For what the next sync would read again, because its cursor is lost with it. PostgreSQL then
    waits for no disk; SQLite never does, as it is set here.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


def stream(connection: Connection, statement: Select[Any]) -> Result[Any]:
    """Read rows in portions, however many there are; close the result, or its cursor stays."""
    return connection.execute(statement, execution_options={"yield_per": 2000})


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or overwrite those that are there by primary key.

    Rows go one statement each, in order, as fast as the drivers can: a single statement of
    many rows is ten times slower, and PostgreSQL refuses the same key twice in it.
    """
    if not rows:
        return
    connection.execute(_overwriting(connection.dialect.name, table), rows)


@cache
def _overwriting(dialect: str, table: Table) -> Executable:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # loaded by now: the connection is to one

        statement: postgresql.Insert | sqlite.Insert = postgresql.insert(table)
    else:
        statement = sqlite.insert(table)
    overwrite = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    return statement.on_conflict_do_update(index_elements=table.primary_key, set_=overwrite)


def chunks(keys: Iterable[T]) -> Iterator[Sequence[T]]:
    """Split keys so that each part fits in the parameters of one statement."""
    every = list(keys)
    for start in range(0, len(every), 500):
        yield every[start : start + 500]
