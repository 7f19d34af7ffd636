"""Objectives and benefits as of one day: profiles from the file, readings from the store.

DOMAIN.md 5.1 to 5.3. Values are in the benefit's own unit; money is a year's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Curve = Literal["linear", "step", "s_curve"] | tuple[tuple[date, float], ...]
"""How a benefit grows: by name, or as days and values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What the organisation wants to reach."""

    id: str
    title: str
    owner: str | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Amount:
    """Money."""

    amount: float
    currency: str


@dataclass(frozen=True, slots=True)
class Enabler:
    """A milestone without which a benefit does not begin, and its part in it from 0 to 1."""

    milestone: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value of a benefit's measure."""

    value: float
    at: datetime
    """When the world was so."""
    fetched_at: datetime
    source: str
    """The kind of measure it came by."""
    by: str | None = None
    """Who told it, where people do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """How reading a benefit's measure goes."""

    last_attempt: datetime | None = None
    error: str | None = None
    """Why the last attempt brought nothing; None when it did."""
    failures: int = 0
    """Attempts that ever failed."""
    measure: str = ""
    """A digest of the measure as the file had it at the last attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """Something that will be measured, and by how much a program is to change it."""

    id: str
    """``program/benefit:B1``, as findings call it."""
    name: str
    """Its id in the file."""
    title: str
    program: str
    kind: Literal["benefit", "disbenefit"] = "benefit"
    description: str = ""
    outcome: str = ""
    """What is different once it is there."""
    tangible: bool = True
    priority: int | None = None
    """Its place among those of its program; 1 comes first."""
    objective: str | None = None
    owner: str | None = None
    responsible: str | None = None
    """Who brings it about, where that is not who answers for it."""
    unit: str = ""
    baseline: float | None = None
    target: float | None = None
    start: date | None = None
    target_date: date | None = None
    curve: Curve = "linear"
    annual_value: Amount | None = None
    cadence: str = "P1M"
    cadence_days: float = 30.0
    reviews: tuple[date, ...] = ()
    enabled_by: tuple[Enabler, ...] = ()
    expires_on: date | None = None
    measure: str | None = None
    """The kind of its measure; None without one."""
    readings: tuple[Reading, ...] = ()
    """Oldest first, as far as they were known."""
    fetching: Fetching = field(default_factory=Fetching)


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The end of a program, and the review of what it brought."""

    day: date
    review: date | None = None
    reviewed: date | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCase:
    """By what benefits are weighed against cost."""

    rate: float = 0.08
    years: int = 5
    begins: date | None = None
    cost: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramAims:
    """What one program is for."""

    objectives: tuple[str, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    case: BusinessCase = field(default_factory=BusinessCase)
    close: Close | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wsjf:
    """Weighted shortest job first, in relative numbers."""

    value: float
    time_criticality: float
    risk_reduction: float
    size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectAims:
    """What one project works for, and what it is ranked by."""

    objectives: tuple[str, ...] = ()
    wsjf: Wsjf | None = None
    scores: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """The objectives of the organisation, and the criteria that projects are ranked by."""

    objectives: tuple[Objective, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict[str, float])
