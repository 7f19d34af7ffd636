"""What the store hands out beside the records of the trackers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ..records import Listing


class EntityKind(StrEnum):
    """Whose date a ledger entry is about."""

    MILESTONE = "milestone"
    """A tracker milestone, by its tracker id."""
    ITEM = "item"
    """An item, by its tracker id."""
    DECLARED = "declared"
    """A milestone of the operator's file, by its full id; the source is empty."""


class LedgerField(StrEnum):
    """Which date moved."""

    START = "start"
    DUE = "due"
    COMMITMENT = "commitment"
    PROMISE = "promise"
    BASELINE = "baseline"
    """The finish of the approved plan, as the operator's file has it."""
    CLOSED = "closed"
    """Not a date that moved: a sync saw it closed that had seen it open. The value is the day that
    the tracker states."""
    REOPENED = "reopened"


class LedgerOrigin(StrEnum):
    """How the store knows."""

    OBSERVATION = "observation"
    """Seen during a sync; the move itself happened at some time before."""
    CHANGELOG = "changelog"
    """The tracker's own history, at the time it states."""
    DECLARED = "declared"
    """Read in the operator's file."""
    WEBHOOK = "webhook"
    """Told by the tracker when it happened."""


class ErrorKind(StrEnum):
    """Why a source could not be read, by what has to happen next."""

    RETRY = "retry"
    SKIP = "skip"
    """None of its scopes may be read."""
    STOP = "stop"
    BUG = "bug"
    """An exception that no connector may raise."""


class BaselineOrigin(StrEnum):
    """Who fixed a baseline."""

    RECORDED = "recorded"
    """Taken by the service when it first saw the milestone."""
    APPROVED = "approved"
    """Set by a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What one batch changed."""

    items: int = 0
    """Items in the batch, changed or not."""
    items_changed: int = 0
    milestones_changed: int = 0
    links_added: int = 0
    links_removed: int = 0
    changes_added: int = 0
    ledger_added: int = 0
    milestones_gone: int = 0
    doubted: tuple[Listing, ...] = ()
    """Lists of milestones that are empty where some were known: nothing was concluded."""

    @property
    def changed(self) -> int:
        """Count the items and tracker milestones that are now different."""
        return self.items_changed + self.milestones_changed + self.milestones_gone


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """From ``at`` on, this date was known to be ``value``."""

    source: str
    kind: EntityKind
    entity: str
    field: LedgerField
    value: date | None
    at: datetime
    origin: LedgerOrigin
    actor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredDate:
    """A date of the operator's file as it stands now; None says that there is none."""

    milestone: str
    field: LedgerField
    value: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncState:
    """How the last attempts to read a source went."""

    source: str
    last_attempt: datetime
    last_success: datetime | None = None
    error: str | None = None
    """Why the last attempt failed; None when it did not."""
    error_kind: ErrorKind | None = None
    retry_at: datetime | None = None
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])
    """Scopes that could not be read though the source could, and why."""
    items: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """How the last listing of a scope's ids went."""

    source: str
    scope: str
    taken_at: datetime
    listed: int
    missing: int
    """Items that are stored and were not listed."""
    problem: str | None = None
    """Why nothing was concluded from it; None when it was sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBaseline:
    """One version of a milestone's approved plan, and the work it meant then."""

    milestone: str
    version: int
    recorded_at: datetime
    recorded_on: date
    """The day of the program it describes."""
    start: date | None = None
    finish: date | None = None
    duration: int | None = None
    """Working days of own work."""
    scope: int | None = None
    items: frozenset[tuple[str, str]] = frozenset()
    """Source and tracker id of the work it held."""
    origin: BaselineOrigin = BaselineOrigin.RECORDED
    approver: str | None = None
    reason: str | None = None
    reference: str | None = None
    """Where the approval can be looked up, such as the number of a change request."""
    commitment: date | None = None
    """What was committed to then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAssessment:
    """The last assessment of a day, as the bytes that were made then."""

    day: date
    generated_at: datetime
    seed: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLife:
    """One period during which a finding was open; a finding that returns begins another."""

    fingerprint: str
    opened_on: date
    severity: str
    """The last one it had."""
    closed_on: date | None = None


class FindingPhase(StrEnum):
    """How sure it is that there is a finding."""

    PENDING = "pending"
    """It failed in one evaluation; nobody is shown it yet."""
    OPEN = "open"
    CLOSING = "closing"
    """It did not fail in one evaluation; it is shown as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingState:
    """What the next evaluation must know of a finding."""

    fingerprint: str
    rule: str
    subject: str
    phase: FindingPhase
    since: date
    """The day on which it first failed."""
    turned_on: date | None = None
    turned_at: datetime | None = None
    """Day and data time of the evaluation that made it pending or closing."""
    finding: Mapping[str, Any]
    """As the rule last told it, before anything is made of it."""
    state: str | None = None
    severity: str | None = None
    """As it was last shown: open, waived or suppressed, and how grave; None while pending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingEvent:
    """Something that happened to a finding; what happened is never changed."""

    fingerprint: str
    rule: str
    subject: str
    day: date
    event: str
    """opened, worsened, eased, waived, unwaived, suppressed, unsuppressed or closed."""
    cause: str
    """By what: date, pace, scope, upstream, data or file."""
    severity: str
    message: str
    at: datetime | None = None
    """When it was recorded; None before it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMemory:
    """What the last evaluation left behind."""

    revision: int = 0
    """Which evaluation that was."""
    rules: Mapping[str, str] = field(default_factory=dict[str, str])
    """How each rule was asked."""
    states: Mapping[str, FindingState] = field(default_factory=dict[str, FindingState])
    """By fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What an evaluation leaves behind; ``memory`` is what it found, ``states`` what stands now."""

    memory: RuleMemory
    rules: Mapping[str, str]
    states: Mapping[str, FindingState]
    events: tuple[FindingEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one channel knows of one finding."""

    channel: str
    fingerprint: str
    present: bool
    """Whether the finding was there when it was last looked for."""
    changed_at: datetime
    """Since when it is there, or is not."""
    root: str
    """What findings are grouped by: the milestone that causes them."""
    line: Mapping[str, Any]
    """The finding as it was last described, for the message that says it is over."""
    thread: str | None = None
    """Key of the message that began the conversation; None while nothing was said."""
    severity: str | None = None
    """The worst that was told."""
    days: int | None = None
    """The most working days late that were told."""
    told_at: datetime | None = None
    reminders: int = 0
    """How often it was told again without being worse."""
    raised_at: datetime | None = None
    """Since when an answer is waited for: it was told, or got worse though somebody knew of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Somebody said that they know of a finding."""

    fingerprint: str
    rule: str
    subject: str
    at: datetime
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message that is to be sent; ``body`` and ``quiet`` are JSON objects of the sender's."""

    key: str
    """The same for the same change of the same findings, however often it is decided or sent."""
    channel: str
    thread: str
    body: Mapping[str, Any]
    quiet: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be said, and what is then known."""

    drafts: tuple[Draft, ...] = ()
    notices: tuple[Notice, ...] = ()
    """Those that are new or different."""
    forgotten: frozenset[tuple[str, str]] = frozenset()
    """Channel and fingerprint of those that are over."""
    ended: frozenset[str] = frozenset()
    """Fingerprints of the findings whose acknowledgement no longer holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said so far, for a decision to go by."""

    notices: Mapping[tuple[str, str], Notice]
    """By channel and fingerprint."""
    waiting: frozenset[tuple[str, str]]
    """Channel and thread of the messages that are still to be delivered."""
    acknowledged: Mapping[str, Acknowledgement] = field(default_factory=dict[str, Acknowledgement])
    """Those that hold, by fingerprint."""
    mark: tuple[object, ...] = ()
    """Another one once there was another decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A message and how far it has come."""

    seq: int
    key: str
    channel: str
    thread: str
    body: Mapping[str, Any]
    quiet: Mapping[str, Any] | None
    created_at: datetime
    attempts: int = 0
    not_before: datetime | None = None
    sent_at: datetime | None = None
    dead_at: datetime | None = None
    error: str | None = None
    """Why the last attempt failed."""
    receipt: str | None = None
    """What the channel calls it, where it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """A report that is to be frozen."""

    program: str
    audience: str
    """Empty where it is kept and sent to nobody."""
    period: date | None
    """First day of the time it stands for; None for one that was asked for."""
    as_of: date
    made_at: datetime
    title: str
    summary: tuple[str, ...]
    """What it says in a few sentences."""
    form: str
    """html, md or pdf."""
    content: bytes
    """The report in that form."""
    basis: bytes
    """The assessment behind it, its program only: what the next one is compared with."""
    text: bytes | None = None
    """It as Markdown and as HTML, beside ``content``, for channels that bring both."""
    html: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenReport(NewReport):
    """A report as its audience got it; it is never changed."""

    number: int
    sha256: str
    """Of ``content``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedFetch:
    """An attempt to read a benefit's measure that brought nothing."""

    benefit: str
    at: datetime
    error: str
