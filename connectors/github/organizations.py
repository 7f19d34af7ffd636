"""Organizations and the repositories that they stand for, whatever these are called today."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from slipwatch.aggregator.connector import LeftScope, Retry, Skip
from slipwatch.aggregator.records import Cursor, Presence

from ..http import PageGuard
from .client import PAGE, GitHubClient, next_page
from .payloads import Repository
from .settings import Organization
from .walk import decode

_UNSEEN = frozenset({403, 404, 410, 451})


class Place(msgspec.Struct, frozen=True):
    """What a cursor says of where its repository is, see ``Position``."""

    base: str | None = None
    name: str | None = None

    @classmethod
    def of(cls, cursor: Cursor | None) -> "Place":
        """Read it; one that cannot be read says nothing."""
        try:
            return msgspec.convert(dict(cursor or {}), cls)
        except msgspec.ValidationError:
            return cls()


@dataclass(frozen=True, slots=True)
class _Listed:
    name: str
    base: str | None
    wanted: bool


class Expansion:
    """The repositories of some organizations as of the last time they were listed.

    A repository is the one that it was, by its id, under whatever name: it stays the scope that it
    was read as first. An organization that cannot be listed stays in the place of its
    repositories, as a scope that cannot be read: the others do not depend on it, and it does not
    go unnoticed.
    """

    def __init__(
        self,
        client: GitHubClient,
        organizations: Sequence[str | Organization],
        configured: Collection[str],
    ) -> None:
        self._client = client
        self._organizations = [
            one if isinstance(one, Organization) else Organization(name=one)
            for one in organizations
        ]
        self._configured = {name.casefold() for name in configured}
        self._known: dict[str, Place] = {}
        self._scopes: dict[str, str] = {}
        self._listed: list[_Listed] = []
        self._whole = False

    def recall(self, cursors: Iterable[tuple[str, Cursor]]) -> Mapping[str, Place]:
        """Take in which repository each scope is; give all scopes with their places."""
        self._known = {scope: Place.of(cursor) for scope, cursor in cursors}
        self._scopes = {
            place.base: scope for scope, place in self._known.items() if place.base is not None
        }
        return self._known

    def scopes(self) -> Iterator[str]:
        """List the repositories to read; raises ``Stop``, and ``Retry`` for a used-up limit."""
        self._listed, self._whole = [], True
        unlisted: list[str] = []
        for organization in self._organizations:
            try:
                self._listed += self._repositories(organization)
            except (Retry, Skip) as error:
                if isinstance(error, Retry) and error.retry_at is not None:
                    raise
                self._whole = False
                unlisted.append(organization.name)
        shadowed = self._shadowed()
        for one in self._listed:
            if one.wanted and one not in shadowed:
                yield self._scopes.get(one.base or "", one.name)
        yield from unlisted

    def left(self, scopes: Collection[str]) -> Iterator[tuple[str, LeftScope | None]]:
        """Say what became of scopes that organizations had; None of one that is there after all.

        ``scopes`` are those that are read. Nothing is said where a list did not come.
        """
        if not self._whole:
            return
        read = {scope.casefold() for scope in scopes}
        names = {one.name.casefold() for one in self._listed}
        bases = {one.base for one in self._listed}
        for scope, place in self._known.items():
            if scope.casefold() in read | names or place.base in bases - {None}:
                continue  # archived, or left out by a pattern, if it is not read
            if self.stands_for(scope):
                yield scope, self._became(scope, place)
        for one in self._shadowed():
            yield (
                f"{one.name} ({(one.base or '').rpartition('/')[2]})",
                LeftScope(
                    reason=f"{one.name} is another repository than the one that is read by this "
                    "name and was renamed: write both into repositories, by their new names"
                ),
            )

    def called(self, name: str) -> str:
        """Name the scope of a repository that a webhook named."""
        folded = name.casefold()
        for scope, place in self._known.items():
            if folded in (scope.casefold(), (place.name or "").casefold()):
                return scope
        if not self.stands_for(name):
            return name
        try:
            return self._scopes.get(self.locate(name) or "", name)
        except Skip:
            return name

    def known(self, scope: str) -> str | None:
        """Give where a scope's repository answers, if an earlier pull found out."""
        return self._known.get(scope, Place()).base

    def stands_for(self, scope: str) -> bool:
        """Say whether a scope is read for the sake of an organization alone."""
        owner, _, name = scope.partition("/")
        return scope.casefold() not in self._configured and any(
            name and one.name.casefold() == owner.casefold() and one.chooses(name)
            for one in self._organizations
        )

    def locate(self, scope: str) -> str | None:
        """Find where the repository of that name answers, whatever it will be called."""
        known = next((one.base for one in self._listed if one.name == scope), None)
        if known is not None:
            return known
        answer, _ = self._client.get_list(f"/repos/{scope}", "", {}, scope=scope)
        return _base(decode(answer, Repository, scope))

    def check(self, scope: str) -> None:
        """Raise why a scope that is an organization cannot be read: whoever listed it knew it."""
        if "/" in scope:
            return
        for organization in self._organizations:
            if organization.name == scope:
                list(self._repositories(organization))
        raise Skip(f"{scope}: its repositories could not be listed; the next sync tries again")

    def _shadowed(self) -> list[_Listed]:
        """Find repositories with the name of a scope that is another one, renamed since."""
        names = {one.base: one.name for one in self._listed}
        taken = {
            scope.casefold(): place.base
            for scope, place in self._known.items()
            if place.base in names and place.base is not None
        }
        return [
            one
            for one in self._listed
            if one.wanted and taken.get(one.name.casefold(), one.base) != one.base
        ]

    def _became(self, scope: str, place: Place) -> LeftScope | None:
        owner = scope.partition("/")[0]
        answer, _ = self._client.get_list(
            place.base or f"/repos/{scope}", "", {}, scope=scope, accept=_UNSEEN
        )
        if answer.status in _UNSEEN:
            return LeftScope(
                reason=f"{scope} is none of the repositories of {owner} any more: it was deleted, "
                "or the account may not see it",
                presence=Presence.INVISIBLE,
            )
        name = decode(answer, Repository, scope).full_name
        if self.stands_for(name):
            return None
        return LeftScope(
            reason=f"{scope} is none of the repositories of {owner} any more: it is {name} now",
            presence=Presence.MOVED,
        )

    def _repositories(self, organization: Organization) -> Iterator[_Listed]:
        """Archived repositories hold no work; disabled ones cannot be read."""
        name = organization.name
        guard = PageGuard(f"{name}: the list of repositories")
        answer = self._client.get(f"/orgs/{name}/repos", {"per_page": str(PAGE)}, scope=name)
        while True:
            for one in decode(answer, list[Repository], name):
                chosen = organization.chooses(one.full_name.partition("/")[2])
                wanted = chosen and not (one.archived or one.disabled)
                yield _Listed(one.full_name, _base(one), wanted)
            following = next_page(answer)
            if following is None:
                return
            answer = self._client.get(guard.check(following), scope=name)


def _base(repository: Repository) -> str | None:
    return None if repository.id is None else f"/repositories/{repository.id}"
