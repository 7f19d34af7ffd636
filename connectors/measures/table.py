"""How each kind of measure is read."""

from zoneinfo import ZoneInfo

from slipwatch.aggregator.benefits.model import Reading
from slipwatch.aggregator.connector import Context
from slipwatch.config.strategy import MeasureSettings

from . import csv_file, http_json, promql, sql
from .sample import Sample


def read_measure(
    name: str, measure: MeasureSettings, context: Context, zone: ZoneInfo
) -> list[Reading]:
    """Read a measure that is no manual one: the newest reading last, its history before it.

    ``name`` stands in messages; ``zone`` is that of days and of times that name none. Raises
    ``Retry``, ``Skip`` or ``Stop``: a measure that gives no number is no zero.
    """
    fetched_at = context.now()
    return [
        Reading(value=value, at=at, fetched_at=fetched_at, source=measure.kind)
        for value, at in _samples(name, measure, context, zone)
    ]


def _samples(name: str, measure: MeasureSettings, context: Context, zone: ZoneInfo) -> list[Sample]:
    if measure.promql is not None:
        return promql.read(name, measure.promql, context, zone)
    if measure.sql is not None:
        return sql.read(name, measure.sql, context, zone)
    if measure.csv is not None:
        return csv_file.read(name, measure.csv, context, zone)
    if measure.http_json is not None:
        return http_json.read(name, measure.http_json, context, zone)
    raise ValueError(f"{name}: people tell a manual measure")
