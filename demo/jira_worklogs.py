"""Time that was logged on issues: the first of it comes with them, all at an address of its own."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import msgspec
from starlette.responses import Response

from .jira_objects import JiraIssue, JiraWorklog
from .people import User
from .routing import Call, Route, encoded, route

Json = dict[str, object]

WITH_ISSUE = 20
"""How many worklogs come with an issue."""
_PAGE = 5000


class Renders(Protocol):
    """What renders a site."""

    @property
    def api(self) -> str: ...
    def user(self, user: User) -> msgspec.Raw: ...
    def time(self, at: datetime) -> str: ...


def worklog(render: Renders, issue: JiraIssue, logged: JiraWorklog) -> Json:
    """Render one entry."""
    return {
        "self": f"{render.api}/issue/{issue.id}/worklog/{logged.id}",
        "author": render.user(logged.author),
        "updateAuthor": render.user(logged.author),
        "created": render.time(logged.at),
        "updated": render.time(logged.at),
        "started": render.time(logged.started),
        "timeSpent": f"{logged.seconds // 60}m",
        "timeSpentSeconds": logged.seconds,
        "id": str(logged.id),
        "issueId": str(issue.id),
    }


def page(render: Renders, issue: JiraIssue, start: int = 0, size: int = WITH_ISSUE) -> Json:
    """Render some of what was logged on an issue."""
    return {
        "startAt": start,
        "maxResults": size,
        "total": len(issue.worklogs),
        "worklogs": [
            worklog(render, issue, logged) for logged in issue.worklogs[start : start + size]
        ],
    }


def routes(
    api: str, find: Callable[[Call], JiraIssue], render: Callable[[Call], Renders]
) -> list[Route]:
    """Give the address of an issue's worklogs."""

    def answer(call: Call) -> Response:
        start = max(0, call.integer("startAt", 0))
        size = min(max(1, call.integer("maxResults", _PAGE)), _PAGE)
        return encoded(page(render(call), find(call), start, size))

    return [route("GET", f"{api}/issue/{{issue}}/worklog", answer)]
