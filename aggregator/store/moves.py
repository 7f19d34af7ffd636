"""Puts moves of dates that a webhook told of into their place in the ledger.

The ledger is only added to; whoever reads it goes by time. A told move stands at the time the
tracker states, beside the observation of the sync that saw the new date a moment later: the
repeat is no move of its own, and the telling is what is known of when and by whom.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ..records import ChangedField, DateMove
from . import tables
from .model import EntityKind, LedgerField, LedgerOrigin

_FIELDS = {
    ChangedField.DUE: (LedgerField.DUE, "due_date"),
    ChangedField.START: (LedgerField.START, "start_date"),
}


_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A value that a date had from ``at`` on, and whether the tracker told of it."""

    at: datetime
    value: date | None
    told: bool
    actor: str | None = field(default=None, compare=False)


def place(known: Sequence[Entry], move: DateMove, heard_at: datetime) -> Iterator[Entry]:
    """Yield what a move adds to a date's history, given oldest first.

    Deliveries come late, twice and in any order, and the tracker's clock is not ours: neither may
    make a move out of what was none.
    """
    at = min(move.at, heard_at)
    if known and known[-1].value in (move.old, move.new) and at < known[-1].at < at + _SECOND:
        # Trackers tell whole seconds: within one, what follows from the newest value is newer.
        at = known[-1].at
    past = [entry for entry in known if entry.at <= at]
    if past and past[-1].value == move.new:
        yield from _credit(past, move)
        return
    before = past[-1].value if past else None
    if move.old_told and not (past and before == move.old):
        told_since = any(entry.told for entry in known[len(past) :])
        if known and known[-1].value == move.old and not told_since:
            # It is what the date was until now, so the clocks differ.
            at = heard_at
        else:
            # An earlier move was missed.
            yield Entry(at, move.old, told=True)
    elif known and not past:
        # Without its old value there is nothing to tell a past of.
        return
    yield Entry(at, move.new, told=True, actor=move.actor)


def _credit(past: Sequence[Entry], move: DateMove) -> Iterator[Entry]:
    """Say of a move that a sync has seen who made it, where it is the one that is told of."""
    run = next(
        (i + 1 for i in reversed(range(len(past))) if past[i].value != move.new),
        0,
    )
    if run == 0 or any(entry.told for entry in past[run:]):
        return
    if not move.old_told or past[run - 1].value == move.old:
        yield Entry(past[run].at, move.new, told=True, actor=move.actor)


def enter(
    connection: Connection, source: str, moves: Sequence[DateMove], *, heard_at: datetime
) -> int:
    """Add moves to the ledger; return how many entries that took.

    A milestone's own date follows where nothing newer is known of it.
    """
    added = 0
    for move in moves:
        name, column = _FIELDS[move.field]
        known = _known(connection, source, move.milestone, name)
        new = list(place(known, move, heard_at))
        if not new:
            continue
        row: dict[str, Any] = {
            "source": source,
            "kind": EntityKind.MILESTONE,
            "entity": move.milestone,
            "field": name,
            "origin": LedgerOrigin.WEBHOOK,
        }
        connection.execute(
            insert(tables.ledger),
            [row | {"value": entry.value, "at": entry.at, "actor": entry.actor} for entry in new],
        )
        if not known or (known[-1].value != move.new and known[-1].at <= new[-1].at):
            table = tables.tracker_milestones
            # A hash that no content has: the next sync writes the row whatever it says.
            connection.execute(
                update(table)
                .where(table.c.source == source, table.c.id == move.milestone)
                .values({column: move.new, "hash": 0})
            )
        added += len(new)
    return added


def _known(connection: Connection, source: str, milestone: str, name: LedgerField) -> list[Entry]:
    table: Any = tables.ledger
    rows = connection.execute(
        select(table.c.at, table.c.value, table.c.origin)
        .where(
            table.c.kind == EntityKind.MILESTONE,
            table.c.source == source,
            table.c.entity == milestone,
            table.c.field == name,
        )
        .order_by(table.c.at, table.c.seq)
    )
    return [Entry(row.at, row.value, row.origin is LedgerOrigin.WEBHOOK) for row in rows]
