"""The log of colours: what places and milestones turned, when, and why; what people report."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table; the colours of days before are not told anew."""
    op.add_column("items", sa.Column("reported", TEXT))
    op.create_table(
        "colours",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("dimension", TEXT, nullable=False),
        sa.Column("before", TEXT),
        sa.Column("after", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_colours")),
    )
    op.create_index(
        op.f("ix_colours_subject_dimension_seq"), "colours", ["subject", "dimension", "seq"]
    )
