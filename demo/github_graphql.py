"""GitHub's GraphQL as far as readers of issues need it, with its limits and its errors.

Follows the public schema: validation comes first and is all or nothing, connections want
``first`` or ``last`` of 1 to 100, a node that is not there is null beside a NOT_FOUND, and a
used-up limit is a 200 that says RATE_LIMITED.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .github_payloads import stamp
from .github_records import Event, GithubIssue
from .github_site import GithubSite
from .graphql import QueryError, Selection, parse
from .people import User

Json = dict[str, Any]

_LARGEST_PAGE = 100
_MOST_NODES = 500_000
_EVENTS = ("Milestoned", "Demilestoned", "Closed", "Reopened", "Assigned", "Unassigned")
_EVENTS_OF_ISSUES = (*_EVENTS, "Transferred", "CrossReferenced")

_PLAIN = ""
_CONNECTIONS = {"IssueConnection": "Issue", "TimelineConnection": "Event"}
_ISSUE = {
    "id": _PLAIN,
    "number": _PLAIN,
    "url": _PLAIN,
    "title": _PLAIN,
    "databaseId": _PLAIN,
    "timelineItems": "TimelineConnection",
}
_EVENT = {"id": _PLAIN, "createdAt": _PLAIN, "actor": "Actor"}
_SCHEMA: dict[str, dict[str, str]] = {
    "Query": {"nodes": "Node", "rateLimit": "RateLimit"},
    "RateLimit": dict.fromkeys(("cost", "limit", "remaining", "used", "nodeCount"), _PLAIN),
    "Node": {"id": _PLAIN},
    "Issue": _ISSUE | {"subIssues": "IssueConnection", "blockedBy": "IssueConnection"},
    "PullRequest": _ISSUE,
    "IssueConnection": {"nodes": "Issue", "pageInfo": "PageInfo", "totalCount": _PLAIN},
    "TimelineConnection": {"nodes": "Event", "pageInfo": "PageInfo", "totalCount": _PLAIN},
    "PageInfo": {"hasNextPage": _PLAIN, "endCursor": _PLAIN},
    "Event": {},
    "MilestonedEvent": _EVENT | {"milestoneTitle": _PLAIN},
    "DemilestonedEvent": _EVENT | {"milestoneTitle": _PLAIN},
    "ClosedEvent": _EVENT | {"stateReason": _PLAIN},
    "ReopenedEvent": _EVENT,
    "AssignedEvent": _EVENT | {"assignee": "Assignee"},
    "UnassignedEvent": _EVENT | {"assignee": "Assignee"},
    "TransferredEvent": _EVENT | {"fromRepository": "Repository"},
    "CrossReferencedEvent": _EVENT | {"source": "Subject"},
    "Subject": {},
    "Repository": {"nameWithOwner": _PLAIN},
    "Actor": {"login": _PLAIN},
    "Assignee": {},
    "User": {"login": _PLAIN},
    "Bot": {"login": _PLAIN},
    "Mannequin": {"login": _PLAIN},
}


@dataclass(slots=True)
class _Run:
    """One query while it is answered."""

    site: GithubSite
    web: str
    errors: list[Json] = field(default_factory=list[Json])
    nodes: int = 0
    requests: int = 1
    """What the points are counted by: connections that have to be fetched."""


def answer(site: GithubSite, web: str, text: str, variables: Mapping[str, object]) -> Json:
    """Answer a query; ``web`` is the address that people open."""
    try:
        parts = parse(text, variables)
    except QueryError as fault:
        return {"errors": [{"message": str(fault)}]}
    run = _Run(site, web)
    _validate(run, "Query", parts, ["query"], 1)
    if run.nodes > _MOST_NODES:
        run.errors.append({"type": "MAX_NODE_LIMIT_EXCEEDED", "message": "Too many nodes."})
    if run.errors:
        return {"errors": run.errors}
    cost = max(1, round(run.requests / 100))
    if site.points_used + cost > site.points:
        return {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded."}]}
    site.points_used += cost
    data: Json = {}
    for part in parts:
        data[part.alias] = (
            _nodes(run, part) if part.name == "nodes" else _limit(site, cost, run.nodes, part)
        )
    return {"data": data} | ({"errors": run.errors} if run.errors else {})


def _validate(
    run: _Run, kind: str, parts: Sequence[Selection], path: list[str], times: int
) -> None:
    known = _SCHEMA[kind]
    lacking = run.site.graphql_lacks | ({"stateReason"} if not run.site.tells_reasons else set())
    for part in parts:
        if part.on is not None:
            if part.on not in _SCHEMA:
                message = f"No such type {part.on}, so it can't be a fragment condition"
                run.errors.append({"message": message, "extensions": {"code": "undefinedType"}})
            else:
                _validate(run, part.on, part.parts, [*path, f"... on {part.on}"], times)
            continue
        if part.name == "__typename":
            continue
        if part.name not in known or part.name in lacking:
            run.errors.append(
                {
                    "message": f"Field '{part.name}' doesn't exist on type '{kind}'",
                    "path": [*path, part.name],
                    "extensions": {
                        "code": "undefinedField",
                        "typeName": kind,
                        "fieldName": part.name,
                    },
                }
            )
            continue
        inner = known[part.name]
        if bool(inner) != bool(part.parts):
            run.errors.append({"message": f"Field '{part.name}' must have selections, or none"})
            continue
        count = _count(run, part) if inner in _CONNECTIONS or part.name == "nodes" else 1
        if inner in _CONNECTIONS:
            run.requests += times
            run.nodes += times * count
        if inner:
            _validate(run, inner, part.parts, [*path, part.name], times * count)


def _count(run: _Run, part: Selection) -> int:
    """How many nodes a list may hold; within a connection it has been counted already."""
    if part.name == "nodes":
        ids = part.arguments.get("ids")
        count = len(ids) if isinstance(ids, list) else 1
        if count > _LARGEST_PAGE:
            run.errors.append({"message": "You may not provide more than 100 node ids."})
        return count
    size = part.arguments.get("first", part.arguments.get("last"))
    if not isinstance(size, int):
        run.errors.append(
            {
                "type": "MISSING_PAGINATION_BOUNDARIES",
                "message": f"You must provide a `first` or `last` value on `{part.name}`.",
            }
        )
        return 1
    if not 1 <= size <= _LARGEST_PAGE:
        run.errors.append(
            {
                "type": "EXCESSIVE_PAGINATION",
                "message": f"Requesting {size} records on `{part.name}` exceeds 1 to 100.",
            }
        )
    return size


def _limit(site: GithubSite, cost: int, nodes: int, part: Selection) -> Json:
    values = {
        "cost": cost,
        "limit": site.points,
        "used": site.points_used,
        "remaining": site.points - site.points_used,
        "nodeCount": nodes,
    }
    return {one.alias: values[one.name] for one in part.parts}


def _nodes(run: _Run, part: Selection) -> list[Json | None]:
    wanted = part.arguments.get("ids")
    ids = [str(one) for one in wanted] if isinstance(wanted, list) else []
    known = run.site.by_node_id()
    found: list[Json | None] = []
    for number, identity in enumerate(ids):
        issue = known.get(identity)
        if issue is None:
            message = f"Could not resolve to a node with the global id of '{identity}'"
            error = {"type": "NOT_FOUND", "path": [part.alias, number], "message": message}
            run.errors.append(error)
        found.append(None if issue is None else _issue(run, issue, part.parts))
    return found


def _issue(run: _Run, issue: GithubIssue, parts: Sequence[Selection]) -> Json:
    page = "pull" if issue.pull_request else "issues"
    kind = "PullRequest" if issue.pull_request else "Issue"
    values: dict[str, Callable[[Selection], object]] = {
        "__typename": lambda _part: kind,
        "id": lambda _part: issue.node_id,
        "number": lambda _part: issue.number,
        "databaseId": lambda _part: issue.id,
        "title": lambda _part: issue.title,
        "url": lambda _part: f"{run.web}/{issue.repository.full_name}/{page}/{issue.number}",
        "subIssues": lambda part: _connection(
            part, _visible(issue.sub_issues), lambda one, inner: _issue(run, one, inner)
        ),
        "blockedBy": lambda part: _connection(
            part, _visible(issue.blocked_by), lambda one, inner: _issue(run, one, inner)
        ),
        "timelineItems": lambda part: _connection(
            part, _timeline(issue, part), lambda one, inner: _event(run, one, inner)
        ),
    }
    return {part.alias: values[part.name](part) for part in _flat(parts, kind)}


def _visible(issues: Sequence[GithubIssue]) -> list[GithubIssue]:
    return [issue for issue in issues if issue.visible]


def _timeline(issue: GithubIssue, part: Selection) -> list[Event]:
    types = part.arguments.get("itemTypes")
    wanted = {str(one) for one in types} if isinstance(types, list) else None
    known = [one for one in issue.events if _name(one) in _EVENTS_OF_ISSUES]
    if wanted is None:
        return known
    return [one for one in known if one.kind.upper().replace("-", "_") + "_EVENT" in wanted]


def _name(event: Event) -> str:
    """Name an event's type, but for its ending."""
    return "".join(word.capitalize() for word in event.kind.split("-"))


def _event(run: _Run, event: Event, parts: Sequence[Selection]) -> Json:
    kind = f"{_name(event)}Event"
    subject = event.subject
    values: dict[str, Callable[[Selection], object]] = {
        "__typename": lambda _part: kind,
        "id": lambda _part: event.node_id,
        "createdAt": lambda _part: stamp(event.at),
        "actor": lambda part: _user(event.actor, part.parts),
        "milestoneTitle": lambda _part: subject,
        "stateReason": lambda _part: subject.upper() if isinstance(subject, str) else None,
        "assignee": lambda part: _user(subject, part.parts) if isinstance(subject, User) else None,
        "source": lambda part: (
            _issue(run, subject, part.parts) if isinstance(subject, GithubIssue) else None
        ),
        "fromRepository": lambda part: {one.alias: subject for one in part.parts},
    }
    return {part.alias: values[part.name](part) for part in _flat(parts, kind)}


def _user(user: User, parts: Sequence[Selection]) -> Json:
    values = {"__typename": "User", "login": user.login}
    return {part.alias: values[part.name] for part in _flat(parts, "User")}


def _connection(
    part: Selection,
    rows: Sequence[Any],
    render: Callable[[Any, Sequence[Selection]], Json],
) -> Json:
    """Give the first rows, or the last ones."""
    first, last = part.arguments.get("first"), part.arguments.get("last")
    shown = (
        rows[:first] if isinstance(first, int) else rows[-last:] if isinstance(last, int) else ()
    )
    values: dict[str, Callable[[Selection], object]] = {
        "nodes": lambda inner: [render(row, inner.parts) for row in shown],
        "totalCount": lambda _inner: len(rows),
        "pageInfo": lambda inner: {
            one.alias: len(shown) < len(rows) if one.name == "hasNextPage" else None
            for one in inner.parts
        },
    }
    return {one.alias: values[one.name](one) for one in part.parts}


def _flat(parts: Sequence[Selection], kind: str) -> Iterator[Selection]:
    """Give the fields that are selected of a type, those of its fragments among them."""
    for part in parts:
        if part.on is None:
            yield part
        elif part.on == kind:
            yield from _flat(part.parts, kind)
