"""Issue fields: what an organization's fields are called, where issues name them by id alone."""

from collections.abc import Mapping, Sequence

from .client import GitHubClient
from .payloads import Issue, IssueField
from .walk import decode

_UNKNOWN = frozenset({403, 404, 405, 410, 422, 501})


class FieldNames:
    """Names of issue fields by id, learnt when they are needed, once per organization."""

    def __init__(self, client: GitHubClient) -> None:
        self._client = client
        self._asked: set[str] = set()
        self._names: dict[int, str] = {}

    @property
    def names(self) -> Mapping[int, str]:
        """Names by id, as far as they are known."""
        return self._names

    def learn(self, scope: str, issues: Sequence[Issue]) -> tuple[str, ...]:
        """Ask for the names that some issues need; returns a warning where they stay unknown.

        Raises ``Retry`` or ``Skip`` for what may pass: nobody would read the issues again for the
        sake of their fields.
        """
        owner = scope.partition("/")[0]
        missing = any(
            value.issue_field_name is None and value.issue_field_id not in self._names
            for issue in issues
            for value in issue.issue_field_values or ()
        )
        if not missing or owner in self._asked:
            return ()
        answer = self._client.get(f"/orgs/{owner}/issue-fields", scope=owner, accept=_UNKNOWN)
        if answer.status in _UNKNOWN:
            self._asked.add(owner)
            said = f"answered {answer.status}"
            return (f"{owner}: issue fields are not read, since their names are unknown: {said}",)
        found = decode(answer, list[IssueField], owner)
        self._names |= {one.id: one.name for one in found}
        self._asked.add(owner)
        return ()
