"""Sorts recorded payloads of any Jira endpoint by what they are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

import msgspec

from slipwatch.aggregator.records import Category

from . import history
from .fields import Layout
from .payloads import (
    Changelog,
    ChangelogsPage,
    FieldInfo,
    Fields,
    Issue,
    Project,
    Sprint,
    Status,
    Version,
    text,
)

_T = TypeVar("_T")

_PAGES = ("issues", "values")
_SPRINT = "/rest/agile/1.0/sprint/"
_NOTHING_KEPT = (
    frozenset(("items", "created")),
    frozenset(("histories",)),
    frozenset(("worklogs",)),
    frozenset(("comments",)),
    frozenset(("baseUrl", "version")),
    frozenset(("id", "key", "name")),
)
"""Keys of objects without a ``self`` that are Jira's all the same."""


@dataclass(slots=True)
class Recorded:
    """What is kept of recorded payloads; places such as ``payload[3].issues[0]`` by issue."""

    issues: list[tuple[str, dict[str, object]]] = field(
        default_factory=list[tuple[str, dict[str, object]]]
    )
    changelogs: dict[str, Changelog] = field(default_factory=dict[str, Changelog])
    """By id of the issue, where they were recorded apart from it."""
    versions: list[tuple[Version, str | None]] = field(
        default_factory=list[tuple[Version, str | None]]
    )
    """With the key of the project they were listed in, where that was recorded too."""
    versions_in_issues: dict[str, tuple[Version, str]] = field(
        default_factory=dict[str, tuple[Version, str]]
    )
    """By id, with the project of the issue."""
    sprints: list[Sprint] = field(default_factory=list[Sprint])
    fields: list[FieldInfo] = field(default_factory=list[FieldInfo])
    statuses: dict[str, Category] = field(default_factory=dict[str, Category])
    projects: dict[str, str] = field(default_factory=dict[str, str])
    """Keys by id."""

    def read_issues(self, layout: Layout[Fields]) -> list[tuple[str, Issue[Fields]]]:
        """Read the issues, and learn from them about statuses and projects."""
        read: list[tuple[str, Issue[Fields]]] = []
        for place, payload in self.issues:
            issue = _read(payload, layout.issue, place)
            if issue.changelog is None:
                issue.changelog = self.changelogs.get(issue.id)
            status = history.current_status(issue)
            if status is not None:
                self.statuses[status[0]] = status[1]
            if issue.fields.project is not None:
                self.learn_project(issue.fields.project)
            self._learn_versions(payload, place, issue)
            read.append((place, issue))
        return read

    def _learn_versions(
        self, payload: Mapping[str, object], place: str, issue: Issue[Fields]
    ) -> None:
        """Take the versions that an issue says all of; a listing of them knows better."""
        project = issue.fields.project
        scope = (project and project.key) or issue.key.rpartition("-")[0]
        held = cast("Mapping[str, object]", payload["fields"]).get("fixVersions")
        for number, each in enumerate(cast("list[object]", held) if isinstance(held, list) else ()):
            if isinstance(each, dict) and "released" in each:
                at = f"{place}.fields.fixVersions[{number}]"
                version = _read(cast("object", each), Version, at)
                self.versions_in_issues[str(version.id)] = version, scope

    def all_versions(self) -> Iterator[tuple[Version, str | None]]:
        """Yield the versions that were listed, and those that only issues tell of."""
        yield from self.versions
        listed = {str(version.id) for version, _ in self.versions}
        for identity, found in self.versions_in_issues.items():
            if identity not in listed:
                yield found

    def learn_project(self, project: Project) -> None:
        """Note the key of a project."""
        identity = text(project.id)
        if identity is not None and project.key is not None:
            self.projects[identity] = project.key


def sort_out(payload: object) -> Recorded:
    """Sort payloads; raises ``ValueError`` naming the place of what is not Jira's."""
    found = Recorded()
    _sort(payload, "payload", found)
    return found


def _sort(value: object, place: str, found: Recorded) -> None:
    if isinstance(value, list):
        for number, element in enumerate(cast("list[object]", value)):
            _sort(element, f"{place}[{number}]", found)
        return
    if not isinstance(value, dict):
        # Bad data, as the contract of convert() has it, not a bad call.
        raise ValueError(f"{place}: expected an object of Jira's API")  # noqa: TRY004  # see above
    payload = cast("dict[str, object]", value)
    if isinstance(payload.get("fields"), dict) and "key" in payload:
        found.issues.append((place, payload))
    elif isinstance(payload.get("issueChangeLogs"), list):
        _sort_changelogs(_read(payload, ChangelogsPage, place), found)
    elif page := next((name for name in _PAGES if isinstance(payload.get(name), list)), None):
        _sort(payload[page], f"{place}.{page}", found)
    elif isinstance(payload.get("versions"), list) and "key" in payload:
        _sort_project(payload, place, found)
    elif not (_sort_part(payload, place, found) or _is_jira(payload)):
        raise ValueError(
            f"{place}: not a payload of Jira's API: no issue, version, project, or page of them"
        )


def _sort_part(payload: dict[str, object], place: str, found: Recorded) -> bool:
    """Keep what a listing holds one of, if it is of use; return whether it is."""
    if "key" not in payload and payload.keys() & {"released", "releaseDate", "archived"}:
        found.versions.append((_read(payload, Version, place), None))
    elif "statusCategory" in payload:
        status = _read(payload, Status, place)
        if status.id is not None and status.status_category is not None:
            found.statuses[str(status.id)] = history.category_of(status.status_category.key)
    elif "state" in payload and _SPRINT in str(payload.get("self")):
        found.sprints.append(_read(payload, Sprint, place))
    elif payload.keys() >= {"id", "name", "custom", "schema"}:
        found.fields.append(_read(payload, FieldInfo, place))
    else:
        return False
    return True


def _sort_changelogs(page: ChangelogsPage, found: Recorded) -> None:
    for log in page.issue_change_logs or ():
        known = found.changelogs.setdefault(str(log.issue_id), Changelog(histories=[]))
        known.histories = [*(known.histories or ()), *(log.change_histories or ())]


def _sort_project(payload: Mapping[str, object], place: str, found: Recorded) -> None:
    found.learn_project(_read(payload, Project, place))
    for number, version in enumerate(cast("list[object]", payload["versions"])):
        read = _read(version, Version, f"{place}.versions[{number}]")
        found.versions.append((read, text(payload["key"])))


def _is_jira(payload: Mapping[str, object]) -> bool:
    address = payload.get("self")
    if isinstance(address, str) and "/rest/" in address:
        return True
    return any(keys <= payload.keys() for keys in _NOTHING_KEPT)


def _read(payload: object, kind: type[_T], place: str) -> _T:
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{place}: {error}") from None
