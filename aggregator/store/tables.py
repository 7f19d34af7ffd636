"""The tables. What a tracker said is kept per source; what is ours is kept by our own ids.

Text sorts by code point on every database, so that the same facts are read in the same order.
Wall-clock times, which depend on when a sync happened to run, stand in these columns alone:
``ledger.at`` of observed and declared dates, ``links.seen_at``, ``tracker_milestones.gone_at``,
``absences``, ``censuses``, ``deliveries``, ``source_status``, ``assessments.generated_at``,
``finding_events.at``, ``notices``, ``notifications``, ``acknowledgements``, ``reports``,
``cost_readings.at``, ``benefit_readings.fetched_at``,
``benefit_failures``, ``benefit_fetches``.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

from ..records import (
    Category,
    ChangedField,
    Level,
    LinkKind,
    LinkOrigin,
    MilestoneKind,
    Outcome,
    Presence,
)
from .column_types import Choice, Json, Moment, Packed, Refs, Text, Texts
from .model import (
    BaselineOrigin,
    EntityKind,
    ErrorKind,
    FindingPhase,
    LedgerField,
    LedgerOrigin,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

items = Table(
    "items",
    metadata,
    Column("source", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("level", Choice(Level), nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("category", Choice(Category), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("outcome", Choice(Outcome)),
    Column("started_at", Moment),
    Column("done_at", Moment),
    Column("start_date", Date),
    Column("due_date", Date),
    Column("points", Double),
    Column("assignee", Text),
    Column("labels", Texts, nullable=False),
    Column("components", Texts, nullable=False),
    Column("milestones", Texts, nullable=False),
    Column("parent", Text),
    Column("blocked", Boolean, nullable=False),
    Column("blocked_since", Moment),
    Column("former_keys", Texts, nullable=False),
    Column("reported", Text),
    Column("hash", BigInteger, nullable=False),
    Index(None, "source", "key"),
    Index(None, "source", "scope"),
)

tracker_milestones = Table(
    "tracker_milestones",
    metadata,
    Column("source", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("kind", Choice(MilestoneKind), nullable=False),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("start_date", Date),
    Column("due_date", Date),
    Column("closed", Boolean, nullable=False),
    Column("closed_on", Date),
    Column("archived", Boolean, nullable=False),
    Column("gone_at", Moment),
    Column("former_names", Texts),
    Column("hash", BigInteger, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("source", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("kind", Choice(LinkKind), primary_key=True),
    Column("upstream", Text, primary_key=True),
    Column("downstream", Text, primary_key=True),
    Column("origin", Choice(LinkOrigin), primary_key=True),
    Column("label", Text, primary_key=True),
    Column("since", Moment),
    Column("seen_at", Moment, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("source", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("field", Choice(ChangedField), nullable=False),
    Column("old", Text),
    Column("new", Text),
    Column("actor", Text),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("source", Text, nullable=False),
    Column("kind", Choice(EntityKind), nullable=False),
    Column("entity", Text, nullable=False),
    Column("field", Choice(LedgerField), nullable=False),
    Column("value", Date),
    Column("at", Moment, nullable=False),
    Column("origin", Choice(LedgerOrigin), nullable=False),
    Column("actor", Text),
    Index(None, "kind", "source", "entity"),
)

absences = Table(
    "absences",
    metadata,
    Column("source", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("presence", Choice(Presence), nullable=False),
    Column("at", Moment, nullable=False),
    Column("moved_to", Text),
)

censuses = Table(
    "censuses",
    metadata,
    Column("source", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("taken_at", Moment, nullable=False),
    Column("listed", Integer, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("problem", Text),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("source", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("received_at", Moment, nullable=False),
)

cursors = Table(
    "cursors",
    metadata,
    Column("source", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("cursor", Json, nullable=False),
)

source_status = Table(
    "source_status",
    metadata,
    Column("source", Text, primary_key=True),
    Column("last_attempt", Moment, nullable=False),
    Column("last_success", Moment),
    Column("error", Text),
    Column("error_kind", Choice(ErrorKind)),
    Column("retry_at", Moment),
    Column("skipped", Json, nullable=False),
)

worklogs = Table(
    "worklogs",
    metadata,
    Column("source", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("seconds", Integer, nullable=False),
)

cost_readings = Table(
    "cost_readings",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("feed", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("postings", Packed),
    Column("error", Text),
    Index(None, "feed", "seq"),
)

slugs = Table(
    "slugs",
    metadata,
    Column("project", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("milestone", Text, primary_key=True),
    Column("slug", Text, nullable=False),
    UniqueConstraint("project", "slug"),
)

baselines = Table(
    "baselines",
    metadata,
    Column("milestone", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("recorded_at", Moment, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("start", Date),
    Column("finish", Date),
    Column("duration", Integer),
    Column("scope", Integer),
    Column("items", Refs, nullable=False),
    Column("origin", Choice(BaselineOrigin), nullable=False),
    Column("approver", Text),
    Column("reason", Text),
    Column("reference", Text),
    Column("commitment", Date),
)

exposures = Table(
    "exposures",
    metadata,
    Column("program", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("exposure", Double, nullable=False),
    Column("risks", Integer, nullable=False),
)

assessments = Table(
    "assessments",
    metadata,
    Column("day", Date, primary_key=True),
    Column("generated_at", Moment, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("body", Packed, nullable=False),
)

portfolios = Table(
    "portfolios",
    metadata,
    Column("day", Date, primary_key=True),
    Column("body", Packed, nullable=False),
)

finding_life = Table(
    "finding_life",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("opened_on", Date, primary_key=True),
    Column("closed_on", Date),
    Column("severity", Text, nullable=False),
    Index(None, "closed_on"),
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("rules", Json, nullable=False),
)
"""One row: what the last evaluation of the rules was."""

finding_states = Table(
    "finding_states",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("phase", Choice(FindingPhase), nullable=False),
    Column("since", Date, nullable=False),
    Column("turned_on", Date),
    Column("turned_at", Moment),
    Column("finding", Json, nullable=False),
    Column("state", Text),
    Column("severity", Text),
)

finding_events = Table(
    "finding_events",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("at", Moment, nullable=False),
    Column("event", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("message", Text, nullable=False),
    Index(None, "fingerprint", "seq"),
)

notices = Table(
    "notices",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("present", Boolean, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("root", Text, nullable=False),
    Column("thread", Text),
    Column("severity", Text),
    Column("days", Integer),
    Column("told_at", Moment),
    Column("reminders", Integer, nullable=False),
    Column("line", Json, nullable=False),
    Column("raised_at", Moment),
)

acknowledgements = Table(
    "acknowledgements",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("given", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Index(None, "fingerprint", "seq"),
)

notifications = Table(
    "notifications",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("key", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("body", Json, nullable=False),
    Column("quiet", Json),
    Column("created_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Moment),
    Column("sent_at", Moment),
    Column("dead_at", Moment),
    Column("error", Text),
    Column("receipt", Text),
    UniqueConstraint("channel", "key"),
    Index(None, "channel", "thread"),
    Index(None, "sent_at", "dead_at"),
)

calibrations = Table(
    "calibrations",
    metadata,
    Column("program", Text, primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("n", Integer, nullable=False),
    Column("coverage_p50", Double, nullable=False),
    Column("coverage_p85", Double, nullable=False),
    Column("coverage_p95", Double, nullable=False),
    Column("pit", Json, nullable=False),
)

reports = Table(
    "reports",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("program", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("period", Date),
    Column("as_of", Date, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Texts, nullable=False),
    Column("form", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", Packed, nullable=False),
    Column("text", Packed),
    Column("html", Packed),
    Column("basis", Packed, nullable=False),
    UniqueConstraint("program", "audience", "period"),
)

benefit_readings = Table(
    "benefit_readings",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("benefit", Text, nullable=False),
    Column("value", Double, nullable=False),
    Column("at", Moment, nullable=False),
    Column("fetched_at", Moment, nullable=False),
    Column("source", Text, nullable=False),
    Column("by", Text),
    Index(None, "benefit", "at"),
)

benefit_failures = Table(
    "benefit_failures",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("benefit", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("error", Text, nullable=False),
    Index(None, "benefit"),
)

benefit_fetches = Table(
    "benefit_fetches",
    metadata,
    Column("benefit", Text, primary_key=True),
    Column("last_attempt", Moment, nullable=False),
    Column("measure", Text, nullable=False),
    Column("error", Text),
    Column("failures", Integer, nullable=False),
)
