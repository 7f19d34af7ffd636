"""Which issues a project still lists, and what became of one that it does not.

Jira answers 404 for a deleted issue and for one behind a security level alike; an issue that was
moved is found by its id, under its new key.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from functools import cache, partial

import msgspec

from slipwatch.aggregator.records import Absence, Presence

from ..http import PageGuard
from ..portions import portions
from .account import check_permission
from .client import JiraClient
from .fields import TIMES_ALONE
from .payloads import Keyed
from .search import Query, datacenter_pages

CLOUD_PAGE = 5000
"""What Cloud gives at a time when nothing but ids is asked for."""

DATACENTER_PAGE = 1000

_REFUSED = {401: Presence.INVISIBLE, 403: Presence.INVISIBLE, 404: Presence.GONE}


class _Listed(msgspec.Struct):
    id: str


class _IdPage(msgspec.Struct, rename="camel"):
    issues: list[_Listed]
    next_page_token: str | None = None
    is_last: bool | None = None


class _Placed(msgspec.Struct):
    project: Keyed


class _Found(msgspec.Struct):
    key: str
    fields: _Placed


class _Project(msgspec.Struct):
    key: str


def cloud_ids(client: JiraClient, project: str) -> Iterator[frozenset[str]]:
    """List the ids of a project's issues on Jira Cloud."""
    path = "search/jql"
    guard = PageGuard(f"{client.name}: GET /rest/api/2/{path}")
    asked: dict[str, str | int] = {
        "jql": f'project = "{project}" ORDER BY key ASC',
        "fields": "id",
        "maxResults": CLOUD_PAGE,
    }
    while True:
        page = client.read(client.get(path, asked, scope=project), path, _IdPage)
        yield frozenset(issue.id for issue in page.issues)
        token = None if page.is_last else page.next_page_token
        if not token:
            return
        asked["nextPageToken"] = guard.check(token)


def datacenter_ids(client: JiraClient, project: str) -> Iterator[frozenset[str]]:
    """List the ids of a project's issues on Data Center, by the same walk as a pull.

    An issue that cannot be read is listed all the same.
    """
    query = Query(
        project=project,
        since=None,
        layout=TIMES_ALONE,
        page_size=DATACENTER_PAGE,
        changelog=False,
    )
    for page in datacenter_pages(client, query):
        yield frozenset(issue.id for issue in page.issues)


def credible(
    client: JiraClient, project: str, pages: Iterator[frozenset[str]]
) -> Iterator[frozenset[str]]:
    """Pass a listing on; one without a single id ends in ``Skip`` where the account sees none."""
    listed = False
    for page in pages:
        listed = listed or bool(page)
        yield page
    if not listed:
        check_permission(client, project)


def locate(
    client: JiraClient,
    project: str,
    issues: Mapping[str, str],
    *,
    read: Collection[str],
    now: Callable[[], datetime],
) -> Iterator[Absence]:
    """Ask for issues one by one; one that is in a project that is ``read`` is no absence.

    The project itself may have another key by now. A refusal counts only as long as the project can
    be seen, and issues in it: else it is about the project. Who administers a project may see that
    alone.
    """
    projects = {key.casefold() for key in read}
    known_key = cache(partial(_key_of, client, project))
    for portion in portions(sorted(issues)):
        refused: list[Absence] = []
        for issue in portion:
            path = f"issue/{issue}"
            answer = client.get(path, {"fields": "project"}, scope=project, accept=_REFUSED)
            if answer.status in _REFUSED:
                became = _REFUSED[answer.status]
                refused.append(Absence(item=issue, presence=became, at=now()))
                continue
            found = client.read(answer, path, _Found)
            place = (found.fields.project.key or "").casefold()
            if place not in projects and place != known_key().casefold():
                yield Absence(item=issue, presence=Presence.MOVED, at=now(), moved_to=found.key)
        if refused:
            _key_of(client, project)
            check_permission(client, project)
            yield from refused


def _key_of(client: JiraClient, project: str) -> str:
    """Ask for the key that a project has now; it answers to former ones as well."""
    path = f"project/{project}"
    return client.read(client.get(path, scope=project), path, _Project).key
