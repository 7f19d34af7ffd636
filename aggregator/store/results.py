"""What was concluded: assessments day by day, and the life of findings."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from . import tables
from .database import Writable, stream, upsert
from .model import (
    Decision,
    Evaluated,
    FindingEvent,
    FindingLife,
    RuleMemory,
    Said,
    StoredAssessment,
)
from .outbox import Prepared, said
from .remembering import recall, remember


class Results(Writable):
    """Assessments and findings."""

    def save_assessment(self, day: date, body: bytes, *, generated_at: datetime, seed: int) -> None:
        """Keep the assessment of a day, in place of an earlier one of the same day."""
        row = {"day": day, "generated_at": generated_at, "seed": seed, "body": body}
        with self._writing() as connection:
            upsert(connection, tables.assessments, [row])

    def assessment(self, day: date | None = None) -> StoredAssessment | None:
        """Load the assessment of a day, or the latest one."""
        table = tables.assessments
        statement = select(table).order_by(table.c.day.desc()).limit(1)
        if day is not None:
            statement = statement.where(table.c.day == day)
        with self._reading() as connection:
            row = connection.execute(statement).mappings().first()
        return None if row is None else StoredAssessment(**row)

    def assessment_by(self, day: date) -> StoredAssessment | None:
        """Load the assessment of a day, or else the latest one before it."""
        table = tables.assessments
        statement = select(table).where(table.c.day <= day).order_by(table.c.day.desc()).limit(1)
        with self._reading() as connection:
            row = connection.execute(statement).mappings().first()
        return None if row is None else StoredAssessment(**row)

    def assessments(
        self, first: date | None = None, last: date | None = None
    ) -> Iterator[StoredAssessment]:
        """Yield the assessments of a span of days, both ends included, oldest first."""
        table = tables.assessments
        statement = select(table).order_by(table.c.day)
        if first is not None:
            statement = statement.where(table.c.day >= first)
        if last is not None:
            statement = statement.where(table.c.day <= last)
        with self._reading() as connection, stream(connection, statement) as rows:
            for row in rows.mappings():
                yield StoredAssessment(**row)

    def assessment_days(self, first: date, last: date) -> list[date]:
        """List the days of a span that have an assessment, both ends included, oldest first."""
        column = tables.assessments.c.day
        statement = select(column).where(column >= first, column <= last).order_by(column)
        with self._reading() as connection:
            return list(connection.scalars(statement))

    def save_portfolio(self, day: date, body: bytes, *, keep: timedelta) -> None:
        """Keep what the assessment of a day was made of, and forget what is older than ``keep``."""
        table = tables.portfolios
        with self._writing() as connection:
            upsert(connection, table, [{"day": day, "body": body}])
            connection.execute(delete(table).where(table.c.day < day - keep))

    def portfolio(
        self, first: date, last: date, *, oldest: bool = False
    ) -> tuple[date, bytes] | None:
        """Load what an assessment was made of: the latest of a span of days, or the ``oldest``.

        Both ends are included; the day comes with it.
        """
        table = tables.portfolios
        statement = (
            select(table.c.day, table.c.body)
            .where(table.c.day >= first, table.c.day <= last)
            .order_by(table.c.day.asc() if oldest else table.c.day.desc())
            .limit(1)
        )
        with self._reading() as connection:
            row = connection.execute(statement).first()
        return None if row is None else (row.day, row.body)

    def record_findings(
        self,
        day: date,
        severities: Mapping[str, str],
        *,
        decide: Callable[[Said], Decision] | None = None,
        at: datetime | None = None,
        evaluated: Evaluated | None = None,
    ) -> Mapping[str, date]:
        """Note which findings are open on a day; return since when each of them is.

        ``severities`` holds all of them by fingerprint: those that are missing are closed that
        day. Recording a day again replaces what it said, so a finding that flickers within a
        day was open throughout. What ``decide`` says is to be told of it, ``at`` a time, is
        written in the same transaction. It must be pure: it is asked before, for every other writer
        waits for a transaction, and once more inside where somebody else decided meanwhile.

        What was ``evaluated`` is remembered, and what happened is added to the findings' lives,
        unless another evaluation was remembered in the meantime: then that one counts.
        """
        table = tables.finding_life
        prepared = None if decide is None else self._prepare(decide)
        with self._writing() as connection:
            alive = table.c.closed_on.is_(None) | (table.c.closed_on >= day)
            rows = connection.execute(select(table).where(alive, table.c.opened_on <= day))
            known = {row["fingerprint"]: dict(row) for row in rows.mappings()}
            written: list[dict[str, Any]] = []
            for fingerprint, life in known.items():
                severity = severities.get(fingerprint, life["severity"])
                closed_on = None if fingerprint in severities else (life["closed_on"] or day)
                now = life | {"severity": severity, "closed_on": closed_on}
                if now != life:
                    written.append(now)
            written += [
                {
                    "fingerprint": fingerprint,
                    "opened_on": day,
                    "closed_on": None,
                    "severity": severity,
                }
                for fingerprint, severity in severities.items()
                if fingerprint not in known
            ]
            upsert(connection, table, written)
            if evaluated is not None and at is not None:
                remember(connection, evaluated, at=at)
            if prepared is not None and at is not None:
                prepared.put(connection, at=at)
        return {
            fingerprint: known[fingerprint]["opened_on"] if fingerprint in known else day
            for fingerprint in severities
        }

    def rule_memory(self) -> RuleMemory:
        """Give what the last evaluation of the rules left behind."""
        with self._reading() as connection:
            return recall(connection)

    def finding_events(self, fingerprint: str | None = None) -> list[FindingEvent]:
        """List what happened to findings, or to one of them, oldest first."""
        table = tables.finding_events
        statement = select(table).order_by(table.c.seq)
        if fingerprint is not None:
            statement = statement.where(table.c.fingerprint == fingerprint)
        with self._reading() as connection:
            rows = [dict(row) for row in connection.execute(statement).mappings()]
        return [FindingEvent(**{k: v for k, v in row.items() if k != "seq"}) for row in rows]

    def _prepare(self, decide: Callable[[Said], Decision]) -> Prepared:
        with self._reading() as connection:
            known = said(connection)
        return Prepared(decide, decide(known), known.mark)

    def findings_life(self, fingerprint: str | None = None) -> list[FindingLife]:
        """List when findings were open, by fingerprint, oldest first."""
        table = tables.finding_life
        statement = select(table).order_by(*table.primary_key)
        if fingerprint is not None:
            statement = statement.where(table.c.fingerprint == fingerprint)
        with self._reading() as connection:
            return [FindingLife(**row) for row in connection.execute(statement).mappings()]
