"""Reads what was spent from a JSON document behind an address: a list with an entry per posting."""

from typing import cast
from zoneinfo import ZoneInfo

from slipwatch.aggregator.connector import Context, Stop
from slipwatch.aggregator.money.model import Posting
from slipwatch.config.money import HttpJsonCostSettings

from ..documents import decoded, follow, get
from .rows import posting


def read(
    name: str, settings: HttpJsonCostSettings, context: Context, zone: ZoneInfo
) -> tuple[Posting, ...]:
    """Read the list; raises ``Retry``, ``Skip`` or ``Stop``."""
    answer = get(
        name,
        settings,
        settings.url,
        token_env=settings.token_env,
        context=context,
        what="its costs",
    )
    try:
        entries = follow(decoded(answer), settings.rows)
    except LookupError:
        entries = None
    if not isinstance(entries, list):
        raise Stop(f"{name}: the document has no list at {settings.rows}")
    found: list[Posting] = []
    for place, entry in enumerate(cast("list[object]", entries), 1):
        try:
            if not isinstance(entry, dict):
                raise ValueError("expected an object")  # noqa: TRY004, TRY301  # as all that is none
            held = cast("dict[str, object]", entry)
            project = held.get(settings.project) if settings.project is not None else None
            found.append(posting(held.get(settings.date), held.get(settings.amount), project, zone))
        except ValueError as error:
            raise Stop(f"{name}: entry {place} of the list is no posting: {error}") from None
    return tuple(found)
