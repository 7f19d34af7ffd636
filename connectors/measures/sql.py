"""Reads a measure from a database: one row of a query."""

from zoneinfo import ZoneInfo

from slipwatch.aggregator.connector import Context, Retry, Stop
from slipwatch.config.strategy import SqlMeasureSettings

from ..databases import ask
from ..values import moment, number
from .sample import Sample


def read(name: str, settings: SqlMeasureSettings, context: Context, zone: ZoneInfo) -> list[Sample]:
    """Ask the query; raises ``Retry`` where it gives nothing, ``Stop`` where it cannot be asked."""
    rows = ask(name, settings, 2)
    if len(rows) > 1:
        raise Stop(f"{name}: the query gives several rows: let it give one, as with LIMIT 1")
    row = rows[0] if rows else ()
    try:
        value = number(row[0]) if row else None
        at = moment(row[1], zone) if len(row) > 1 else context.now()
    except ValueError as error:
        raise Stop(f"{name}: the query's row is no value with its time: {error}") from None
    if value is None:
        raise Retry(f"{name}: the query gave no number")
    return [Sample(value, at)]
