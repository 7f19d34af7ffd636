"""Changelogs of the issues that changed, in as few requests as a site allows.

Changelogs come with the issues of a search. Cloud cuts these off, and gives those of up to a
thousand issues at once, by field: that is how a whole project is read, and what was cut off.
What Cloud records without a field id (parents, links, keys) no filter finds: issues that have
a parent or links, and those that moved or became another type (a sub-task that becomes an issue
has no parent any more), are asked for whole. Where there is no such endpoint, as on Data Center,
what was cut off is read issue by issue.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from ..http import PageGuard
from .client import JiraClient
from .history import FIELD_IDS
from .payloads import (
    Changelog,
    ChangelogPage,
    ChangelogsPage,
    Expanded,
    Fields,
    History,
    Issue,
    text,
)

AT_ONCE = 1000
"""Issues in one request."""

_MOST_FIELDS = 10
_MOST_ENTRIES = 10_000
_PAGE = 100
_MISSING = frozenset((400, 401, 403, 404, 405, 410, 411, 413, 415, 501))
_WAYS = ("/rest/api/3/changelog/bulkfetch", "/rest/api/2/changelog/bulkfetch")
_WITH_MORE = frozenset(("project", "issuetype"))
"""Fields that change together with some that no filter finds."""
IN_SEARCH = "search"
"""The way of a site that has no bulk endpoint."""

Logs = dict[str, dict[str, History]]
"""Entries by issue and by their own id."""


class NoBulkError(Exception):
    """The site has no bulk endpoint: changelogs must come with the issues."""


class BulkChangelogs:
    """The changelogs of many issues of one Cloud; ``way`` is the endpoint that is known to work."""

    def __init__(self, client: JiraClient, way: str | None, further: Collection[str]) -> None:
        self._client = client
        self.way = way
        self._fields = list(dict.fromkeys((*FIELD_IDS, *further)))

    def complete(self, issues: Sequence[Issue[Fields]]) -> dict[str, Changelog]:
        """Give the changelogs by issue; raises ``NoBulkError`` or ``SourceError``."""
        whole: list[str] = []
        others: list[str] = []
        for issue in issues:
            related = issue.fields.parent or issue.fields.issuelinks
            (whole if related else others).append(issue.id)
        logs: Logs = {}
        for place in range(0, len(self._fields) if others else 0, _MOST_FIELDS):
            self._add(logs, others, self._fields[place : place + _MOST_FIELDS])
        whole += [each for each in others if each in logs and _may_lack(logs[each])]
        self._add(logs, whole, ())
        return {issue.id: _whole(logs.get(issue.id, {})) for issue in issues}

    def _add(self, logs: Logs, ids: Sequence[str], fields: Sequence[str]) -> None:
        """Merge what is said about some issues; an entry may come in parts, and twice."""
        for place in range(0, len(ids), AT_ONCE):
            for page in self._pages(ids[place : place + AT_ONCE], fields):
                for log in page.issue_change_logs or ():
                    entries = logs.setdefault(str(log.issue_id), {})
                    _merge(entries, log.change_histories or ())

    def _pages(self, ids: Sequence[str], fields: Sequence[str]) -> Iterator[ChangelogsPage]:
        body: dict[str, object] = {"issueIdsOrKeys": ids, "maxResults": _MOST_ENTRIES}
        if fields:
            body["fieldIds"] = fields
        guard = PageGuard(f"{self._client.name}: POST {_WAYS[0]}")
        while True:
            page = self._ask(body)
            yield page
            if not page.next_page_token:
                return
            body["nextPageToken"] = guard.check(page.next_page_token)

    def _ask(self, body: dict[str, object]) -> ChangelogsPage:
        for way in _WAYS if self.way is None else (self.way,):
            answer = self._client.post(way, body, accept=_MISSING)
            if answer.status == 200:
                self.way = way
                return self._client.read(answer, way, ChangelogsPage)
        raise NoBulkError


def is_cut_off(issue: Issue[Fields]) -> bool:
    """Say whether a search gave less of a changelog than there is."""
    log = issue.changelog
    return log is not None and log.total is not None and log.total > len(log.histories or ())


def completed(client: JiraClient, issue: Issue[Fields]) -> Changelog:
    """Give all of a changelog that was cut off, at the cost of requests of its own."""
    log = issue.changelog or Changelog()
    entries: dict[str, History] = {}
    _merge(entries, log.histories or ())
    _merge(entries, _rest(client, issue.id, log.total or 0))
    return _whole(entries)


def _rest(client: JiraClient, issue: str, total: int) -> Iterator[History]:
    """Read a changelog by its own endpoint, else inside of its issue; nothing if that is gone."""
    path = f"issue/{issue}/changelog"
    got = 0
    while True:
        parameters = {"startAt": got, "maxResults": _PAGE}
        answer = client.get(path, parameters, accept=_MISSING)
        if answer.status != 200:
            break
        page = client.read(answer, path, ChangelogPage)
        yield from page.values
        got += len(page.values)
        if not page.values or got >= (total if page.total is None else page.total):
            return
    path = f"issue/{issue}"
    answer = client.get(path, {"expand": "changelog", "fields": "updated"}, accept=_MISSING)
    if answer.status == 200:
        log = client.read(answer, path, Expanded).changelog
        yield from (log.histories or ()) if log is not None else ()


def _merge(entries: dict[str, History], histories: Iterable[History]) -> None:
    for history in histories:
        known = entries.setdefault(text(history.id) or str(history.created), history)
        if known is not history:
            known.items = [
                *(known.items or ()),
                *(item for item in history.items or () if item not in (known.items or ())),
            ]


def _may_lack(entries: dict[str, History]) -> bool:
    return any(
        item.field_id in _WITH_MORE or item.field in _WITH_MORE
        for history in entries.values()
        for item in history.items or ()
    )


def _whole(entries: dict[str, History]) -> Changelog:
    return Changelog(histories=list(entries.values()), total=len(entries))
