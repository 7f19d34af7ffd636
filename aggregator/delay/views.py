"""What an assessment says of items that have a day to be done by (docs/delay-risk.md)."""

from datetime import date
from typing import Literal

import msgspec


class DelayReason(msgspec.Struct, frozen=True, kw_only=True):
    """Something about an item that makes it likelier to be late than a usual one."""

    feature: str
    """As docs/delay-risk.md names it."""
    value: float
    effect: float
    """By how much the chance is higher than with the usual value."""


class Delay(msgspec.Struct, frozen=True, kw_only=True):
    """How likely an open item misses its day."""

    item: str
    """``source:KEY``."""
    title: str
    url: str
    milestones: tuple[str, ...]
    due: date
    """Its due date, or the last day of its sprint."""
    chance: float
    """1 once the day is over."""
    reasons: tuple[DelayReason, ...] = ()


class ProjectDelays(msgspec.Struct, frozen=True, kw_only=True):
    """Of a project's open items that have a day: how many there are, and how many will miss it."""

    project: str
    """``program/project``."""
    dated: int
    expected: float
    """The sum of their chances."""
    likely: int
    """Those that will rather be late than not."""


class SprintShortfall(msgspec.Struct, frozen=True, kw_only=True):
    """How much of what is open in a sprint under way will be left undone when it ends."""

    sprint: str
    """``source:ID``."""
    title: str
    url: str
    milestones: tuple[str, ...]
    """Those that its open items belong to."""
    due: date
    """Its last day."""
    past: int
    """Finished sprints of its team that this was learned from; 0 tells what is usual elsewhere."""
    open: int
    expected: float
    """Open items that will be left undone."""
    points: float | None = None
    """Of the open items that have an estimate; None where none has."""
    expected_points: float | None = None
    """Of them."""


class Delays(msgspec.Struct, frozen=True, kw_only=True):
    """The delay risk of items with a due date or in a sprint (docs/delay-risk.md)."""

    method: Literal["learned", "prior"]
    """Learned from the store's own past, or told from public histories."""
    cases: int
    """Of the own past."""
    late: int
    """Of them."""
    brier: float | None = None
    """On the newest part of the past, which the model had not seen; None with too little past."""
    prior_brier: float | None = None
    projects: tuple[ProjectDelays, ...] = ()
    sprints: tuple[SprintShortfall, ...] = ()
    """Those under way that open items of milestones are in."""
    items: tuple[Delay, ...] = ()
    """The likeliest ones, at most 200."""
