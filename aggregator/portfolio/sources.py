"""How fresh the sources are that a portfolio was read from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SourceStatus(StrEnum):
    """Whether a source's data can be believed today."""

    OK = "ok"
    STALE = "stale"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtedCensus:
    """A listing of a scope's ids that was not believed: too much was missing from it."""

    scope: str
    taken_at: datetime
    listed: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How fresh a source is."""

    name: str
    status: SourceStatus
    last_success: datetime | None = None
    items: int = 0
    invisible: int = 0
    error: str | None = None
    skipped: tuple[str, ...] = ()
    """Scopes that the last sync was not allowed to read."""
    doubted: tuple[DoubtedCensus, ...] = ()
    """Of scopes whose last census was one."""
