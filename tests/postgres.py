"""A PostgreSQL server of our own, from binaries that are there, in a temporary directory."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self
from uuid import uuid4

from sqlalchemy import URL, NullPool, create_engine, text

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
