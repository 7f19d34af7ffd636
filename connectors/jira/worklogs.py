"""Time that was logged on issues: how long and when, never by whom.

A search gives the first twenty worklogs of an issue with it. Jira moves an issue's date of update
when time is logged, changed or taken back (``TimeTrackingIssueUpdater`` of its Java API), so that
it comes with the next pull, and what was logged is then read again as a whole. Of an issue with
more, the rest is behind an endpoint of its own. ``worklog/updated`` and ``worklog/deleted`` know no
project: they would cost two requests a pull, and the worklogs of all other projects.
"""

from collections.abc import Iterable, Iterator, Mapping

from slipwatch.aggregator.connector import Retry
from slipwatch.aggregator.records import Worklog

from .client import JiraClient
from .payloads import Fields, Issue, Logged, WorklogPage, instant, number, text

_PAGE = 1000
_MOST_SECONDS = 10 * 365 * 24 * 3600


def complete(client: JiraClient, issue: Issue[Fields], *, scope: str) -> None:
    """Read what a search left out of an issue's worklogs; raises ``SourceError``.

    Half of them would be too low a cost: without the rest the project is left for another time.
    """
    given = issue.fields.worklog or WorklogPage()
    if (given.total or 0) <= len(given.worklogs or ()):
        return
    path = f"issue/{issue.id}/worklog"
    found: dict[str, Logged] = {}
    got = 0
    more = True
    while more:
        answer = client.get(path, {"startAt": got, "maxResults": _PAGE}, scope=scope)
        page = client.read(answer, path, WorklogPage)
        logged = {str(each.id): each for each in page.worklogs or ()}
        if logged and found.keys() >= logged.keys():
            raise Retry(f"{client.name}: GET {path} gave the same page twice")
        found |= logged
        got += len(page.worklogs or ())
        more = bool(logged) and got < (page.total or 0)
    issue.fields.worklog = WorklogPage(worklogs=list(found.values()), total=len(found))


def worklogs_of(issue: Issue[Fields], roles: Mapping[str, str]) -> tuple[Worklog, ...]:
    """Convert what was logged; an entry without a time or a length is left out.

    ``roles`` are by the name that Jira shows; of whom it does not name nothing is kept.
    """
    page = issue.fields.worklog
    return tuple(_converted(issue.id, (page.worklogs if page is not None else None) or (), roles))


def _converted(item: str, logged: Iterable[Logged], roles: Mapping[str, str]) -> Iterator[Worklog]:
    for each in logged:
        identity, at = text(each.id), instant(each.started)
        seconds = number(each.time_spent_seconds)
        if identity is None or at is None or seconds is None or not 0 < seconds < _MOST_SECONDS:
            continue
        role = roles.get(_shown(each.author)) if roles else None
        yield Worklog(item=item, id=identity, started_at=at, seconds=int(seconds), role=role)


def _shown(author: object) -> str:
    if not isinstance(author, Mapping):
        return ""
    return text(author.get("displayName")) or text(author.get("name")) or ""
