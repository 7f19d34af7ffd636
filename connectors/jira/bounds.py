"""How a search says since when: in milliseconds, or by the minute where a Jira refuses those.

A bare number in JQL is epoch milliseconds. A quoted date is in the time zone of the account's
profile and has no seconds. A relative one would move while a walk goes on by offsets.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS


def bound(since: int, zone: ZoneInfo | None) -> str:
    """Write the clause for changes from a time on; with a zone, one that ``floored`` gave."""
    if zone is None:
        return f"updated >= {since}"
    return f'updated >= "{_local(since, zone):%Y/%m/%d %H:%M}"'


def floored(since: int, zone: ZoneInfo | None) -> int:
    """Give the last time up to ``since`` that can be asked for, in epoch milliseconds.

    While clocks are put back an hour comes twice, and which of the two is meant no date tells.
    """
    if zone is None:
        return since
    minute = since - since % _MINUTE_MS
    while _comes_twice(_local(minute, zone)):
        minute -= _HOUR_MS
    return minute


def _local(at: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at // 1000, zone)


def _comes_twice(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
