"""What a program promised, counted and measured, kept by our own ids."""

from sqlalchemy import BigInteger, Column, Date, Double, Index, Integer, Table, UniqueConstraint

from ..column_types import Choice, Json, Moment, Packed, Refs, Text
from ..model import BaselineOrigin
from .base import metadata

slugs = Table(
    "slugs",
    metadata,
    Column("project", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("milestone", Text, primary_key=True),
    Column("slug", Text, nullable=False),
    UniqueConstraint("project", "slug"),
)

baselines = Table(
    "baselines",
    metadata,
    Column("milestone", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("recorded_at", Moment, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("start", Date),
    Column("finish", Date),
    Column("duration", Integer),
    Column("scope", Integer),
    Column("items", Refs, nullable=False),
    Column("origin", Choice(BaselineOrigin), nullable=False),
    Column("approver", Text),
    Column("reason", Text),
    Column("reference", Text),
    Column("commitment", Date),
)

exposures = Table(
    "exposures",
    metadata,
    Column("program", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("exposure", Double, nullable=False),
    Column("risks", Integer, nullable=False),
)

calibrations = Table(
    "calibrations",
    metadata,
    Column("program", Text, primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("n", Integer, nullable=False),
    Column("coverage_p50", Double, nullable=False),
    Column("coverage_p85", Double, nullable=False),
    Column("coverage_p95", Double, nullable=False),
    Column("pit", Json, nullable=False),
)

cost_readings = Table(
    "cost_readings",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("feed", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("postings", Packed),
    Column("error", Text),
    Index(None, "feed", "seq"),
)

benefit_readings = Table(
    "benefit_readings",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("benefit", Text, nullable=False),
    Column("value", Double, nullable=False),
    Column("at", Moment, nullable=False),
    Column("fetched_at", Moment, nullable=False),
    Column("source", Text, nullable=False),
    Column("by", Text),
    Index(None, "benefit", "at"),
)

benefit_failures = Table(
    "benefit_failures",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("benefit", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("error", Text, nullable=False),
    Index(None, "benefit"),
)

benefit_fetches = Table(
    "benefit_fetches",
    metadata,
    Column("benefit", Text, primary_key=True),
    Column("last_attempt", Moment, nullable=False),
    Column("measure", Text, nullable=False),
    Column("error", Text),
    Column("failures", Integer, nullable=False),
)
