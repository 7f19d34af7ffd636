"""What is known of money: budgets, what was planned and spent, and the work that earns it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

EarnedBy = Literal["items", "points", "weight"]


class LoggedTime(NamedTuple):
    """Time that somebody logged on an item; who that was is known to nobody here."""

    started_at: datetime
    seconds: int
    role: str | None = None
    """What somebody is, where the file prices that."""


class Effort(NamedTuple):
    """Hours of a day that were logged for a project."""

    day: date
    hours: float
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """Money that was (or is to be) spent on a day."""

    day: date
    amount: float
    project: str | None = None
    """The id of the project it is about, without its program; None where it is about the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReading:
    """What a feed of costs said, each time that it said something else than before.

    Either ``postings`` or an ``error``: a feed that cannot be read says nothing, not zero.
    """

    feed: str
    at: datetime
    postings: tuple[Posting, ...] | None = None
    error: str | None = None


def plan_feed(subject: str) -> str:
    """Name the feed of a budget's plan; the subject is ``program`` or ``program/project``."""
    return f"{subject} plan"


def actuals_feed(subject: str) -> str:
    """Name the feed of what was spent of a budget."""
    return f"{subject} actuals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a program or project may cost, and what is known of that."""

    subject: str
    """``program`` or ``program/project``."""
    currency: str
    bac: float
    """Budget at completion, without contingency."""
    approved_by: str | None = None
    approved_on: date | None = None
    start: date | None = None
    """The first day that it pays for."""
    has_plan: bool = False
    """Whether the file names a plan; otherwise the baselines of the milestones are the plan."""
    plan: tuple[Posting, ...] | None = None
    """None until it could be read."""
    plan_error: str | None = None
    """Why the last attempt to read it failed."""
    source: str | None = None
    """What kind of feed says what was spent; None where none does."""
    actuals: tuple[Posting, ...] | None = None
    """None until they could be read."""
    actuals_error: str | None = None
    contingency: float | None = None
    drawn: float = 0.0
    estimate: float | None = None
    """What its manager says that it will have cost."""
    earned_by: EarnedBy = "items"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The work of one milestone's baseline, and what of it is done."""

    milestone: str
    start: date | None = None
    finish: date | None = None
    """First and last day in its baseline."""
    weight: float = 1.0
    done: date | None = None
    """The day that the milestone was done."""
    items: tuple[tuple[date | None, float | None], ...] = ()
    """Of each item of the baseline the day it was done, and its points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What one unit of a currency is worth in another, from a day on."""

    day: date
    source: str
    target: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Everything about money that a portfolio knows."""

    budgets: Mapping[str, Budget] = field(default_factory=dict[str, Budget])
    """By subject."""
    packages: Mapping[str, tuple[Package, ...]] = field(
        default_factory=dict[str, tuple[Package, ...]]
    )
    """By ``program/project``."""
    rates: tuple[Rate, ...] = ()
    currency: str | None = None
    """The one in which budgets in several currencies are added up."""
