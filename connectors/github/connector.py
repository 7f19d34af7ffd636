"""Pulls issues, pull requests and milestones of GitHub repositories."""

import hashlib
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from slipwatch.aggregator.connector import Context, FoundScope, Site
from slipwatch.aggregator.records import Batch, Cursor, Item, Link

from ..http import Answer, PageGuard
from . import convert, explore
from .client import PAGE, GitHubClient, next_page
from .payloads import Issue, Milestone, Reference, Repository
from .settings import GitHubSettings
from .walk import (
    MAX_SEEN,
    Position,
    changed_since,
    decode,
    issue_pages,
    mark,
    related,
)

_MILESTONES = {"state": "all", "per_page": str(PAGE)}
_GONE = frozenset({404, 410})


class GitHubConnector:
    """Repositories of one GitHub, read by one account; one repository is one scope."""

    def __init__(self, name: str, settings: GitHubSettings, context: Context) -> None:
        self._name = name
        self._settings = settings
        self._context = context
        self._client = GitHubClient(name, settings, context)
        self._names = {repository.casefold(): repository for repository in settings.repositories}
        self._reading = convert.Reading(
            blocked_labels=frozenset(map(convert.plain, settings.blocked_labels)),
            pull_requests=settings.include_pull_requests,
            names=self._names,
        )

        self._reads = hashlib.sha256(
            repr((settings.blocked_labels, settings.include_pull_requests)).encode()
        ).hexdigest()[:12]

    @property
    def name(self) -> str:
        """The source's name in slipwatch.yaml."""
        return self._name

    def scopes(self) -> Sequence[str]:
        """Name the repositories: those listed, then those that organizations have today."""
        found = {name.casefold(): name for name in self._settings.repositories}
        for organization in self._settings.organizations:
            for repository in self._repositories(organization):
                if not (repository.archived or repository.disabled):
                    found.setdefault(repository.full_name.casefold(), repository.full_name)
        return tuple(found.values())

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield all milestones, then the issues that changed, oldest change first.

        Without changes it costs one request each. Milestones come whole every time: their
        dates have no history, and moving one does not touch its issues.
        """
        position = Position.of(cursor)
        if position.reads != self._reads:
            position = replace(position, reads=self._reads, since=None, seen={})
        answer, base, position = self._open(scope, position)
        milestones = self._milestones(answer, scope)
        position = replace(position, base=base if base != _path(scope) else None)
        position = self._named(position, scope, milestones)
        records = tuple(convert.milestone_of(milestone, scope) for milestone in milestones)
        yield Batch(cursor=position.cursor(), milestones=records)
        walked = False
        for batch in self._issues(scope, base, position):
            walked = True
            yield batch
        if not walked:
            warning = f"{scope}: issues are switched off"
            yield Batch(cursor=position.cursor(), warnings=(warning,))

    def convert(self, payload: object) -> Batch:
        """Convert recorded answers of the REST API: objects, lists or pages."""
        return convert.convert(payload, self._reading)

    def identify(self) -> Site:
        """Say which GitHub answers there and who is asking."""
        return explore.identify(self._client, self._settings.url)

    def explore(self, groups: Sequence[str] = ()) -> Iterator[FoundScope]:
        """Yield the repositories that the account sees, or those of organizations."""
        return explore.repositories(self._client, groups)

    def look(self, scope: str) -> FoundScope:
        """Look into a repository."""
        return explore.look(self._client, scope)

    def sample(self, scope: str, milestones: Sequence[str], requests: int) -> Batch:
        """Read some open issues of a repository's milestones."""
        return explore.sample(self._client, scope, milestones, requests, self.convert)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _open(self, scope: str, position: Position) -> tuple[Answer, str, Position]:
        """Ask for milestones where the repository was last found, or else under its name.

        A remembered place may be gone while another repository carries the name: that one is
        read from the start.
        """
        self._names.setdefault(scope.casefold(), scope)
        if position.base is not None:
            answer, base = self._client.get_list(
                position.base, "/milestones", _MILESTONES, scope=scope, accept=_GONE
            )
            if answer.status not in _GONE:
                return answer, base, position
            position = Position(reads=self._reads)
        answer, base = self._client.get_list(_path(scope), "/milestones", _MILESTONES, scope=scope)
        return answer, base, position

    def _milestones(self, answer: Answer, scope: str) -> list[Milestone]:
        guard = PageGuard(f"{scope}: the list of milestones")
        found: dict[int, Milestone] = {}
        while True:
            found |= {one.id: one for one in decode(answer, list[Milestone], scope)}
            following = next_page(answer)
            if following is None:
                return list(found.values())
            answer = self._client.get(guard.check(following), scope=scope)

    def _issues(self, scope: str, base: str, position: Position) -> Iterator[Batch]:
        seen = position.seen
        now = self._context.now()
        for page in issue_pages(self._client, scope, base, position.since, now):
            position = self._named(position, scope, page.issues)
            fresh = {one.id: one for one in page.issues if seen.get(str(one.id)) != mark(one)}
            seen = changed_since(page.since, seen | {str(one.id): mark(one) for one in page.issues})
            known = seen if page.last and len(seen) <= MAX_SEEN else {}
            position = replace(position, since=page.since, seen=known)
            yield self._batch(list(fresh.values()), page.base, scope, position)

    def _batch(self, issues: list[Issue], base: str, scope: str, position: Position) -> Batch:
        items: list[Item] = []
        links: list[Link] = []
        for issue in issues:
            if issue.pull_request is not None and not self._settings.include_pull_requests:
                continue
            items.append(convert.item_of(issue, self._reading))
            links += convert.links_of(
                issue,
                self._reading,
                children=self._related(
                    issue.sub_issues, f"{base}/issues/{issue.number}/sub_issues", scope
                ),
                blockers=self._related(
                    issue.blockers, f"{base}/issues/{issue.number}/dependencies/blocked_by", scope
                ),
            )
        return Batch(cursor=position.cursor(), items=tuple(items), links=tuple(links))

    def _related(self, count: int, path: str, scope: str) -> list[Reference]:
        return related(self._client, scope, path) if count else []

    def _named(
        self, position: Position, scope: str, payloads: Sequence[Issue | Milestone]
    ) -> Position:
        """Learn what GitHub calls a repository today, from what it sent or what a cursor kept."""
        name = convert.repository_of(payloads[0]) if payloads else position.name
        if not name or name.casefold() == scope.casefold():
            return replace(position, name=None) if payloads else position
        self._names[name.casefold()] = scope
        return replace(position, name=name)

    def _repositories(self, organization: str) -> Iterator[Repository]:
        guard = PageGuard(f"{organization}: the list of repositories")
        path = f"/orgs/{organization}/repos"
        answer = self._client.get(path, {"per_page": str(PAGE)}, scope=organization)
        while True:
            yield from decode(answer, list[Repository], organization)
            following = next_page(answer)
            if following is None:
                return
            answer = self._client.get(guard.check(following), scope=organization)


def _path(scope: str) -> str:
    return f"/repos/{scope}"
