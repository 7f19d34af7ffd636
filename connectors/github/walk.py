"""Pages of GitHub's lists, and where a walk through a repository's issues stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast
from urllib.parse import parse_qs, urlsplit

import msgspec

from slipwatch.aggregator.connector import Skip
from slipwatch.aggregator.records import Cursor

from ..http import Answer, PageGuard
from .client import MOVED, PAGE, GitHubClient, next_page
from .payloads import Issue, Reference, Time

_T = TypeVar("_T")

SETTLED = timedelta(minutes=5)
"""Changes that are younger may still be on their way into GitHub's lists."""

MAX_SEEN = 1000
_SECOND = timedelta(seconds=1)
_GONE = frozenset({404, 410, *MOVED})


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a cursor says: where the next walk begins."""

    since: Time | None = None
    reads: str = ""
    """Which settings it was read with; others need everything anew."""
    base: str | None = None
    """Where the repository answers, if it was renamed or transferred: ``/repositories/7``."""
    name: str | None = None
    """Its name there, if it is not the configured one."""
    seen: dict[str, str] = {}
    """Issues from ``since`` on that are stored already, by id: see ``mark``."""

    @classmethod
    def of(cls, cursor: Cursor | None) -> "Position":
        """Read a cursor; one that cannot be read means a walk from the start."""
        try:
            return msgspec.convert(dict(cursor or {}), cls)
        except msgspec.ValidationError:
            return cls()

    def cursor(self) -> Cursor:
        """Write a cursor."""
        return cast("dict[str, object]", msgspec.to_builtins(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of issues, oldest change first."""

    issues: list[Issue]
    base: str
    since: datetime | None
    """Where a later walk may begin once this page and those before it are stored."""
    last: bool


def issue_pages(
    client: GitHubClient, scope: str, base: str, since: datetime | None, now: datetime
) -> Iterator[Page]:
    """Walk through the issues that changed since a time, in the order of their changes.

    Yields nothing where issues are switched off. An issue that changes during the walk moves to
    its end and comes again. With numbered pages all behind it move up by one, and the first of
    the next page would be missed: there each page is asked for anew, by the time the last one
    ended with, as far as more than one page's worth did not change within the same second.
    ``now`` stands in for a server that does not tell its time.
    """
    guard = PageGuard(f"{scope}: the list of issues")
    answer, base = _first(client, scope, base, since)
    began = answer.server_time or now
    newest: datetime | None = None
    while answer.status != 410:
        issues = decode(answer, list[Issue], scope)
        newest = max((one.updated_at for one in issues), default=newest)
        following = next_page(answer)
        if following is None:
            after = next_since(newest, began) if newest is not None else since
            yield Page(issues=issues, base=base, since=after, last=True)
            return
        # A second is held back: others may have changed within the last one's.
        reached = issues[-1].updated_at - _SECOND if issues else since
        yield Page(issues=issues, base=base, since=reached, last=False)
        numbered = "after" not in parse_qs(urlsplit(following).query)
        if numbered and reached is not None and (since is None or reached > since):
            since = reached
            answer, base = _first(client, scope, base, since)
        else:
            answer = client.get(guard.check(following), scope=scope)


def related(client: GitHubClient, scope: str, path: str) -> list[Reference]:
    """Collect a list about one issue; an issue that is gone or went elsewhere has none."""
    guard = PageGuard(f"{scope}: {path}")
    found: list[Reference] = []
    answer = client.get(path, {"per_page": str(PAGE)}, scope=scope, accept=_GONE)
    while answer.status not in _GONE:
        found += decode(answer, list[Reference], scope)
        following = next_page(answer)
        if following is None:
            break
        answer = client.get(guard.check(following), scope=scope, accept=_GONE)
    return found


def decode(answer: Answer, kind: type[_T], scope: str) -> _T:
    """Read an answer; raises ``Skip`` for one that is not of its kind, naming where."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.DecodeError as error:
        raise Skip(f"{scope}: GitHub sent something unexpected: {error}") from None


def mark(issue: Issue) -> str:
    """Sum up a version of an issue; begins with the time of its change.

    Whether a new sub-issue or dependency counts as a change of the issue is not documented,
    so their numbers are part of it.
    """
    return f"{stamp(issue.updated_at)} {issue.sub_issues} {issue.blockers}"


def stamp(at: datetime) -> str:
    """Write a time as GitHub does; times written so sort like times."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def changed_since(since: datetime | None, seen: dict[str, str]) -> dict[str, str]:
    """Keep the marks of issues that a walk from then on shows again."""
    return {n: version for n, version in seen.items() if since and version >= stamp(since)}


def next_since(newest: datetime, server_time: datetime) -> datetime:
    """Say where the next walk has to begin, by the server's clock.

    Behind the newest change once that is settled; else early enough to see late ones. A clock
    behind the changes themselves is not believed: everything since would be read every time.
    """
    edge = max(server_time, newest) - SETTLED
    return newest + _SECOND if newest < server_time - SETTLED else edge


def _first(
    client: GitHubClient, scope: str, base: str, since: datetime | None
) -> tuple[Answer, str]:
    query = {
        "state": "all",
        "sort": "updated",
        "direction": "asc",
        "per_page": str(PAGE),
    }
    if since is not None:
        query["since"] = stamp(since)
    return client.get_list(base, "/issues", query, scope=scope, accept={410})
