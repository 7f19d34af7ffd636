"""Run as a process by test_sync_killed.py: syncs a made-up tracker, and is killed meanwhile."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection

from slipwatch.aggregator.records import (
    Batch,
    Category,
    Change,
    ChangedField,
    Cursor,
    Item,
    Level,
    Link,
    LinkKind,
    MilestoneKind,
    TrackerMilestone,
)
from slipwatch.aggregator.store import open_store
from slipwatch.aggregator.sync import Progress, sync_source

START = datetime(2026, 1, 5, tzinfo=UTC)
BATCHES = 30
"""Of each of three scopes."""
ITEMS = 20


class MadeUpTracker:
    """Three scopes; each pull goes back over the last two batches, as real overlaps do."""

    name = "made-up"

    def scopes(self) -> Sequence[str]:
        return ["P", "Q", "R"]

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        reached = int(str(cursor["batch"])) if cursor else 0
        for number in range(max(0, reached - 2), BATCHES):
            yield _batch(scope, number)

    def convert(self, payload: object) -> Batch:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is held."""


def _batch(scope: str, number: int) -> Batch:
    items = tuple(_item(scope, number, place) for place in range(ITEMS))
    return Batch(
        cursor={"batch": number + 1},
        items=items,
        links=tuple(
            Link(
                owner=item.id,
                kind=LinkKind.BLOCKS,
                upstream=f"{scope}-{number}",
                downstream=item.key,
            )
            for item in items
        ),
        changes=tuple(
            Change(
                item=item.id,
                id=str(number),
                at=item.updated_at,
                field=ChangedField.DUE,
                old=None,
                new="2026-03-02",
            )
            for item in items
        ),
        milestones=(
            TrackerMilestone(
                id=f"{scope}-{number % 7}",
                scope=scope,
                kind=MilestoneKind.VERSION,
                name=f"{number % 7}.0",
                due_date=date(2026, 3, 1) + timedelta(days=number // 7),
            ),
        ),
    )


def _item(scope: str, number: int, place: int) -> Item:
    """Describe an item that comes again in later batches, each time newer."""
    key = f"{scope}-{(number * 7 + place * 3) % 500}"
    at = START + timedelta(minutes=number)
    return Item(
        id=key,
        key=key,
        scope=scope,
        level=Level.WORK,
        title=f"as of {number}",
        url="",
        type="Story",
        status="Open",
        category=Category.TODO,
        created_at=START,
        updated_at=at,
        blocked=number % 3 == 0,
    )


def main(url: str, tell: Connection | None = None) -> None:
    """Sync once, and tell of each batch that is stored."""

    def told(progress: Progress) -> None:
        if tell is not None:
            tell.send(progress.items)

    with open_store(url) as store:
        sync_source(MadeUpTracker(), store, now=lambda: START, on_progress=told)
