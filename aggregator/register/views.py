"""Registers as an assessment shows them, with what was worked out about their entries."""

from datetime import date

import msgspec

from .model import Bands, Exposure, Level, Response


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """What the entries of all registers have in common."""

    id: str
    """As findings name it: ``checkout/risk:R1``."""
    title: str
    url: str
    owner: str | None
    open: bool
    raised: date | None
    due: date | None
    """Of a risk: when it is to be reviewed."""
    done: date | None
    milestones: tuple[str, ...]
    """None where it is about the whole program."""
    age: int | None = None
    """Working days since it was raised, until it was done."""
    overdue: int = 0
    """Working days past its due day, of one that is open."""


class RiskView(EntryView, frozen=True, kw_only=True):
    probability: float | None
    impact: float | None
    exposure: float | None
    """Probability times impact, in the program's currency."""
    band: Level | None
    """None where the exposure is not known."""
    response: Response
    mitigation: str
    actions: tuple[str, ...] = ()
    """Ids of the actions that are to make it smaller."""
    helpers: tuple[str, ...] = ()
    """Who has open ones of them."""
    reviewed: date | None = None
    approver: str | None = None
    expires: date | None = None


class IssueView(EntryView, frozen=True, kw_only=True):
    severity: Level | None


class ActionView(EntryView, frozen=True, kw_only=True):
    about: str | None
    """The id of the risk or issue that it is to settle."""


class DecisionView(EntryView, frozen=True, kw_only=True):
    by: str | None
    outcome: str


class RegisterView(msgspec.Struct, frozen=True, kw_only=True):
    """The registers of a program, rolled up."""

    bands: Bands
    exposure: float
    """Sum over the open risks that are measured, in the program's currency."""
    unmeasured: int
    """Open risks without a probability or an impact: their exposure is not in the sum."""
    risks: tuple[RiskView, ...] = ()
    issues: tuple[IssueView, ...] = ()
    actions: tuple[ActionView, ...] = ()
    decisions: tuple[DecisionView, ...] = ()
    steering: bool = False
    """Whether meetings or decisions are written down at all."""
    last_steered: date | None = None
    """When its steering committee last met or decided, as far as that is written down."""
    last_met: date | None = None
    minutes: str = ""
    """Page of the minutes of that meeting."""
    exposures: tuple[Exposure, ...] = ()
    """Over the last 90 days, oldest first, today's included."""
