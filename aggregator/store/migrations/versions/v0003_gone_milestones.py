"""Tracker milestones that are gone."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Note since when a tracker milestone is gone."""
    op.add_column("tracker_milestones", sa.Column("gone_at", sa.DateTime(timezone=True)))
