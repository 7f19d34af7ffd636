"""Reads a measure from a JSON document behind an address."""

from zoneinfo import ZoneInfo

from slipwatch.aggregator.connector import Context, Retry, Stop
from slipwatch.config.strategy import HttpJsonMeasureSettings

from ..documents import decoded, follow, get
from ..values import moment, number
from .sample import Sample


def read(
    name: str, settings: HttpJsonMeasureSettings, context: Context, zone: ZoneInfo
) -> list[Sample]:
    """Read the value, and its time if the document states one; raises ``Retry`` or ``Stop``."""
    answer = get(
        name,
        settings,
        settings.url,
        token_env=settings.token_env,
        context=context,
        what="its measure",
    )
    document = decoded(answer)
    try:
        value = number(follow(document, settings.value))
    except (LookupError, ValueError):
        raise Stop(f"{name}: the document has no number at {settings.value}") from None
    if value is None:
        raise Retry(f"{name}: the document states no number at {settings.value} now")
    at = context.now()
    if settings.time is not None:
        try:
            at = moment(follow(document, settings.time), zone)
        except (LookupError, ValueError):
            raise Stop(f"{name}: the document has no day or time at {settings.time}") from None
    return [Sample(value, at)]
