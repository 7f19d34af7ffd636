"""Reports as their audiences got them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the archive."""
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "reports",
        sa.Column("number", number, nullable=False),
        sa.Column("program", text, nullable=False),
        sa.Column("audience", text, nullable=False),
        sa.Column("period", sa.Date()),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", text, nullable=False),
        sa.Column("summary", text, nullable=False),
        sa.Column("form", text, nullable=False),
        sa.Column("sha256", text, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.LargeBinary()),
        sa.Column("html", sa.LargeBinary()),
        sa.Column("basis", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "program", "audience", "period", name=op.f("uq_reports_program_audience_period")
        ),
    )
