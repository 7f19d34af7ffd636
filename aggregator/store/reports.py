"""The archive of reports: what an audience got, for ever as it got it."""

import hashlib
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Select, insert, select

from . import tables
from .database import Writable
from .model import Decision, Draft, FrozenReport, NewReport
from .outbox import put

_TABLE = tables.reports
_CONTENT = ("content", "basis", "text", "html")
_HEAD = [column for column in _TABLE.columns if column.name not in _CONTENT]


class Archive(Writable):
    """Reports; they are only ever added."""

    def freeze_report(self, report: NewReport, drafts: Sequence[Draft] = ()) -> int | None:
        """Keep a report, with the messages that deliver it: both or neither; return its number.

        A period has one report on a program for each audience: None when there is one already.
        A draft's body gets its number, as ``report``.
        """
        row: dict[str, Any] = {
            field.name: getattr(report, field.name) for field in fields(NewReport)
        }
        row["sha256"] = hashlib.sha256(report.content).hexdigest()
        same = select(_TABLE.c.number).where(
            _TABLE.c.program == report.program,
            _TABLE.c.audience == report.audience,
            _TABLE.c.period == report.period,
        )
        with self._writing() as connection:
            if report.period is not None and connection.scalar(same) is not None:
                return None
            added = connection.execute(insert(_TABLE).returning(_TABLE.c.number), row)
            number: int = added.scalar_one()
            addressed = (replace(draft, body={**draft.body, "report": number}) for draft in drafts)
            put(connection, Decision(drafts=tuple(addressed)), at=report.made_at)
        return number

    def report(self, number: int) -> FrozenReport | None:
        """Find a report by its number."""
        return self._one(select(_TABLE).where(_TABLE.c.number == number))

    def last_report(self, program: str, audience: str | None = None) -> FrozenReport | None:
        """Find the latest report on a program, to one audience or to any."""
        statement = select(_TABLE).where(_TABLE.c.program == program)
        if audience is not None:
            statement = statement.where(_TABLE.c.audience == audience)
        return self._one(statement.order_by(_TABLE.c.number.desc()).limit(1))

    def reports(self, *, program: str | None = None, most: int = 100) -> list[FrozenReport]:
        """List reports without what they say, the newest first."""
        statement = select(*_HEAD).order_by(_TABLE.c.number.desc()).limit(most)
        if program is not None:
            statement = statement.where(_TABLE.c.program == program)
        with self._reading() as connection:
            return [
                FrozenReport(**row, content=b"", basis=b"")
                for row in connection.execute(statement).mappings()
            ]

    def _one(self, statement: Select[Any]) -> FrozenReport | None:
        with self._reading() as connection:
            row = connection.execute(statement).mappings().first()
        return None if row is None else FrozenReport(**row)
