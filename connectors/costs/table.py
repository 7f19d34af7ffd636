"""Which room reads which kind of actual costs."""

from zoneinfo import ZoneInfo

from slipwatch.aggregator.connector import Context
from slipwatch.aggregator.money.model import Posting
from slipwatch.config.money import ActualsSettings

from . import http_json, sheet, sql


def read_actuals(
    name: str, settings: ActualsSettings, context: Context, zone: ZoneInfo
) -> tuple[Posting, ...]:
    """Read what was spent; raises ``SourceError``, and ``ValueError`` for what is logged."""
    if settings.csv is not None:
        return sheet.read_actuals(settings.csv)
    if settings.sql is not None:
        return sql.read(name, settings.sql, zone)
    if settings.http_json is not None:
        return http_json.read(name, settings.http_json, context, zone)
    raise ValueError(f"{name}: logged hours come with their issues")
