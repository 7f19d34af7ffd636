"""One site of each kind, served for all the trials of a module."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ..acceptance.worlds import Kind
from .bench import Bench


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Kind, Bench]]:
    """Serve them."""
    with ExitStack() as stack:
        yield {
            kind: stack.enter_context(Bench(kind, tmp_path_factory.mktemp(kind))) for kind in Kind
        }


@pytest.fixture
def bench(benches: dict[Kind, Bench], kind: Kind) -> Bench:
    """Give the one that a test is about."""
    return benches[kind]
