"""Pulls issues, pull requests, milestones and projects of GitHub."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

from slipwatch.aggregator.connector import (
    Context,
    Delivery,
    Followed,
    FoundScope,
    LeftScope,
    Listed,
    Site,
    SourceError,
    WrongSite,
)
from slipwatch.aggregator.records import Absence, Batch, Cursor

from ..labels import words_of
from . import census, convert, explore, hooks, recorded, single
from .client import GitHubClient
from .fields import FieldNames
from .graphql import GraphQL
from .guide import ENTERPRISE
from .kit import Kit
from .organizations import Expansion, Place
from .projects import NO_PLAN, Plan, read_plan
from .pull import Pull
from .settings import REGISTER, GitHubSettings

_READS = "3"
"""Raised when more is read of an issue or its history than before: all is then read anew."""

_PLAN_LASTS = timedelta(minutes=1)
"""So long a plan that was read for one repository serves for the next."""


class GitHubConnector:
    """Repositories of one GitHub, read by one account; one repository is one scope."""

    def __init__(self, name: str, settings: GitHubSettings, context: Context) -> None:
        self._name = name
        self._settings = settings
        self._context = context
        self._client = GitHubClient(name, settings, context)
        self._expansion = Expansion(self._client, settings.organizations, settings.repositories)
        self._plan: tuple[datetime, Plan] | None = None
        self._kit = _kit(name, settings, self._client, context.approvals)

    @property
    def name(self) -> str:
        """The source's name in slipwatch.yaml."""
        return self._name

    def scopes(self) -> Sequence[str]:
        """Name the repositories: those listed, then those that organizations have today."""
        self._plan = None
        found = {name.casefold(): name for name in self._settings.repositories}
        for name in self._expansion.scopes():
            found.setdefault(name.casefold(), name)
        return tuple(found.values())

    def follow(
        self, cursors: Iterable[tuple[str, Cursor]], named: Sequence[str] | None
    ) -> Followed:
        """Name the repositories by what they were read as first, and those that are not there."""
        if named is not None and not self._settings.organizations:
            return Followed(scopes=tuple(named))
        for scope, place in self._expansion.recall(cursors).items():
            if place.name is not None:
                self._kit.names.setdefault(place.name.casefold(), scope)
        if named is not None:
            return Followed(scopes=tuple(dict.fromkeys(map(self._expansion.called, named))))
        scopes = list(self.scopes())
        left: dict[str, LeftScope] = {}
        for scope, became in self._expansion.left(scopes):
            if became is None:
                scopes.append(scope)
            else:
                left[scope] = became
        return Followed(scopes=tuple(scopes), left=left)

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield all milestones, then the issues that changed, oldest change first.

        Without changes it costs one request each, and those that configured projects take.
        Milestones come whole every time: their dates have no history, and moving one does not
        touch its issues.
        """
        self._expansion.check(scope)
        self._kit.graphql.forgive()
        plan = self._planned()
        now = self._context.now()
        base = Place.of(cursor).base or self._expansion.known(scope)
        if base is None and self._expansion.stands_for(scope):
            base = self._expansion.locate(scope)
        yield from Pull(self._kit, scope, cursor, plan, now=now, base=base).batches()

    def convert(self, payload: object) -> Batch:
        """Convert recorded answers of the REST API: objects, lists or pages."""
        return recorded.convert(payload, self._kit.reading)

    def ids(self, scope: str) -> Iterator[frozenset[str]]:
        """List the ids of a repository's issues and pull requests."""
        return census.ids(self._client, scope, self._base(scope))

    def listing(self, scope: str) -> Iterator[Mapping[str, Listed | None]]:
        """List them with their parents, sub-issues, blockers and the dates of their own fields.

        Whether a change of those is one of the issue's ``updated_at`` is not documented; those who
        measured it found that it is not.
        """
        return census.listing(self._kit, scope, self._base(scope))

    def read(self, scope: str, items: Mapping[str, str], cursor: Cursor | None) -> Iterator[Batch]:
        """Yield issues by their numbers, each read by itself."""
        now, base = self._context.now(), self._base(scope)
        return single.read(self._kit, scope, items, cursor, now=now, base=base)

    def locate(self, scope: str, items: Mapping[str, str]) -> Iterator[Absence]:
        """Find out what became of issues that their repository lists no more."""
        reading, now = self._kit.reading, self._context.now
        base = self._base(scope)
        return census.locate(self._client, scope, items, base=base, reading=reading, now=now)

    def identify(self) -> Site:
        """Say which GitHub answers there and who is asking."""
        url = self._settings.url
        try:
            return explore.identify(self._client, url)
        except WrongSite:
            # A gateway to github.com has no path, and nothing in its address says so.
            above = url.removesuffix(ENTERPRISE)
            site = self._identify_at(above) if above != url else None
            if site is None:
                raise
            return replace(site, settings={"url": above})

    def _identify_at(self, url: str) -> Site | None:
        settings = self._settings.model_copy(update={"url": url})
        with closing(GitHubClient(self._name, settings, self._context)) as client:
            try:
                return explore.identify(client, url)
            except SourceError:
                return None

    def explore(self, groups: Sequence[str] = ()) -> Iterator[FoundScope]:
        """Yield the repositories that the account sees, or those of organizations."""
        return explore.repositories(self._client, groups)

    def look(self, scope: str) -> FoundScope:
        """Look into a repository."""
        return explore.look(self._client, scope)

    def sample(self, scope: str, milestones: Sequence[str], requests: int) -> Batch:
        """Read some open issues of a repository's milestones."""
        return explore.sample(self._client, scope, milestones, requests, self.convert)

    def receive(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Verify and read a webhook's delivery."""
        now = self._context.now()
        return hooks.receive(self._settings, self._kit.names, headers, body, now=now)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _base(self, scope: str) -> str:
        return self._expansion.known(scope) or f"/repos/{scope}"

    def _planned(self) -> Plan:
        """Give what projects say; one reading serves the repositories of one sync."""
        if not self._settings.projects:
            return NO_PLAN
        now = self._context.now()
        if self._plan is None or now - self._plan[0] > _PLAN_LASTS:
            plan = read_plan(self._client, self._settings.projects, now.date())
            self._plan = now, plan
        return self._plan[1]


def _kit(
    name: str, settings: GitHubSettings, client: GitHubClient, approvals: frozenset[str]
) -> Kit:
    names = {repository.casefold(): repository for repository in settings.repositories}
    fields = FieldNames(client)
    purposes = {
        wanted.casefold(): REGISTER + purpose
        for purpose, wanted in settings.fields.register_.named().items()
    } | {
        wanted.casefold(): purpose
        for purpose in ("points", "end", "start")
        if (wanted := getattr(settings.fields, purpose)) is not None
    }
    reads = (
        settings.blocked_labels,
        settings.pull_requests,
        purposes,
        settings.projects,
        settings.cross_references,
        _READS,
    )
    return Kit(
        client=client,
        graphql=GraphQL(
            client, name, only=settings.api == "graphql", mentions=settings.cross_references
        ),
        reading=convert.Reading(
            blocked_labels=words_of(settings.blocked_labels),
            pull_requests=settings.pull_requests,
            fields=purposes,
            field_names=fields.names,
            names=names,
        ),
        names=names,
        fields=fields,
        reads=hashlib.sha256(repr(reads).encode()).hexdigest()[:12],
        cross_references=settings.cross_references,
        always_graphql=settings.api == "graphql",
        never_graphql=settings.api == "rest",
        plans_elsewhere=bool(settings.projects),
        approvals=frozenset(map(str.casefold, approvals))
        if settings.pull_requests != "skip"
        else frozenset(),
    )
