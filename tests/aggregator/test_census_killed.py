"""A census that is killed anywhere, and taken again, concludes what an undisturbed one does."""

import subprocess
import sys
from pathlib import Path

import pytest

from slipwatch.aggregator.records import Presence
from slipwatch.aggregator.store import Store, open_store

from .census_victim import DELETED, ITEMS

VICTIM = Path(__file__).with_name("census_victim.py")
ONE_CENSUS = 10
"""Lines that the victim prints while it lists; then it locates what was missing before."""


def _run(url: str, *, kill_after: int | None = None) -> None:
    """Let the victim run to its end, or kill -9 it after so many lines."""
    with subprocess.Popen(
        [sys.executable, VICTIM, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number, _line in enumerate(process.stdout, 1):
            if number == kill_after:
                process.kill()
                break
            process.stdin.write("go on\n")
            process.stdin.flush()
    assert kill_after is not None or process.returncode == 0


def _presences(store: Store) -> dict[str, Presence]:
    return {absence.item: absence.presence for _, absence in store.absences("made-up")}


@pytest.mark.slow
def test_killed_censuses_lose_nothing_and_conclude_nothing_early(store_url: str) -> None:
    for lines in (4, ONE_CENSUS):
        _run(store_url, kill_after=lines)
        with open_store(store_url) as store:
            assert _presences(store) == {}
    _run(store_url, kill_after=ONE_CENSUS + 5)
    with open_store(store_url) as store:
        assert _presences(store) == dict.fromkeys(DELETED, Presence.MISSED)
    _run(store_url, kill_after=ONE_CENSUS + 7)
    with open_store(store_url) as store:
        assert _presences(store) == dict.fromkeys(DELETED, Presence.MISSED)
        assert len(list(store.items("made-up"))) == len(ITEMS)
    _run(store_url)
    with open_store(store_url) as store:
        assert _presences(store) == dict.fromkeys(DELETED, Presence.GONE)
        assert len(list(store.items("made-up"))) == len(ITEMS)
