"""A store for each test, on SQLite and on PostgreSQL.

The PostgreSQL server is started once per test process, from binaries that are there;
``SLIPWATCH_TEST_POSTGRES`` names a server to use instead, by the URL of an account that may
create databases.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from slipwatch.aggregator.store import EntityKind, Store, open_store


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server with room for databases; ``control`` starts and stops one that is ours."""

    url: URL
    control: Callable[[Literal["start", "stop"]], None] | None = None


@pytest.fixture(scope="session")
def postgres() -> Generator[Postgres]:
    """Run a server, or take the one that is given, or skip."""
    given = os.environ.get("SLIPWATCH_TEST_POSTGRES")
    folder = _binaries()
    if given:
        yield Postgres(make_url(given).set(drivername="postgresql+psycopg"))
    elif folder is None:
        pytest.skip("no PostgreSQL: neither initdb nor SLIPWATCH_TEST_POSTGRES is there")
    else:
        with _server(folder) as server:
            yield server


@pytest.fixture(scope="session")
def postgres_server(postgres: Postgres) -> URL:
    """Give the address of a server with room for databases, or skip."""
    return postgres.url


@pytest.fixture
def postgres_url(postgres_server: URL) -> Generator[str]:
    """Give the URL of an empty PostgreSQL database."""
    name = f"slipwatch_{uuid4().hex}"
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        yield postgres_server.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the URL of an SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'slipwatch.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of an empty database, of each kind in turn."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture
def store(store_url: str) -> Generator[Store]:
    """Give an empty store, of each kind in turn."""
    with open_store(store_url) as opened:
        yield opened


@pytest.fixture
def dump() -> Callable[[Store, str], list[str]]:
    """Give a function that writes out all facts of a source, but for wall-clock times.

    Two stores that say the same must be equal line by line, however their syncs went.
    """

    def lines(store: Store, source: str) -> list[str]:
        seen = [
            f"{entry.entity} {entry.field} {entry.value}"
            for entry in store.ledger(EntityKind.MILESTONE, source=source)
        ]
        return [
            *(repr(item) for _, item in store.items(source)),
            *(repr(milestone) for _, milestone in store.tracker_milestones(source)),
            *(repr(link) for _, link, _ in store.links(source)),
            *(repr(change) for _, change in store.changes(source)),
            *(
                repr(replace(entry, source=""))
                for entry in store.ledger(EntityKind.ITEM, source=source)
            ),
            *seen,
        ]

    return lines


def _binaries() -> Path | None:
    """Find the folder with initdb and pg_ctl; Debian keeps it off the path."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


@contextmanager
def _server(folder: Path) -> Generator[Postgres]:
    """Run a server on a socket in a temporary directory: no port, no password, no fsync.

    A pytest directory will not do: the server's account could not reach it, and the path of a
    socket may have no more than a hundred characters.
    """
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

        options = f"-k {home} -c listen_addresses='' -c fsync=off -c max_connections=50"

        def control(what: Literal["start", "stop"]) -> None:
            if what == "start":
                run("pg_ctl", "start", "--wait", f"--options={options}", f"--log={home / 'log'}")
            else:
                run("pg_ctl", "stop", "--mode=immediate", "--wait")

        run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale")
        control("start")
        try:
            yield Postgres(
                URL.create(
                    "postgresql+psycopg",
                    username="postgres",
                    database="postgres",
                    query={"host": str(home)},
                ),
                control,
            )
        finally:
            control("stop")


def _account() -> str | None:
    """Name who shall run the server, which refuses to be root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
