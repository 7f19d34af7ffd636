"""Readings of benefits, and how fetching them went."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "benefit_readings",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("benefit", TEXT, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("by", TEXT),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_benefit_readings")),
    )
    op.create_index(op.f("ix_benefit_readings_benefit_at"), "benefit_readings", ["benefit", "at"])
    op.create_table(
        "benefit_failures",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("benefit", TEXT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("error", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_benefit_failures")),
    )
    op.create_index(op.f("ix_benefit_failures_benefit"), "benefit_failures", ["benefit"])
    op.create_table(
        "benefit_fetches",
        sa.Column("benefit", TEXT, nullable=False),
        sa.Column("last_attempt", MOMENT, nullable=False),
        sa.Column("measure", TEXT, nullable=False),
        sa.Column("error", TEXT),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("benefit", name=op.f("pk_benefit_fetches")),
    )
