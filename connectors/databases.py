"""Queries of databases, in transactions that cannot write.

SQLite files and PostgreSQL are opened read-only; of other databases the transaction is rolled back,
so that an account which may only read is the better lock.
"""

from datetime import timedelta
from time import monotonic
from typing import Any, Protocol
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from slipwatch.aggregator.connector import Retry, Stop
from slipwatch.config.base import MissingSecretError, read_variable

_STEPS = 20_000
"""Instructions of SQLite's machine between two looks at the clock."""


class Asks(Protocol):
    """Settings that ask a database: by what address, what, and how long that may take."""

    @property
    def dsn_env(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def timeout(self) -> timedelta: ...


def ask(name: str, settings: Asks, most: int) -> list[tuple[Any, ...]]:
    """Ask a query for so many rows at most; raises ``Retry`` or ``Stop``."""
    engine = _engine(name, settings)
    try:
        with engine.connect() as connection:
            try:
                result = connection.execute(text(settings.query))
                rows = result.fetchmany(most) if result.returns_rows else []
            finally:
                connection.rollback()
    except DBAPIError as error:
        raise Retry(f"{name}: the database did not answer the query ({_code(error)})") from None
    except SQLAlchemyError as error:
        kind = type(error).__name__
        raise Stop(f"{name}: the query cannot be asked ({kind}): try it by hand") from None
    finally:
        engine.dispose()
    return [tuple(row) for row in rows]


def _engine(name: str, settings: Asks) -> Engine:
    try:
        url = make_url(read_variable(settings.dsn_env))
        return _read_only(url, settings.timeout)
    except MissingSecretError as error:
        raise Stop(f"{name}: dsn_env: {error}") from None
    except (ArgumentError, NoSuchModuleError, ValueError):
        # The text itself may hold a password.
        raise Stop(
            f"{name}: {settings.dsn_env} holds no address of a database that can be read here: "
            "write it as DIALECT+DRIVER://USER:PASSWORD@HOST/DATABASE"
        ) from None
    except ImportError as error:
        raise Stop(f"{name}: the database's driver {error.name} is not installed") from None


def _read_only(url: URL, timeout: timedelta) -> Engine:
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    options: dict[str, Any] = {"poolclass": NullPool, "hide_parameters": True}
    match url.get_backend_name():
        case "postgresql":
            milliseconds = round(timeout.total_seconds() * 1000)
            options["connect_args"] = {
                "connect_timeout": max(2, round(timeout.total_seconds())),
                "options": f"-c statement_timeout={milliseconds} "
                "-c default_transaction_read_only=on",
            }
            options["execution_options"] = {"postgresql_readonly": True}
            return create_engine(url, **options)
        case "sqlite":
            if url.database in {None, "", ":memory:"}:
                raise ValueError("no file")
            file = f"file:{quote(url.database or '')}"
            query = {"mode": "ro", "uri": "true"}
            engine = create_engine(url.set(database=file, query=query), **options)
            event.listen(engine, "connect", _bounded(timeout))
            return engine
        case _:
            return create_engine(url, **options)


def _bounded(timeout: timedelta) -> Any:
    """Let a query of SQLite end when its time is over: nothing else would stop it."""

    def bound(connection: Any, _entry: object) -> None:
        until = monotonic() + timeout.total_seconds()
        connection.set_progress_handler(lambda: int(monotonic() > until), _STEPS)

    return bound


def _code(error: DBAPIError) -> str:
    """Name the kind of an error, without its text: drivers quote what they were given."""
    for key in ("sqlstate", "sqlite_errorname"):
        code = getattr(error.orig, key, None)
        if isinstance(code, str):
            return code
    return type(error.orig).__name__
