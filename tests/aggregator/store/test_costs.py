"""What feeds of costs said, and the hours that trackers say were worked."""

from datetime import UTC, date, datetime, timedelta

from slipwatch.aggregator.money.model import CostReading, Posting
from slipwatch.aggregator.records import Batch, Category, Item, Level, Worklog
from slipwatch.aggregator.store import Store

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POSTED = (Posting(date(2026, 1, 2), 12.5), Posting(date(2026, 1, 3), -2.0, "web"))


def said(after: int, **what: object) -> CostReading:
    """Make a reading so many hours after noon."""
    return CostReading(feed="p actuals", at=NOON + after * HOUR, **what)  # type: ignore[arg-type]


def test_only_what_is_new_is_noted(store: Store) -> None:
    readings = [
        said(0, postings=POSTED),
        said(1, postings=POSTED),
        said(2, error="there is no such file"),
        said(3, error="there is no such file"),
        said(4, postings=POSTED),
        said(5, postings=()),
    ]

    assert [store.note_cost(one) for one in readings] == [True, False, True, False, True, True]
    assert store.costs() == {"p actuals": [readings[at] for at in (0, 2, 4, 5)]}


def test_of_today_only_what_is_held_and_how_the_last_attempt_went_is_read(store: Store) -> None:
    other = CostReading(feed="q plan", at=NOON, error="it is empty")
    for reading in (said(0, postings=()), said(1, postings=POSTED), said(2, error="gone"), other):
        store.note_cost(reading)

    assert store.costs(past=False) == {
        "p actuals": [said(1, postings=POSTED), said(2, error="gone")],
        "q plan": [other],
    }


def item(identity: str, updated: int = 0) -> Item:
    """Make an item that was updated so many hours after noon."""
    at = NOON + updated * HOUR
    return Item(
        id=identity,
        key=f"PAY-{identity}",
        scope="PAY",
        level=Level.WORK,
        title="",
        url="",
        type="Story",
        status="To Do",
        category=Category.TODO,
        created_at=NOON,
        updated_at=at,
    )


def logged(identity: str, number: int, minutes: int, role: str | None = None) -> Worklog:
    """Make a worklog."""
    return Worklog(item=identity, id=str(number), started_at=NOON, seconds=60 * minutes, role=role)


def test_an_item_that_is_read_again_has_the_worklogs_that_it_has_now(store: Store) -> None:
    first = Batch(
        cursor={},
        items=(item("1"), item("2")),
        worklogs=(logged("1", 10, 30), logged("1", 11, 60), logged("2", 12, 15, "tester")),
    )
    again = Batch(cursor={}, items=(item("1", 1),), worklogs=(logged("1", 11, 60, "tester"),))

    store.apply("jira", "PAY", first, observed_at=NOON)
    assert store.worklogs() == {
        ("jira", "1"): [(NOON, 1800, None), (NOON, 3600, None)],
        ("jira", "2"): [(NOON, 900, "tester")],
    }
    store.apply("jira", "PAY", again, observed_at=NOON)
    store.apply("jira", "PAY", first, observed_at=NOON)

    assert store.worklogs() == {
        ("jira", "1"): [(NOON, 3600, "tester")],
        ("jira", "2"): [(NOON, 900, "tester")],
    }
    assert store.sources_of_worklogs() == {"jira"}


def test_an_item_without_worklogs_has_none_any_more(store: Store) -> None:
    store.apply(
        "jira",
        "PAY",
        Batch(cursor={}, items=(item("1"),), worklogs=(logged("1", 10, 30),)),
        observed_at=NOON,
    )
    store.apply("jira", "PAY", Batch(cursor={}, items=(item("1", 1),)), observed_at=NOON)

    assert store.worklogs() == {}
    assert store.sources_of_worklogs() == frozenset()
