"""Batches that are stored together: each is a transaction, whose price hardly grows with it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from time import monotonic

from msgspec.structs import replace

from .records import Batch

ENOUGH = 500
"""Items of one transaction; a hundred at a time, they cost SQLite half as much again."""

SOON = 1.0
"""Seconds that none of them waits for more: what a slow source has sent is kept and shown."""


def joined(batches: Iterable[Batch], *, enough: int = ENOUGH) -> Iterator[Batch]:
    """Join batches of one scope that follow one another, until they hold ``enough`` items.

    One that brings an item again begins another: its links take the place of those before, and it
    is absent no more. What came before an error is given before the error is raised.
    """
    waiting: list[Batch] = []
    named: set[str] = set()
    began = monotonic()

    def flush() -> Iterator[Batch]:
        nonlocal began
        if waiting:
            yield _join(waiting)
            waiting.clear()
            named.clear()
        began = monotonic()

    try:
        for batch in batches:
            items = {item.id for item in batch.items}
            if not named.isdisjoint(items):
                yield from flush()
            waiting.append(batch)
            named |= items
            named.update(absence.item for absence in batch.absences)
            if len(named) >= enough or monotonic() - began >= SOON:
                yield from flush()
    except (Exception, SystemExit):  # a connector of others may even call sys.exit()
        yield from flush()
        raise
    yield from flush()


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
    )
