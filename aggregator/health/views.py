"""The colours of a program, a project or the portfolio, dimension by dimension (DOMAIN.md 5.4)."""

from collections.abc import Collection
from datetime import date
from typing import Literal

import msgspec

Status = Literal["green", "amber", "red", "grey"]
Dimension = Literal[
    "schedule", "cost", "scope", "benefits", "risk", "governance", "people", "communication"
]

WORST_FIRST: tuple[Status, ...] = ("red", "amber", "grey", "green")
KNOWN: tuple[Status, ...] = ("red", "amber", "green")
"""The colours that say something, the worst first."""


class HealthReason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that a colour stands on, with its number and the bound that it is held against."""

    status: Status
    text: str
    subject: str = ""
    """A milestone, a project or what a finding is about; empty for the place itself."""
    value: float | None = None
    threshold: float | None = None
    rule: str = ""
    """The rule whose finding it is; empty for what was measured."""


class DimensionHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One dimension; it is absent where nothing of it is planned, kept or asked for."""

    dimension: Dimension
    status: Status
    reasons: tuple[HealthReason, ...]
    """The worst first. What is green has a reason, too: the number that comes closest."""
    coverage: float | None = None
    """What share of it is known, from 0 to 1: of the schedule by weight, of the scope by items."""
    rules_asked: int = 0
    """Rules of the dimension that apply here."""
    rules_told: int = 0
    """Of these the ones that could tell anything."""
    since: date | None = None
    """The day from which it has had this colour; None before the first one was logged."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The worst of its dimensions; nothing is averaged."""

    status: Status
    reasons: tuple[str, ...]
    dimensions: tuple[DimensionHealth, ...]
    distribution: dict[str, float] = {}
    """The weight of open commitments by colour; of milestones where nothing is committed."""
    since: date | None = None

    def dimension(self, name: Dimension) -> DimensionHealth | None:
        """Find one of its dimensions."""
        return next((each for each in self.dimensions if each.dimension == name), None)


def worst(statuses: Collection[Status]) -> Status:
    """Give the worst of several colours: what is unknown is not green, what is known bad leads."""
    for status in WORST_FIRST:
        if status in statuses:
            return status
    return "grey"
