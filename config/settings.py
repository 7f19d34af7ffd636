"""The settings tree: what the operator may write, and what each key means.

Every key's description ends up in the JSON Schema (``slipwatch config schema``).
"""

import re
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny

from .base import Duration, Settings
from .sources import SourceSettings

Identifier = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", description="Lower-case letters, digits, - _ ."),
]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Severity = Literal["info", "low", "medium", "high", "critical"]


def _workdays(value: object) -> object:
    if isinstance(value, str):
        match = re.fullmatch(r"(\d+)wd", value.strip())
        if match is None:
            raise ValueError("expected working days such as 5wd")
        return int(match[1])
    raise ValueError("expected working days such as 5wd")


Workdays = Annotated[
    int, BeforeValidator(_workdays, json_schema_input_type=str), Field(ge=0, le=10_000)
]
"""A number of working days, written ``5wd``."""

Lag = Annotated[str, Field(pattern=r"^-?\d{1,4}(wd|ed)$")]
"""A delay or, negative, a lead: ``2wd`` working days, ``3ed`` elapsed days."""


class SyncSettings(Settings):
    """How often sources are read."""

    every: Duration = Field(default=timedelta(minutes=5))
    census_every: Duration = Field(default=timedelta(hours=24))


class AssessSettings(Settings):
    """How often and how finely the portfolio is assessed."""

    every: Duration = Field(default=timedelta(minutes=5))
    trials: int = Field(default=10_000, ge=100, le=100_000, description="Monte Carlo trials.")
    seed: int = Field(default=0, ge=0, description="The same seed gives the same numbers.")
    window: int = Field(default=13, ge=4, le=26, description="Weeks of history to sample from.")


class CalendarSettings(Settings):
    """When a team works."""

    workdays: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    country: str | None = Field(default=None, description="ISO code: its public holidays are off.")
    subdivision: str | None = Field(default=None, description="State or province within it.")
    holidays: tuple[date, ...] = Field(default=(), description="Further days off.")
    closed: tuple[date, ...] = Field(default=(), description="Company closures, freezes.")


class Selector(Settings):
    """Which items or tracker milestones of a source are meant; all given keys must hold."""

    source: str
    project: str | None = Field(default=None, description="Project key.")
    repository: str | None = Field(default=None, description="owner/name.")
    labels: tuple[str, ...] = Field(default=(), description="All of these.")
    components: tuple[str, ...] = Field(default=(), description="Any of these.")
    types: tuple[str, ...] = Field(default=(), description="Any of these issue types.")


class MilestoneSelector(Selector):
    """Where a milestone's items and dates come from."""

    version: str | None = Field(default=None, description="Name of a Jira version.")
    milestone: str | None = Field(default=None, description="Title of a tracker milestone.")
    epic: str | None = Field(
        default=None, description="Key of an epic or parent issue: its children and due date."
    )


class DependencySettings(Settings):
    """What a milestone waits for."""

    milestone: str
    type: Literal["fs", "ss", "ff", "sf", "partial"] = "fs"
    lag: Lag = "0wd"
    lag_calendar: str | None = None
    need_by: date | None = None


class BaselineSettings(Settings):
    """The approved plan."""

    start: date | None = None
    finish: date | None = None
    duration: Workdays | None = None


class SpreadSettings(Settings):
    """How uncertain a declared duration is."""

    p50: Workdays
    p85: Workdays


class MilestoneSettings(Settings):
    """Something with a date that the program depends on."""

    id: Identifier
    title: str = ""
    owner: str | None = None
    url: str = ""
    weight: float = Field(default=1.0, ge=0)
    rank: int | None = Field(default=None, description="Its place in its stream's queue.")
    from_: tuple[MilestoneSelector, ...] = Field(default=(), alias="from")
    commitment: date | None = None
    depends_on: tuple[DependencySettings, ...] = ()
    duration: Workdays | None = Field(default=None, description="Remaining working days.")
    spread: SpreadSettings | None = None
    remaining: int | None = Field(
        default=None, ge=0, description="Remaining items, where no tracker holds them."
    )
    baseline: BaselineSettings = Field(default_factory=BaselineSettings)
    start_no_earlier: date | None = None
    started: date | None = None
    finished: date | None = None
    calendar: str | None = None
    external: bool = False
    promise: date | None = None
    confirmed: date | None = Field(default=None, description="When the promise was last confirmed.")


class ThroughputSettings(Settings):
    """A known pace, for a team whose history is in no tracker."""

    samples: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
    per: Literal["day", "week"] = "week"


class ProjectSettings(Settings):
    """A team's part of a program."""

    id: Identifier
    title: str = ""
    lead: str | None = None
    calendar: str = "default"
    scope: tuple[Selector, ...] = ()
    discover: tuple[Literal["versions", "milestones"], ...] = ()
    milestones: tuple[MilestoneSettings, ...] = ()
    stream: str | None = Field(
        default=None, description="Projects that name the same stream share one team."
    )
    throughput: ThroughputSettings | None = None
    sharing: Literal["sequential", "proportional"] = "sequential"


class ProgramSettings(Settings):
    """Related projects that must deliver together."""

    id: Identifier
    title: str = ""
    sponsor: str | None = None
    manager: str | None = None
    logic: Literal["retained", "override"] = "retained"
    projects: tuple[ProjectSettings, ...] = ()


class RulesSettings(Settings):
    """Which rules judge, and with what thresholds."""

    disable: tuple[str, ...] = ()
    settings: dict[str, dict[str, float]] = Field(default_factory=dict[str, dict[str, float]])


class WaiverSettings(Settings):
    """A finding that somebody accepted, until a day."""

    rule: str
    subject: str
    approver: str
    reason: str
    expires: date


class SlipwatchSettings(Settings):
    """slipwatch.yaml."""

    store: str = "sqlite:///slipwatch.db"
    timezone: str = "UTC"
    listen: str = "127.0.0.1:10870"
    sync: SyncSettings = Field(default_factory=SyncSettings)
    assess: AssessSettings = Field(default_factory=AssessSettings)
    calendars: dict[str, CalendarSettings] = Field(
        default_factory=lambda: {"default": CalendarSettings()}
    )
    sources: dict[str, SerializeAsAny[SourceSettings]] = Field(
        default_factory=dict[str, SourceSettings]
    )
    programs: tuple[ProgramSettings, ...] = ()
    rules: RulesSettings = Field(default_factory=RulesSettings)
    waivers: tuple[WaiverSettings, ...] = ()
