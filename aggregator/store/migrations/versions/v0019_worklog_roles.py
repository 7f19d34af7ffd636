"""What the person who logged time is, where the file prices that; who it was is kept nowhere."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the column; it fills as issues are read again, which pricing a role brings about."""
    op.add_column("worklogs", sa.Column("role", TEXT))
