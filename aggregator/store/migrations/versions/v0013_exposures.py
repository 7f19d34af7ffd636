"""What the open risks of each program came to, day by day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "exposures",
        sa.Column("program", TEXT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("exposure", sa.Double(), nullable=False),
        sa.Column("risks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("program", "day", name=op.f("pk_exposures")),
    )
