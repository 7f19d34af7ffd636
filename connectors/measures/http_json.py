"""Reads a measure from a JSON document behind an address."""

from zoneinfo import ZoneInfo

from slipwatch.aggregator.connector import Context, Retry, Stop
from slipwatch.config.strategy import HttpJsonMeasureSettings, json_path

from .http import decoded, get
from .sample import Sample
from .values import moment, number


def read(
    name: str, settings: HttpJsonMeasureSettings, context: Context, zone: ZoneInfo
) -> list[Sample]:
    """Read the value, and its time if the document states one; raises ``Retry`` or ``Stop``."""
    answer = get(name, settings, settings.url, token_env=settings.token_env, context=context)
    document = decoded(answer)
    try:
        value = number(_at(document, settings.value))
    except (LookupError, ValueError):
        raise Stop(f"{name}: the document has no number at {settings.value}") from None
    if value is None:
        raise Retry(f"{name}: the document states no number at {settings.value} now")
    at = context.now()
    if settings.time is not None:
        try:
            at = moment(_at(document, settings.time), zone)
        except (LookupError, ValueError):
            raise Stop(f"{name}: the document has no day or time at {settings.time}") from None
    return [Sample(value, at)]


def _at(document: object, path: str) -> object:
    """Follow a path into a document; raises ``LookupError`` where it ends before."""
    found = document
    for step in json_path(path):
        match found, step:
            case dict() as mapping, str() as key:
                found = mapping[key]
            case list() as items, int() as place:
                found = items[place]
            case _:
                raise LookupError(path)
    return found
