"""One site of each kind, served for all the trials of a module, from the first one on."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from .bench import Bench
from .sites import Tracker


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Tracker], Bench]]:
    """Serve them."""
    served: dict[Tracker, Bench] = {}
    with ExitStack() as stack:

        def serve(tracker: Tracker) -> Bench:
            if tracker not in served:
                folder = tmp_path_factory.mktemp("site")
                served[tracker] = stack.enter_context(Bench(tracker, folder))
            return served[tracker]

        yield serve


@pytest.fixture
def bench(benches: Callable[[Tracker], Bench], tracker: Tracker) -> Bench:
    """Give the one that a test is about."""
    return benches(tracker)
