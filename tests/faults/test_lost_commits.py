"""What may be lost when PostgreSQL dies: batches whose cursor goes with them, and nothing else."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, event

from slipwatch.aggregator.records import Batch, MilestoneKind, TrackerMilestone
from slipwatch.aggregator.store import ErrorKind, Store, open_store

from ..postgres import Control

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def page(number: int) -> Batch:
    """Make a batch of one version, which its cursor counts."""
    version = TrackerMilestone(
        id=f"{number}", scope="PAY", kind=MilestoneKind.VERSION, name=f"{number}.0"
    )
    return Batch(cursor={"page": number}, milestones=(version,))


def put(store: Store, number: int, scope: str | None = "PAY") -> None:
    store.apply("jira", scope, page(number), observed_at=MONDAY)


@contextmanager
def commits() -> Generator[list[str]]:
    """Give whether each commit from now on waits for the disk, as PostgreSQL says it."""
    waits: list[str] = []

    def note(connection: Connection) -> None:
        waits.append(connection.exec_driver_sql("SHOW synchronous_commit").scalar_one())

    event.listen(Engine, "commit", note)
    yield waits
    event.remove(Engine, "commit", note)


@pytest.mark.postgres
def test_only_what_a_cursor_would_bring_again_waits_for_no_disk(postgres_url: str) -> None:
    with open_store(postgres_url) as store, commits() as waits:
        put(store, 1)
        put(store, 2)
        assert waits == ["off", "off"]
        waits.clear()

        put(store, 3, scope=None)  # a recording: nobody sends it again
        store.take_delivery("jira", "d1", page(4), at=MONDAY)  # nor a webhook
        store.add_baseline("p/q/m", recorded_at=MONDAY, recorded_on=MONDAY.date())
        store.record_failure("jira", at=MONDAY, error="?", kind=ErrorKind.RETRY)
        store.record_success("jira", at=MONDAY)
        assert waits == ["on"] * 5


@pytest.mark.postgres
def test_a_server_that_dies_loses_a_batch_with_its_cursor_or_not_at_all(
    control: Control, stoppable: str
) -> None:
    def pages(store: Store) -> list[str]:
        return sorted(milestone.id for _, milestone in store.tracker_milestones("jira"))

    with open_store(stoppable) as store:
        put(store, 1)
        store.record_success("jira", at=MONDAY)  # waits for the disk, and so for what is before it
        put(store, 2)
        control("stop")
        control("start")

        kept = store.cursor("jira", "PAY")
        assert (kept, pages(store)) in [({"page": 1}, ["1"]), ({"page": 2}, ["1", "2"])]
        assert store.source_states()["jira"].last_success == MONDAY
        put(store, 2)
        assert (store.cursor("jira", "PAY"), pages(store)) == ({"page": 2}, ["1", "2"])
