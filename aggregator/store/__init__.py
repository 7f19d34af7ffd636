"""The store: the one place with SQL, on SQLite or PostgreSQL."""

from .database import StoreError
from .model import (
    Applied,
    BaselineOrigin,
    Census,
    Decision,
    DeclaredDate,
    Draft,
    EntityKind,
    ErrorKind,
    FindingLife,
    LedgerEntry,
    LedgerField,
    LedgerOrigin,
    Notice,
    Notification,
    Said,
    StoredAssessment,
    StoredBaseline,
    SyncState,
)
from .store import Snapshot, Store, open_store

__all__ = [
    "Applied",
    "BaselineOrigin",
    "Census",
    "Decision",
    "DeclaredDate",
    "Draft",
    "EntityKind",
    "ErrorKind",
    "FindingLife",
    "LedgerEntry",
    "LedgerField",
    "LedgerOrigin",
    "Notice",
    "Notification",
    "Said",
    "Snapshot",
    "Store",
    "StoreError",
    "StoredAssessment",
    "StoredBaseline",
    "SyncState",
    "open_store",
]
