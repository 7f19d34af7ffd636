"""Which issues a repository still lists, and what became of one that it does not.

GitHub answers 410 for a deleted issue, 301 for one that was transferred (it has another id there),
and 404 for one that the account may not see.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, cast

from msgspec import Struct, ValidationError, convert

from slipwatch.aggregator.connector import Listed, Skip
from slipwatch.aggregator.records import Absence, LinkKind, Presence

from ..answers import Answer
from ..http import PageGuard
from ..portions import portions
from .client import MOVED, PAGE, GitHubClient, next_page
from .convert import Reading, key_of, parent_in, planned_by, repository_of
from .graphql import NOTHING
from .kit import Kit
from .payloads import FieldValue, Issue, Reference
from .walk import collect, decode

_ALL = {"state": "all", "sort": "created", "direction": "asc", "per_page": str(PAGE)}
_REFUSED = {404: Presence.INVISIBLE, 410: Presence.GONE}
_HOPS = 4


class _Listed(Struct, frozen=True, gc=False):
    id: int
    number: int
    node_id: str | None = None
    pull_request: Any = None
    parent_issue_url: Any = None
    sub_issues_summary: Any = None
    issue_dependencies_summary: Any = None
    issue_field_values: Any = None

    def counts(self) -> dict[LinkKind, int]:
        """Count sub-issues and what it waits for, as far as the server sums them up.

        Pull requests have neither.
        """
        if self.pull_request is not None:
            return {}
        counts = {
            LinkKind.PARENT: _count(self.sub_issues_summary, "total"),
            LinkKind.BLOCKS: _count(self.issue_dependencies_summary, "total_blocked_by"),
        }
        return {kind: count for kind, count in counts.items() if count is not None}


_NOBODY = frozenset[str]()
_LISTS = {LinkKind.PARENT: "sub_issues", LinkKind.BLOCKS: "dependencies/blocked_by"}


class _Repository(Struct, frozen=True):
    has_issues: bool = True


def ids(client: GitHubClient, scope: str, base: str) -> Iterator[frozenset[str]]:
    """List a repository's issues and pull requests by id; none where they are switched off.

    In the order of their creation, so that new ones come at the end. ``base`` is where it answers:
    its name may be another repository's by now.
    """
    for issues, _ in _pages(client, scope, base):
        yield frozenset(str(one.id) for one in issues)


def listing(kit: Kit, scope: str, base: str) -> Iterator[dict[str, Listed | None]]:
    """List them with their links; those that are not kept come as None.

    Issues without any cost nothing. The others take GraphQL one request for a hundred of them,
    and REST one for each list.
    """
    waiting: list[_Listed] = []
    for issues, where in _pages(kit.client, scope, base):
        base = where
        told: dict[str, Listed | None] = {}
        for one in issues:
            counts = one.counts()
            if any(counts.values()):
                waiting.append(one)
            else:
                told[str(one.id)] = _said(kit, one, scope, dict.fromkeys(counts, _NOBODY))
        yield told
        while len(waiting) >= PAGE:
            yield _linked(kit, scope, base, waiting[:PAGE])
            del waiting[:PAGE]
    yield _linked(kit, scope, base, waiting)


def _pages(client: GitHubClient, scope: str, base: str) -> Iterator[tuple[list[_Listed], str]]:
    """Yield issues with where their repository answers."""
    guard = PageGuard(f"{scope}: the list of issues")
    answer, base = client.get_list(base, "/issues", _ALL, scope=scope, accept={410})
    while answer.status != 410:
        yield decode(answer, list[_Listed], scope), base
        following = next_page(answer)
        if following is None:
            return
        answer = client.get(guard.check(following), scope=scope, accept={410})


def _linked(kit: Kit, scope: str, base: str, issues: Sequence[_Listed]) -> dict[str, Listed | None]:
    """Name what up to a hundred issues are linked to, one of them at least to something."""
    named = [one.node_id for one in issues if one.node_id]
    came = {} if kit.never_graphql else kit.graphql.links(named, scope)
    found: dict[str, Listed | None] = {}
    for issue in issues:
        nested = came.get(issue.node_id or "", NOTHING)
        given = {LinkKind.PARENT: nested.children, LinkKind.BLOCKS: nested.blockers}
        links: dict[LinkKind, frozenset[str]] = {}
        for kind, count in issue.counts().items():
            others = given[kind] if count else []
            if others is None:
                path = f"{base}/issues/{issue.number}/{_LISTS[kind]}"
                others = collect(kit.client, scope, path, Reference, [])
            if others is not None:
                links[kind] = frozenset(key_of(one, scope, kit.reading) for one in others)
        found[str(issue.id)] = _said(kit, issue, scope, links)
    return found


def _said(
    kit: Kit, issue: _Listed, scope: str, links: dict[LinkKind, frozenset[str]]
) -> Listed | None:
    reading = kit.reading
    if not reading.keeps(issue.pull_request):
        return None
    url = issue.parent_issue_url
    planned = None
    if isinstance(issue.issue_field_values, list) and not kit.plans_elsewhere:
        with suppress(ValidationError):
            values = convert(issue.issue_field_values, list[FieldValue])
            planned = planned_by(values, reading)
    return Listed(
        key=f"{scope}#{issue.number}",
        parent=parent_in(url if isinstance(url, str) else None, reading),
        links=links,
        planned=planned,
    )


def _count(summary: object, name: str) -> int | None:
    if not isinstance(summary, dict):
        return None
    count = cast("dict[str, object]", summary).get(name)
    return count if isinstance(count, int) else None


def locate(
    client: GitHubClient,
    scope: str,
    issues: Mapping[str, str],
    *,
    base: str,
    reading: Reading,
    now: Callable[[], datetime],
) -> Iterator[Absence]:
    """Ask for issues one by one, by number.

    A refusal counts only as long as the repository itself can be read, and has its issues on.
    """
    for portion in portions(sorted(issues)):
        base = _repository(client, scope, base)
        refused: list[Absence] = []
        for issue in portion:
            answer = _follow(client, scope, f"{base}/issues/{issues[issue].rpartition('#')[2]}")
            if answer.status == 200:
                found = decode(answer, Issue, scope)
                if str(found.id) != issue:
                    key = reading.key(repository_of(found), found.number)
                    yield Absence(item=issue, presence=Presence.MOVED, at=now(), moved_to=key)
            elif answer.status in MOVED:
                yield Absence(item=issue, presence=Presence.MOVED, at=now())
            else:
                became = _REFUSED[answer.status]
                refused.append(Absence(item=issue, presence=became, at=now()))
        if refused:
            _repository(client, scope, base)
            yield from refused


def _repository(client: GitHubClient, scope: str, base: str) -> str:
    """Find where a repository answers; raises ``Skip`` where its issues cannot be read at all."""
    answer, base = client.get_list(base, "", {}, scope=scope)
    if not decode(answer, _Repository, scope).has_issues:
        raise Skip(f"{scope}: issues are switched off")
    return base


def _follow(client: GitHubClient, scope: str, path: str) -> Answer:
    """Get an issue wherever it was transferred to.

    Where the trail leads to what cannot be seen, its last redirect is the answer.
    """
    answer = client.get(path, scope=scope, accept={*MOVED, *_REFUSED})
    for _ in range(_HOPS):
        target = answer.headers.get("location")
        if answer.status not in MOVED or not target:
            break
        following = client.get(target, scope=scope, accept={*MOVED, *_REFUSED})
        if following.status in _REFUSED:
            break
        answer = following
    return answer
