"""Items that a webhook named are read with their scope, and what goes wrong harms nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from slipwatch.aggregator.connector import Retry, Stop
from slipwatch.aggregator.named import read_named
from slipwatch.aggregator.records import Batch, Category, Cursor, Item, Level, Link, LinkKind
from slipwatch.aggregator.store import ErrorKind, Store
from slipwatch.aggregator.sync import SyncResult, sync_source

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ONE = Item(
    id="1",
    key="PAY-1",
    scope="PAY",
    level=Level.WORK,
    title="Pay",
    url="",
    type="Story",
    status="Open",
    category=Category.TODO,
    created_at=NOW,
    updated_at=NOW,
)
LINK = Link(owner="1", kind=LinkKind.BLOCKS, upstream="PAY-2", downstream="PAY-1")
NAMED = {"PAY": {"1": "PAY-1"}}


@dataclass
class Tracker:
    """A tracker to which a new link is no change of an item."""

    trouble: Exception | None = None
    links: tuple[Link, ...] = ()
    asked: list[tuple[str, Mapping[str, str], Cursor | None]] = field(
        default_factory=list[tuple[str, Mapping[str, str], Cursor | None]]
    )

    @property
    def name(self) -> str:
        return "github"

    def scopes(self) -> Sequence[str]:
        return ("PAY", "WEB")

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        yield Batch(cursor={"read": True}, items=(ONE,) if scope == "PAY" and not cursor else ())

    def convert(self, payload: object) -> Batch:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is held."""

    def read(self, scope: str, items: Mapping[str, str], cursor: Cursor | None) -> Iterator[Batch]:
        self.asked.append((scope, items, cursor))
        yield Batch(cursor={}, items=(ONE,), links=self.links)
        if self.trouble is not None:
            raise self.trouble


def read(tracker: Tracker, store: Store, *, scopes: Sequence[str] = ("PAY",)) -> SyncResult:
    result = sync_source(tracker, store, now=lambda: NOW, scopes=scopes)
    return read_named(tracker, store, result, NAMED, now=lambda: NOW)


def test_links_of_items_that_were_named_are_found_and_count_as_a_change(store: Store) -> None:
    tracker = Tracker()
    read(tracker, store)
    assert read(tracker, store).changed == 0
    tracker.links = (LINK,)

    result = read(tracker, store)

    assert [link for _, link, _ in store.links()] == [LINK]
    assert (result.error, result.items, result.changed) == (None, 1, 1)
    assert store.cursor("github", "PAY") == {"read": True}
    assert tracker.asked[-1] == ("PAY", NAMED["PAY"], {"read": True})


def test_items_of_scopes_that_were_not_read_are_not_asked_for(store: Store) -> None:
    tracker = Tracker()
    read(tracker, store, scopes=("WEB",))
    failed = SyncResult(source="github", scopes=("PAY",), error="no connection")
    assert read_named(tracker, store, failed, NAMED, now=lambda: NOW) is failed
    assert tracker.asked == []


@pytest.mark.parametrize(
    ("trouble", "kind", "said"),
    [
        (Retry("the limit is used up", retry_at=NOW + timedelta(hours=1)), ErrorKind.RETRY, None),
        (Stop("the token was refused"), ErrorKind.STOP, None),
        (KeyError("a secret"), ErrorKind.BUG, "KeyError in slipwatch itself: please report it"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_goes_wrong_is_returned_and_what_came_before_it_is_stored(
    store: Store, trouble: Exception, kind: ErrorKind, said: str | None
) -> None:
    tracker = Tracker(trouble, links=(LINK,))

    result = read(tracker, store)

    assert (result.error_kind, result.error) == (kind, said or str(trouble))
    assert result.retry_at == getattr(trouble, "retry_at", None)
    assert [link for _, link, _ in store.links()] == [LINK]
