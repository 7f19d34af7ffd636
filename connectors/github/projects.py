"""Projects (Projects v2): the dates, sizes and iterations that they give to issues."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from slipwatch.aggregator.connector import Retry, Skip
from slipwatch.aggregator.records import (
    Change,
    ChangedField,
    Listing,
    MilestoneKind,
    TrackerMilestone,
)

from ..answers import Answer
from ..http import PageGuard
from ..registers import told
from .client import PAGE, GitHubClient, next_page
from .convert import day_of, number_of, register_of, repository_in
from .payloads import Time
from .position import Planned
from .settings import REGISTER, GitHubProject
from .walk import decode

_T = TypeVar("_T")

ITERATION = "iteration:"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class _Content(Struct, frozen=True):
    id: int | None = None
    number: int | None = None
    repository_url: str = ""
    url: str = ""
    html_url: str = ""


class _Value(Struct, frozen=True):
    id: int | None = None
    value: Any = None


class _Item(Struct, frozen=True):
    content: _Content | None = None
    updated_at: Time | None = None
    fields: list[_Value] | None = None


class _Title(Struct, frozen=True):
    raw: str = ""


class _Iteration(Struct, frozen=True):
    id: str
    start_date: date
    duration: int = 0
    title: _Title | str = ""
    completed: bool | None = None


class _Configuration(Struct, frozen=True):
    iterations: list[_Iteration] | None = None


class _Field(Struct, frozen=True):
    id: int
    name: str
    configuration: _Configuration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the configured projects say at one moment."""

    issues: Mapping[str, Planned] = field(default_factory=dict[str, Planned])
    repositories: Mapping[str, str] = field(default_factory=dict[str, str])
    """Where these issues are, by their ids: names of today."""
    changed_at: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    iterations: tuple[TrackerMilestone, ...] = ()
    warnings: tuple[str, ...] = ()
    complete: bool = True
    """False when a project could not be read: an issue it leaves out is not out of it."""
    listings: tuple[Listing, ...] = ()
    """Of the iterations of projects that were read to their end."""


NO_PLAN = Plan()
UNREAD_PLAN = Plan(complete=False)
"""Of projects that nobody asked: what they said before still holds."""


def read_plan(client: GitHubClient, projects: Sequence[GitHubProject], today: date) -> Plan:
    """Read projects whole: editing a field does not touch its issue.

    Raises ``Retry`` for a used-up limit alone; whatever else cannot be read is warned of.
    """
    reading = _Reading(client)
    listings: list[Listing] = []
    for project in projects:
        name = f"{project.owner}/projects/{project.number}"
        try:
            if reading.read(project, name, today):
                listings.append(Listing(scope=name, kind=MilestoneKind.SPRINT))
        except (Retry, Skip) as error:
            if isinstance(error, Retry) and error.retry_at is not None:
                raise
            reading.unread.append(f"{name} could not be read, its dates stay as they were: {error}")
    return Plan(
        issues=reading.issues,
        repositories=reading.repositories,
        changed_at=reading.changed_at,
        iterations=tuple(reading.iterations.values()),
        warnings=(*reading.warnings, *reading.unread),
        complete=not reading.unread,
        listings=tuple(listings),
    )


def moves(issue: str, old: Planned | None, new: Planned | None, at: datetime) -> Iterator[Change]:
    """Give the history of an issue's plan: projects keep none that an API would tell."""
    for kind, name in _KEPT:
        before, after = (
            None if planned is None else _text(getattr(planned, name)) for planned in (old, new)
        )
        if before != after:
            yield Change(
                item=issue,
                id=f"project {name} {at:%Y-%m-%dT%H:%M:%SZ}",
                at=at,
                field=kind,
                old=before,
                new=after,
            )


_KEPT = (
    (ChangedField.START, "start"),
    (ChangedField.DUE, "end"),
    (ChangedField.POINTS, "points"),
    (ChangedField.MILESTONE, "iteration"),
)


class _Reading:
    """Projects while they are read; of an issue in several the first that says something counts."""

    def __init__(self, client: GitHubClient) -> None:
        self._client = client
        self.issues: dict[str, Planned] = {}
        self.repositories: dict[str, str] = {}
        self.changed_at: dict[str, datetime] = {}
        self.iterations: dict[str, TrackerMilestone] = {}
        self.warnings: list[str] = []
        self.unread: list[str] = []

    def read(self, project: GitHubProject, name: str, today: date) -> bool:
        """Read one; tell whether it has iterations, which are then all known."""
        kind = "orgs"
        answer = self._get(f"/orgs/{project.owner}", project, "/fields", name, accept={404})
        if answer.status == 404:
            kind = "users"
            answer = self._get(f"/users/{project.owner}", project, "/fields", name)
        fields = self._wanted(project, list(self._pages(answer, _Field, name)), name)
        for field_ in fields.values():
            for iteration in (field_.configuration or _Configuration()).iterations or ():
                self._keep(iteration, name, today)
        if not fields:
            return False
        ids = ",".join(str(one.id) for one in fields.values())
        answer = self._get(f"/{kind}/{project.owner}", project, "/items", name, fields=ids)
        for item in self._pages(answer, _Item, name):
            self._take(item, fields, name, today)
        iterations = fields.get("iteration")
        return iterations is not None and iterations.configuration is not None

    def _get(
        self,
        owner: str,
        project: GitHubProject,
        rest: str,
        name: str,
        *,
        accept: Collection[int] = (),
        **parameters: str,
    ) -> Answer:
        return self._client.get(
            f"{owner}/projectsV2/{project.number}{rest}",
            {"per_page": str(PAGE), **parameters},
            scope=name,
            accept=accept,
        )

    def _pages(self, answer: Answer, kind: type[_T], name: str) -> Iterator[_T]:
        guard = PageGuard(f"{name}: its list")
        while True:
            yield from decode(answer, list[kind], name)  # type: ignore[valid-type]
            following = next_page(answer)
            if following is None:
                return
            answer = self._client.get(guard.check(following), scope=name)

    def _wanted(self, project: GitHubProject, fields: list[_Field], name: str) -> dict[str, _Field]:
        """Sort fields by what they are for; a field that only a default names may be missing."""
        by_name = {one.name.casefold(): one for one in fields}
        found: dict[str, _Field] = {}
        names: dict[str, str | None] = {
            purpose: getattr(project, purpose)
            for purpose in ("start", "end", "points", "iteration", "reported")
        }
        register = {REGISTER + key: name for key, name in project.register_.named().items()}
        for purpose, wanted in (names | register).items():
            one = by_name.get((wanted or "").casefold())
            if one is not None:
                found[purpose] = one
            elif wanted is not None and purpose in {*project.model_fields_set, *register}:
                self.warnings.append(f"{name} has no field {wanted!r}: check its spelling")
        return found

    def _keep(self, iteration: _Iteration, name: str, today: date) -> str:
        """Note an iteration; its end is its last day."""
        identity = f"{ITERATION}{iteration.id}"
        end = iteration.start_date + timedelta(days=max(iteration.duration, 1) - 1)
        title = iteration.title if isinstance(iteration.title, str) else iteration.title.raw
        closed = end < today if iteration.completed is None else iteration.completed
        self.iterations[identity] = TrackerMilestone(
            id=identity,
            scope=name,
            kind=MilestoneKind.SPRINT,
            name=title,
            start_date=iteration.start_date,
            due_date=end,
            closed=closed,
            closed_on=end if closed else None,
        )
        return identity

    def _take(self, item: _Item, fields: Mapping[str, _Field], name: str, today: date) -> None:
        content = item.content
        if content is None or content.id is None or content.number is None:
            return  # a draft, or an issue that the account may not see
        values = {one.id: one.value for one in item.fields or ()}
        given = {purpose: values.get(one.id) for purpose, one in fields.items()}
        iteration = _iteration(given.get("iteration"))
        issue = str(content.id)
        self.repositories[issue] = repository_in(
            content.repository_url or content.url or content.html_url or ""
        )
        known = self.issues.get(issue, Planned(content.number))
        self.issues[issue] = Planned(
            number=content.number,
            start=known.start or day_of(given.get("start")),
            end=known.end or day_of(given.get("end")),
            points=known.points if known.points is not None else number_of(given.get("points")),
            iteration=known.iteration
            or (None if iteration is None else self._keep(iteration, name, today)),
            reported=known.reported or _choice(given.get("reported")),
            told=(*known.told, *told(register_of(given))),
        )
        if item.updated_at is not None:
            self.changed_at[issue] = max(item.updated_at, self.changed_at.get(issue, _LONG_AGO))


def _iteration(value: object) -> _Iteration | None:
    try:
        return None if value is None else msgspec.convert(value, _Iteration)
    except msgspec.ValidationError:
        return None


def _choice(value: object) -> str | None:
    """Read the name of a choice, as it is written or with its HTML beside."""
    match value:
        case {"name": {"raw": str(text)}} | {"name": str(text)} | str(text):
            return text or None
        case _:
            return None


def _text(value: date | float | str | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else f"{value:g}"
