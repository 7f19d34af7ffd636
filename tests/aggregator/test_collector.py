"""The garbage collector rests while much is made that stays, and nothing escapes it for long."""

import gc
import weakref
from collections.abc import Generator

import pytest

from slipwatch.aggregator.collector import collector_at_rest

MANY = 50_000
RESTS = 200


class Cycle:
    """What only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Generator[None]:
    """Let the collector follow all objects, as in the service."""
    frozen = gc.get_freeze_count()
    gc.unfreeze()
    yield
    if frozen:
        gc.freeze()


def test_what_was_made_at_rest_is_not_looked_through_afterwards() -> None:
    seen: list[str] = []

    def look(phase: str, info: dict[str, int]) -> None:
        seen.append(phase)

    with collector_at_rest():
        made = [[n] for n in range(MANY)]
        gc.callbacks.append(look)
    try:
        more = [[n] for n in range(10)]
    finally:
        gc.callbacks.remove(look)
    assert len(made) + len(more) == MANY + 10
    assert not seen


def test_what_does_not_stay_is_looked_at_as_ever() -> None:
    seen: list[str] = []

    def look(phase: str, info: dict[str, int]) -> None:
        seen.append(phase)

    with collector_at_rest(stays=False):
        made = [[n] for n in range(MANY)]
        gc.callbacks.append(look)
    try:
        more = [[n] for n in range(10)]
    finally:
        gc.callbacks.remove(look)
    assert len(made) + len(more) == MANY + 10
    assert seen


def test_a_cycle_made_at_rest_is_found_when_all_is_looked_through() -> None:
    with collector_at_rest():
        known = weakref.ref(Cycle())
    gc.collect()
    assert known() is None


def test_all_is_looked_through_after_many_rests() -> None:
    with collector_at_rest():
        known = weakref.ref(Cycle())
    for _ in range(RESTS):
        with collector_at_rest():
            pass
    assert known() is None


def test_what_is_frozen_stays_frozen() -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()
    with collector_at_rest():
        pass
    assert gc.get_freeze_count() == frozen
    gc.unfreeze()
