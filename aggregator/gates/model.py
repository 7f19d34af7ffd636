"""Gates as of a day: their criteria, and what was decided."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

State = Literal["pending", "approved", "rejected"]
Kind = Literal["milestone", "approval", "control", "evidence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One thing that must be true."""

    kind: Kind
    what: str
    """The milestone, the issue's key, the control or the label."""
    title: str
    met: bool | None
    """None where nobody can say: there is no such milestone, or no such issue."""
    detail: str
    """When it was met, or what is missing."""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A gate between two stages."""

    id: str
    """As findings name it: ``checkout/gate:G2``."""
    title: str
    due: date | None = None
    asked: date | None = None
    """Since when a decision is waited for; None where nobody says."""
    before: tuple[str, ...] = ()
    """The milestones of the next stage."""
    criteria: tuple[Criterion, ...] = ()
    state: State = "pending"
    by: tuple[str, ...] = ()
    """Who decided: several, where several reviews approve."""
    decided: date | None = None
    reference: str = ""
    url: str = ""
    """Of the issue or pull request in which it is decided."""
    implementers: tuple[str, ...] = ()
    """Who did the work that it is about, as far as trackers say."""
    conflict: str | None = None
    """Who decided, and is among these."""
    regulated: bool = False
    """A control is among its criteria, or the next stage works on protected data."""
