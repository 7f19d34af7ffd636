"""Pulls issues, milestones and iterations of GitLab projects, and epics of groups."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from slipwatch.aggregator.connector import Context, Delivery, FoundScope, Listed, Site, Skip
from slipwatch.aggregator.records import Absence, Batch, Cursor, Presence

from ..labels import words_of
from . import convert, explore, hooks, moves
from .client import GitLabClient, decode
from .payloads import Group, Identified, Issue, Project
from .pull import EPICS, ISSUES, NO_TIER, Pull, Walked
from .settings import GitLabSettings
from .settings import Group as GroupSettings
from .walk import Dated, Position, listed

_CONVERSION = 2
"""Raised when records come to hold more, so that everything is read again."""

_PLANNER = 15

_D = TypeVar("_D", bound=Dated)


class GitLabConnector:
    """One GitLab, read by one account; a project is a scope, and so is a group with its epics."""

    def __init__(self, name: str, settings: GitLabSettings, context: Context) -> None:
        self._name = name
        self._settings = settings
        self._context = context
        self._client = GitLabClient(name, settings, context)
        groups = [group.path for group in settings.whole_groups]
        self._names = {path.casefold(): path for path in (*settings.projects, *groups)}
        self._groups = frozenset(map(str.casefold, groups))
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
        """Name the projects listed, the groups, and the projects that the groups have today.

        A group that is not there is a scope all the same: its pull says so, and the others do
        not depend on it. Of one that is there and does not list its projects nobody else would
        tell: raises ``Skip``.
        """
        found = {path.casefold(): path for path in self._settings.projects}
        for group in self._settings.whole_groups:
            found.setdefault(group.path.casefold(), group.path)
            try:
                where = self._client.find("groups", group.path, Group)
            except Skip:
                continue
            for path in self._inside(group, where):
                found.setdefault(path.casefold(), path)
        self._names.update(found)
        return tuple(found.values())

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield all milestones and iterations, then the issues or epics that changed.

        Milestones and iterations come whole every time: their dates have no history, and moving
        one touches no issue.
        """
        position, base = self._open(scope, Position.of(cursor, reads=self._reads))
        pull = self._pull(scope, base)
        yield from pull.group(position) if self._is_group(scope) else pull.project(position)

    def convert(self, payload: object) -> Batch:
        """Convert recorded answers of the REST API: objects, lists or pages."""
        return convert.convert(payload, self._reading)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ids(self, scope: str) -> Iterator[frozenset[str]]:
        """Yield the ids of a project's issues, or of a group's epics, in order of creation."""
        return map(frozenset, self.listing(scope))

    def listing(self, scope: str) -> Iterator[Mapping[str, Listed | None]]:
        """Yield them with what they are called, and the epics they are in.

        GitLab's lists tell of no links.
        """
        _, base = self._open(scope, Position(reads=self._reads))
        if self._is_group(scope):
            yield from self._listing(EPICS, scope, base, lambda _epic: None)
        else:
            yield from self._listing(
                ISSUES, scope, base, lambda issue: convert.parent_of(issue, self._reading)
            )

    def read(self, scope: str, items: Mapping[str, str], cursor: Cursor | None) -> Iterator[Batch]:
        """Yield issues or epics by their numbers, each read by itself."""
        position, base = self._open(scope, Position.of(cursor, reads=self._reads))
        pull = self._pull(scope, base)
        numbers = {item: _number(key) for item, key in items.items()}
        yield from (pull.epics if self._is_group(scope) else pull.issues)(position, numbers)

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
            answer = self._client.get(f"{where}/{_number(key)}", scope=scope, accept=NO_TIER)
            if answer.status == 200 and self._is_group(scope):
                decode(answer, Identified, scope)
            elif answer.status == 200:
                yield from moves.left_of(
                    self._client, scope, [decode(answer, Issue, scope)], self._reading
                )
            elif answer.status in NO_TIER:
                yield Absence(
                    item=item,
                    presence=Presence.GONE if sees_all else Presence.INVISIBLE,
                    at=self._context.now(),
                )

    def identify(self) -> Site:
        """Say which GitLab answers there and who is asking."""
        return explore.identify(self._client, self._settings.url)

    def explore(self, groups: Sequence[str] = ()) -> Iterator[FoundScope]:
        """Yield the projects that the account is a member of, or those of groups."""
        return explore.projects(self._client, groups)

    def look(self, scope: str) -> FoundScope:
        """Look into a project."""
        return explore.look(self._client, scope)

    def sample(self, scope: str, milestones: Sequence[str], requests: int) -> Batch:
        """Read some open issues of a project's milestones."""
        return explore.sample(self._client, scope, milestones, requests, self._reading)

    def receive(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Verify a webhook's signature or token, and read what it says."""
        hooks.verify(self._settings, headers, body, now=self._context.now())
        return hooks.read(headers, body, self._names)

    def _inside(self, group: GroupSettings, where: Group) -> Iterator[str]:
        """Name the living projects of a group, of its subgroups too, that its patterns choose."""
        query = {"include_subgroups": "true", "archived": "false", "with_shared": "false"}
        for project in listed(
            self._client,
            f"/groups/{where.id}/projects",
            Project,
            scope=group.path,
            warnings=[],
            query=query | {"order_by": "id", "sort": "asc"},
        ):
            path = project.path_with_namespace
            if group.chooses(path[len(where.full_path) + 1 :]):
                yield path

    def _pull(self, scope: str, base: str) -> Pull:
        return Pull(
            client=self._client,
            settings=self._settings,
            reading=self._reading,
            names=self._names,
            scope=scope,
            base=base,
            now=self._context.now(),
        )

    def _listing(
        self,
        walked: Walked[_D],
        scope: str,
        base: str,
        parent: Callable[[_D], str | None],
    ) -> Iterator[Mapping[str, Listed | None]]:
        now = self._context.now()
        for page in walked.walk(self._client, base, scope=scope, now=now, by="created"):
            yield {
                f"{walked.prefix}{one.id}": Listed(
                    key=f"{scope}{walked.mark}{one.iid}", parent=parent(one)
                )
                for one in page.entries
                if not one.has_left
            }

    def _is_group(self, scope: str) -> bool:
        return scope.casefold() in self._groups

    def _open(self, scope: str, position: Position) -> tuple[Position, str]:
        """Find a project or group, a project by its id where that is known: paths change.

        A group is asked for by its path every time: one whose projects could not be named for it
        has to say so here.
        """
        self._names.setdefault(scope.casefold(), scope)
        kind = "groups" if self._is_group(scope) else "projects"
        if position.id is None or kind == "groups":
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


def _number(key: str) -> str:
    """Give the number within a project or group: of ``acme/api#7`` it is 7."""
    return key[max(key.rfind("#"), key.rfind("&")) + 1 :]
