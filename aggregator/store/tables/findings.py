"""What was assessed and found, and what became of each finding."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table

from ..column_types import Choice, Json, Moment, Packed, Text
from ..model import FindingPhase
from .base import metadata

assessments = Table(
    "assessments",
    metadata,
    Column("day", Date, primary_key=True),
    Column("generated_at", Moment, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("body", Packed, nullable=False),
)

portfolios = Table(
    "portfolios",
    metadata,
    Column("day", Date, primary_key=True),
    Column("body", Packed, nullable=False),
)

finding_life = Table(
    "finding_life",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("opened_on", Date, primary_key=True),
    Column("closed_on", Date),
    Column("severity", Text, nullable=False),
    Index(None, "closed_on"),
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("rules", Json, nullable=False),
)
"""One row: what the last evaluation of the rules was."""

finding_states = Table(
    "finding_states",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("phase", Choice(FindingPhase), nullable=False),
    Column("since", Date, nullable=False),
    Column("turned_on", Date),
    Column("turned_at", Moment),
    Column("finding", Json, nullable=False),
    Column("state", Text),
    Column("severity", Text),
)

finding_events = Table(
    "finding_events",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("at", Moment, nullable=False),
    Column("event", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("message", Text, nullable=False),
    Index(None, "fingerprint", "seq"),
)

acknowledgements = Table(
    "acknowledgements",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("given", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Index(None, "fingerprint", "seq"),
)
