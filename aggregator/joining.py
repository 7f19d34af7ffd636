"""Batches that are stored together: each is a transaction, whose price hardly grows with it."""

from collections.abc import Sequence
from itertools import chain
from time import monotonic

from msgspec.structs import replace

from .records import Batch

ENOUGH = 500
"""Items of one transaction; a hundred at a time, they cost SQLite half as much again."""

SOON = 1.0
"""Seconds that none of them waits for more: what a slow source has sent is kept and shown."""


class Gathering:
    """Batches of one scope that follow one another, until they hold ``enough`` items."""

    def __init__(self, enough: int) -> None:
        self._enough = enough
        self._batches: list[Batch] = []
        self._named: set[str] = set()
        self._due_at = monotonic() + SOON

    def takes(self, batch: Batch) -> bool:
        """Say whether a batch may be added.

        One that brings an item again may not: its links take the place of those before, and it is
        absent no more.
        """
        return len(self._named) < self._enough and self._named.isdisjoint(
            item.id for item in batch.items
        )

    def add(self, batch: Batch) -> None:
        """Add the batch that follows."""
        self._batches.append(batch)
        self._named.update(item.id for item in batch.items)
        self._named.update(absence.item for absence in batch.absences)
        if len(self._named) >= self._enough:
            self.close()

    def close(self) -> None:
        """Wait for no more."""
        self._due_at = 0.0

    @property
    def seconds_left(self) -> float:
        """How long it may still wait for more; nothing, once it is to be stored."""
        return max(0.0, self._due_at - monotonic())

    def joined(self) -> Batch:
        """Give all of them as one."""
        return _join(self._batches)


def _join(batches: Sequence[Batch]) -> Batch:
    """Say all that several batches say; a change that is stated anew counts as it was last."""
    if len(batches) == 1:
        return batches[0]
    every = chain.from_iterable
    changes = {(one.item, one.id): one for one in every(each.changes for each in batches)}
    return replace(
        batches[-1],
        items=tuple(every(each.items for each in batches)),
        milestones=tuple(every(each.milestones for each in batches)),
        links=tuple(every(each.links for each in batches)),
        changes=tuple(changes.values()),
        warnings=tuple(every(each.warnings for each in batches)),
        moves=tuple(every(each.moves for each in batches)),
        absences=tuple(every(each.absences for each in batches)),
        listings=tuple(every(each.listings for each in batches)),
        gone=tuple(every(each.gone for each in batches)),
        worklogs=tuple(every(each.worklogs for each in batches)),
        pull_requests=tuple(every(each.pull_requests for each in batches)),
        reviews=tuple(every(each.reviews for each in batches)),
    )
