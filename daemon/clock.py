"""The clock of the machine: nobody else reads it to tell what day it is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)
