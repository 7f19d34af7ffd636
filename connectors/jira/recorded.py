"""Sorts recorded payloads of any Jira endpoint by what they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

import msgspec

from slipwatch.aggregator.records import Category

from . import history
from .payloads import Issue, Status, Version, text

_T = TypeVar("_T")

_PAGES = ("issues", "values")
_NOTHING_KEPT = (
    frozenset(("items", "created")),
    frozenset(("histories",)),
    frozenset(("issueChangeLogs",)),
    frozenset(("worklogs",)),
    frozenset(("comments",)),
    frozenset(("baseUrl", "version")),
    frozenset(("id", "key", "name")),
)
"""Keys of objects without a ``self`` that are Jira's all the same."""


@dataclass(slots=True)
class Recorded:
    """What is kept of recorded payloads; places such as ``payload[3].issues[0]`` by issue."""

    issues: list[tuple[str, Issue]] = field(default_factory=list[tuple[str, Issue]])
    versions: list[tuple[Version, str | None]] = field(
        default_factory=list[tuple[Version, str | None]]
    )
    """With the key of the project they were listed in, where that was recorded too."""
    statuses: dict[str, Category] = field(default_factory=dict[str, Category])
    projects: dict[str, str] = field(default_factory=dict[str, str])
    """Keys by id."""


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
        _sort_issue(payload, place, found)
    elif page := next((name for name in _PAGES if isinstance(payload.get(name), list)), None):
        _sort(payload[page], f"{place}.{page}", found)
    elif isinstance(payload.get("versions"), list) and "key" in payload:
        _sort_project(payload, place, found)
    elif "key" not in payload and payload.keys() & {"released", "releaseDate", "archived"}:
        found.versions.append((_read(payload, Version, place), None))
    elif "statusCategory" in payload:
        status = _read(payload, Status, place)
        if status.id is not None and status.status_category is not None:
            found.statuses[str(status.id)] = history.category_of(status.status_category.key)
    elif not _is_jira(payload):
        raise ValueError(
            f"{place}: not a payload of Jira's API: no issue, version, project, or page of them"
        )


def _sort_issue(payload: Mapping[str, object], place: str, found: Recorded) -> None:
    issue = _read(payload, Issue, place)
    found.issues.append((place, issue))
    status = history.current_status(issue)
    if status is not None:
        found.statuses[status[0]] = status[1]
    project = issue.fields.get("project")
    if isinstance(project, dict):
        _learn_project(cast("dict[str, object]", project), found)


def _sort_project(payload: Mapping[str, object], place: str, found: Recorded) -> None:
    _learn_project(payload, found)
    for number, version in enumerate(cast("list[object]", payload["versions"])):
        read = _read(version, Version, f"{place}.versions[{number}]")
        found.versions.append((read, text(payload["key"])))


def _learn_project(project: Mapping[str, object], found: Recorded) -> None:
    identity, key = text(project.get("id")), text(project.get("key"))
    if identity is not None and key is not None:
        found.projects[identity] = key


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
