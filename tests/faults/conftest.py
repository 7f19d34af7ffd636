"""One site of each kind, served for all the trials of a module, from the first one on."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ..postgres import Control, Postgres
from .bench import DATABASE, Bench
from .sites import Tracker


@pytest.fixture(scope="module")
def benches(
    tmp_path_factory: pytest.TempPathFactory, empty_file: Path
) -> Iterator[Callable[[Tracker], Bench]]:
    """Serve them, each before a store that has its tables."""
    served: dict[Tracker, Bench] = {}
    with ExitStack() as stack:

        def serve(tracker: Tracker) -> Bench:
            if tracker not in served:
                folder = tmp_path_factory.mktemp("site")
                shutil.copy(empty_file, folder / DATABASE)
                served[tracker] = stack.enter_context(Bench(tracker, folder))
            return served[tracker]

        yield serve


@pytest.fixture
def bench(benches: Callable[[Tracker], Bench], tracker: Tracker) -> Bench:
    """Give the one that a test is about."""
    return benches(tracker)


@pytest.fixture
def control(postgres: Postgres) -> Control:
    """Give what stops and starts the PostgreSQL server."""
    if postgres.control is None:
        pytest.skip("a PostgreSQL server that is given is not for tests to stop")
    return postgres.control


@pytest.fixture
def stoppable(postgres: Postgres, empty_database: str) -> Iterator[str]:
    """Give the URL of an empty store on a server that may be stopped."""
    with postgres.database(empty_database) as url:
        yield url
