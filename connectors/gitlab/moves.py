"""Where issues went that were moved to another project.

GitLab closes the original and copies it, under another id, to the other project. The original
tells that id and nothing more; what the copy is called, only GraphQL says.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC

from msgspec import Struct

from slipwatch.aggregator.records import Absence, Presence

from ..portions import portions
from .client import GitLabClient, decode
from .convert import Reading
from .payloads import Issue

_UNTOLD = frozenset({403, 404})


class _Found(Struct, frozen=True):
    reference: str


class _Answer(Struct, frozen=True):
    data: dict[str, _Found | None] | None = None


def left_of(
    client: GitLabClient, scope: str, issues: Sequence[Issue], reading: Reading
) -> Iterator[Absence]:
    """Tell what became of the issues that were moved away, and where to.

    A copy that the account may not see has no name here.
    """
    left = [issue for issue in issues if issue.has_left]
    names = _names(client, scope, [str(issue.moved_to_id) for issue in left])
    for issue in left:
        name = names.get(str(issue.moved_to_id))
        yield Absence(
            item=str(issue.id),
            presence=Presence.MOVED,
            at=(issue.closed_at or issue.updated_at).astimezone(UTC),
            moved_to=None if name is None else reading.key(name),
        )


def _names(client: GitLabClient, scope: str, ids: Sequence[str]) -> dict[str, str]:
    """Name issues by id, as far as the account may see them: ``acme/api#7``.

    In portions, since GraphQL bounds what one query may ask for.
    """
    found: dict[str, str] = {}
    for portion in portions(ids):
        fields = " ".join(
            f'i{one}: issue(id: "gid://gitlab/Issue/{one}") {{ reference(full: true) }}'
            for one in dict.fromkeys(portion)
        )
        answer = client.query(f"{{ {fields} }}", scope=scope, accept=_UNTOLD)
        if answer.status not in _UNTOLD:
            told = decode(answer, _Answer, scope).data or {}
            found |= {one[1:]: copy.reference for one, copy in told.items() if copy is not None}
    return found
