"""What an assessment says about benefits, strategy and worth (docs/program-management.md).

Money is in the currency beside it; days are calendar days, since value accrues on each of them.
"""

from datetime import date, datetime
from typing import Literal

import msgspec


class EnablerView(msgspec.Struct, frozen=True, kw_only=True):
    """A milestone without which a benefit does not begin."""

    milestone: str
    share: float
    """Its part in the benefit, from 0 to 1."""
    delay_days: int | None
    """P50, or the day it was done, against baseline or else commitment; None where unknown."""


class Point(msgspec.Struct, frozen=True, array_like=True):
    """A value on a day."""

    day: date
    value: float


class BenefitView(msgspec.Struct, frozen=True, kw_only=True):
    """A benefit: what was due, what came, and what slips do to it."""

    id: str
    """Its id in the file."""
    subject: str
    """``program/benefit:B1``, as findings call it."""
    title: str
    kind: Literal["benefit", "disbenefit"]
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
    measure: str | None = None
    """The kind of its measure; None without one."""
    direction: Literal["increase", "decrease"] | None = None
    baseline: float | None = None
    target: float | None = None
    start: date | None = None
    target_date: date | None = None
    cadence: str
    cadence_days: float
    value: float | None = None
    """The newest reading."""
    read_at: datetime | None = None
    read_on: date | None = None
    """The day of the newest reading, in the time zone of the programs."""
    expected: float | None = None
    """What is due by ``as_of``, as planned."""
    expected_at_reading: float | None = None
    """What was due on the day of the newest reading, as planned."""
    expected_after_slip: float | None = None
    """The same, if it began as late as its enablers make it."""
    realisation_ratio: float | None = None
    """Change that came by change that was due on that day; None before any was due."""
    ratio_after_slip: float | None = None
    enabled_by: tuple[EnablerView, ...] = ()
    shift_days: float | None = None
    """By how much its enablers make it later; None where nobody knows."""
    start_after_slip: date | None = None
    target_date_after_slip: date | None = None
    annual_value: float | None = None
    """A year of it once the target is reached; negative for a disbenefit."""
    currency: str | None = None
    cost_of_delay_per_day: float | None = None
    deferred_value: float | None = None
    """What comes later because of the shift."""
    lost_value: float | None = None
    """What of that never comes, since its window closes; None without a window."""
    expires_on: date | None = None
    reviews: tuple[date, ...] = ()
    failures: int = 0
    """Attempts to read its measure that ever failed."""
    error: str | None = None
    """Why the last attempt failed."""
    planned: tuple[Point, ...] = ()
    """The curve of what is due, for drawing."""
    shifted: tuple[Point, ...] = ()
    """The same after the slip; empty without one."""
    readings: tuple[Point, ...] = ()
    """One for each day, oldest first, at most the newest hundred."""


class Kpi(msgspec.Struct, frozen=True, kw_only=True):
    """A share with what it is a share of (DOMAIN.md 4); None where there is nothing to count."""

    value: float | None
    numerator: float
    denominator: float


class MoneyKpi(Kpi, frozen=True, kw_only=True):
    """A share of money, in one currency."""

    currency: str


class Savings(msgspec.Struct, frozen=True, kw_only=True):
    """What a program has brought beyond its cost so far; negative where it has cost more."""

    currency: str
    value: float
    """Value of benefits that came, less the cost to date."""
    planned: float | None = None
    """Value of benefits that was due by now, less what was to be spent by now; None without a
    plan."""


class Indicators(msgspec.Struct, frozen=True, kw_only=True):
    """What a program is measured by as a whole."""

    benefits_realised: dict[str, Kpi] = {}
    """By currency: value that came of the value that was due by now."""
    aligned_work: Kpi
    """Open items of projects that are traced to an objective, of all open items."""
    aligned_budget: MoneyKpi | None = None
    """The same of budgets; None where no project has one, or no rate adds them up."""
    kept_baselines: Kpi
    """Milestones done on or before their baseline date, of those whose date is over."""
    kept_commitments: Kpi
    """Milestones done on or before the date committed to now, of those whose date is over."""
    median_finish_variance: float | None = None
    """Of what is done, against the baseline, in working days."""
    finished: int = 0
    """Milestones that this is the median of."""
    savings: Savings | None = None
    """None where the cost is unknown."""


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """Flows of a program by year, the first of them its cost, and what they are worth."""

    cost: float
    flows: tuple[float, ...]
    npv: float
    roi: float | None
    payback_years: float | None


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A program's business case, as planned and as it is now."""

    rate: float
    years: int
    begins: date | None = None
    currency: str | None = None
    before: Worth | None = None
    """Planned cost and planned benefits."""
    after: Worth | None = None
    """Estimated cost, and benefits as late as their enablers make them."""
    missing: tuple[str, ...] = ()
    """What it would take to tell."""


class RankedCause(msgspec.Struct, frozen=True, kw_only=True):
    """What a milestone's own slip costs its program (DOMAIN.md 3.3)."""

    milestone: str
    score: float
    """Its days on each commitment by that commitment's weight, summed."""
    cost: dict[str, float] = {}
    """By currency: value that it defers."""


class CloseView(msgspec.Struct, frozen=True, kw_only=True):
    """A program's end, and the review of what it brought."""

    day: date
    review: date | None = None
    reviewed: date | None = None
    by: str | None = None


class ProgramAimsView(msgspec.Struct, frozen=True, kw_only=True):
    """What a program is for, and how that goes."""

    objectives: tuple[str, ...] = ()
    currency: str | None = None
    """The one in which its benefits and cost are added up, at the rates of ``as_of``; None where
    nothing of it is money."""
    indicators: Indicators
    case: CaseView
    causes: tuple[RankedCause, ...] = ()
    """What costs it most, first."""
    close: CloseView | None = None


class ProjectAimsView(msgspec.Struct, frozen=True, kw_only=True):
    """What a project works for, and where it ranks."""

    objectives: tuple[str, ...] = ()
    """Its own, as the file says."""
    traced_to: tuple[str, ...] = ()
    """Those, and the objectives of benefits that its milestones enable."""
    benefits: tuple[str, ...] = ()
    """``program/benefit:B1`` of what its milestones enable."""
    open_items: int = 0
    active: bool = True
    """Something of it is still to be done."""
    cost_of_delay_per_day: dict[str, float] = {}
    """By currency."""
    wsjf: float | None = None
    score: float | None = None
    rank: int | None = None
    """Among all ranked projects, by the first of weighted score, WSJF and cost of delay by work
    left that two of them have."""
    rank_moves: int | None = None
    """The most places it moves when one weight is a fifth larger or smaller."""


class ObjectiveView(msgspec.Struct, frozen=True, kw_only=True):
    """An objective, and who works for it."""

    id: str
    title: str
    owner: str | None = None
    weight: float
    projects: tuple[str, ...] = ()
    """Active ones that are traced to it."""
    benefits: tuple[str, ...] = ()
    funded: bool | None = None
    """Whether one of them has a budget; None where no budget is written down at all."""
    programs: tuple[str, ...] = ()
    """Those that name it, themselves or by a project or a benefit."""


class StrategyView(msgspec.Struct, frozen=True, kw_only=True):
    """What the organisation wants, and how much of the work is for it."""

    objectives: tuple[ObjectiveView, ...] = ()
    aligned_work: Kpi
    aligned_budget: MoneyKpi | None = None
    ranked_by: Literal["weighted score", "wsjf", "cost of delay"] | None = None


class EnablesView(msgspec.Struct, frozen=True, kw_only=True):
    """A benefit that a milestone enables, and what its delay does to that."""

    benefit: str
    """``program/benefit:B1``."""
    title: str
    share: float
    delay_days: int | None
    currency: str | None = None
    per_day: float | None = None
    """What a day of its delay costs."""
    deferred_value: float | None = None
    """What its delay defers."""
