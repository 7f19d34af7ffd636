"""The versions of a milestone's approved plan."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineVersion:
    """One version of a milestone's approved plan; the original and all others are kept for ever."""

    version: int
    recorded_on: date
    recorded_at: datetime
    start: date | None = None
    finish: date | None = None
    duration: int | None = None
    scope: int | None = None
    commitment: date | None = None
    """What was committed to then."""
    approver: str | None = None
    """None of one that was recorded, not approved."""
    reason: str | None = None
    reference: str | None = None
