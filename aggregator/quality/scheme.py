"""A program's schedule as the points look at it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from ..indexes.views import Execution
from ..portfolio.model import Dependency, Milestone, Project
from .logic import Loose


class Step(NamedTuple):
    """A milestone of the plan with what was worked out about it."""

    model: Milestone
    duration: int | None = None
    """Working days from its (actual) start to its early finish."""
    commitment_float: int | None = None
    total_float: int | None = None
    path_test: bool | None = None
    cpli: float | None = None
    p_on_time: float | None = None
    foreseen: bool = False
    """Somebody or something says how long it takes."""
    teamless: bool = False
    """It has items left, and nobody is known to ever have finished any."""

    @property
    def id(self) -> str:
        return self.model.id

    @property
    def spare(self) -> int | None:
        """Its float to the nearest commitment, or else to the end of its program."""
        return self.total_float if self.commitment_float is None else self.commitment_float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A program's schedule."""

    as_of: date
    all: tuple[Step, ...]
    """Milestones that are over, and sprints, among them."""
    steps: tuple[Step, ...]
    """Open milestones that are steps of the plan: what the standards call incomplete tasks."""
    loose: Mapping[str, Loose]
    ties: tuple[Dependency, ...]
    """What its open milestones wait for."""
    projects: tuple[Project, ...]
    sources: Mapping[str, str]
    """The status of each source that it is read from."""
    violated: frozenset[tuple[str, str]]
    """Dependencies that actual dates break."""
    execution: Execution
    overloaded: Mapping[str, str] = field(default_factory=dict[str, str])
    """People and teams who are asked for more than they can do, and why."""
    aimless: tuple[str, ...] = ()
    """Its active projects that serve no objective."""
    aimed: int = 0
    """Active projects that were looked at for that; none where the file has no objectives."""

    @property
    def committed(self) -> Iterator[Step]:
        """Its open commitments."""
        return (step for step in self.steps if step.model.commitment is not None)

    @property
    def declared(self) -> tuple[Dependency, ...]:
        """The dependencies that the operator's file states, with types and lags."""
        return tuple(tie for tie in self.ties if tie.declared)
