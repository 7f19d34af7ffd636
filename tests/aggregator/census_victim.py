"""Run as a process by test_census_killed.py: takes two censuses, and is killed meanwhile.

It tells of each page of ids and of each item that is located, and waits for an answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

from slipwatch.aggregator.census import Wish, take_censuses
from slipwatch.aggregator.records import Absence, Batch, Category, Cursor, Item, Level, Presence
from slipwatch.aggregator.store import open_store
from slipwatch.aggregator.sync import sync_source

START = datetime(2026, 1, 5, tzinfo=UTC)
ITEMS = [f"P-{number}" for number in range(400)]
DELETED = frozenset(ITEMS[::20])
PAGE = 40


class MadeUpTracker:
    """One scope, of which some items are pulled that its listings never hold."""

    name = "made-up"

    def __init__(self, parent: Connection) -> None:
        self._parent = parent

    def _tell(self, what: str) -> None:
        self._parent.send(what)
        self._parent.recv()

    def scopes(self) -> Sequence[str]:
        return ["P"]

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        yield Batch(cursor={"read": True}, items=() if cursor else tuple(map(_item, ITEMS)))

    def convert(self, payload: object) -> Batch:
        raise NotImplementedError

    def ids(self, scope: str) -> Iterator[frozenset[str]]:
        for start in range(0, len(ITEMS), PAGE):
            self._tell("listed")
            yield frozenset(ITEMS[start : start + PAGE]) - DELETED

    def locate(self, scope: str, items: Mapping[str, str]) -> Iterator[Absence]:
        for item in sorted(items):
            self._tell("located")
            yield Absence(item=item, presence=Presence.GONE, at=START)

    def close(self) -> None:
        """Nothing is held."""


def _item(key: str) -> Item:
    return Item(
        id=key,
        key=key,
        scope="P",
        level=Level.WORK,
        title="",
        url="",
        type="Story",
        status="Open",
        category=Category.TODO,
        created_at=START,
        updated_at=START,
    )


def main(url: str, parent: Connection) -> None:
    """Sync twice, each time with a census."""
    wish = Wish(every=timedelta(days=1), at_once=True)
    tracker = MadeUpTracker(parent)
    with open_store(url) as store:
        for _ in range(2):
            result = sync_source(tracker, store, now=lambda: START)
            take_censuses(tracker, store, result, wish, now=lambda: START)
