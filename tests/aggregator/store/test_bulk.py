"""Rows that are written many at a time read back as they were meant, on both databases."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace
from sqlalchemy import create_engine, text

from slipwatch.aggregator.records import (
    Batch,
    Category,
    Change,
    ChangedField,
    Item,
    Level,
    Outcome,
)
from slipwatch.aggregator.store import Store, open_store

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
FULL = Item(
    id="1",
    key="PAY-1",
    scope="PAY",
    level=Level.SUBTASK,
    title='A "quoted" T09:30:00Z title: ünïcödé, \x01, \n and \\u0000',
    url="https://jira.example/browse/PAY-1",
    type="Story",
    status="Done",
    category=Category.DONE,
    created_at=MONDAY,
    updated_at=MONDAY + timedelta(microseconds=1),
    outcome=Outcome.DROPPED,
    started_at=datetime(2026, 1, 5, 10, 30, 15, 250_000, tzinfo=timezone(timedelta(hours=5.5))),
    done_at=datetime(1, 1, 1, tzinfo=UTC),
    start_date=date(2026, 1, 5),
    due_date=date(1, 2, 3),
    points=2.5,
    assignee="Dana",
    labels=("a", "ü", '"', "\x02"),
    components=("api",),
    milestones=("10", "11"),
    parent="PAY-9",
    blocked=True,
    blocked_since=MONDAY,
    former_keys=("OLD-1",),
)


def test_every_value_of_an_item_reads_back_as_it_was(store: Store) -> None:
    store.apply("jira", "PAY", Batch(cursor={}, items=(FULL,)), observed_at=MONDAY)
    assert list(store.items()) == [("jira", FULL)]
    assert (
        store.apply("jira", None, Batch(cursor={}, items=(FULL,)), observed_at=MONDAY).changed == 0
    )


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 193])
def test_batches_of_any_size_are_written_whole(store: Store, count: int) -> None:
    items = tuple(replace(FULL, id=str(number)) for number in range(count))
    changes = tuple(
        Change(
            item=item.id,
            id="1:0",
            at=MONDAY + timedelta(milliseconds=number),
            field=ChangedField.POINTS,
            old=None,
            new="3",
        )
        for number, item in enumerate(items)
    )
    batch = Batch(cursor={}, items=items, changes=changes)
    applied = store.apply("jira", "PAY", batch, observed_at=MONDAY)
    assert (applied.items_changed, applied.changes_added) == (count, count)
    assert {item for _, item in store.items()} == set(items)
    assert {change for _, change in store.changes()} == set(changes)
    again = store.apply("jira", "PAY", batch, observed_at=MONDAY)
    assert (again.items_changed, again.changes_added) == (0, 0)


def test_text_that_means_something_to_a_database_is_text(store: Store) -> None:
    titles = (
        *(
            "",
            "null",
            "NULL",
            r"\N",
            r"\.",
            "\n\\.\n",
            "a\tb\rc\n",
            r"\n",
            r"\\n",
            r"\u0041",
            "\x1f\x7f",
        ),
        *('"', '\\"', '"\\', "]\n[", "', 1); --", ",", "%s", "\u2028", "\U0001f600"),
    )
    items = tuple(
        replace(FULL, id=str(number), title=title, labels=(title,), assignee=title)
        for number, title in enumerate(titles)
    )
    store.apply("jira", "PAY", Batch(cursor={}, items=items), observed_at=MONDAY)
    assert {item for _, item in store.items()} == set(items)


def test_changes_that_came_before_their_items_are_stored_once(store: Store) -> None:
    items = tuple(replace(FULL, id=str(number)) for number in range(100))
    changes = tuple(
        Change(
            item=item.id, id="1", at=MONDAY, field=ChangedField.POINTS, old=None, new=str(points)
        )
        for points, item in enumerate(items)
    )
    early = replace(changes[70], new="1")
    store.apply("jira", "PAY", Batch(cursor={}, changes=(early,)), observed_at=MONDAY)
    batch = Batch(cursor={}, items=items, changes=changes)
    store.apply("jira", "PAY", batch, observed_at=MONDAY)
    assert {change for _, change in store.changes()} == set(changes)


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    naive = replace(FULL, done_at=datetime(2026, 1, 5))  # noqa: DTZ001  # a converter's mistake
    with pytest.raises(ValueError, match="without a zone"):
        store.apply("jira", "PAY", Batch(cursor={}, items=(FULL, naive)), observed_at=MONDAY)
    assert list(store.items()) == []


def test_times_are_text_of_one_length_in_sqlite(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store:
        store.apply("jira", "PAY", Batch(cursor={}, items=(FULL,)), observed_at=MONDAY)
    engine = create_engine(sqlite_url)
    with engine.connect() as connection:
        columns = "created_at, updated_at, started_at, done_at"
        found = connection.execute(text(f"SELECT {columns} FROM items")).one()
    engine.dispose()
    assert tuple(found) == (
        "2026-01-05 09:00:00.000000",
        "2026-01-05 09:00:00.000001",
        "2026-01-05 05:00:15.250000",
        "0001-01-01 00:00:00.000000",
    )


def test_a_batch_may_hold_items_that_are_stored_beside_new_ones(store: Store) -> None:
    store.apply("jira", "PAY", Batch(cursor={}, items=(FULL,)), observed_at=MONDAY)
    later = MONDAY + timedelta(days=1)
    moved = replace(FULL, title="Another", updated_at=later)
    new = replace(FULL, id="2", key="PAY-2")

    store.apply("jira", "PAY", Batch(cursor={}, items=(new, moved)), observed_at=later)

    titles = {item.id: item.title for _, item in store.items("jira")}
    assert titles == {"1": "Another", "2": FULL.title}
