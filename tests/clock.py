"""The clock of the tests' trackers, commands and services, on a day of its own.

It was noon when the tests began, and it runs on from there: no test sees a day turn that does not
turn one itself, whatever the time of the machine is.
"""

from datetime import UTC, datetime

BEGAN = datetime(2026, 11, 25, 12, tzinfo=UTC)
TODAY = BEGAN.date()
"""A Wednesday in most of the world's time zones."""
AHEAD = BEGAN - datetime.now(UTC)
"""How far this clock is ahead of the machine's."""


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC) + AHEAD
