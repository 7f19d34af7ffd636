"""Facts, plans and results."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "assessments",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("generated_at", MOMENT, nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_assessments")),
    )
    op.create_table(
        "baselines",
        sa.Column("milestone", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("start", sa.Date()),
        sa.Column("finish", sa.Date()),
        sa.Column("duration", sa.Integer()),
        sa.Column("scope", sa.Integer()),
        sa.Column("items", TEXT, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("approver", TEXT),
        sa.Column("reason", TEXT),
        sa.PrimaryKeyConstraint("milestone", "version", name=op.f("pk_baselines")),
    )
    op.create_table(
        "changes",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("item", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("old", TEXT),
        sa.Column("new", TEXT),
        sa.Column("actor", TEXT),
        sa.PrimaryKeyConstraint("source", "item", "id", name=op.f("pk_changes")),
    )
    op.create_table(
        "cursors",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("cursor", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source", "scope", name=op.f("pk_cursors")),
    )
    op.create_table(
        "finding_life",
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.Column("severity", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "opened_on", name=op.f("pk_finding_life")),
    )
    op.create_index(op.f("ix_finding_life_closed_on"), "finding_life", ["closed_on"])
    op.create_table(
        "items",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("level", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("category", TEXT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("outcome", TEXT),
        sa.Column("started_at", MOMENT),
        sa.Column("done_at", MOMENT),
        sa.Column("start_date", sa.Date()),
        sa.Column("due_date", sa.Date()),
        sa.Column("points", sa.Double()),
        sa.Column("assignee", TEXT),
        sa.Column("labels", TEXT, nullable=False),
        sa.Column("components", TEXT, nullable=False),
        sa.Column("milestones", TEXT, nullable=False),
        sa.Column("parent", TEXT),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("blocked_since", MOMENT),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_items")),
    )
    op.create_index(op.f("ix_items_source_key"), "items", ["source", "key"])
    op.create_index(op.f("ix_items_source_scope"), "items", ["source", "scope"])
    op.create_table(
        "ledger",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("value", sa.Date()),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("actor", TEXT),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ledger")),
    )
    op.create_index(op.f("ix_ledger_kind_source_entity"), "ledger", ["kind", "source", "entity"])
    op.create_table(
        "links",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("upstream", TEXT, nullable=False),
        sa.Column("downstream", TEXT, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("since", MOMENT),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(
            "source",
            "owner",
            "kind",
            "upstream",
            "downstream",
            "origin",
            "label",
            name=op.f("pk_links"),
        ),
    )
    op.create_table(
        "slugs",
        sa.Column("project", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("milestone", TEXT, nullable=False),
        sa.Column("slug", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("project", "source", "milestone", name=op.f("pk_slugs")),
        sa.UniqueConstraint("project", "slug", name=op.f("uq_slugs_project_slug")),
    )
    op.create_table(
        "source_status",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("last_attempt", MOMENT, nullable=False),
        sa.Column("last_success", MOMENT),
        sa.Column("error", TEXT),
        sa.Column("error_kind", TEXT),
        sa.Column("retry_at", MOMENT),
        sa.Column("skipped", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_status")),
    )
    op.create_table(
        "tracker_milestones",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("start_date", sa.Date()),
        sa.Column("due_date", sa.Date()),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_tracker_milestones")),
    )
