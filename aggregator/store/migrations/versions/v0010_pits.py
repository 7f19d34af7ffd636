"""Where in their forecasts the outcomes of a back-test lay."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

JSON = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the column; what was found before does not tell."""
    op.add_column("calibrations", sa.Column("pit", JSON, nullable=False, server_default="[]"))
