"""Reads what was spent from a database: a row for each posting, and nothing is written."""

from zoneinfo import ZoneInfo

from slipwatch.aggregator.connector import Stop
from slipwatch.aggregator.money.model import Posting
from slipwatch.config.money import SqlCostSettings

from ..databases import ask
from .rows import MOST_ROWS, posting


def read(name: str, settings: SqlCostSettings, zone: ZoneInfo) -> tuple[Posting, ...]:
    """Ask the query; raises ``Retry`` where it is not answered, ``Stop`` where it says no costs."""
    rows = ask(name, settings, MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise Stop(f"{name}: the query gives more than {MOST_ROWS:,} rows: let it add them up")
    found: list[Posting] = []
    for place, row in enumerate(rows, 1):
        if len(row) not in (2, 3):
            raise Stop(f"{name}: let the query give a day, an amount, and perhaps a project")
        try:
            found.append(posting(row[0], row[1], row[2] if len(row) == 3 else None, zone))
        except ValueError as error:
            raise Stop(f"{name}: row {place} of the query is no posting: {error}") from None
    return tuple(found)
