"""What was found and chosen, as the steps of a first configuration hand it on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from slipwatch.aggregator.connector import FoundMilestone, FoundScope, Site
from slipwatch.aggregator.records import Batch
from slipwatch.config.guide import Guide


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source that answered, and what was chosen of it."""

    name: str
    kind: str
    guide: Guide
    site: Site
    settings: Mapping[str, object]
    """As they are written: ``url``, ``auth`` and the like, no scopes."""
    scopes: tuple[FoundScope, ...] = ()
    groups: tuple[str, ...] = ()
    """Organizations and the like that are read whole; none of their scopes is written."""
    samples: Mapping[str, Batch] = field(default_factory=dict[str, Batch])
    """Open items by scope."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A tracker milestone: source, scope and id."""

    source: str
    scope: str
    milestone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What links say: items of a milestone wait for items of another."""

    upstream: str
    """As ``depends_on`` names it where it is written."""
    evidence: tuple[tuple[str, str], ...]
    """Keys of items, the one that is waited for first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMilestone:
    """A milestone as it is going to be written."""

    id: str
    found: FoundMilestone
    commitment: date | None
    waits: tuple[Wait, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedProject:
    """A project of a program, made of one scope."""

    id: str
    source: Source
    scope: FoundScope
    milestones: tuple[PlannedMilestone, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedProgram:
    """Projects that wait for one another, or that nothing sets apart."""

    id: str
    title: str
    projects: tuple[PlannedProject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is going to be written."""

    made: date
    timezone: str
    country: str | None
    sources: tuple[Source, ...]
    programs: tuple[PlannedProgram, ...]
