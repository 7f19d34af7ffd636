"""What the open risks of each program came to, day by day."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import select

from ..register.model import Exposure
from . import tables
from .database import Readable, Writable, upsert


class ExposureReads(Readable):
    """The past of risk exposure."""

    def exposures(self) -> Mapping[str, list[Exposure]]:
        """Give them by program, oldest first."""
        table = tables.exposures
        found: dict[str, list[Exposure]] = defaultdict(list)
        with self._reading() as connection:
            for row in connection.execute(select(table).order_by(*table.primary_key)):
                found[row.program].append(
                    Exposure(day=row.day, exposure=row.exposure, risks=row.risks)
                )
        return found


class Exposures(ExposureReads, Writable):
    """Writes it down."""

    def save_exposures(self, exposures: Mapping[str, Exposure]) -> None:
        """Keep what programs have today; the last assessment of a day stands."""
        rows = [
            {"program": program, "day": one.day, "exposure": one.exposure, "risks": one.risks}
            for program, one in sorted(exposures.items())
        ]
        with self._writing() as connection:
            upsert(connection, tables.exposures, rows)
