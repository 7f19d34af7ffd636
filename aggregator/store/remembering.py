"""What one evaluation of the rules leaves for the next: states of findings, and their lives."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from . import tables
from .database import chunks, upsert
from .model import Evaluated, FindingState, RuleMemory

_ONLY = 1
"""There is one row of what the last evaluation was."""


def recall(connection: Connection) -> RuleMemory:
    """Read what the last evaluation left behind."""
    table = tables.evaluations
    last = connection.execute(select(table).where(table.c.id == _ONLY)).mappings().first()
    if last is None:
        return RuleMemory()
    rows = connection.execute(select(tables.finding_states)).mappings()
    return RuleMemory(
        revision=last["revision"],
        rules=last["rules"],
        states={row["fingerprint"]: FindingState(**row) for row in rows},
    )


def remember(connection: Connection, evaluated: Evaluated, *, at: datetime) -> bool:
    """Write down what an evaluation leaves behind; False where another one came first."""
    table = tables.evaluations
    before = evaluated.memory
    revision = connection.scalar(select(table.c.revision).where(table.c.id == _ONLY)) or 0
    if revision != before.revision:
        return False
    last = {"id": _ONLY, "revision": revision + 1, "rules": dict(evaluated.rules)}
    upsert(connection, table, [last])
    _write_states(connection, evaluated)
    if evaluated.events:
        rows = [asdict(event) | {"at": at} for event in evaluated.events]
        connection.execute(insert(tables.finding_events), rows)
    return True


def _write_states(connection: Connection, evaluated: Evaluated) -> None:
    table, before = tables.finding_states, evaluated.memory.states
    gone = before.keys() - evaluated.states.keys()
    for part in chunks(sorted(gone)):
        connection.execute(delete(table).where(table.c.fingerprint.in_(part)))
    changed = [state for mark, state in evaluated.states.items() if before.get(mark) != state]
    upsert(connection, table, [asdict(state) for state in changed])
