"""Several at once: no update is lost, and nobody who reads waits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError

from slipwatch.aggregator.records import Batch, MilestoneKind, TrackerMilestone
from slipwatch.aggregator.store import EntityKind, Store, StoreError, open_store, tables
from slipwatch.aggregator.store.database import Database

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def _milestone(due: date | None) -> Batch:
    version = TrackerMilestone(
        id="1", scope="PAY", kind=MilestoneKind.VERSION, name="2.0", due_date=due
    )
    return Batch(cursor={}, milestones=(version,))


def _four_at_once(url: str, work: Callable[[Store], object]) -> None:
    with ExitStack() as stack:
        stores = [stack.enter_context(open_store(url)) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, stores))


def test_no_update_is_lost_among_writers(store_url: str) -> None:
    def add(store: Store) -> None:
        for _ in range(25):
            store.add_baseline("p/q/m", recorded_at=MONDAY, recorded_on=MONDAY.date())

    _four_at_once(store_url, add)
    with open_store(store_url) as store:
        assert [baseline.version for baseline in store.baselines()] == list(range(1, 101))


def test_writers_that_see_the_same_date_write_one_line(store_url: str) -> None:
    def observe(store: Store) -> None:
        for day in range(1, 21):
            store.apply("jira", "PAY", _milestone(date(2026, 1, day)), observed_at=MONDAY)

    with open_store(store_url) as store:
        store.apply("jira", "PAY", _milestone(date(2026, 1, 1)), observed_at=MONDAY)
    same = _milestone(date(2026, 2, 1))
    _four_at_once(store_url, lambda store: store.apply("jira", "PAY", same, observed_at=MONDAY))
    with open_store(store_url) as store:
        dates = [entry.value for entry in store.ledger(EntityKind.MILESTONE)]
    assert dates == [date(2026, 1, 1), date(2026, 2, 1), None]

    _four_at_once(store_url, observe)
    with open_store(store_url) as store:
        dates = [entry.value for entry in store.ledger(EntityKind.MILESTONE)]
    assert all(one != next_ for one, next_ in pairwise(dates))


def test_readers_do_not_wait_for_a_writer_and_do_not_see_its_work(
    store: Store, store_url: str
) -> None:
    store.apply("jira", "PAY", _milestone(None), observed_at=MONDAY)
    other = Database(store_url)
    with other.writing() as connection:
        connection.execute(delete(tables.tracker_milestones))
        assert len(list(store.tracker_milestones())) == 1
        assert store.cursor("jira", "PAY") == {}
    assert list(store.tracker_milestones()) == []
    other.close()


def test_a_snapshot_stays_as_it_was(store: Store) -> None:
    store.apply("jira", "PAY", _milestone(None), observed_at=MONDAY)
    with store.snapshot() as snapshot:
        before = list(snapshot.tracker_milestones())
        store.apply("jira", "PAY", _milestone(date(2026, 2, 1)), observed_at=MONDAY)
        store.remember_slugs({("p/q", "jira", "1"): "ga"})
        assert list(snapshot.tracker_milestones()) == before
        assert snapshot.slugs() == {}
        assert [entry.value for entry in snapshot.ledger(EntityKind.MILESTONE)] == [None, None]
    assert list(store.tracker_milestones()) != before


def test_reading_connections_cannot_write(store_url: str) -> None:
    open_store(store_url).close()
    database = Database(store_url)
    with (
        pytest.raises((DBAPIError, StoreError), match=r"readonly|read-only"),
        database.reading() as connection,
    ):
        connection.execute(text("DELETE FROM items"))
    database.close()
