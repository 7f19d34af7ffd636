"""What a program can show, and what it cannot, as an assessment says it."""

from datetime import date
from typing import Final, Literal

import msgspec

NOTE: Final = (
    "slipwatch shows which evidence is missing. It certifies nothing: where it shows no gap, that "
    "is no proof of compliance."
)
"""Stands wherever any of this is shown."""

Shown = Literal["shown", "stale", "incomplete", "missing", "not applicable"]
"""Evidence is there; is too old; lacks artefact, reviewer or day; is not there; is not needed."""


class ControlView(msgspec.Struct, frozen=True, kw_only=True):
    """A control and its newest evidence."""

    id: str
    title: str
    citation: str
    state: Shown
    tagged: int
    """Items of the program that carry its id as a label, evidence not among them."""
    done: int
    artefact: str = ""
    reviewer: str | None = None
    reviewed: date | None = None
    review_by: date | None = None
    """Until when its evidence counts."""
    missing: tuple[str, ...] = ()
    """What its evidence lacks."""
    workers: int = 0
    """How many people are known to have done the work."""
    conflict: str | None = None
    """Who did the work, and reviewed it as well."""
    links: tuple[str, ...] = ()


class CatalogueView(msgspec.Struct, frozen=True, kw_only=True):
    """How many controls of a catalogue can be shown."""

    name: str
    title: str
    source: str
    """The text that its controls are taken from, and in which edition."""
    controls: int
    shown: int
    not_applicable: int


class PoamView(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the plan of action and milestones."""

    control: str
    title: str
    open: bool
    since: date | None
    """From when its clock runs: the conditional status date, or else when it was opened."""
    days: int | None
    """Days on its clock."""
    owner: str | None
    url: str


class ProviderView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody outside who works on protected data."""

    name: str
    data: tuple[str, ...]
    projects: tuple[str, ...]
    missing: tuple[Literal["baa", "flow-down"], ...]
    """Agreements that are needed, and not on record or over."""


class ComplianceView(msgspec.Struct, frozen=True, kw_only=True):
    """Gaps in what a program can show under the law."""

    note: str
    catalogues: tuple[CatalogueView, ...] = ()
    controls: tuple[ControlView, ...] = ()
    poam: tuple[PoamView, ...] = ()
    conditional_status: date | None = None
    assessed: date | None = None
    affirmed: date | None = None
    risk_analysis: date | None = None
    risk_analysis_reference: str = ""
    """Where it can be looked up."""
    protected: dict[str, tuple[str, ...]] = msgspec.field(
        default_factory=dict[str, tuple[str, ...]]
    )
    """Projects that work on protected data, and on which."""
    providers: tuple[ProviderView, ...] = ()
