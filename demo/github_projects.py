"""Projects (Projects v2) and issue fields of the simulated GitHub: plans that touch no issue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from .github_payloads import Json, stamp
from .github_records import GithubIssue


@dataclass(slots=True, kw_only=True)
class Iteration:
    """A time box of a project."""

    id: str
    title: str
    start: date
    days: int = 14


@dataclass(slots=True, kw_only=True, eq=False)
class ProjectItem:
    """An issue in a project, with the values of the project's fields by their names."""

    id: int
    issue: GithubIssue
    updated: datetime
    values: dict[str, object] = field(default_factory=dict[str, object])


@dataclass(slots=True, kw_only=True, eq=False)
class Project:
    """A project of an organization; its fields have the names that GitHub proposes."""

    number: int
    owner: str
    kinds: Mapping[str, str] = field(
        default_factory=lambda: {
            "Title": "title",
            "Start date": "date",
            "Target date": "date",
            "Estimate": "number",
            "Iteration": "iteration",
        }
    )
    iterations: list[Iteration] = field(default_factory=list[Iteration])
    items: list[ProjectItem] = field(default_factory=list[ProjectItem])

    def put(self, issue: GithubIssue, *, at: datetime, **values: object) -> None:
        """Add an issue, or change its values: ``start_date``, ``target_date``, and so on.

        The issue is not touched, only its place in the project.
        """
        found = next((one for one in self.items if one.issue is issue), None)
        if found is None:
            found = ProjectItem(id=9000 + len(self.items), issue=issue, updated=at)
            self.items.append(found)
        found.updated = at
        found.values |= {
            name.replace("_", " ").capitalize(): value for name, value in values.items()
        }

    def remove(self, issue: GithubIssue) -> None:
        """Take an issue out."""
        self.items = [one for one in self.items if one.issue is not issue]

    def fields(self, today: date) -> list[Json]:
        """Render the fields; of iterations, those that are over are left out, as GitHub does."""
        rendered: list[Json] = []
        for name, identity in self.ids.items():
            one: Json = {"id": identity, "name": name, "data_type": self.kinds[name]}
            if self.kinds[name] == "iteration":
                lasting = [i for i in self.iterations if i.start + timedelta(i.days) > today]
                one["configuration"] = {
                    "duration": 14,
                    "start_day": 1,
                    "iterations": [_iteration(each, today) for each in lasting],
                }
            rendered.append(one)
        return rendered

    @property
    def ids(self) -> Mapping[str, int]:
        """Ids of the fields by their names."""
        return {name: 100 * self.number + place for place, name in enumerate(self.kinds, 1)}

    def item(
        self,
        item: ProjectItem,
        wanted: frozenset[int],
        render: Callable[[GithubIssue], Json],
        today: date,
    ) -> Json:
        """Render an item with the fields that were asked for; without any, its title."""
        values = {"Title": {"raw": item.issue.title}} | item.values
        shown = [
            {
                "id": identity,
                "name": name,
                "data_type": self.kinds[name],
                "value": self._value(values.get(name), today),
            }
            for name, identity in self.ids.items()
            if identity in (wanted or {self.ids["Title"]})
        ]
        return {
            "id": item.id,
            "content_type": "PullRequest" if item.issue.pull_request else "Issue",
            "content": render(item.issue),
            "created_at": stamp(item.updated),
            "updated_at": stamp(item.updated),
            "archived_at": None,
            "fields": shown,
        }

    def _value(self, value: object, today: date) -> object:
        if isinstance(value, Iteration):
            return _iteration(value, today)
        return value.isoformat() if isinstance(value, date) else value


def _iteration(iteration: Iteration, today: date) -> Json:
    return {
        "id": iteration.id,
        "title": {"raw": iteration.title, "html": iteration.title},
        "start_date": iteration.start.isoformat(),
        "duration": iteration.days,
        "completed": iteration.start + timedelta(iteration.days) <= today,
    }
