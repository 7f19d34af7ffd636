"""The archive of reports: what an audience got, for ever as it got it."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, insert, select

from . import tables
from .database import Writable
from .model import Decision, Draft, FrozenReport
from .outbox import put

_TABLE = tables.reports
_HEAD = [column for column in _TABLE.columns if column.name not in ("content", "basis")]


class Archive(Writable):
    """Reports; they are only ever added."""

    def freeze_report(
        self,
        program: str,
        audience: str,
        *,
        form: str,
        content: bytes,
        basis: bytes,
        as_of: date,
        at: datetime,
        period: date | None = None,
        drafts: Sequence[Draft] = (),
    ) -> int | None:
        """Keep a report, with the messages that deliver it: both or neither; return its number.

        A ``period`` has one report for each audience: None when there is one already. A draft's
        body gets its number, as ``report``.
        """
        row: dict[str, Any] = {
            "program": program,
            "audience": audience,
            "period": period,
            "as_of": as_of,
            "made_at": at,
            "form": form,
            "content": content,
            "sha256": hashlib.sha256(content).hexdigest(),
            "basis": basis,
        }
        same = (
            (_TABLE.c.program == program)
            & (_TABLE.c.audience == audience)
            & (_TABLE.c.period == period)
        )
        with self._writing() as connection:
            known = connection.scalar(select(_TABLE.c.number).where(same)) if period else None
            if known is not None:
                return None
            number: int = connection.execute(
                insert(_TABLE).returning(_TABLE.c.number), row
            ).scalar_one()
            addressed = tuple(
                Draft(
                    key=draft.key,
                    channel=draft.channel,
                    thread=draft.thread,
                    body={**draft.body, "report": number},
                    quiet=draft.quiet,
                )
                for draft in drafts
            )
            put(connection, Decision(drafts=addressed), at=at)
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
