"""A sync that is killed anywhere, and begun again, ends with the facts of one that was not."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from slipwatch.aggregator.store import Store, open_store
from tests.victims import Victim

from . import sync_victim

KILLS = 6


def _kill_after(url: str, batches: int) -> None:
    """Kill -9 while the batch after this many is being stored (or the one after that)."""
    with Victim(sync_victim.main, url) as victim:
        for _ in range(batches):
            if not victim.told():
                break
        victim.kill()


def _cursors(store: Store) -> list[object]:
    return [store.cursor("made-up", scope) for scope in ("P", "Q", "R")]


@pytest.mark.slow
def test_killed_syncs_end_where_an_undisturbed_one_does(
    store_url: str, tmp_path: Path, dump: Callable[[Store, str], list[str]]
) -> None:
    calm_url = f"sqlite:///{tmp_path / 'calm.db'}"
    sync_victim.main(calm_url)
    chance = random.Random(7)
    for _ in range(KILLS):
        _kill_after(store_url, chance.randrange(3 * sync_victim.BATCHES // 4))
    sync_victim.main(store_url)
    with open_store(calm_url) as calm, open_store(store_url) as rough:
        expected = dump(calm, "made-up")
        assert sum("due 2026-03-0" in line for line in expected) >= 3 * sync_victim.BATCHES
        assert dump(rough, "made-up") == expected
        assert _cursors(rough) == _cursors(calm) == [{"batch": sync_victim.BATCHES}] * 3
        states = rough.source_states()
    assert states["made-up"].last_success is not None
