"""The slip ledger as it is shown."""

from datetime import date, datetime

import msgspec


class LedgerLine(msgspec.Struct, frozen=True):
    """One value that a milestone's date had, and how that is known."""

    at: datetime
    """When it was seen, or when the tracker says that it was set."""
    value: date | None
    days: int | None = None
    """Working days from the date before, later positive; none for the first one."""
    origin: str = "observation"
    """Seen by a sync (`observation`), told by a `webhook`, or read in a `changelog`."""
    actor: str | None = None
    """Who set it, where the tracker says."""
