"""What was assessed and found, and what became of each finding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


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
class Acknowledgement:
    """Somebody said that they know of a finding."""

    fingerprint: str
    rule: str
    subject: str
    at: datetime
    by: str
    note: str = ""
