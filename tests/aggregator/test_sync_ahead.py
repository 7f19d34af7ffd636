"""Reading ahead of the store: how far, by how many, and what becomes of it when things end."""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import pytest

from slipwatch.aggregator import joining
from slipwatch.aggregator.cancellation import Cancellation
from slipwatch.aggregator.connector import Connector, Stop
from slipwatch.aggregator.records import Batch, Category, Cursor, Item, Level
from slipwatch.aggregator.store import ErrorKind, Store, StoreError, open_store, tables
from slipwatch.aggregator.store.database import Database
from slipwatch.aggregator.sync import sync_source

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SCOPES = ("A", "B", "C", "D", "E", "F", "G", "H")
PATIENCE = 30

Pages = Callable[[str], Iterator[Batch]]


def _now() -> datetime:
    return MONDAY


def _page(scope: str, number: int) -> Batch:
    item = Item(
        id=f"{scope}-{number}",
        key=f"{scope}-{number}",
        scope=scope,
        level=Level.WORK,
        title="",
        url="",
        type="Story",
        status="Open",
        category=Category.TODO,
        created_at=MONDAY,
        updated_at=MONDAY,
    )
    return Batch(cursor={"page": number}, items=(item,))


class Tracker:
    """A connector that notes which thread uses it."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self.users: set[int] = set()
        self.closed = False

    @property
    def name(self) -> str:
        return "jira"

    def scopes(self) -> Sequence[str]:
        return SCOPES

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        self.users.add(threading.get_ident())
        assert cursor is None
        yield from self._pages(scope)

    def convert(self, payload: object) -> Batch:
        raise ValueError(payload)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def lean_store(sqlite_url: str) -> Iterator[Store]:
    """Give an SQLite store: these tests are not about databases."""
    with open_store(sqlite_url) as store:
        yield store


def _count(store: Store) -> int:
    return sum(1 for _ in store.items())


def test_reading_is_ahead_of_the_store_by_three_batches_at_most(lean_store: Store) -> None:
    ahead: list[int] = []

    def pages(scope: str) -> Iterator[Batch]:
        for number in range(20):
            ahead.append(number - _count(lean_store))
            yield _page(scope, number)

    result = sync_source(Tracker(pages), lean_store, now=_now, scopes=["A"], together=1)
    assert (result.items, result.error) == (20, None)
    # One is being stored, one waits, one is in the reader's hands.
    assert max(ahead) <= 3


def test_a_batch_is_fetched_while_the_one_before_it_is_stored(lean_store: Store) -> None:
    asked = threading.Event()

    def pages(scope: str) -> Iterator[Batch]:
        yield _page(scope, 1)
        asked.set()
        yield _page(scope, 2)

    def when_stored(_progress: object) -> None:
        assert asked.wait(PATIENCE)

    result = sync_source(
        Tracker(pages), lean_store, now=_now, scopes=["A"], on_progress=when_stored, together=1
    )
    assert (result.items, result.error) == (2, None)


def test_what_a_source_has_sent_is_stored_while_it_stalls(
    lean_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "SOON", 0.01)
    stored = threading.Event()

    def pages(scope: str) -> Iterator[Batch]:
        yield _page(scope, 1)
        assert stored.wait(PATIENCE)
        yield _page(scope, 2)

    result = sync_source(
        Tracker(pages), lean_store, now=_now, scopes=["A"], on_progress=lambda _: stored.set()
    )
    assert (result.items, result.error) == (2, None)


def test_scopes_are_read_at_a_time_as_many_as_allowed_each_by_one_connector(
    lean_store: Store,
) -> None:
    together = threading.Barrier(4)
    lock = threading.Lock()
    now_reading = most_reading = 0

    def pages(scope: str) -> Iterator[Batch]:
        nonlocal now_reading, most_reading
        with lock:
            now_reading += 1
            most_reading = max(most_reading, now_reading)
        together.wait(PATIENCE)
        yield _page(scope, 1)
        with lock:
            now_reading -= 1

    first = Tracker(pages)
    made: list[Tracker] = []

    def more() -> Connector:
        made.append(Tracker(pages))
        return made[-1]

    stored_by: set[int] = set()

    def note(_progress: object) -> None:
        stored_by.add(threading.get_ident())

    result = sync_source(first, lean_store, now=_now, more=more, concurrency=4, on_progress=note)
    assert (sorted(result.scopes), result.error) == (sorted(SCOPES), None)
    assert most_reading == 4
    assert stored_by == {threading.get_ident()}
    assert len(made) == 3
    assert all(len(tracker.users) == 1 for tracker in (first, *made))
    assert [tracker.closed for tracker in (first, *made)] == [False, True, True, True]


def test_a_connector_that_cannot_be_made_is_a_failure_of_the_source(lean_store: Store) -> None:
    going_on = threading.Event()

    def pages(scope: str) -> Iterator[Batch]:
        assert going_on.wait(PATIENCE)
        yield _page(scope, 1)

    def more() -> Connector:
        going_on.set()
        raise Stop("jira: auth.token: there is none")

    result = sync_source(
        Tracker(pages), lean_store, now=_now, scopes=["A", "B"], more=more, concurrency=2
    )
    assert (result.error_kind, result.error) == (ErrorKind.STOP, "jira: auth.token: there is none")
    assert len(result.scopes) == 1


def test_an_exit_in_a_connector_is_a_bug_and_hangs_nothing(lean_store: Store) -> None:
    def pages(scope: str) -> Iterator[Batch]:
        yield _page(scope, 1)
        sys.exit(1)

    result = sync_source(Tracker(pages), lean_store, now=_now, scopes=["A"])
    assert (result.items, result.error_kind) == (1, ErrorKind.BUG)


def test_a_stop_ends_readers_that_wait_for_room(lean_store: Store) -> None:
    def pages(scope: str) -> Iterator[Batch]:
        number = 0
        while True:
            number += 1
            yield _page(scope, number)

    result = sync_source(
        Tracker(pages),
        lean_store,
        now=_now,
        stop=lambda: _count(lean_store) >= 5,
        more=lambda: Tracker(pages),
        concurrency=4,
        together=1,
    )
    assert (result.stopped, result.items, result.error) == (True, 5, None)
    assert not _readers()


def test_a_store_that_fails_ends_the_readers_too(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store:
        database = Database(sqlite_url)
        with database.writing() as connection:
            tables.changes.drop(connection)
            tables.items.drop(connection)
        database.close()

        def pages(scope: str) -> Iterator[Batch]:
            while True:
                yield _page(scope, 1)

        with pytest.raises(StoreError, match="no such table: items"):
            sync_source(Tracker(pages), store, now=_now, more=lambda: Tracker(pages), concurrency=2)
    assert not _readers()


def test_a_store_that_fails_ends_a_reader_in_its_sleep(sqlite_url: str) -> None:
    asleep = threading.Event()
    woken: list[str] = []
    cancellation = Cancellation(time.sleep)

    def pages(scope: str) -> Iterator[Batch]:
        if scope == "A":
            assert asleep.wait(PATIENCE)
            yield _page(scope, 1)
        asleep.set()
        cancellation.sleep(PATIENCE)
        woken.append(scope)

    with open_store(sqlite_url) as store:
        database = Database(sqlite_url)
        with database.writing() as connection:
            tables.items.drop(connection)
        database.close()
        with pytest.raises(StoreError):
            sync_source(
                Tracker(pages),
                store,
                now=_now,
                more=lambda: Tracker(pages),
                concurrency=2,
                together=1,
                cancel=cancellation.cancel,
            )
    assert (woken, _readers()) == ([], [])


def _readers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "reader-jira"]
