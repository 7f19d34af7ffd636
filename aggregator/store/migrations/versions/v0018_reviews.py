"""Reviews of the pull requests in which gates are decided."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "pull_requests",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("author", TEXT),
        sa.Column("merged_by", TEXT),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_pull_requests")),
    )
    op.create_table(
        "reviews",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("pull_request", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("reviewer", TEXT, nullable=False),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("dismissed_at", MOMENT),
        sa.PrimaryKeyConstraint("source", "pull_request", "id", name=op.f("pk_reviews")),
    )
