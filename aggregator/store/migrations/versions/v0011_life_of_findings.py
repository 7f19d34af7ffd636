"""What the last evaluation of the rules left for the next one, and what happened to findings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rules", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
    )
    op.create_table(
        "finding_states",
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("phase", TEXT, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("turned_on", sa.Date()),
        sa.Column("turned_at", MOMENT),
        sa.Column("finding", TEXT, nullable=False),
        sa.Column("state", TEXT),
        sa.Column("severity", TEXT),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_finding_states")),
    )
    op.create_table(
        "finding_events",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("event", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("severity", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_finding_events")),
    )
    op.create_index(
        op.f("ix_finding_events_fingerprint_seq"), "finding_events", ["fingerprint", "seq"]
    )
