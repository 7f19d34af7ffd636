"""Controls and their evidence as of a day, and the clocks of the law."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from slipwatch.config.catalogues import CatalogueName


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What shows that a control is in place: an artefact, and who looked at it when."""

    artefact: str
    """Its page; empty where nobody says."""
    reviewer: str | None
    reviewed: date | None
    valid_for: timedelta = timedelta(days=365)
    origin: Literal["file", "tracker"] = "file"
    own: bool = False
    """Whoever reviewed it did work for the control, too."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Name what it lacks."""
        parts = (("artefact", self.artefact), ("reviewer", self.reviewer), ("day", self.reviewed))
        return tuple(name for name, value in parts if not value)

    @property
    def complete(self) -> bool:
        return not self.missing

    def current(self, day: date) -> bool:
        """Say whether it was reviewed lately."""
        return self.reviewed is not None and day - self.reviewed <= self.valid_for


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlState:
    """A control that a program has to show, or that its work is tagged with."""

    id: str
    title: str = ""
    citation: str = ""
    not_applicable: str = ""
    """Why it does not apply."""
    tagged: int = 0
    """Items of the program's scope that carry its id as a label, evidence not among them."""
    done: int = 0
    """Of them."""
    implementers: tuple[str, ...] = ()
    """Who did these."""
    evidence: tuple[Evidence, ...] = ()
    """The oldest first."""
    links: tuple[str, ...] = ()
    """Pages of some of the done ones."""

    @property
    def newest(self) -> Evidence | None:
        """The piece that counts."""
        return self.evidence[-1] if self.evidence else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoamItem:
    """A control that is not met yet, in the plan of action and milestones."""

    control: str
    title: str = ""
    opened: date | None = None
    closed: date | None = None
    owner: str | None = None
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """An agreement with somebody outside who works on protected data."""

    provider: str
    kind: Literal["baa", "flow-down"]
    reference: str
    signed: date
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedProject:
    """A project that works on protected data."""

    id: str
    data: tuple[Literal["ephi", "cui", "fci"], ...]
    providers: tuple[str, ...] = ()
    """Who delivers its external milestones: their owners, or else the milestones' ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance:
    """What a program has to show, and what it can."""

    catalogues: tuple[CatalogueName, ...] = ()
    controls: tuple[ControlState, ...] = ()
    poam: tuple[PoamItem, ...] = ()
    conditional_status: date | None = None
    assessed: date | None = None
    affirmed: date | None = None
    risk_analysis: date | None = None
    risk_analysis_reference: str = ""
    agreements: tuple[Agreement, ...] = ()
    projects: tuple[ProtectedProject, ...] = field(default=())
