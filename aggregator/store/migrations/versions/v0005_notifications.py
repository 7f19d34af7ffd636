"""What channels were told about findings, and the messages to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "notices",
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("root", TEXT, nullable=False),
        sa.Column("thread", TEXT),
        sa.Column("severity", TEXT),
        sa.Column("days", sa.Integer()),
        sa.Column("told_at", MOMENT),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("line", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "fingerprint", name=op.f("pk_notices")),
    )
    op.create_table(
        "notifications",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("thread", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("quiet", TEXT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", MOMENT),
        sa.Column("sent_at", MOMENT),
        sa.Column("dead_at", MOMENT),
        sa.Column("error", TEXT),
        sa.Column("receipt", TEXT),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_notifications")),
        sa.UniqueConstraint("channel", "key", name=op.f("uq_notifications_channel_key")),
    )
    op.create_index(op.f("ix_notifications_channel_thread"), "notifications", ["channel", "thread"])
    op.create_index(
        op.f("ix_notifications_sent_at_dead_at"), "notifications", ["sent_at", "dead_at"]
    )
