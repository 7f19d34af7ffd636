"""Walks over a project's issues in the order they changed, from any point on.

Both walks yield whole pages; a page's ``reached`` is where another walk may begin without
missing anything that this page and those before it did not hold.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec

from slipwatch.aggregator.connector import Retry, SourceError

from ..answers import Answer
from ..http import PageGuard
from .bounds import bound, floored
from .client import JiraClient, Parameters
from .fields import Layout
from .payloads import Fields, Identified, Issue, Keyed, SearchPage, epoch_ms, instant, text

_MOST_RESTARTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which issues of which project, changed since when (epoch milliseconds)."""

    project: str
    since: int | None
    layout: Layout[Fields]
    page_size: int
    changelog: bool = True
    """Whether changelogs are to come with the issues."""
    only: tuple[str, ...] = ()
    """Ids of those that are wanted; empty for all."""

    def parameters(self, since: int | None, zone: ZoneInfo | None) -> dict[str, str | int]:
        """Give the parameters that both kinds of Jira take; ``zone`` is that of dates, if any."""
        changed = "" if since is None else f" AND {bound(floored(since, zone), zone)}"
        wanted = f" AND id IN ({', '.join(self.only)})" if self.only else ""
        parameters: dict[str, str | int] = {
            "jql": f'project = "{self.project}"{wanted}{changed} ORDER BY updated ASC, key ASC',
            "fields": ",".join(self.layout.requested),
            "maxResults": self.page_size,
        }
        return parameters | ({"expand": "changelog"} if self.changelog else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Issues that no earlier page of the walk held in the same state."""

    issues: tuple[Issue[Fields], ...]
    reached: int | None
    server_time: datetime | None
    total: int | None
    """How many issues the project has, where the walk began at the first of them."""
    last: bool
    warnings: tuple[str, ...]


class _Walk:
    """What a walk has seen, so that pages may overlap."""

    def __init__(self, client: JiraClient, since: int | None) -> None:
        self._client = client
        self.reached = since
        self._seen: set[tuple[str, int]] = set()

    @property
    def asked_from(self) -> int | None:
        """Where a search begins that is to go on from here."""
        return None if self.reached is None else floored(self.reached, self._client.zone)

    def take(self, found: "_Found") -> tuple[Issue[Fields], ...]:
        """Give the issues of a page that are new, and go on to where the page ends."""
        times = [updated_ms(issue) for issue in found.issues]
        marks = [(issue.id, at or 0) for issue, at in zip(found.issues, times, strict=True)]
        new = {
            issue.id: issue
            for issue, mark in zip(found.issues, marks, strict=True)
            if mark not in self._seen
        }
        known = [at for at in (*times, self.reached) if at is not None]
        self.reached = max(known, default=None)
        again = self.asked_from
        self._seen = {mark for mark in (*self._seen, *marks) if again is None or mark[1] >= again}
        return tuple(new.values())


def updated_ms(issue: Issue[Fields]) -> int | None:
    """Say when an issue last changed, in epoch milliseconds, or None where it does not say."""
    at = instant(issue.fields.updated)
    return None if at is None else epoch_ms(at)


@dataclass(frozen=True, slots=True)
class _Found:
    """One answer: ``count`` issues, of which some may not be readable."""

    answer: Answer
    page: SearchPage[Any]
    issues: tuple[Issue[Fields], ...]
    warnings: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.page.issues)

    def id_at(self, position: int) -> str | None:
        """Give the id of one of the issues, readable or not; None where even that is not."""
        try:
            found = self.page.issues[position]
            if isinstance(found, msgspec.Raw):
                found = msgspec.json.decode(found, type=Identified)
        except (ValueError, IndexError):
            return None
        identity: str | None = found.id
        return identity


def _found(client: JiraClient, path: str, answer: Answer, layout: Layout[Fields]) -> _Found:
    """Read an answer; where something in it cannot be read, the rest is read all the same."""
    try:
        page = layout.read_page(answer.body)
    except ValueError:
        return _readable(client, path, answer, layout)
    return _Found(answer, page, tuple(page.issues), tuple(_warnings(page)))


def _readable(client: JiraClient, path: str, answer: Answer, layout: Layout[Fields]) -> _Found:
    page = client.read(answer, path, SearchPage[msgspec.Raw])
    issues: list[Issue[Fields]] = []
    warnings = _warnings(page)
    for raw in page.issues:
        try:
            issues.append(msgspec.json.decode(raw, type=layout.issue))
        except ValueError as error:
            warnings.append(f"{_key(raw)} could not be read: {error}")
    return _Found(answer, page, tuple(issues), tuple(warnings))


def _warnings(page: SearchPage[Any]) -> list[str]:
    """Say what the site says about its own answer."""
    said: list[object] = [*(page.warning_messages or ())]
    if isinstance(page.warnings, list):
        said += cast("list[object]", page.warnings)
    return [told for each in said if (told := _warning(each)) is not None]


def _warning(said: object) -> str | None:
    if isinstance(said, dict):
        parts = cast("dict[str, object]", said)
        return text(parts.get("message")) or text(parts.get("type"))
    return said if isinstance(said, str) else None


def _key(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=Keyed).key or "an issue"
    except ValueError:
        return "an issue"


def together(pages: Iterator[Page], least: int) -> Iterator[Page]:
    """Gather pages into one that holds so many issues, or until the walk ends or breaks off."""
    gathered: list[Page] = []
    try:
        for page in pages:
            gathered.append(page)
            if page.last or sum(len(each.issues) for each in gathered) >= least:
                whole, gathered = _one_of(gathered), []
                yield whole
    except SourceError:
        if gathered:
            yield _one_of(gathered)
        raise


def _one_of(pages: Sequence[Page]) -> Page:
    """Join pages that follow one another; an issue that changed meanwhile counts as it was last."""
    issues = {issue.id: issue for page in pages for issue in page.issues}
    return Page(
        issues=tuple(issues.values()),
        reached=pages[-1].reached,
        server_time=pages[0].server_time,
        total=pages[0].total,
        last=pages[-1].last,
        warnings=tuple(warning for page in pages for warning in page.warnings),
    )


def _search(
    client: JiraClient,
    path: str,
    query: Query,
    since: int | None,
    place: Parameters,
    *,
    accept: Collection[int] = (),
) -> Answer:
    """Ask for a page; a Jira that refuses milliseconds is given dates from then on.

    A project that may not be seen is refused with 400 as well, but then either way.
    """
    may_be_dates = since is not None and client.zone is None and "nextPageToken" not in place
    asked = {**query.parameters(since, client.zone), **place}
    answer = client.get(path, asked, scope=query.project, accept=(400,) if may_be_dates else accept)
    if not may_be_dates or answer.status != 400:
        return answer
    zone = client.time_zone()
    asked = {**query.parameters(since, zone), **place}
    answer = client.get(path, asked, scope=query.project)
    client.zone = zone
    return answer


def cloud_pages(client: JiraClient, query: Query) -> Iterator[Page]:
    """Walk on Jira Cloud: page by page, by token.

    A token expires after seven days, and is then answered with 400: the walk begins again from
    where it was, unless it did so already and found nothing new.
    """
    path = "search/jql"
    what = f"{client.name}: GET /rest/api/2/{path}"
    walk = _Walk(client, query.since)
    guard = PageGuard(what)
    since, token = query.since, None
    began_again = False
    while True:
        place: Parameters = {} if token is None else {"nextPageToken": token}
        may_restart = token is not None and not began_again
        accept = (400,) if may_restart else ()
        answer = _search(client, path, query, since, place, accept=accept)
        if answer.status == 400:
            guard, since, token, began_again = PageGuard(what), walk.reached, None, True
            continue
        found = _found(client, path, answer, query.layout)
        new = walk.take(found)
        began_again = began_again and not new
        token = None if found.page.is_last else found.page.next_page_token
        yield _page(walk, found, new, total=None, last=not token)
        if not token:
            return
        guard.check(token)


def _page(
    walk: _Walk, found: _Found, new: tuple[Issue[Fields], ...], *, total: int | None, last: bool
) -> Page:
    return Page(
        issues=new,
        reached=walk.reached,
        server_time=found.answer.server_time,
        total=total,
        last=last,
        warnings=found.warnings,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a Data Center walk asks next: at an offset among the issues of one time.

    ``first`` is the id that the issue there must have, if the offset still means what it did.
    """

    since: int | None
    offset: int = 0
    first: str | None = None


def datacenter_pages(client: JiraClient, query: Query) -> Iterator[Page]:
    """Walk on Jira Data Center: each page is asked for by the time where the last one ended.

    Offsets into the whole result would skip issues: one that changes moves to the end, and all
    behind it move up; and far offsets are refused (10,000 on OpenSearch). An offset is used
    only among issues of one and the same millisecond, as a bulk edit leaves them. There a page
    begins with the last issue of the page before; where another is found instead, some have
    changed and moved away meanwhile, and the millisecond is read again.
    """
    path = "search"
    walk = _Walk(client, query.since)
    place: _Place | None = _Place(query.since)
    total: int | None = None
    restarts = 0
    while place is not None:
        answer = _search(client, path, query, place.since, {"startAt": place.offset})
        found = _found(client, path, answer, query.layout)
        if place.first not in (None, found.id_at(0)):
            restarts += 1
            if restarts > _MOST_RESTARTS:
                raise Retry(f"{client.name}: GET /rest/api/2/{path}: the order keeps changing")
            place = _Place(place.since)
            continue
        new = walk.take(found)
        total = found.page.total if total is None and query.since is None else total
        place = _next_place(place, found, walk.asked_from)
        yield _page(walk, found, new, total=total, last=place is None)


def _next_place(place: _Place, found: _Found, since: int | None) -> _Place | None:
    """Decide where to go on, or that this was the end; ``since`` is what can be asked from."""
    end = place.offset + found.count
    total = found.page.total
    if found.count == 0 or (total is not None and end >= total):
        return None
    if since != place.since:
        return _Place(since)
    last = found.id_at(-1)
    if found.count == 1 or last is None:
        return _Place(place.since, end)
    return _Place(place.since, end - 1, last)
