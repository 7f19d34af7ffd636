"""Tracker milestones that are gone: left out of a list of all of them, or told to be deleted.

Nothing is deleted here. Their dates are observed to be none, as any other move would be; one that
is listed again is there again.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ..records import Listing, TrackerMilestone
from . import tables
from .database import chunks
from .model import EntityKind, LedgerField, LedgerOrigin

_DATES = ((LedgerField.START, "start_date"), (LedgerField.DUE, "due_date"))


def left_out(
    connection: Connection, source: str, listing: Listing, milestones: Collection[TrackerMilestone]
) -> tuple[frozenset[str], bool]:
    """Find what a list leaves out, and whether that can be believed.

    Nothing can be said of an empty one: a lost permission looks the same.
    """
    table: Any = tables.tracker_milestones
    known = connection.scalars(
        select(table.c.id).where(
            table.c.source == source,
            table.c.scope == listing.scope,
            table.c.kind == listing.kind,
            table.c.gone_at.is_(None),
        )
    )
    missing = frozenset(known) - {each.id for each in milestones if each.kind is listing.kind}
    listed = any(each.kind is listing.kind and each.scope == listing.scope for each in milestones)
    return missing, listed


def take_away(
    connection: Connection, source: str, ids: Collection[str], *, at: datetime
) -> tuple[int, int]:
    """Mark milestones as gone; return how many were there, and what that added to the ledger."""
    table: Any = tables.tracker_milestones
    there: list[Any] = []
    for part in chunks(ids):
        there += connection.execute(
            select(table.c.id, table.c.start_date, table.c.due_date).where(
                table.c.source == source, table.c.id.in_(part), table.c.gone_at.is_(None)
            )
        )
    for part in chunks([row.id for row in there]):
        # A hash that no content has: the row is written again as soon as it is listed.
        connection.execute(
            update(table)
            .where(table.c.source == source, table.c.id.in_(part))
            .values(gone_at=at, start_date=None, due_date=None, hash=0)
        )
    entries = [entry for row in there for entry in _entries(source, row, at)]
    if entries:
        connection.execute(insert(tables.ledger), entries)
    return len(there), len(entries)


def _entries(source: str, row: Any, at: datetime) -> Iterator[dict[str, Any]]:
    for field, column in _DATES:
        if getattr(row, column) is not None:
            yield {
                "source": source,
                "kind": EntityKind.MILESTONE,
                "entity": row.id,
                "field": field,
                "value": None,
                "at": at,
                "origin": LedgerOrigin.OBSERVATION,
            }
