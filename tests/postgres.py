"""A PostgreSQL server of our own, from binaries that are there, in a temporary directory."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self
from uuid import uuid4

from sqlalchemy import URL, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from slipwatch.aggregator.store.tables import metadata

Control = Callable[[Literal["start", "stop"]], None]


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server with room for databases; ``control`` starts and stops one that is ours."""

    url: URL
    control: Control | None = None

    @classmethod
    @contextmanager
    def running(cls, *, fsync: bool = False) -> Generator[Self]:
        """Run one on a socket: no port, no password; raises ``LookupError`` without binaries.

        A pytest directory will not do: the server's account could not reach it, and the path of
        a socket may have no more than a hundred characters.
        """
        folder = _binaries()
        if folder is None:
            raise LookupError("no PostgreSQL: initdb is not there")
        with _server(folder, "on" if fsync else "off") as (url, control):
            yield cls(url, control)

    @contextmanager
    def database(self, template: str = "template0") -> Generator[str]:
        """Make a database, empty or a copy of another one, give its URL, and drop it."""
        name = f"slipwatch_{uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield self.url.set(database=name).render_as_string(hide_password=False)
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, command: str) -> None:
        """Run a command on a connection of its own: some tests restart the server."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(command))


class Reused:
    """A copy of a database for one test after the other: to empty it is cheaper than a new one.

    One in which a test has left more than rows is not used again.
    """

    _SHAPE = text(
        "SELECT string_agg(relname, ' ' ORDER BY relname)"
        " || (SELECT string_agg(version_num, ' ') FROM alembic_version)"
        " FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    )
    _EMPTY = (
        "SET LOCAL lock_timeout = '1s'",
        (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ),
        *(f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables)),
        (
            "SELECT setval(oid::regclass, 1, false) FROM pg_class"
            " WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
        ),
    )

    def __init__(self, server: Postgres, template: str) -> None:
        self._server = server
        self._template = template
        self._made = ExitStack()
        self._url: str | None = None
        self._shape: str | None = None

    @contextmanager
    def database(self) -> Generator[str]:
        """Give the URL of one that has its tables and nothing in them."""
        if self._url is None:
            self._url = self._made.enter_context(self._server.database(self._template))
            self._shape = self._shape_of(self._url)
        yield self._url
        try:
            sound = self._shape_of(self._url, *self._EMPTY) == self._shape
        except DBAPIError:
            sound = False
        if not sound:
            self.close()

    def close(self) -> None:
        """Drop it, whatever is in it."""
        self._made.close()
        self._url = None

    def _shape_of(self, url: str, *before: str) -> str | None:
        with create_engine(url, poolclass=NullPool).begin() as connection:
            if before:
                connection.execute(text("; ".join(before)))
            found: str | None = connection.execute(self._SHAPE).scalar()
        return found


def _binaries() -> Path | None:
    """Find the folder with initdb and pg_ctl; Debian keeps it off the path."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


@contextmanager
def _server(folder: Path, fsync: str) -> Generator[tuple[URL, Control]]:
    account = _account()
    with tempfile.TemporaryDirectory(prefix="slipwatch-pg-") as name:
        home = Path(name)
        if account is not None:
            shutil.chown(home, account)
        data = home / "data"

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [folder / program, f"--pgdata={data}", *arguments],
                check=True,
                cwd=home,
                user=account,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

        options = f"-k {home} -c listen_addresses='' -c fsync={fsync} -c max_connections=50"

        def control(what: Literal["start", "stop"]) -> None:
            if what == "start":
                run("pg_ctl", "start", "--wait", f"--options={options}", f"--log={home / 'log'}")
            else:
                run("pg_ctl", "stop", "--mode=immediate", "--wait")

        run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale")
        control("start")
        try:
            url = URL.create(
                "postgresql+psycopg",
                username="postgres",
                database="postgres",
                query={"host": str(home)},
            )
            yield url, control
        finally:
            control("stop")


def _account() -> str | None:
    """Name who shall run the server, which refuses to be root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
