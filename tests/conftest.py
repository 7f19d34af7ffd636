"""A store for each test, on SQLite and on PostgreSQL: a copy of one that has its tables.

The PostgreSQL server is started once per test process, from binaries that are there;
``SLIPWATCH_TEST_POSTGRES`` names a server to use instead, by the URL of an account that may
create databases.
"""

import os
import shutil
import signal
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from sqlalchemy import make_url

from slipwatch.aggregator.store import EntityKind, Store, open_store
from tests.daemon.warm import Warm
from tests.postgres import Postgres, Reused


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long tests: at the end one of them would keep one core busy alone."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let commands be interrupted: in the background of a script a shell has SIGINT ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def plain_traces() -> None:
    """Let structlog show traces as the service does: by itself it takes half a second for one."""
    *processors, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*processors, plain])


@pytest.fixture(scope="session")
def postgres() -> Generator[Postgres]:
    """Run a server, or take the one that is given, or skip."""
    given = os.environ.get("SLIPWATCH_TEST_POSTGRES")
    if given:
        yield Postgres(make_url(given).set(drivername="postgresql+psycopg"))
        return
    with ExitStack() as stack:
        try:
            server = stack.enter_context(Postgres.running())
        except LookupError as error:
            pytest.skip(f"{error}, nor is SLIPWATCH_TEST_POSTGRES")
        yield server


@pytest.fixture(scope="session")
def empty_database(postgres: Postgres) -> Generator[str]:
    """Give the name of a PostgreSQL database that has its tables and nothing in them."""
    with postgres.database() as url:
        open_store(url).close()
        name = make_url(url).database
        assert name is not None
        yield name


@pytest.fixture(scope="session")
def reused_database(postgres: Postgres, empty_database: str) -> Generator[Reused]:
    """Give a PostgreSQL database that is emptied after each test."""
    with closing(Reused(postgres, empty_database)) as reused:
        yield reused


@pytest.fixture
def postgres_url(reused_database: Reused) -> Generator[str]:
    """Give the URL of a PostgreSQL database for an empty store."""
    with reused_database.database() as url:
        yield url


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an SQLite file that has its tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "slipwatch.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_url(empty_file: Path, tmp_path: Path) -> str:
    """Give the URL of an SQLite file for an empty store."""
    return f"sqlite:///{shutil.copy(empty_file, tmp_path)}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of a database for an empty store, of each kind in turn."""
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


@pytest.fixture(scope="session")
def warm() -> Generator[Warm]:
    """Give the process that commands are forked from, so that none takes a second to begin."""
    with Warm() as running:
        yield running
