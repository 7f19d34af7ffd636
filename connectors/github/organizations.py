"""Organizations and the repositories that they stand for."""

from collections.abc import Iterator, Sequence

from slipwatch.aggregator.connector import Retry, Skip

from ..http import PageGuard
from .client import PAGE, GitHubClient, next_page
from .payloads import Repository
from .settings import Organization
from .walk import decode


class Expansion:
    """The repositories of some organizations as of the last time they were listed.

    An organization that cannot be listed stays in the place of its repositories, as a scope
    that cannot be read: the others do not depend on it, and it does not go unnoticed.
    """

    def __init__(self, client: GitHubClient, organizations: Sequence[str | Organization]) -> None:
        self._client = client
        self._organizations = [
            one if isinstance(one, Organization) else Organization(name=one)
            for one in organizations
        ]

    def scopes(self) -> Iterator[str]:
        """List the repositories to read; raises ``Stop``, and ``Retry`` for a used-up limit."""
        for organization in self._organizations:
            try:
                yield from list(self._repositories(organization))
            except (Retry, Skip) as error:
                if isinstance(error, Retry) and error.retry_at is not None:
                    raise
                yield organization.name

    def check(self, scope: str) -> None:
        """Raise why a scope that is an organization cannot be read: whoever listed it knew it."""
        if "/" in scope:
            return
        for organization in self._organizations:
            if organization.name == scope:
                list(self._repositories(organization))
        raise Skip(f"{scope}: its repositories could not be listed; the next sync tries again")

    def _repositories(self, organization: Organization) -> Iterator[str]:
        """Archived repositories hold no work; disabled ones cannot be read."""
        name = organization.name
        guard = PageGuard(f"{name}: the list of repositories")
        answer = self._client.get(f"/orgs/{name}/repos", {"per_page": str(PAGE)}, scope=name)
        while True:
            for repository in decode(answer, list[Repository], name):
                gone = repository.archived or repository.disabled
                if not gone and organization.chooses(repository.full_name.partition("/")[2]):
                    yield repository.full_name
            following = next_page(answer)
            if following is None:
                return
            answer = self._client.get(guard.check(following), scope=name)
