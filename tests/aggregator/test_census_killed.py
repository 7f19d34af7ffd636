"""A census that is killed anywhere, and taken again, concludes what an undisturbed one does."""

import pytest

from slipwatch.aggregator.records import Presence
from slipwatch.aggregator.store import Store, open_store
from tests.victims import KILLED, Victim

from . import census_victim
from .census_victim import DELETED, ITEMS

ONE_CENSUS = 10
"""Times that the victim tells something while it lists; then it locates what was missing before."""


def _run(url: str, *, kill_after: int | None = None) -> None:
    """Let the victim run to its end, or kill -9 it after it has told so much."""
    with Victim(census_victim.main, url) as victim:
        steps = 0
        while victim.told():
            steps += 1
            if steps == kill_after:
                victim.kill()
                break
            victim.go_on()
        assert victim.end() == (0 if kill_after is None else KILLED)


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
