"""Who was told what: reports that were kept, findings that were acknowledged, since when."""

from datetime import date
from hashlib import sha256

from sqlalchemy import func, select

from ..communication.model import Acknowledged, ReportTold
from . import tables
from .database import Readable


class TellingReads(Readable):
    """What was said, and what was answered."""

    def reports_told(self) -> list[ReportTold]:
        """List every report that was kept, oldest first."""
        table = tables.reports
        columns = [table.c[name] for name in ("program", "audience", "as_of", "made_at", "summary")]
        with self._reading() as connection:
            rows = connection.execute(select(*columns).order_by(table.c.number)).all()
        return [
            ReportTold(
                program=row.program,
                audience=row.audience,
                as_of=row.as_of,
                made_at=row.made_at,
                said=_digest(row.summary),
            )
            for row in rows
        ]

    def acknowledged(self) -> list[Acknowledged]:
        """List what was acknowledged, and what ended that, oldest first."""
        table = tables.acknowledgements
        columns = [table.c[name] for name in ("fingerprint", "subject", "at", "given")]
        with self._reading() as connection:
            rows = connection.execute(select(*columns).order_by(table.c.seq)).all()
        return [
            Acknowledged(
                fingerprint=row.fingerprint, subject=row.subject, at=row.at, given=row.given
            )
            for row in rows
        ]

    def first_assessment_day(self) -> date | None:
        """Give the day of the first assessment that is kept."""
        with self._reading() as connection:
            day: date | None = connection.scalar(select(func.min(tables.assessments.c.day)))
        return day


def _digest(sentences: tuple[str, ...]) -> str:
    """Stand for words; empty where nothing is said."""
    return sha256("\n".join(sentences).encode()).hexdigest()[:16] if sentences else ""
