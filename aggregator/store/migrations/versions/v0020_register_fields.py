"""What fields of trackers say of risks and issues."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the column; items are read anew once their source names such fields."""
    op.add_column("items", sa.Column("told", TEXT))
