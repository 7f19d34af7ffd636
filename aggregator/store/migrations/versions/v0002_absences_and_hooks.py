"""Former keys, absences, censuses and webhook deliveries; changelogs are named anew."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the new tables, and have everything read again.

    Entries of changelogs have other ids now, which do not depend on how they were asked for. The
    trackers give them again with the next sync, since no cursor is left.
    """
    with op.batch_alter_table("items") as items:
        items.add_column(sa.Column("former_keys", TEXT, nullable=False, server_default="[]"))
    with op.batch_alter_table("items") as items:
        items.alter_column("former_keys", server_default=None, existing_type=TEXT)
    op.execute(sa.text("DELETE FROM changes"))
    op.execute(sa.text("DELETE FROM cursors"))
    op.create_table(
        "absences",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("item", TEXT, nullable=False),
        sa.Column("presence", TEXT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("moved_to", TEXT),
        sa.PrimaryKeyConstraint("source", "item", name=op.f("pk_absences")),
    )
    op.create_table(
        "censuses",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("taken_at", MOMENT, nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("problem", TEXT),
        sa.PrimaryKeyConstraint("source", "scope", name=op.f("pk_censuses")),
    )
    op.create_table(
        "deliveries",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_deliveries")),
    )
