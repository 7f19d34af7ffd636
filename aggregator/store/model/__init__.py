"""What the store hands out beside the records of the trackers."""

from .dates import (
    BaselineOrigin,
    DeclaredDate,
    EntityKind,
    LedgerEntry,
    LedgerField,
    LedgerOrigin,
    StoredBaseline,
)
from .findings import (
    Acknowledgement,
    Evaluated,
    FindingEvent,
    FindingLife,
    FindingPhase,
    FindingState,
    RuleMemory,
    StoredAssessment,
)
from .syncing import Applied, Census, ErrorKind, FailedFetch, SyncState
from .telling import Decision, Draft, FrozenReport, NewReport, Notice, Notification, Said

__all__ = [
    "Acknowledgement",
    "Applied",
    "BaselineOrigin",
    "Census",
    "Decision",
    "DeclaredDate",
    "Draft",
    "EntityKind",
    "ErrorKind",
    "Evaluated",
    "FailedFetch",
    "FindingEvent",
    "FindingLife",
    "FindingPhase",
    "FindingState",
    "FrozenReport",
    "LedgerEntry",
    "LedgerField",
    "LedgerOrigin",
    "NewReport",
    "Notice",
    "Notification",
    "RuleMemory",
    "Said",
    "StoredAssessment",
    "StoredBaseline",
    "SyncState",
]
