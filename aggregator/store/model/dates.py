"""Dates that moved, and the plans that were approved."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class EntityKind(StrEnum):
    """Whose date a ledger entry is about."""

    MILESTONE = "milestone"
    """A tracker milestone, by its tracker id."""
    ITEM = "item"
    """An item, by its tracker id."""
    DECLARED = "declared"
    """A milestone of the operator's file, by its full id; the source is empty."""


class LedgerField(StrEnum):
    """Which date moved."""

    START = "start"
    DUE = "due"
    COMMITMENT = "commitment"
    PROMISE = "promise"
    BASELINE = "baseline"
    """The finish of the approved plan, as the operator's file has it."""
    CLOSED = "closed"
    """Not a date that moved: a sync saw it closed that had seen it open. The value is the day that
    the tracker states. Of a milestone of the operator's file: it was done when it left the file."""
    REOPENED = "reopened"


class LedgerOrigin(StrEnum):
    """How the store knows."""

    OBSERVATION = "observation"
    """Seen during a sync; the move itself happened at some time before."""
    CHANGELOG = "changelog"
    """The tracker's own history, at the time it states."""
    DECLARED = "declared"
    """Read in the operator's file."""
    WEBHOOK = "webhook"
    """Told by the tracker when it happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """From ``at`` on, this date was known to be ``value``."""

    source: str
    kind: EntityKind
    entity: str
    field: LedgerField
    value: date | None
    at: datetime
    origin: LedgerOrigin
    actor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredDate:
    """A date of the operator's file as it stands now; None says that there is none."""

    milestone: str
    field: LedgerField
    value: date | None


class BaselineOrigin(StrEnum):
    """Who fixed a baseline."""

    RECORDED = "recorded"
    """Taken by the service when it first saw the milestone."""
    APPROVED = "approved"
    """Set by a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBaseline:
    """One version of a milestone's approved plan, and the work it meant then."""

    milestone: str
    version: int
    recorded_at: datetime
    recorded_on: date
    """The day of the program it describes."""
    start: date | None = None
    finish: date | None = None
    duration: int | None = None
    """Working days of own work."""
    scope: int | None = None
    items: frozenset[tuple[str, str]] = frozenset()
    """Source and tracker id of the work it held."""
    origin: BaselineOrigin = BaselineOrigin.RECORDED
    approver: str | None = None
    reason: str | None = None
    reference: str | None = None
    """Where the approval can be looked up, such as the number of a change request."""
    commitment: date | None = None
    """What was committed to then."""
