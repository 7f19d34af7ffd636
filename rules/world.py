"""What rules look at: the portfolio and its assessment side by side, with quick look-ups."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from slipwatch.aggregator.assessment import Assessment, MilestoneView
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.portfolio.model import (
    Dependency,
    Milestone,
    OpenItem,
    Portfolio,
    Project,
)
from slipwatch.aggregator.slips import Move, moves

from .words import say_list

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Subject:
    """A milestone with what was worked out about it."""

    model: Milestone
    view: MilestoneView
    calendar: WorkCalendar

    @property
    def id(self) -> str:
        return self.model.id

    @property
    def name(self) -> str:
        """Its title on one line, or else its id."""
        return " ".join(self.model.title.split()) or self.model.id

    @property
    def over(self) -> bool:
        """Whether it is done, or closed by its tracker."""
        return self.model.closed or self.model.actual is not None

    @property
    def committed(self) -> bool:
        """Whether a commitment is still to be met (or is already missed)."""
        return self.model.commitment is not None and not self.over

    @property
    def links(self) -> tuple[str, ...]:
        return (self.model.url,) if self.model.url else ()

    @property
    def why_no_forecast(self) -> str:
        """Say what keeps it from having a forecast."""
        if self.view.network.cycle:
            return "it is in a dependency cycle"
        if self.view.forecast.missing_inputs:
            return f"nobody knows how long {say_list(self.view.forecast.missing_inputs)} will take"
        return "there is nothing to forecast it from"

    def days(self, start: date, end: date) -> int:
        """Count the working days after ``start`` up to and with ``end``; negative backwards."""
        return self.calendar.between(start, end)


@dataclass(frozen=True, slots=True)
class Edge:
    """A dependency between two milestones that are both known."""

    model: Dependency
    upstream: Subject
    downstream: Subject

    @property
    def id(self) -> str:
        """What findings call it."""
        return f"{self.upstream.id} -> {self.downstream.id}"

    @property
    def holds(self) -> bool:
        """Whether anything waits: a lifted dependency on a dropped item holds nobody up."""
        return self.model.declared or not self.model.broken


class World:
    """Everything that a rule may look at, as of one day."""

    def __init__(self, portfolio: Portfolio, assessment: Assessment) -> None:
        self.portfolio = portfolio
        self.assessment = assessment
        self.as_of: date = assessment.as_of
        self.milestones: tuple[Subject, ...] = tuple(
            Subject(model, view, portfolio.calendars[model.calendar])
            for view in sorted(assessment.milestones, key=lambda view: view.id)
            for model in (portfolio.milestones[view.id],)
        )
        self._by_id: Mapping[str, Subject] = {m.id: m for m in self.milestones}
        self.dependencies: tuple[Edge, ...] = tuple(
            Edge(d, self._by_id[d.upstream], self._by_id[d.downstream])
            for d in portfolio.dependencies
            if d.upstream in self._by_id and d.downstream in self._by_id
        )
        """Those between milestones that are known."""
        self._zone = ZoneInfo(portfolio.timezone)
        self._leads = {project.id: project.lead for project in portfolio.projects}
        self._read: dict[Callable[[Portfolio], Any], Any] = {}
        self._slips: dict[str, tuple[Move, ...]] = {}

    def get(self, milestone_id: str) -> Subject | None:
        """Find a milestone by its full id."""
        return self._by_id.get(milestone_id)

    def owner(self, milestone: Subject) -> str | None:
        """Name who answers for a milestone: its owner, or else the lead of its project."""
        return milestone.model.owner or self._leads.get(milestone.model.project)

    def workdays(self, start: date, end: date) -> int:
        """Count the working days of the file's default calendar from one day to another."""
        return self.portfolio.calendars["default"].between(start, end)

    def day_of(self, moment: datetime) -> date:
        """Return the day of a moment in the program's time zone."""
        return moment.astimezone(self._zone).date()

    def item(self, ref: str) -> tuple[OpenItem, Subject] | None:
        """Find an open item and a milestone that it is in by its ``source:KEY``."""
        return self._items.get(ref)

    def name(self, project: Project) -> str:
        """Name a project on one line."""
        return " ".join(project.title.split()) or project.id

    def begun_in(self, ref: str) -> str | None:
        """Name the project of an item in work, in a milestone or not, by its ``source:KEY``."""
        return self._begun.get(ref)

    def project(self, project_id: str) -> Project | None:
        """Find a project by its full id."""
        return self._projects.get(project_id)

    def of_project(self, project_id: str) -> tuple[Subject, ...]:
        """List the milestones of a project by its full id."""
        return self._by_project.get(project_id, ())

    def once(self, read: Callable[[Portfolio], T]) -> T:
        """Read something out of the portfolio that several subjects are judged by, only once."""
        if read not in self._read:
            self._read[read] = read(self.portfolio)
        found: T = self._read[read]
        return found

    def slips(self, milestone: Subject) -> tuple[Move, ...]:
        """List the moves of a milestone's date that made it later, the oldest first."""
        known = self._slips.get(milestone.id)
        if known is None:
            found = moves(milestone.model.history, milestone.calendar)
            known = self._slips[milestone.id] = tuple(move for move in found if move.days > 0)
        return known

    def downstream(self, milestone_id: str) -> tuple[Subject, ...]:
        """Collect all that waits for it, directly or not; it is not part of the answer."""
        return self._all(_reached([milestone_id], self._after) - {milestone_id})

    def upstream(self, milestones: Collection[Subject]) -> tuple[Subject, ...]:
        """Collect all that these wait for, directly or not; they are not part of the answer."""
        starts = {milestone.id for milestone in milestones}
        return self._all(_reached(starts, self._before) - starts)

    def nearest_downstream(self, milestone_id: str, most: int) -> tuple[Subject, ...]:
        """Collect so many of those that wait for it, the nearest, in order of id."""
        seen = {milestone_id: None}
        queue = deque(seen)
        while queue and len(seen) <= most:
            fresh = [m for m in self._after.get(queue.popleft(), ()) if m not in seen]
            seen.update(dict.fromkeys(fresh))
            queue.extend(fresh)
        return self._all(list(seen)[1 : most + 1])

    def upstream_through(
        self, milestone_id: str, passes: Callable[[Subject], bool]
    ) -> Iterator[Subject]:
        """Yield what it waits for, the nearest first, without what fails and what is behind it."""
        seen = {milestone_id}
        queue = deque([milestone_id])
        while queue:
            for before in self._before.get(queue.popleft(), ()):
                if before not in seen:
                    seen.add(before)
                    if passes(self._by_id[before]):
                        yield self._by_id[before]
                        queue.append(before)

    def waiting_projects(self, targets: Iterable[Subject]) -> Mapping[str, Collection[str]]:
        """Give the projects of those targets that wait for each milestone; of many, two."""
        found: dict[str, set[str]] = {}
        stack = [(target.id, target.model.project) for target in targets]
        while stack:
            milestone, project = stack.pop()
            for before in self._before.get(milestone, ()):
                known = found.setdefault(before, set())
                if len(known) < 2 and project not in known:
                    known.add(project)
                    stack.append((before, project))
        return found

    def leads_to_commitment(self, milestone_id: str) -> bool:
        """Say whether it has a commitment still to be met, or one waits for it."""
        return milestone_id in self._committing

    def way(
        self, milestone_id: str, wanted: Callable[[str], bool], *, driving: bool = False
    ) -> tuple[str, ...]:
        """Return the shortest way downstream to an id that is wanted, with both ends, or nothing.

        It may be the milestone itself. With ``driving`` only driving dependencies count.
        """
        follow = self._driven if driving else self._after
        origin: dict[str, str | None] = {milestone_id: None}
        queue = deque([milestone_id])
        while queue:
            current = queue.popleft()
            if wanted(current):
                return _backtrack(current, origin)
            for after in follow.get(current, ()):
                if after not in origin:
                    origin[after] = current
                    queue.append(after)
        return ()

    @cached_property
    def spare(self) -> Mapping[str, int]:
        """Working days between the early finish and the commitment of those that have both."""
        return {
            milestone.id: milestone.days(finish, commitment)
            for milestone in self.milestones
            for finish in (milestone.view.network.early_finish,)
            for commitment in (milestone.model.commitment,)
            if finish is not None and commitment is not None and not milestone.over
        }

    @cached_property
    def _begun(self) -> Mapping[str, str]:
        return {
            item.item: project.id
            for project in reversed(self.portfolio.projects)
            for item in project.upkeep.begun
        }

    @cached_property
    def _projects(self) -> Mapping[str, Project]:
        return {project.id: project for project in self.portfolio.projects}

    @cached_property
    def _by_project(self) -> Mapping[str, tuple[Subject, ...]]:
        found: dict[str, list[Subject]] = {}
        for milestone in self.milestones:
            found.setdefault(milestone.model.project, []).append(milestone)
        return {project: tuple(milestones) for project, milestones in found.items()}

    @cached_property
    def _after(self) -> Mapping[str, tuple[str, ...]]:
        return _grouped((d.upstream.id, d.downstream.id) for d in self.dependencies if d.holds)

    @cached_property
    def _before(self) -> Mapping[str, tuple[str, ...]]:
        return _grouped((d.downstream.id, d.upstream.id) for d in self.dependencies if d.holds)

    @cached_property
    def _driven(self) -> Mapping[str, tuple[str, ...]]:
        return _grouped(
            (driver, milestone.id)
            for milestone in self.milestones
            for driver in milestone.view.network.drivers
            if driver in self._by_id
        )

    @cached_property
    def _committing(self) -> frozenset[str]:
        committed = [m.id for m in self.milestones if m.committed]
        return frozenset(_reached(committed, self._before))

    @cached_property
    def _items(self) -> Mapping[str, tuple[OpenItem, Subject]]:
        return {
            f"{item.source}:{item.key}": (item, milestone)
            for milestone in reversed(self.milestones)
            for item in milestone.model.open_items
        }

    def _all(self, ids: Iterable[str]) -> tuple[Subject, ...]:
        return tuple(self._by_id[id_] for id_ in sorted(ids))


def _backtrack(end: str, origin: Mapping[str, str | None]) -> tuple[str, ...]:
    way: list[str] = []
    current: str | None = end
    while current is not None:
        way.append(current)
        current = origin[current]
    return tuple(reversed(way))


def _reached(starts: Iterable[str], follow: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Collect the starts and all that can be reached from them."""
    seen = set(starts)
    stack = list(seen)
    while stack:
        fresh = [m for m in follow.get(stack.pop(), ()) if m not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    return seen


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    groups: dict[str, set[str]] = {}
    for key, value in pairs:
        groups.setdefault(key, set()).add(value)
    return {key: tuple(sorted(values)) for key, values in groups.items()}
