"""What feeds of costs said, and the hours that trackers say were worked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "cost_readings",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("postings", sa.LargeBinary()),
        sa.Column("error", TEXT),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_cost_readings")),
    )
    op.create_index(op.f("ix_cost_readings_feed_seq"), "cost_readings", ["feed", "seq"])
    op.create_table(
        "worklogs",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("item", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "item", "id", name=op.f("pk_worklogs")),
    )
