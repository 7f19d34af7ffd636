"""Numbers and times as measures state them."""

import math
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

_MILLISECONDS = 1e11
"""Larger numbers are no seconds since 1970 before the year 5138."""


def number(value: object) -> float | None:
    """Read a number; None for what states none (nothing, an empty text, NaN, infinity).

    Raises ``ValueError`` for anything else.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool):
        raise ValueError("a truth value is no number")  # noqa: TRY004  # as all that is none
    try:
        read = float(value)  # type: ignore[arg-type]  # what it cannot take it refuses
    except (TypeError, ValueError, OverflowError):
        raise ValueError("expected a number") from None
    return read if math.isfinite(read) else None


def moment(value: object, zone: ZoneInfo) -> datetime:
    """Read a day or a time: ISO 8601, or seconds (or milliseconds) since 1970.

    A day means its beginning, and what names no time zone is meant in ``zone``. Raises
    ``ValueError`` for anything else.
    """
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime.combine(value, time())
    elif isinstance(value, str):
        found = _written(value.strip())
    else:
        found = _counted(value)
    return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)


def _written(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        try:
            return _counted(float(text))
        except ValueError:
            raise ValueError("expected a day or a time such as 2026-10-01T09:00Z") from None


def _counted(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("expected a day or a time such as 2026-10-01T09:00Z")
    seconds = value / 1000 if abs(value) >= _MILLISECONDS else value
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise ValueError("expected a day or a time such as 2026-10-01T09:00Z") from None
