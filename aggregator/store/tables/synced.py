"""What trackers said, kept per source."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Double, Index, Integer, Table

from ...records import (
    Category,
    ChangedField,
    Level,
    LinkKind,
    LinkOrigin,
    MilestoneKind,
    Outcome,
    Presence,
    Verdict,
)
from ..column_types import Choice, Json, Moment, Text, Texts
from ..model import EntityKind, ErrorKind, LedgerField, LedgerOrigin
from .base import metadata

items = Table(
    "items",
    metadata,
    Column("source", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("level", Choice(Level), nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("category", Choice(Category), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("outcome", Choice(Outcome)),
    Column("started_at", Moment),
    Column("done_at", Moment),
    Column("start_date", Date),
    Column("due_date", Date),
    Column("points", Double),
    Column("assignee", Text),
    Column("labels", Texts, nullable=False),
    Column("components", Texts, nullable=False),
    Column("milestones", Texts, nullable=False),
    Column("parent", Text),
    Column("blocked", Boolean, nullable=False),
    Column("blocked_since", Moment),
    Column("former_keys", Texts, nullable=False),
    Column("reported", Text),
    Column("told", Texts),
    Column("assignee_active", Boolean),
    Column("hash", BigInteger, nullable=False),
    Index(None, "source", "key"),
    Index(None, "source", "scope"),
)

tracker_milestones = Table(
    "tracker_milestones",
    metadata,
    Column("source", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("kind", Choice(MilestoneKind), nullable=False),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("start_date", Date),
    Column("due_date", Date),
    Column("closed", Boolean, nullable=False),
    Column("closed_on", Date),
    Column("archived", Boolean, nullable=False),
    Column("gone_at", Moment),
    Column("former_names", Texts),
    Column("hash", BigInteger, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("source", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("kind", Choice(LinkKind), primary_key=True),
    Column("upstream", Text, primary_key=True),
    Column("downstream", Text, primary_key=True),
    Column("origin", Choice(LinkOrigin), primary_key=True),
    Column("label", Text, primary_key=True),
    Column("since", Moment),
    Column("seen_at", Moment, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("source", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("field", Choice(ChangedField), nullable=False),
    Column("old", Text),
    Column("new", Text),
    Column("actor", Text),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("source", Text, nullable=False),
    Column("kind", Choice(EntityKind), nullable=False),
    Column("entity", Text, nullable=False),
    Column("field", Choice(LedgerField), nullable=False),
    Column("value", Date),
    Column("at", Moment, nullable=False),
    Column("origin", Choice(LedgerOrigin), nullable=False),
    Column("actor", Text),
    Index(None, "kind", "source", "entity"),
)

absences = Table(
    "absences",
    metadata,
    Column("source", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("presence", Choice(Presence), nullable=False),
    Column("at", Moment, nullable=False),
    Column("moved_to", Text),
)

censuses = Table(
    "censuses",
    metadata,
    Column("source", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("taken_at", Moment, nullable=False),
    Column("listed", Integer, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("problem", Text),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("source", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("received_at", Moment, nullable=False),
)

cursors = Table(
    "cursors",
    metadata,
    Column("source", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("cursor", Json, nullable=False),
)

source_status = Table(
    "source_status",
    metadata,
    Column("source", Text, primary_key=True),
    Column("last_attempt", Moment, nullable=False),
    Column("last_success", Moment),
    Column("error", Text),
    Column("error_kind", Choice(ErrorKind)),
    Column("retry_at", Moment),
    Column("skipped", Json, nullable=False),
)

worklogs = Table(
    "worklogs",
    metadata,
    Column("source", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("role", Text),
)

pull_requests = Table(
    "pull_requests",
    metadata,
    Column("source", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("author", Text),
    Column("merged_by", Text),
)

reviews = Table(
    "reviews",
    metadata,
    Column("source", Text, primary_key=True),
    Column("pull_request", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("reviewer", Text, nullable=False),
    Column("verdict", Choice(Verdict), nullable=False),
    Column("at", Moment, nullable=False),
    Column("dismissed_at", Moment),
)
