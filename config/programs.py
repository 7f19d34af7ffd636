"""Programs, their projects and milestones, as the operator writes them.

What takes more than one part of the tree to judge, such as references and duplicate ids, is in
``checks``.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from .base import Day, Settings, at_key
from .compliance import ComplianceSettings, Data
from .forms import EntryId, Identifier, Lag, Workdays
from .gates import GateSettings
from .money import BudgetSettings
from .oversight import (
    ActionSettings,
    DecisionSettings,
    IssueSettings,
    MeetingSettings,
    RiskScaleSettings,
    RiskSettings,
)
from .people import LeaveSettings, ReportedSettings
from .reports import ReportSettings
from .rules import RuleOverrides
from .selectors import Selector
from .strategy import BenefitSettings, BusinessCaseSettings, CloseSettings, WsjfSettings


class MilestoneSelector(Selector):
    """Where a milestone's items and dates come from."""

    version: str | None = Field(default=None, description="Name of a Jira version.")
    milestone: str | None = Field(default=None, description="Title of a tracker milestone.")
    sprint: str | None = Field(default=None, description="Name of a sprint or iteration.")
    epic: str | None = Field(
        default=None, description="Key of an epic or parent issue: its children and due date."
    )

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        keys = ("version", "milestone", "sprint", "epic")
        given = [key for key in keys if getattr(self, key) is not None]
        if len(given) > 1:
            raise at_key(
                given[1], f"`{given[0]}` and `{given[1]}` exclude each other: write one per entry"
            )
        return self


PREDECESSOR = "predecessor"
"""Stands for the calendar of the milestone waited for."""


class DependencySettings(Settings):
    """What a milestone waits for."""

    milestone: str = Field(
        description="The milestone waited for: `program/project/milestone`; inside a program the "
        "first part, inside a project the first two may be left out."
    )
    type: Literal["fs", "ss", "ff", "sf", "partial"] = Field(
        default="fs",
        description="What waits for what of the other: start for finish (fs), start for start "
        "(ss), finish for finish (ff), finish for start (sf), or only the blocked items for finish "
        "(partial).",
    )
    lag: Lag = Field(
        default="0wd",
        description="Delay in working days (2wd) or elapsed days (3ed); a lead is negative.",
    )
    lag_calendar: str | None = Field(
        default=None,
        description="Calendar of a lag in working days; `predecessor` is that of the milestone "
        "waited for. Default: that of the milestone that waits.",
    )
    need_by: Day | None = Field(
        default=None, description="The day by which the milestone waited for is needed."
    )


class BaselineSettings(Settings):
    """The approved plan."""

    start: Day | None = Field(default=None, description="First day in the approved plan.")
    finish: Day | None = Field(default=None, description="Last day in the approved plan.")
    duration: Workdays | None = Field(
        default=None, description="Working days of own work in the approved plan."
    )

    @model_validator(mode="after")
    def _goes_forward(self) -> Self:
        if self.start is not None and self.finish is not None and self.start > self.finish:
            raise at_key("finish", f"the finish is before the start, {self.start}")
        return self


class SpreadSettings(Settings):
    """How uncertain a declared duration is."""

    p50: Workdays = Field(description="As likely to take less as to take more.")
    p85: Workdays = Field(description="Takes less in 85 of 100 cases.")

    @model_validator(mode="after")
    def _widens(self) -> Self:
        if self.p50 > self.p85:
            raise at_key("p85", f"p85 is never less than p50, {self.p50}wd")
        return self


class MilestoneSettings(Settings):
    """Something with a date that the program depends on."""

    id: Identifier = Field(description="Unique in its project.")
    title: str = Field(default="", description="What people call it.")
    owner: str | None = Field(default=None, description="Who answers for it.")
    url: str = Field(default="", description="Page to link to; default: that of its tracker.")
    weight: float = Field(
        default=1.0, ge=0, description="How much it counts against other milestones."
    )
    rank: int | None = Field(
        default=None, description="Its place in its stream's queue; lower goes first."
    )
    from_: tuple[MilestoneSelector, ...] = Field(
        default=(),
        alias="from",
        description="The tracker items and milestones behind it. With several, the plan date is "
        "the latest of theirs and it is done when all are.",
    )
    commitment: Day | None = Field(default=None, description="The date that was promised.")
    depends_on: tuple[DependencySettings, ...] = Field(
        default=(), description="The milestones it waits for."
    )
    duration: Workdays | None = Field(default=None, description="Remaining working days.")
    spread: SpreadSettings | None = Field(
        default=None, description="How uncertain `duration` is; without it, it is certain."
    )
    remaining: int | None = Field(
        default=None, ge=0, description="Remaining items, where no tracker holds them."
    )
    baseline: BaselineSettings = Field(
        default_factory=BaselineSettings,
        description="The approved plan; default: as first recorded. What `slipwatch baseline set` "
        "approved outweighs it.",
    )
    start_no_earlier: Day | None = Field(
        default=None, description="Work on it begins on this day or later."
    )
    must_start_on: Day | None = Field(
        default=None,
        description="A hard constraint: it starts on this day whatever it waits for, and what it "
        "waits for is late instead.",
    )
    must_finish_on: Day | None = Field(
        default=None,
        description="A hard constraint: it finishes on this day whatever it waits for, if what "
        "remains can still be done by then.",
    )
    started: Day | None = Field(default=None, description="The day work on it began.")
    finished: Day | None = Field(default=None, description="The day it was done.")
    calendar: str | None = Field(
        default=None, description="Its own calendar; default: that of the project."
    )
    standalone: bool = Field(
        default=False,
        description="It neither waits for other milestones nor is waited for, and that is no "
        "gap in the plan.",
    )
    external: bool = Field(
        default=False, description="Somebody outside delivers it: only the promise is known."
    )
    promise: Day | None = Field(
        default=None, description="The date that the external supplier promised."
    )
    confirmed: Day | None = Field(default=None, description="When the promise was last confirmed.")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.promise is not None and not self.external:
            raise at_key(
                "promise",
                "only an external milestone has a promise: add `external: true`, "
                "or write `commitment`",
            )
        if self.confirmed is not None and self.promise is None:
            raise at_key("confirmed", "there is no `promise` that could have been confirmed")
        if self.standalone and self.depends_on:
            raise at_key("standalone", "it waits for other milestones: drop `depends_on` or this")
        if self.must_start_on is not None and self.must_finish_on is not None:
            raise at_key("must_finish_on", "there is a `must_start_on` already: give one of them")
        if self.started is not None and self.finished is not None and self.started > self.finished:
            raise at_key("finished", f"it was finished before it was started, {self.started}")
        return self


class ThroughputSettings(Settings):
    """A known pace, for a team whose history is in no tracker."""

    samples: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)] = Field(
        description="Items finished in each of some past days or weeks."
    )
    per: Literal["day", "week"] = Field(
        default="week", description="What one sample counts: a working day or a week."
    )

    @field_validator("samples")
    @classmethod
    def _moves(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not any(value):
            raise ValueError("a team that never finished anything gives no pace: leave it out")
        return value


class ProjectSettings(Settings):
    """A team's part of a program."""

    id: Identifier = Field(description="Unique in its program.")
    title: str = Field(default="", description="What people call it.")
    lead: str | None = Field(default=None, description="Who leads it.")
    calendar: str = Field(default="default", description="When the team works.")
    scope: tuple[Selector, ...] = Field(
        default=(), description="The items that are the team's work."
    )
    discover: tuple[Literal["versions", "milestones", "sprints"], ...] = Field(
        default=(),
        description="Every version, milestone or sprint of the scope is a milestone, beside those "
        "listed.",
    )
    milestones: tuple[MilestoneSettings, ...] = Field(
        default=(), description="Its milestones, beside those discovered."
    )
    stream: str | None = Field(
        default=None, description="Projects that name the same stream share one team."
    )
    throughput: ThroughputSettings | None = Field(
        default=None, description="A known pace, instead of the one that history shows."
    )
    forecast_by: Literal["items", "points"] = Field(
        default="items",
        description="What its team's pace and the work that is left are counted in: items, or the "
        "points that they are estimated at (one without any counts as the usual one). Where too "
        "few are estimated, items are counted. A `throughput` counts items.",
    )
    leave: tuple[LeaveSettings, ...] = Field(
        default=(),
        description="When a part of the team is away, whoever it is; days on which all of it is "
        "belong into its `calendar`.",
    )
    sharing: Literal["sequential", "proportional"] = Field(
        default="sequential",
        description="Whether the team takes its milestones one after another, by rank, or all at "
        "once.",
    )
    data: tuple[Data, ...] = Field(
        default=(),
        description="Protected data that it works on: health information (ephi), controlled "
        "unclassified information (cui) or federal contract information (fci).",
    )
    rules: RuleOverrides = Field(
        default_factory=RuleOverrides,
        description="Rules that are other ones for this project than for its program.",
    )
    budget: BudgetSettings | None = Field(default=None, description="What it may cost.")
    objectives: tuple[EntryId, ...] = Field(
        default=(),
        description="The objectives that it works for, as under `objectives` of the file; it does "
        "not inherit those of its program.",
    )
    wsjf: WsjfSettings | None = Field(
        default=None, description="What it is ranked by: weighted shortest job first."
    )
    scores: dict[Identifier, float] = Field(
        default_factory=dict[str, float],
        description="Its score by each criterion of `prioritisation.weights`.",
    )
    reported: ReportedSettings | None = Field(
        default=None,
        description="The status that those who answer for it report themselves; it is shown beside "
        "the computed one.",
    )

    @model_validator(mode="after")
    def _counts_one_thing(self) -> Self:
        if self.throughput is not None and self.forecast_by == "points":
            raise at_key("forecast_by", "a `throughput` counts items: leave out one of the two")
        return self


class ProgramSettings(Settings):
    """Related projects that must deliver together."""

    id: Identifier = Field(description="Unique in the file.")
    title: str = Field(default="", description="What people call it.")
    sponsor: str | None = Field(default=None, description="Who pays for it.")
    manager: str | None = Field(default=None, description="Who manages it.")
    logic: Literal["retained", "override"] = Field(
        default="retained",
        description="For work that began before what it waits for was done: the rest still waits "
        "(retained), or goes on regardless (override).",
    )
    red_weight: float = Field(
        default=1.0,
        ge=0,
        description="The weight from which one red commitment makes the program red; lighter ones "
        "make it amber.",
    )
    projects: tuple[ProjectSettings, ...] = Field(default=(), description="Its projects.")
    objectives: tuple[EntryId, ...] = Field(
        default=(),
        description="The objectives that it is for, as under `objectives` of the file.",
    )
    benefits: tuple[BenefitSettings, ...] = Field(
        default=(), description="What will be better, measured, because of it."
    )
    business_case: BusinessCaseSettings = Field(
        default_factory=BusinessCaseSettings,
        description="By what its benefits are weighed against its cost.",
    )
    close: CloseSettings | None = Field(
        default=None, description="Its end, and the review of what it brought."
    )
    reports: tuple[ReportSettings, ...] = Field(
        default=(), description="Status reports that audiences get again and again."
    )
    risks: tuple[RiskSettings, ...] = Field(
        default=(), description="What may go wrong: written down here, or found in a tracker."
    )
    issues: tuple[IssueSettings, ...] = Field(
        default=(), description="What has gone wrong and is not settled, likewise."
    )
    actions: tuple[ActionSettings, ...] = Field(
        default=(), description="What somebody has to do about it, likewise."
    )
    decisions: tuple[DecisionSettings, ...] = Field(
        default=(), description="What has to be decided or was, likewise."
    )
    steering: tuple[MeetingSettings, ...] = Field(
        default=(), description="Meetings of those who steer the program."
    )
    risk_scale: RiskScaleSettings = Field(
        default_factory=RiskScaleSettings,
        description="What words for probability and impact mean, and from which exposure on a "
        "risk is grave.",
    )
    gates: tuple[GateSettings, ...] = Field(
        default=(), description="Stage gates: what must be true before the next stage begins."
    )
    compliance: ComplianceSettings | None = Field(
        default=None,
        description="Rules of law that the program works under, and what shows that it does; gaps "
        "are shown, nothing is certified.",
    )
    rules: RuleOverrides = Field(
        default_factory=RuleOverrides,
        description="Rules that are other ones for this program than for the file.",
    )
    budget: BudgetSettings | None = Field(
        default=None, description="What it may cost; without it, what its projects may."
    )
    reported: ReportedSettings | None = Field(
        default=None,
        description="The status that those who answer for it report themselves; it is shown beside "
        "the computed one.",
    )
