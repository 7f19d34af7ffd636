"""What reading a source, or a benefit's measure, left behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ...records import Listing


class ErrorKind(StrEnum):
    """Why a source could not be read, by what has to happen next."""

    RETRY = "retry"
    SKIP = "skip"
    """None of its scopes may be read."""
    STOP = "stop"
    BUG = "bug"
    """An exception that no connector may raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What one batch changed."""

    items: int = 0
    """Items in the batch, changed or not."""
    items_changed: int = 0
    milestones_changed: int = 0
    links_added: int = 0
    links_removed: int = 0
    changes_added: int = 0
    ledger_added: int = 0
    milestones_gone: int = 0
    doubted: tuple[Listing, ...] = ()
    """Lists of milestones that are empty where some were known: nothing was concluded."""

    @property
    def changed(self) -> int:
        """Count the items and tracker milestones that are now different."""
        return self.items_changed + self.milestones_changed + self.milestones_gone


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncState:
    """How the last attempts to read a source went."""

    source: str
    last_attempt: datetime
    last_success: datetime | None = None
    error: str | None = None
    """Why the last attempt failed; None when it did not."""
    error_kind: ErrorKind | None = None
    retry_at: datetime | None = None
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])
    """Scopes that could not be read though the source could, and why."""
    items: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """How the last listing of a scope's ids went."""

    source: str
    scope: str
    taken_at: datetime
    listed: int
    missing: int
    """Items that are stored and were not listed."""
    problem: str | None = None
    """Why nothing was concluded from it; None when it was sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedFetch:
    """An attempt to read a benefit's measure that brought nothing."""

    benefit: str
    at: datetime
    error: str
