"""Pulls issues, milestones and iterations of GitLab projects, and epics of groups."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from slipwatch.aggregator.connector import Context, Delivery
from slipwatch.aggregator.records import (
    Absence,
    Batch,
    Change,
    Cursor,
    Item,
    Link,
    Presence,
    TrackerMilestone,
)

from ..labels import words_of
from . import convert, hooks
from .client import GitLabClient
from .payloads import Epic, Event, Group, Issue, Iteration, Linked, Milestone, Project
from .settings import GitLabSettings
from .walk import MAX_SEEN, Dated, Page, Position, listed, stamp, walk

_CONVERSION = 1
"""Raised when records come to hold more, so that everything is read again."""

_NO_TIER = frozenset({403, 404})
"""What lists are answered with that the site's tier does not have."""

_PLANNER = 15
_ALL = {"state": "all", "scope": "all"}
_OWN_EPICS = {"state": "all", "include_descendant_groups": "false"}
_D = TypeVar("_D", bound=Dated)


class GitLabConnector:
    """One GitLab, read by one account; a project is a scope, and so is a group with its epics."""

    def __init__(self, name: str, settings: GitLabSettings, context: Context) -> None:
        self._name = name
        self._settings = settings
        self._context = context
        self._client = GitLabClient(name, settings, context)
        paths = (*settings.projects, *settings.groups)
        self._names = {path.casefold(): path for path in paths}
        self._groups = {path.casefold() for path in settings.groups}
        self._reading = convert.Reading(
            blocked=words_of(settings.blocked_labels),
            dropped=words_of(settings.dropped_labels),
            names=self._names,
        )
        decisive = (_CONVERSION, settings.blocked_labels, settings.dropped_labels)
        self._reads = hashlib.sha256(
            repr((*decisive, settings.history, settings.links)).encode()
        ).hexdigest()[:12]

    @property
    def name(self) -> str:
        """The source's name in slipwatch.yaml."""
        return self._name

    def scopes(self) -> Sequence[str]:
        """Name the projects listed, the groups, and the projects that the groups have today."""
        found = {path.casefold(): path for path in self._settings.projects}
        for group in self._settings.groups:
            found.setdefault(group.casefold(), group)
            where = self._client.find("groups", group, Group)
            query = {"include_subgroups": "true", "archived": "false", "with_shared": "false"}
            for project in listed(
                self._client,
                f"/groups/{where.id}/projects",
                Project,
                scope=group,
                warnings=[],
                query=query | {"order_by": "id", "sort": "asc"},
            ):
                found.setdefault(
                    project.path_with_namespace.casefold(), project.path_with_namespace
                )
        self._names.update(found)
        return tuple(found.values())

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield all milestones and iterations, then the issues or epics that changed.

        Milestones and iterations come whole every time: their dates have no history, and moving
        one touches no issue.
        """
        position = Position.of(cursor, reads=self._reads)
        position, base = self._open(scope, position)
        if self._is_group(scope):
            yield from self._epics(scope, base, position)
        else:
            yield from self._issues(scope, base, position)

    def convert(self, payload: object) -> Batch:
        """Convert recorded answers of the REST API: objects, lists or pages."""
        return convert.convert(payload, self._reading)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ids(self, scope: str) -> Iterator[frozenset[str]]:
        """Yield the ids of a project's issues, or of a group's epics, in order of creation."""
        _, base = self._open(scope, Position(reads=self._reads))
        now = self._context.now()
        if self._is_group(scope):
            epics = walk(
                self._client,
                f"{base}/epics",
                Epic,
                scope=scope,
                since=None,
                now=now,
                by="created",
                query=_OWN_EPICS,
            )
            for page in epics:
                yield frozenset(f"epic:{epic.id}" for epic in page.entries)
            return
        issues = walk(
            self._client,
            f"{base}/issues",
            Issue,
            scope=scope,
            since=None,
            now=now,
            by="created",
            query=_ALL,
        )
        for found in issues:
            yield frozenset(str(issue.id) for issue in found.entries)

    def locate(self, scope: str, items: Mapping[str, str]) -> Iterator[Absence]:
        """Ask for issues or epics one by one.

        GitLab answers 404 for what is deleted and for what is hidden alike; an account that may
        see confidential issues is believed to have been told of a deletion.
        """
        if self._is_group(scope):
            where = f"/groups/{self._client.find('groups', scope, Group).id}/epics"
            sees_all = False
        else:
            project = self._client.find("projects", scope, Project)
            where = f"/projects/{project.id}/issues"
            sees_all = project.level >= _PLANNER
        for item, key in items.items():
            number = key[max(key.rfind("#"), key.rfind("&")) + 1 :]
            if self._client.get(f"{where}/{number}", scope=scope, accept={403, 404}).status in (
                403,
                404,
            ):
                yield Absence(
                    item=item,
                    presence=Presence.GONE if sees_all else Presence.INVISIBLE,
                    at=self._context.now(),
                )

    def receive(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Verify a webhook's token and read what it says."""
        hooks.verify(self._settings, headers)
        return hooks.read(headers, body, self._names)

    def _is_group(self, scope: str) -> bool:
        return scope.casefold() in self._groups

    def _open(self, scope: str, position: Position) -> tuple[Position, str]:
        """Find a project or group, by its id where that is known: paths change."""
        self._names.setdefault(scope.casefold(), scope)
        kind = "groups" if self._is_group(scope) else "projects"
        if position.id is None:
            if kind == "groups":
                group = self._client.find(kind, scope, Group)
                identity, path = group.id, group.full_path
            else:
                project = self._client.find(kind, scope, Project)
                identity, path = project.id, project.path_with_namespace
            other = path if path.casefold() != scope.casefold() else None
            position = replace(position, id=identity, name=other)
        if position.name is not None:
            self._names[position.name.casefold()] = scope
        return position, f"/{kind}/{position.id}"

    def _named(
        self, position: Position, scope: str, entries: Sequence[Issue] | Sequence[Epic]
    ) -> Position:
        """Learn what GitLab calls a project or group today, from what is in it."""
        full = next((one.references.full for one in entries if one.references is not None), "")
        path = full.rpartition("&" if self._is_group(scope) else "#")[0]
        if not path or path.casefold() == scope.casefold():
            return position
        self._names[path.casefold()] = scope
        return replace(position, name=path)

    def _issues(self, scope: str, base: str, position: Position) -> Iterator[Batch]:
        warnings: list[str] = []
        milestones = self._milestones(scope, base, warnings)
        has_milestones = bool(milestones)
        iterations = self._iterations(scope, base, warnings)
        yield Batch(
            cursor=position.cursor(),
            milestones=(*milestones, *iterations),
            warnings=tuple(warnings),
        )
        for page in walk(
            self._client,
            f"{base}/issues",
            Issue,
            scope=scope,
            since=position.since,
            now=self._context.now(),
            query=_ALL,
        ):
            position = self._named(position, scope, page.entries)
            fresh, position = _fresh(page, position)
            items: list[Item] = []
            links: list[Link] = []
            changes: list[Change] = []
            said = list(page.warnings)
            for issue in fresh:
                try:
                    item = convert.item_of(issue, self._reading)
                except ValueError as error:
                    said.append(f"{scope}#{issue.iid} could not be read: {error}")
                    continue
                where = f"{base}/issues/{issue.iid}"
                items.append(item)
                links += convert.links_of(
                    issue, item, self._reading, self._linked(scope, where, said)
                )
                changes += convert.changes_of(
                    issue,
                    self._events(
                        issue,
                        scope,
                        where,
                        said,
                        milestones=has_milestones,
                        iterations=bool(iterations),
                    ),
                )
            yield Batch(
                cursor=position.cursor(),
                items=tuple(items),
                links=tuple(links),
                changes=tuple(changes),
                warnings=tuple(said),
            )

    def _epics(self, scope: str, base: str, position: Position) -> Iterator[Batch]:
        """Yield a group's epics, none where its tier has none.

        Those of subgroups are theirs: they come when the subgroup is configured.
        """
        answer = self._client.get(f"{base}/epics", {"per_page": "1"}, scope=scope, accept=_NO_TIER)
        if answer.status in _NO_TIER:
            yield Batch(cursor=position.cursor())
            return
        for page in walk(
            self._client,
            f"{base}/epics",
            Epic,
            scope=scope,
            since=position.since,
            now=self._context.now(),
            query=_OWN_EPICS,
        ):
            position = self._named(position, scope, page.entries)
            fresh, position = _fresh(page, position)
            items: list[Item] = []
            links: list[Link] = []
            said = list(page.warnings)
            for epic in fresh:
                try:
                    item = convert.epic_of(epic, self._reading)
                except ValueError as error:
                    said.append(f"{scope}&{epic.iid} could not be read: {error}")
                    continue
                items.append(item)
                links += convert.links_of(epic, item, self._reading)
            yield Batch(
                cursor=position.cursor(),
                items=tuple(items),
                links=tuple(links),
                warnings=tuple(said),
            )

    def _milestones(
        self, scope: str, base: str, warnings: list[str]
    ) -> tuple[TrackerMilestone, ...]:
        found = listed(
            self._client,
            f"{base}/milestones",
            Milestone,
            scope=scope,
            warnings=warnings,
            query={"include_ancestors": "true"},
            absent=frozenset({403}),
        )
        return tuple(convert.milestone_of(one, self._reading, scope=scope) for one in found)

    def _iterations(
        self, scope: str, base: str, warnings: list[str]
    ) -> tuple[TrackerMilestone, ...]:
        found = listed(
            self._client,
            f"{base}/iterations",
            Iteration,
            scope=scope,
            warnings=warnings,
            absent=_NO_TIER,
        )
        return tuple(convert.iteration_of(one, self._reading, scope=scope) for one in found)

    def _linked(self, scope: str, where: str, warnings: list[str]) -> list[Linked]:
        if not self._settings.links:
            return []
        path = f"{where}/links"
        return listed(self._client, path, Linked, scope=scope, warnings=warnings, absent=_NO_TIER)

    def _events(
        self,
        issue: Issue,
        scope: str,
        where: str,
        warnings: list[str],
        *,
        milestones: bool,
        iterations: bool,
    ) -> Iterator[Event]:
        """Ask for what happened to an issue, as far as there can be anything.

        An issue that never changed since it was opened has never been closed.
        """
        if not self._settings.history:
            return
        asked = {
            "resource_state_events": issue.updated_at > issue.created_at,
            "resource_milestone_events": milestones,
            "resource_iteration_events": iterations,
        }
        for kind in (name for name, worthwhile in asked.items() if worthwhile):
            yield from listed(
                self._client,
                f"{where}/{kind}",
                Event,
                scope=scope,
                warnings=warnings,
                absent=_NO_TIER,
            )


def _fresh(page: Page[_D], position: Position) -> tuple[list[_D], Position]:
    """Leave out what is stored already, and say where a walk goes on behind a page."""
    seen = position.seen
    fresh = [one for one in page.entries if seen.get(str(one.id)) != stamp(one.updated_at)]
    marks = seen | {str(one.id): stamp(one.updated_at) for one in page.entries}
    since = page.since
    marks = {one: at for one, at in marks.items() if since and at >= stamp(since)}
    known = marks if page.last and len(marks) <= MAX_SEEN else {}
    return fresh, replace(position, since=since, seen=known)
