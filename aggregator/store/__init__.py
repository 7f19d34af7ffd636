"""The store: the one place with SQL, on SQLite or PostgreSQL."""

from .database import StoreError
from .model import (
    Applied,
    BaselineOrigin,
    Census,
    DeclaredDate,
    EntityKind,
    ErrorKind,
    FindingLife,
    LedgerEntry,
    LedgerField,
    LedgerOrigin,
    StoredAssessment,
    StoredBaseline,
    SyncState,
)
from .store import Snapshot, Store, open_store

__all__ = [
    "Applied",
    "BaselineOrigin",
    "Census",
    "DeclaredDate",
    "EntityKind",
    "ErrorKind",
    "FindingLife",
    "LedgerEntry",
    "LedgerField",
    "LedgerOrigin",
    "Snapshot",
    "Store",
    "StoreError",
    "StoredAssessment",
    "StoredBaseline",
    "SyncState",
    "open_store",
]
