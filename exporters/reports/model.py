"""A report as it is put together, before it becomes HTML or Markdown.

Its texts are single lines without characters that anything obeys, and not too long; the markup
of a form they are written in is escaped there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from slipwatch.aggregator.assessment import Assessment, Severity, Status
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.slips import Move

from ..glance import Fact
from .health import HealthSection

Trend = Literal["", "better", "worse", "as before"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """When milestones were forecast to be done, as of an earlier day."""

    day: date
    p85: Mapping[str, date]
    """By milestone id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingWaiver:
    """A finding that is accepted for a few days more."""

    rule: str
    subject: str
    expires: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a report on a program is made of."""

    program: str
    assessment: Assessment
    before: Assessment | None = None
    """As it was when the last report was made; None when there is nothing to compare with."""
    moves: Mapping[str, Sequence[Move]] = field(default_factory=dict[str, Sequence[Move]])
    """What the ledger says since then, by milestone id."""
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict[str, WorkCalendar])
    """By milestone id."""
    trend: Sequence[Snapshot] = ()
    """Earlier days, oldest first."""
    ending: Sequence[EndingWaiver] = ()
    audience: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed in one respect."""

    about: str
    lines: tuple[str, ...]
    more: int = 0
    """Lines left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """A committed milestone: whether that will hold, and which way that goes."""

    id: str
    title: str
    url: str
    status: Status
    owner: str
    day: date
    finish: str
    """When it is done in half of all cases, or that it is done."""
    counted: str
    """What the forecast counts, where it is to count points; else empty."""
    p85: date | None
    chance: str
    chance_before: str
    trend: Trend
    late: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What was planned, earned and spent of a budget, in words."""

    title: str
    budget: str
    spent: str
    share: str
    done: str
    cpi: str
    spi: str
    end: str
    reserve: str
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threat:
    """What makes a milestone late, and whom its own slip hits."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A part of the report about something else than dates: sentences, the worst first."""

    title: str
    lines: tuple[str, ...]
    more: int = 0
    """Lines left out."""
    note: str = ""
    """What has to be said wherever this is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule found."""

    severity: Severity
    waived: bool
    explained_by: str
    """The finding that explains it, in short; empty where none does."""
    rule: str
    title: str
    message: str
    since: date
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleCheck:
    """A check of the schedule that is not passed."""

    name: str
    says: str
    failing: tuple[str, ...]
    """A few of what makes it fail, and how many more there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How good the schedule is as a schedule."""

    summary: str
    failed: tuple[ScheduleCheck, ...]
    more: int
    """Checks that are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """Something that the program is for, and where it stands."""

    title: str
    owner: str
    now: str
    read_on: date | None
    due: str
    target: str
    target_date: date | None
    ratio: str
    late: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart as SVG, with what it shows in words."""

    title: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One page on one program."""

    program: str
    title: str
    audience: str
    status: Status
    status_before: Status | None
    people: tuple[str, ...]
    as_of: date
    since: date | None
    """The day it is compared with."""
    generated_at: datetime
    timezone: str
    reasons: tuple[str, ...]
    more_reasons: int
    glance: tuple[Fact, ...]
    doubts: tuple[str, ...]
    """Why the data may be worse than it looks."""
    changes: tuple[Changes, ...]
    commitments: tuple[Commitment, ...]
    more_commitments: int
    decisions: tuple[str, ...]
    more_decisions: int
    threats: tuple[Threat, ...]
    more_threats: int
    topics: tuple[Topic, ...]
    benefits: tuple[Benefit, ...]
    more_benefits: int
    worth: tuple[str, ...]
    """What the program is worth, in sentences."""
    findings: tuple[Finding, ...]
    more_findings: int
    schedule: Schedule | None = None
    costs: tuple[Cost, ...] = ()
    health: HealthSection | None = None
