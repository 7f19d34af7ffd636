"""Whether the account of an item's assignee is in use."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column; nothing is known of accounts until the next full sync."""
    op.add_column("items", sa.Column("assignee_active", sa.Boolean()))
