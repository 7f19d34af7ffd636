"""GitHub's lists: which issues and milestones a query wants, and the pages they come in."""

import base64
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from .github_records import GithubIssue, GithubMilestone, Repository
from .routing import ApiError, Call, encoded

_LARGEST_PAGE = 100
_DEFAULT_PAGE = 30
_OFFSET_LIMIT = 10_000
"""How far page numbers lead where issues are paged by cursor."""

_CURSOR_PREFIX = b"cursor:v2:"
_T = TypeVar("_T")
_Place = tuple[int, int]


def wanted_milestones(call: Call, repository: Repository) -> list[GithubMilestone]:
    """Filter by ``state``, sorted by due date."""
    state = _choice(call, "state", "open", "closed", "all")
    _choice(call, "sort", "due_on")
    found = [m for m in repository.milestones if _in_state(m.closed, state)]
    descending = _choice(call, "direction", "asc", "desc") == "desc"
    return sorted(found, key=lambda m: (m.due or date.max, m.number), reverse=descending)


def wanted_issues(call: Call, repository: Repository) -> list[GithubIssue]:
    """Filter by ``state``, ``since``, ``labels`` and ``milestone``, and sort."""
    state = _choice(call, "state", "open", "closed", "all")
    since = _since(call)
    labels = {name.lower() for name in call.query.get("labels", "").split(",") if name}
    milestone = call.query.get("milestone")
    found = [
        issue
        for issue in repository.issues.values()
        if _in_state(issue.closed, state)
        and (since is None or issue.updated.replace(microsecond=0) >= since)
        and labels <= {label.name.lower() for label in issue.labels}
        and _in_milestone(issue, milestone)
    ]
    return sorted(found, key=_order(call))


def offset_page(
    call: Call, path: str, values: Sequence[_T], render: Callable[[_T], object]
) -> Response:
    """Answer with one page of ``values``; the Link header leads to the others."""
    size = _page_size(call)
    page = max(1, call.integer("page", 1))
    last = max(1, -(-len(values) // size))
    response = encoded([render(value) for value in values[(page - 1) * size : page * size]])
    links: dict[str, dict[str, str]] = {}
    if page > 1:
        links["prev"] = {"page": str(min(page - 1, last))}
    if page < last:
        links["next"] = {"page": str(page + 1)}
        links["last"] = {"page": str(last)}
    if page > 1:
        links["first"] = {"page": "1"}
    _add_links(call, response, path, links)
    return response


def cursor_page(
    call: Call, path: str, issues: Sequence[GithubIssue], render: Callable[[GithubIssue], object]
) -> Response:
    """Answer with the page after a cursor; the Link header knows the next page alone.

    Page numbers still work near the beginning, as on github.com.
    """
    size = _page_size(call)
    order = _order(call)
    page = max(1, call.integer("page", 1))
    cursor = call.query.get("after")
    if cursor is not None:
        start = bisect_right(issues, _decode_cursor(cursor), key=order)
    elif page * size > _OFFSET_LIMIT:
        raise ApiError(
            422,
            "Pagination with the page parameter is not supported for large datasets, "
            "please use cursor based pagination (after/before)",
        )
    else:
        start = (page - 1) * size
    shown = issues[start : start + size]
    response = encoded([render(issue) for issue in shown])
    if start + size < len(issues):
        after = _encode_cursor(order(shown[-1]))
        _add_links(call, response, path, {"next": {"after": after, "page": str(page + 1)}})
    return response


def _add_links(call: Call, response: Response, path: str, links: dict[str, dict[str, str]]) -> None:
    kept = {name: value for name, value in call.query.items() if name not in ("page", "after")}
    if links:
        response.headers["link"] = ", ".join(
            f'<{call.base}{path}?{urlencode(kept | changed)}>; rel="{name}"'
            for name, changed in links.items()
        )


def _page_size(call: Call) -> int:
    return min(max(1, call.integer("per_page", _DEFAULT_PAGE)), _LARGEST_PAGE)


def _choice(call: Call, name: str, default: str, *others: str) -> str:
    value = call.query.get(name, default)
    if value not in (default, *others):
        raise ApiError(422, f"Validation Failed: {name} is none of {default}, {', '.join(others)}")
    return value


def _in_state(closed: datetime | None, state: str) -> bool:
    return state == "all" or (closed is None) == (state == "open")


def _in_milestone(issue: GithubIssue, wanted: str | None) -> bool:
    match wanted:
        case None:
            return True
        case "none":
            return issue.milestone is None
        case "*":
            return issue.milestone is not None
        case _:
            return issue.milestone is not None and str(issue.milestone.number) == wanted


def _since(call: Call) -> datetime | None:
    text = call.query.get("since")
    if not text:
        return None
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(422, "Validation Failed: since is no ISO 8601 time") from None
    return since if since.tzinfo is not None else since.replace(tzinfo=UTC)


def _order(call: Call) -> Callable[[GithubIssue], _Place]:
    """Return the sort key that a query asks for; descending ones are negative."""
    by_update = _choice(call, "sort", "created", "updated") == "updated"
    sign = -1 if _choice(call, "direction", "desc", "asc") == "desc" else 1

    def place(issue: GithubIssue) -> _Place:
        at = issue.updated if by_update else issue.created
        return sign * int(at.timestamp()), sign * issue.number

    return place


def _encode_cursor(place: _Place) -> str:
    return base64.b64encode(_CURSOR_PREFIX + msgspec.json.encode(place)).decode()


def _decode_cursor(cursor: str) -> _Place:
    try:
        raw = base64.b64decode(cursor)
        moment, number = msgspec.json.decode(raw.removeprefix(_CURSOR_PREFIX), type=tuple[int, int])
    except (ValueError, msgspec.DecodeError):
        raise ApiError(422, "Validation Failed: after is no cursor") from None
    return moment, number
