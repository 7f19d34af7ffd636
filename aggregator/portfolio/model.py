"""The portfolio: programs, projects, milestones, dependencies and streams, as of one day.

Everything that an assessment needs and nothing that it has to ask for. All of it is frozen;
dates are days in the program's time zone, day counts are working days (DOMAIN.md 1.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from ..benefits.model import ProgramAims, ProjectAims, Strategy
from ..calendar import WorkCalendar
from ..communication.model import Reported, ReportPlan, Talk
from ..compliance.model import Compliance
from ..gates.model import Gate
from ..health.history import ColourChange
from ..indexes.tasks import Tasks
from ..money.model import Money
from ..people.model import Person
from ..records import MilestoneKind
from ..register.model import Register
from .calibration import Calibration
from .counting import Counting, ScopePoints
from .flow import Flow
from .lives import Life
from .sources import SourceState
from .upkeep import Upkeep
from .versions import BaselineVersion


class DependencyType(StrEnum):
    """What waits for what (DOMAIN.md 1.4 and 3.1)."""

    FS = "fs"
    SS = "ss"
    FF = "ff"
    SF = "sf"
    PARTIAL = "partial"
    """Only the blocked items of the downstream milestone wait for the upstream one."""


@dataclass(frozen=True, slots=True)
class Lag:
    """A delay (or, negative, a lead) on a dependency."""

    amount: int = 0
    elapsed: bool = False
    """Elapsed calendar days (``3ed``) instead of working days (``3wd``)."""
    calendar: str | None = None
    """The calendar of a working-day lag; None means the downstream milestone's."""

    def __str__(self) -> str:
        return f"{self.amount}{'ed' if self.elapsed else 'wd'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The approved plan of a milestone, and the work it meant then."""

    start: date | None = None
    finish: date | None = None
    duration: int | None = None
    """Working days of own work at that time, for attribution."""
    scope: int | None = None
    """Items in the milestone at that time."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One line of the slip ledger: from ``at`` on, the tracker said ``value``."""

    at: datetime
    value: date | None
    origin: str = "observation"
    """How it is known, as the store names it: seen by a sync, told by a webhook, a changelog."""
    actor: str | None = None
    """Who moved it, where the tracker says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """An unfinished item of a milestone, as far as rules and evidence need it."""

    source: str
    key: str
    title: str
    url: str
    assignee: str | None
    blocked_since: datetime | None = None
    """Since when it is known to be blocked; None when it is not blocked."""
    blockers: tuple[str, ...] = ()
    """``source:KEY`` of the open items it waits for."""
    doing: bool = False
    """Somebody has begun with it."""
    begun: date | None = None
    """Of one in work, the day on which that was, where its tracker tells."""
    points: float | None = None
    """What it counts where its team is forecast by points; None where items are counted."""


@dataclass(frozen=True, slots=True)
class Spell:
    """An item's time in work."""

    begun: date
    done: date | None = None
    """None while it is still in work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """What work is estimated at, in points, against its baseline."""

    baseline: float
    added: float
    """Of items that came in since."""
    removed: float
    """Of items that went out, as they were estimated then."""
    changed: float
    """By which the others were estimated anew, less what they were estimated down."""

    @property
    def growth(self) -> float:
        """Give by what share of the baseline the work has grown."""
        return (self.added - self.removed + self.changed) / self.baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How much work a milestone holds, in items."""

    done: int = 0
    remaining: int = 0
    dropped: int = 0
    """Ended as won't do, duplicate or not planned: scope that was removed."""
    baseline: int | None = None
    added: int | None = None
    removed: int | None = None
    """Against the baseline; None without one."""
    since: date | None = None
    """The day the baseline was recorded."""
    estimates: Estimates | None = None
    """None where the work of the baseline was not estimated."""
    points: ScopePoints | None = None
    """None where items are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Declared uncertainty of a duration, in working days."""

    p50: int
    p85: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """Something with a date that a program depends on."""

    id: str
    """``program/project/milestone``."""
    title: str
    program: str
    project: str
    """``program/project``."""
    calendar: str
    url: str = ""
    owner: str | None = None
    weight: float = 1.0
    rank: int | None = None
    """Its place in the queue of its stream; lower goes first."""
    external: bool = False
    discovered: bool = False
    standalone: bool = False
    """The operator says that it neither waits for anything nor is waited for."""
    tracked: bool = False
    """Tracker items or tracker milestones stand behind it."""
    kind: MilestoneKind | None = None
    """What its tracker calls it; None when several kinds of things stand behind it, or none."""
    stream: str | None = None
    """The id of the stream that does its work."""
    sources: tuple[str, ...] = ()
    """Names of the sources its facts come from."""
    missing: tuple[str, ...] = ()
    """What the operator's file says it is made of and no source knows, such as a version."""
    invisible: tuple[str, ...] = ()
    """``source:KEY`` of its items that can no longer be seen, as they were when they could."""
    scopes: tuple[tuple[str, str], ...] = ()
    """Source and scope (project, repository) of its facts."""
    baseline: Baseline = field(default_factory=Baseline)
    plan_start: date | None = None
    plan: date | None = None
    """What the tracker says today."""
    commitment: date | None = None
    promise: date | None = None
    promise_confirmed: date | None = None
    started: date | None = None
    actual: date | None = None
    """The day it was done."""
    stated: date | None = None
    """The day that somebody typed for its release."""
    closed: bool = False
    """Its tracker (or the operator) says that it is over."""
    start_no_earlier: date | None = None
    must_start_on: date | None = None
    """It starts then whatever it waits for."""
    must_finish_on: date | None = None
    """It finishes then whatever it waits for, if what remains can still be done by then."""
    duration: int | None = None
    """Declared remaining working days."""
    spread: Spread | None = None
    delay: int = 0
    """Working days that its own work takes more or, negative, less: an assumption of a what-if."""
    scope: Scope = field(default_factory=Scope)
    finished: tuple[date, ...] = ()
    """The day of each of its completed work items, oldest first."""
    points: tuple[float, ...] = ()
    """What each of them counts where its team is forecast by points."""
    tasks: Tasks | None = None
    """What its baseline planned; None where it has no finish."""
    life: Life | None = None
    """How its scope moved, of the milestones that its stream finished last."""
    open_items: tuple[OpenItem, ...] = ()
    heads: tuple[str, ...] = ()
    """``source:KEY`` of the epics or parent issues that it is made of."""
    baselines: tuple[BaselineVersion, ...] = ()
    """Every version of its approved plan, the original first; none where nobody approved one."""
    commitments: tuple[Observation, ...] = ()
    """Its commitment over time, as far as the ledger knows by ``as_of``."""
    declared_baselines: tuple[Observation, ...] = ()
    """The finish of the baseline that the operator's file gives it, likewise."""
    history: tuple[Observation, ...] = ()
    """Its plan (or promise) over time, oldest first, as far as the ledger knows by ``as_of``."""

    def promise_heard(self, as_of: date) -> date:
        """Return when its promise was last heard: confirmed, moved, or else first seen.

        A promise that the ledger has not seen yet is as fresh as the file it stands in.
        """
        seen = self.history[-1].at.date() if self.history else as_of
        if self.promise_confirmed is None:
            return seen
        moved = len(self.history) > 1
        return max(seen, self.promise_confirmed) if moved else self.promise_confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """``downstream`` waits for ``upstream``."""

    upstream: str
    downstream: str
    type: DependencyType = DependencyType.FS
    lag: Lag = field(default_factory=Lag)
    declared: bool = True
    evidence: tuple[tuple[str, str], ...] = ()
    """Pairs of ``source:KEY``, upstream first, that the dependency was lifted from."""
    blocked_items: int = 0
    """Open items of the downstream milestone that wait, directly or not (partial gates)."""
    broken: bool = False
    """It hangs on an item that was dropped or that no source knows."""
    need_by: date | None = None

    def __hash__(self) -> int:
        """Tell dependencies apart by their ends: to hash all that is in them takes long."""
        return hash((self.upstream, self.downstream))

    @property
    def gated_items(self) -> int:
        """How many open items wait at a gate, while the others of the milestone do not."""
        return self.blocked_items if self.type is DependencyType.PARTIAL else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """Days on which a part of a team is away; both ends are included."""

    start: date
    end: date
    share: float
    """Of the whole team, up to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Who does the work: a team with a throughput."""

    id: str
    calendar: str
    finished: tuple[date, ...] = ()
    """The day of each completed work item, oldest first (net of dropped and reopened ones)."""
    since: date | None = None
    """The day from which its history is complete: its first item's creation or completion."""
    spells: tuple[Spell, ...] = ()
    """Of the items that it finished last and of all that are in work, oldest first."""
    away: tuple[Away, ...] = ()
    """When people of it are on leave, oldest first; none overlap."""
    samples: tuple[int, ...] = ()
    """Declared throughput: values to sample with replacement instead of history."""
    samples_per_week: bool = False
    """The declared samples count a week each, instead of a working day."""
    pace: float = 1.0
    """A factor on its throughput, above 0: an assumption of a what-if."""
    proportional: bool = False
    """Its milestones share the capacity instead of queueing by rank."""
    counting: Counting | None = None
    """How its points are counted; None where it is forecast by items."""
    points: tuple[float, ...] = ()
    """Of each of ``finished``, where they are counted."""

    @property
    def usual(self) -> float | None:
        """The points that count as one usual item; None where items are counted."""
        return None if self.counting is None or self.samples else self.counting.usual

    def sizes(self) -> tuple[float, ...]:
        """Give what each finished item counts, in usual ones; none where items are counted."""
        usual = self.usual
        return () if usual is None else tuple(points / usual for points in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A team's part of a program."""

    id: str
    """``program/project``."""
    title: str
    program: str
    lead: str | None = None
    lead_gone_from: tuple[str, ...] = ()
    """The sources whose account of the lead is not in use any more, where no other one is known."""
    calendar: str = "default"
    flow: Flow = field(default_factory=Flow)
    upkeep: Upkeep = field(default_factory=Upkeep)
    counting: Counting | None = None
    """How its team's points are counted; None where it is forecast by items."""
    aims: ProjectAims = field(default_factory=ProjectAims)
    reported: Reported | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Related projects that must deliver together."""

    id: str
    title: str
    sponsor: str | None = None
    manager: str | None = None
    calibration: Calibration | None = None
    """How its forecasts held; None until they were back-tested."""
    register: Register | None = None
    """Its risks, issues, actions and decisions; None where the file keeps none."""
    gates: tuple[Gate, ...] = ()
    compliance: Compliance | None = None
    """What it has to show under the law; None where the file says nothing of that."""
    logic_override: bool = False
    """Progress override instead of retained logic for work out of sequence (DOMAIN.md 1.4)."""
    aims: ProgramAims = field(default_factory=ProgramAims)
    red_weight: float = 1.0
    """A red commitment of less weight makes the program amber, not red (DOMAIN.md 5.4)."""
    reports: tuple[ReportPlan, ...] = ()
    reported: Reported | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEdge:
    """One item waits for another: the evidence for cycles at issue level (DOMAIN.md 3.4)."""

    upstream: str
    downstream: str
    """Both ``source:KEY``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A milestone that left the file before it was done, and what the ledger knows of it."""

    id: str
    commitments: tuple[Observation, ...] = ()
    """What the file said of its commitment, oldest first, likewise of its baseline's finish."""
    declared_baselines: tuple[Observation, ...] = ()
    baselines: tuple[BaselineVersion, ...] = ()
    """Every version of its approved plan, the original first; none where nobody approved one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """All programs as of one day."""

    as_of: date
    timezone: str
    programs: tuple[Program, ...] = ()
    projects: tuple[Project, ...] = ()
    milestones: Mapping[str, Milestone] = field(default_factory=dict[str, Milestone])
    """By id, in order of id."""
    dependencies: tuple[Dependency, ...] = ()
    streams: Mapping[str, Stream] = field(default_factory=dict[str, Stream])
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict[str, WorkCalendar])
    item_edges: tuple[ItemEdge, ...] = ()
    """Open items that wait for open items, for the cycle test at issue level."""
    sources: tuple[SourceState, ...] = ()
    strategy: Strategy = field(default_factory=Strategy)
    data_time: datetime | None = None
    """When the newest of its facts was fetched; None when nothing was."""
    money: Money = field(default_factory=Money)
    people: tuple[Person, ...] = ()
    """By id."""
    talk: Talk = field(default_factory=Talk)
    colours: tuple[ColourChange, ...] = ()
    """What places turned and when, oldest first, up to ``as_of``."""
    withdrawn: tuple[Withdrawn, ...] = ()
    """By id."""
