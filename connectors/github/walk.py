"""Pages of GitHub's lists, and where a walk through a repository's issues stands."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from slipwatch.aggregator.connector import Skip

from ..answers import Answer
from ..http import PageGuard
from .client import MOVED, PAGE, GitHubClient, next_page
from .payloads import Issue, Numbered

_T = TypeVar("_T")

SETTLED = timedelta(minutes=5)
"""Changes that are younger may still be on their way into GitHub's lists."""

MAX_SEEN = 1000
_SECOND = timedelta(seconds=1)
_GONE = frozenset({404, 410, *MOVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of issues, oldest change first."""

    issues: list[Issue]
    base: str
    since: datetime | None
    """Where a later walk may begin once this page and those before it are stored."""
    last: bool
    etag: str | None = None
    """What asks whether a walk from ``since`` on would show anything else."""


def issue_pages(
    client: GitHubClient,
    scope: str,
    base: str,
    since: datetime | None,
    *,
    now: datetime,
    unread: list[str],
    etag: str | None = None,
) -> Iterator[Page]:
    """Walk through the issues that changed since a time, in the order of their changes.

    Yields nothing where issues are switched off. An issue that changes during the walk moves to
    its end and comes again. With numbered pages all behind it move up by one, and the first of
    the next page would be missed: there each page is asked for anew, by the time the last one
    ended with, as far as more than one page's worth did not change within the same second.
    ``now`` stands in for a server that does not tell its time. With the ``etag`` of an earlier
    walk from the same time on, a server may say that nothing is new. Issues that cannot be read
    are named in ``unread``.
    """
    guard = PageGuard(f"{scope}: the list of issues")
    answer, base = _first(client, scope, base, since, etag)
    if answer.status == 304:
        yield Page(issues=[], base=base, since=since, last=True, etag=etag)
        return
    first = answer.headers.get("etag")
    began = answer.server_time or now
    newest: datetime | None = None
    while answer.status != 410:
        issues = decode_each(answer, Issue, scope, unread)
        newest = max((one.updated_at for one in issues), default=newest)
        following = next_page(answer)
        if following is None:
            after = next_since(newest, began) if newest is not None else since
            etag = first if after == since else None
            yield Page(issues=issues, base=base, since=after, last=True, etag=etag)
            return
        # A second is held back: others may have changed within the last one's.
        reached = issues[-1].updated_at - _SECOND if issues else since
        yield Page(issues=issues, base=base, since=reached, last=False)
        numbered = "after" not in parse_qs(urlsplit(following).query)
        if numbered and reached is not None and (since is None or reached > since):
            since = reached
            answer, base = _first(client, scope, base, since)
        else:
            answer = client.get(guard.check(following), scope=scope, kind=list[Issue])


def collect(
    client: GitHubClient, scope: str, path: str, kind: type[_T], unread: list[str]
) -> list[_T] | None:
    """Collect a list about one issue; empty for one that is gone, None for one that moved."""
    guard = PageGuard(f"{scope}: {path}")
    found: list[_T] = []
    answer = client.get(path, {"per_page": str(PAGE)}, scope=scope, accept=_GONE)
    while answer.status not in _GONE:
        found += decode_each(answer, kind, scope, unread)
        following = next_page(answer)
        if following is None:
            break
        answer = client.get(guard.check(following), scope=scope, accept=_GONE)
    return None if answer.status in MOVED else found


def decode(answer: Answer, kind: type[_T], scope: str) -> _T:
    """Read an answer; raises ``Skip`` for one that is not of its kind, naming where."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.DecodeError as error:
        raise Skip(f"{scope}: GitHub sent something unexpected: {error}") from None


def decode_each(answer: Answer, kind: type[_T], scope: str, unread: list[str]) -> list[_T]:
    """Read a list but for entries that are not of their kind: those are named in ``unread``.

    Raises ``Skip`` for what is no list.
    """
    if answer.data is not None:
        return list[_T](answer.data)
    with suppress(msgspec.DecodeError):
        return msgspec.json.decode(answer.body, type=list[kind])  # type: ignore[valid-type]
    found: list[_T] = []
    for raw in decode(answer, list[msgspec.Raw], scope):
        try:
            found.append(msgspec.json.decode(raw, type=kind))
        except msgspec.ValidationError as error:
            unread.append(f"{_name(raw, scope)} could not be read: {error}")
    return found


def _name(raw: msgspec.Raw, scope: str) -> str:
    try:
        number = msgspec.json.decode(raw, type=Numbered).number
    except msgspec.ValidationError:
        number = None
    return f"{scope}: an entry" if number is None else f"{scope}#{number}"


def mark(issue: Issue) -> str:
    """Sum up a version of an issue; begins with the time of its change.

    Whether a new sub-issue or dependency counts as a change of the issue is not documented,
    so their numbers are part of it.
    """
    return f"{stamp(issue.updated_at)} {issue.sub_issues} {issue.blockers}"


def stamp(at: datetime) -> str:
    """Write a time as GitHub does; times written so sort like times."""
    return f"{at.astimezone(UTC).isoformat(timespec='seconds')[:-6]}Z"


def unknown(issues: Sequence[Issue], seen: Mapping[str, str]) -> list[Issue]:
    """Give the issues that are not stored in this version, each once, as it came last."""
    new = {
        one.id: one for one in issues if str(one.id) not in seen or seen[str(one.id)] != mark(one)
    }
    return list(new.values())


def shown_again(
    since: datetime | None, seen: Mapping[str, str], issues: Sequence[Issue]
) -> dict[str, str]:
    """Give the marks of the issues that a walk from then on shows again, of these and earlier."""
    if since is None:
        return {}
    start, second = stamp(since), since.replace(microsecond=0)
    kept = {number: version for number, version in seen.items() if version >= start}
    return kept | {str(one.id): mark(one) for one in issues if one.updated_at >= second}


def next_since(newest: datetime, server_time: datetime) -> datetime:
    """Say where the next walk has to begin, by the server's clock.

    Behind the newest change once that is settled; else early enough to see late ones. A clock
    behind the changes themselves is not believed: everything since would be read every time.
    """
    edge = max(server_time, newest) - SETTLED
    return newest + _SECOND if newest < server_time - SETTLED else edge


def _first(
    client: GitHubClient,
    scope: str,
    base: str,
    since: datetime | None,
    etag: str | None = None,
) -> tuple[Answer, str]:
    query = {
        "state": "all",
        "sort": "updated",
        "direction": "asc",
        "per_page": str(PAGE),
    }
    if since is not None:
        query["since"] = stamp(since)
    return client.get_list(
        base, "/issues", query, scope=scope, accept={410}, etag=etag, kind=list[Issue]
    )
