"""The JSON of ``slipwatch backtest --format json``, a stable interface with a committed schema."""

from datetime import date
from typing import Any, Final, Literal

import msgspec

SCHEMA: Final = "slipwatch/backtest/1"

Interval = tuple[float, float]
"""Of 95 %."""


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The share of milestones that were done by the forecast's quantiles."""

    p50: float | None = None
    p85: float | None = None
    p95: float | None = None


class Error(msgspec.Struct, frozen=True, kw_only=True):
    """How far P50 was off, in the median."""

    workdays: float | None = None
    of_remaining: float | None = None
    """As a share of the time that it still took."""


class Intervals(msgspec.Struct, frozen=True, kw_only=True):
    """Wilson's for coverage; for all else by bootstrap over projects and milestones in them."""

    coverage: dict[str, Interval]
    workdays: Interval
    of_remaining: Interval
    crps: Interval


class LeadTime(msgspec.Struct, frozen=True, kw_only=True):
    """How many working days before the missed commitment it was first told of, in the median.

    A miss that was not told of by then counts as 0; None without any miss.
    """

    red: float | None = None
    amber: float | None = None
    """Amber or red."""


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of one way to forecast at one checkpoint."""

    n: int
    """Milestones that it had a forecast of."""
    without: int
    """Milestones that it had none of."""
    coverage: Coverage = Coverage()
    p50_error: Error = Error()
    crps: float | None = None
    """In working days."""
    pinball: dict[str, float] = msgspec.field(default_factory=dict[str, float])
    brier: float | None = None
    """Of "done by the commitment", where one was known; open work counts once that has passed."""
    sharpness: float | None = None
    """P90 - P10 in working days, in the median."""
    pit: tuple[float, ...] = ()
    """Where in its forecast each outcome lay, from 0 to 1."""
    intervals: Intervals | None = None
    lead_time: LeadTime = LeadTime()
    false_alarms: float | None = None
    """The share of kept commitments that were red by this way to forecast."""
    skill: float | None = None
    """The share of its CRPS that slipwatch saves, where both have a forecast."""


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """All scores at one point of the milestones' lives."""

    at: int
    """Per cent of the life that had passed."""
    n: int
    without: int
    coverage: Coverage
    p50_error: Error
    crps: float | None
    pinball: dict[str, float]
    brier: float | None
    sharpness: float | None
    pit: tuple[float, ...]
    intervals: Intervals | None
    lead_time: LeadTime
    false_alarms: float | None
    """The share of kept commitments that were red."""
    baselines: dict[str, Scores]


class PastForecast(msgspec.Struct, frozen=True, kw_only=True):
    """What would have been said of a milestone on a past day."""

    at: int
    as_of: date
    status: Literal["green", "amber", "red", "grey"] | None = None
    p10: date | None = None
    p50: date | None = None
    p85: date | None = None
    p95: date | None = None


class MilestoneResult(msgspec.Struct, frozen=True, kw_only=True):
    """A milestone that is over or should be, and its forecasts over time."""

    id: str
    title: str
    project: str
    start: date
    finish: date | None
    """None where it is open although its day has passed."""
    commitment: date | None = None
    """The last one known before it was done."""
    forecasts: tuple[PastForecast, ...]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of one program, project or stream alone."""

    id: str
    checkpoints: tuple[Checkpoint, ...]


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """A whole back-test."""

    schema: Literal["slipwatch/backtest/1"] = SCHEMA
    as_of: date
    """Until when outcomes are known."""
    scope: Literal["program", "project", "stream"] = "program"
    """What the groups are."""
    trials: int
    seed: int
    hindsight: tuple[str, ...] = ()
    """What was taken as it is today, for want of a history."""
    checkpoints: tuple[Checkpoint, ...] = ()
    groups: tuple[Group, ...] = ()
    milestones: tuple[MilestoneResult, ...] = ()


def to_json(result: Backtest) -> bytes:
    """Encode for people and programs: two spaces, a final newline, the same bytes every time."""
    return msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the interface."""
    return msgspec.json.schema(Backtest)
