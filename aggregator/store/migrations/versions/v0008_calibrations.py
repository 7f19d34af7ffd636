"""How far the forecasts of each program held."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "calibrations",
        sa.Column("program", TEXT, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("coverage_p50", sa.Double(), nullable=False),
        sa.Column("coverage_p85", sa.Double(), nullable=False),
        sa.Column("coverage_p95", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("program", name=op.f("pk_calibrations")),
    )
