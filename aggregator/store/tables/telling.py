"""Who was told what, and what is still to be sent."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table, UniqueConstraint

from ..column_types import Json, Moment, Packed, Text, Texts
from .base import metadata

notices = Table(
    "notices",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("present", Boolean, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("root", Text, nullable=False),
    Column("thread", Text),
    Column("severity", Text),
    Column("days", Integer),
    Column("told_at", Moment),
    Column("reminders", Integer, nullable=False),
    Column("line", Json, nullable=False),
    Column("raised_at", Moment),
)

notifications = Table(
    "notifications",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("key", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("body", Json, nullable=False),
    Column("quiet", Json),
    Column("created_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Moment),
    Column("sent_at", Moment),
    Column("dead_at", Moment),
    Column("error", Text),
    Column("receipt", Text),
    UniqueConstraint("channel", "key"),
    Index(None, "channel", "thread"),
    Index(None, "sent_at", "dead_at"),
)

reports = Table(
    "reports",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("program", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("period", Date),
    Column("as_of", Date, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Texts, nullable=False),
    Column("form", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", Packed, nullable=False),
    Column("text", Packed),
    Column("html", Packed),
    Column("basis", Packed, nullable=False),
    UniqueConstraint("program", "audience", "period"),
)
