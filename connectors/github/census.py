"""Which issues a repository still lists, and what became of one that it does not.

GitHub answers 410 for a deleted issue, 301 for one that was transferred (it has another id there),
and 404 for one that the account may not see.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from msgspec import Struct

from slipwatch.aggregator.connector import Listed, Skip
from slipwatch.aggregator.records import Absence, LinkKind, Presence

from ..answers import Answer
from ..http import PageGuard
from ..portions import portions
from .client import MOVED, PAGE, GitHubClient, next_page
from .convert import Reading, repository_of
from .payloads import Issue
from .walk import decode

_ALL = {"state": "all", "sort": "created", "direction": "asc", "per_page": str(PAGE)}
_REFUSED = {404: Presence.INVISIBLE, 410: Presence.GONE}
_HOPS = 4


class _Listed(Struct, frozen=True):
    id: int
    number: int
    pull_request: Any = None
    sub_issues_summary: Any = None
    issue_dependencies_summary: Any = None


class _Repository(Struct, frozen=True):
    has_issues: bool = True


def listing(
    client: GitHubClient, scope: str, base: str, reading: Reading
) -> Iterator[dict[str, Listed | None]]:
    """List a repository's issues and pull requests by id; none where they are switched off.

    In the order of their creation, so that new ones come at the end. ``base`` is where it answers:
    its name may be another repository's by now. Those that are not kept come as None.
    """
    guard = PageGuard(f"{scope}: the list of issues")
    answer, _ = client.get_list(base, "/issues", _ALL, scope=scope, accept={410})
    while answer.status != 410:
        yield {
            str(one.id): _said(one, scope) if reading.keeps(one.pull_request) else None
            for one in decode(answer, list[_Listed], scope)
        }
        following = next_page(answer)
        if following is None:
            return
        answer = client.get(guard.check(following), scope=scope, accept={410})


def _said(issue: _Listed, scope: str) -> Listed:
    """Count sub-issues and what an issue waits for, as far as the server sums them up.

    Pull requests have neither.
    """
    counts = {
        LinkKind.PARENT: _count(issue.sub_issues_summary, "total"),
        LinkKind.BLOCKS: _count(issue.issue_dependencies_summary, "total_blocked_by"),
    }
    told = {kind: count for kind, count in counts.items() if count is not None}
    return Listed(key=f"{scope}#{issue.number}", links=told if issue.pull_request is None else {})


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
