"""The assessment: the one hand-off object between the aggregator and everybody who shows things.

It is also the JSON of ``slipwatch assess --format json`` (DESIGN.md §5), a stable interface
whose schema is committed beside this file. Day counts are signed working days of the
milestone's calendar, late positive; dates are days, a finish the last day worked.
"""

from datetime import date, datetime
from typing import Any, Final, Literal

import msgspec

from .benefits.views import (
    BenefitView,
    EnablesView,
    ProgramAimsView,
    ProjectAimsView,
    StrategyView,
)
from .communication.views import ReportedView, ReportView
from .compliance.views import ComplianceView
from .delay.views import Delays
from .forecast.views import LastItemView, Method, PointsView, SprintsView
from .gates.views import GateView
from .health import views as colours
from .health.views import Health
from .indexes.views import Execution, MilestoneIndexes
from .money.views import CostView, EarnedView
from .people.views import PeopleView
from .portfolio.calibration import Calibration
from .portfolio.flow import Flow
from .portfolio.versions import BaselineVersion
from .quality.views import QualityView
from .register.views import RegisterView

SCHEMA: Final = "slipwatch/assessment/1"

Status = colours.Status
Severity = Literal["info", "low", "medium", "high", "critical"]


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    status: Literal["ok", "stale", "failed"]
    last_success: datetime | None = None
    items: int = 0
    invisible: int = 0


class Dates(msgspec.Struct, frozen=True, kw_only=True):
    """The four dates, never mixed."""

    baseline: date | None = None
    plan: date | None = None
    commitment: date | None = None
    actual: date | None = None


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """When it will be done; all dates are None where that cannot be said."""

    method: Method
    p50: date | None = None
    p85: date | None = None
    p95: date | None = None
    p_on_time: float | None = None
    """P(finish <= commitment); None without a commitment or a forecast."""
    lower_bound: date | None = None
    """Not before this day, whatever the unknown inputs turn out to be."""
    missing_inputs: tuple[str, ...] = ()
    """Ids of milestones whose duration nobody knows, upstream of this one or itself."""
    confidence: Literal["full", "low", "none"] = "none"
    last_item: LastItemView | None = None
    """Of a milestone with three items left or fewer, what it waits for."""
    sprints: SprintsView | None = None
    """Where its team closes its work at the end of sprints: what misses one waits for the next."""
    points: PointsView | None = None
    """Where its team is to be forecast by points."""
    leave: float = 0.0
    """So many working days of its whole team are lost to leave until ``p50``."""


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """Its place in the deterministic network, at P50 durations."""

    early_start: date | None = None
    early_finish: date | None = None
    total_float: int | None = None
    free_float: int | None = None
    commitment_float: int | None = None
    critical: bool = False
    drag: int | None = None
    """By so many working days its own work holds up the end of its program."""
    criticality: float | None = None
    """In what share of all trials it drives the end of its program."""
    cruciality: float | None = None
    """The size of the correlation of its own duration with the end of its program."""
    sensitivity: float | None = None
    """Schedule sensitivity index: criticality times the spread of its own duration against that of
    the end of its program."""
    latent_radius: int | None = None
    """So many others would move if it slipped by more than five working days."""
    latent_projects: int | None = None
    """Of so many other projects are these."""
    path_test: bool | None = None
    """Of an open commitment: whether a slip of 600 working days of what drives it arrives there in
    full, the critical path test of DCMA's 14 points."""
    drivers: tuple[str, ...] = ()
    cycle: tuple[str, ...] | None = None
    """Members of the cycle that it is in."""


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """Three movements: plan against baseline, forecast against both, moves in the ledger."""

    plan_vs_baseline: int | None = None
    forecast_vs_baseline: int | None = None
    forecast_vs_commitment: int | None = None
    moves: int = 0
    slips: int = 0
    gross: int = 0
    net: int = 0


class ScopeView(msgspec.Struct, frozen=True, kw_only=True):
    done: int = 0
    remaining: int = 0
    baseline: int | None = None
    added: int | None = None
    removed: int | None = None


class Cause(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one milestone's own slip costs another (DOMAIN.md 3.2).

    What is not sampled has no errors, and what is not committed no probability: they are left out.
    """

    milestone: str
    but_for: int
    shapley: float
    own_slip: int
    shapley_error: float | None = None
    """Standard error of ``shapley``; None where it is exact, as with up to 12 causes."""
    probability: float | None = None
    """How much of P(on time) it takes, a Shapley value, too; negative where it gives. None without
    a commitment. What only takes probability and no days is no cause here."""
    probability_error: float | None = None
    """Standard error of ``probability``."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Whom its own slip hits, and by how much."""

    milestone: str
    days: int


class DaysMoved(msgspec.Struct, frozen=True, kw_only=True):
    """By how many working days the P50 moved, later positive; the seven parts sum to the total."""

    before: date
    after: date
    total: int
    pace: int
    """Time went by, and this is what its team finished in it."""
    scope: int
    """Items were added to it, or to what its team does before it, taken away or estimated anew."""
    upstream: int
    """What it waits for, and that it waits for it."""
    dates: int = msgspec.field(name="date")
    """A date, a duration or a place in the queue that people set."""
    calendar: int
    model: int
    """The forecast is made in another way from the same facts."""
    data: int
    """Facts of the days before that are known only now, or known better."""


class ChanceMoved(msgspec.Struct, frozen=True, kw_only=True):
    """By how much P(on time) moved; the seven parts of ``DaysMoved`` sum to the total."""

    before: float
    after: float
    total: float
    pace: float
    scope: float
    upstream: float
    dates: float = msgspec.field(name="date")
    calendar: float
    model: float
    data: float


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """Why the forecast is another one than it was (docs/what-if.md)."""

    since: date
    """The day of the forecast that this one is compared with."""
    p50: DaysMoved | None = None
    """None where one of the two has no P50."""
    p_on_time: ChanceMoved | None = None
    """None where one of the two has no chance to be on time."""


class MilestoneView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str
    program: str
    project: str
    """The project's own id, without the program."""
    url: str
    owner: str | None
    weight: float
    status: Status
    reasons: tuple[str, ...]
    dates: Dates
    forecast: Forecast
    network: Network
    slip: Slip
    scope: ScopeView
    caused_by: tuple[Cause, ...] = ()
    concurrent: int = 0
    undelayed: float | None = None
    """P(on time) if nothing before it or of it had slipped: what all causes together take is the
    difference to what it is now, in the trials that ``probability`` is taken from."""
    hits: tuple[Hit, ...] = ()
    movement: Movement | None = None
    """Over the last seven days; None where nothing moved, or nobody knows the forecast then."""
    baselines: tuple[BaselineVersion, ...] = ()
    """Every version of its approved plan, the original first; none where nobody approved one."""
    indexes: MilestoneIndexes = MilestoneIndexes()
    enables: tuple[EnablesView, ...] = ()
    """The benefits that do not begin without it."""


class DependencyView(msgspec.Struct, frozen=True, kw_only=True):
    upstream: str = msgspec.field(name="from")
    downstream: str = msgspec.field(name="to")
    type: Literal["fs", "ss", "ff", "sf", "partial"]
    lag: str
    declared: bool
    cross_project: bool
    status: Literal["ok", "violated", "broken"]
    slack: int | None
    driving: bool
    evidence: tuple[tuple[str, str], ...] = ()


class CycleView(msgspec.Struct, frozen=True, kw_only=True):
    members: tuple[str, ...]
    kind: Literal["deadlock", "interleaved"]


class ProjectView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    """``program/project``."""
    title: str
    program: str
    lead: str | None
    status: Status
    """Its schedule dimension; ``health`` holds the others."""
    flow: Flow = Flow()
    execution: Execution = Execution()
    cost: CostView | None = None
    """None without a budget."""
    earned: EarnedView | None = None
    """None without work in a baseline that has begun."""
    aims: ProjectAimsView = ProjectAimsView()
    health: Health | None = None
    reported: ReportedView | None = None


class ProgramView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str
    sponsor: str | None
    manager: str | None
    status: Status
    """Its schedule dimension; ``health`` holds the others."""
    reasons: tuple[str, ...]
    calibration: Calibration | None = None
    """How its forecasts held on its past; None until they were back-tested."""
    register: RegisterView | None = None
    """Its risks, issues, actions and decisions; None where the file keeps none."""
    gates: tuple[GateView, ...] = ()
    compliance: ComplianceView | None = None
    """Gaps in what it can show under the law; None where the file says nothing of that."""
    quality: QualityView | None = None
    """How good its schedule is as a schedule (docs/program-management.md)."""
    execution: Execution = Execution()
    cost: CostView | None = None
    """Of its own budget, or of those of its projects; None without any."""
    earned: EarnedView | None = None
    """None without work in a baseline that has begun."""
    benefits: tuple[BenefitView, ...] = ()
    aims: ProgramAimsView | None = None
    """None only in assessments of versions that knew no benefits."""
    health: Health | None = None
    reported: ReportedView | None = None
    reports: tuple[ReportView, ...] = ()


class FindingView(msgspec.Struct, frozen=True, kw_only=True):
    rule: str
    severity: Severity
    subject: str
    program: str = ""
    """The program it belongs to; empty for findings about slipwatch's own sources."""
    state: Literal["open", "waived", "suppressed"]
    """Suppressed: another finding explains it, and is to be looked at instead."""
    since: date
    value: float | None
    threshold: float | None
    message: str
    evidence: dict[str, Any]
    links: tuple[str, ...]
    fingerprint: str
    cause: str | None = None
    """Fingerprint of the finding that explains it; None unless it is suppressed."""


class RuleCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often a rule passed, failed, could not tell, or did not apply."""

    rule: str
    passed: int
    failed: int
    unknown: int
    not_applicable: int


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    schema: Literal["slipwatch/assessment/1"]
    as_of: date
    generated_at: datetime
    """The time of the newest fact in it, so that the same facts give the same bytes."""
    timezone: str
    """In which its days begin and end."""
    seed: int
    trials: int
    compared_with: date | None = None
    """The day whose forecasts ``movement`` compares with these; None where no such day is known."""
    sources: tuple[SourceView, ...]
    milestones: tuple[MilestoneView, ...]
    dependencies: tuple[DependencyView, ...]
    cycles: tuple[CycleView, ...]
    projects: tuple[ProjectView, ...]
    programs: tuple[ProgramView, ...]
    findings: tuple[FindingView, ...] = ()
    rules: tuple[RuleCount, ...] = ()
    asked: dict[str, str] = {}
    """How each rule was asked, by id: a mark that changes with its parameters."""
    delays: Delays | None = None
    """None where no open item has a day to be done by."""
    strategy: StrategyView | None = None
    """None only in assessments of versions that knew no objectives."""
    health: Health | None = None
    """Of all programs together; None where there is none."""
    people: PeopleView | None = None
    """None where nobody's time is planned and no team has open commitments."""

    def milestone(self, milestone_id: str) -> MilestoneView | None:
        """Find a milestone by its full id."""
        return next((m for m in self.milestones if m.id == milestone_id), None)


def to_json(assessment: Assessment) -> bytes:
    """Encode for people and programs: two spaces, a final newline, the same bytes every time."""
    return msgspec.json.format(msgspec.json.encode(assessment), indent=2) + b"\n"


def from_json(data: bytes) -> Assessment:
    """Decode what ``to_json`` wrote; raises ``msgspec.ValidationError`` for anything else."""
    return msgspec.json.decode(data, type=Assessment)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the interface."""
    return msgspec.json.schema(Assessment)
