"""Where the approval of a baseline can be looked up, and what was committed to then."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns; of earlier versions nobody knows."""
    op.add_column("baselines", sa.Column("reference", TEXT))
    op.add_column("baselines", sa.Column("commitment", sa.Date()))
