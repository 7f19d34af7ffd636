"""The REST API of GitHub (and, under ``/api/v3``, of GitHub Enterprise) as readers use it.

Follows docs.github.com/rest, version 2022-11-28: ``Link`` headers whose URLs name the
repository by its id, ETags on every list and object, primary rate limit per hour, 301 for
renamed repositories, 410 for deleted issues, pull requests among the issues.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from starlette.responses import Response

from . import github_graphql
from .github_lists import cursor_page, offset_page, wanted_issues, wanted_milestones
from .github_payloads import GithubPayloads, field_id
from .github_projects import Project
from .github_records import Event, GithubIssue, Repository
from .pages import issue_page
from .routing import ApiError, Call, Route, encoded, route
from .world import World

_FOR_BROWSERS = re.compile(r"/(?!repos/|repositories/)[^/]+/[^/]+/(?:issues|pull)/\d+")
_DOCS = "https://docs.github.com/rest"


class GithubApp:
    """The GitHub of a world as HTTP."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._site = world.github
        self._renderers: dict[str, GithubPayloads] = {}
        self._hour: datetime | None = None
        self._used = 0
        self.routes: Sequence[Route] = self._route_table()

    def _route_table(self) -> list[Route]:
        routes = [
            route("GET", "/user", self._user),
            route("GET", "/user/repos", self._repositories),
            route("GET", "/rate_limit", self._rate_limit),
            route("POST", "/graphql", self._graphql),
            route("GET", "/orgs/{owner}/repos", self._organization),
            route("GET", "/orgs/{owner}/issue-fields", self._issue_fields),
            route("GET", "/orgs/{owner}/projectsV2/{number}/fields", self._project_fields),
            route("GET", "/orgs/{owner}/projectsV2/{number}/items", self._project_items),
        ]
        for repository in ("/repos/{owner}/{repo}", "/repositories/{id}"):
            routes += [
                route("GET", f"{repository}{path}", handler)
                for path, handler in (
                    ("", self._repository),
                    ("/labels", self._labels),
                    ("/milestones", self._milestones),
                    ("/milestones/{number}", self._milestone),
                    ("/issues", self._issues),
                    ("/issues/events", self._repository_events),
                    ("/issues/{number}", self._issue),
                    ("/issues/{number}/sub_issues", self._sub_issues),
                    ("/issues/{number}/parent", self._parent),
                    ("/issues/{number}/dependencies/blocked_by", self._blocked_by),
                    ("/issues/{number}/dependencies/blocking", self._blocking),
                    ("/issues/{number}/timeline", self._events),
                    ("/issues/{number}/events", self._events),
                    ("/pulls/{number}", self._pull_request),
                    ("/pulls/{number}/reviews", self._reviews),
                )
            ]
        return [
            *routes,
            route("GET", "/{owner}/{repo}/issues/{number}", self._browse),
            route("GET", "/{owner}/{repo}/pull/{number}", self._browse),
        ]

    def prefix(self, path: str) -> str:
        """Enterprise has everything under ``/api/v3``, and GraphQL under ``/api``."""
        if path == "/api/graphql":
            return "/api"
        return "/api/v3" if path.startswith("/api/v3/") else ""

    def admit(self, call: Call) -> None:
        """Take the token as ``Bearer`` or ``token``, and count against the rate limit."""
        if _FOR_BROWSERS.fullmatch(call.path):
            return
        given = call.request.headers.get("authorization")
        if given is None:
            raise ApiError(401, "Requires authentication")
        kind, _, secret = given.partition(" ")
        if kind.lower() not in ("bearer", "token") or secret.strip() != self._site.token:
            raise ApiError(401, "Bad credentials")
        hour = self._world.now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._used = hour, 0
        if call.path == "/rate_limit":
            return
        if self._used >= self._site.rate_limit:
            raise ApiError(403, f"API rate limit exceeded for user ID {self._site.user.number}.")
        self._used += 1

    def error(self, call: Call, error: ApiError) -> Response:
        """Write a message; a redirect tells where the repository is now."""
        payload = {
            "message": error.message,
            "documentation_url": _DOCS,
            "status": str(error.status),
        }
        if error.status != 301:
            return encoded(payload, status=error.status)
        query = f"?{call.request.url.query}" if call.request.url.query else ""
        location = f"{call.base}{error.message}{query}"
        response = encoded(payload | {"message": "Moved Permanently", "url": location}, status=301)
        response.headers["location"] = location
        return response

    def finish(self, call: Call, response: Response) -> None:
        """Add rate limit and ETag; a request that knows the ETag gets 304 and costs nothing."""
        response.headers["x-github-request-id"] = "C0DE:1"
        if response.status_code == 200 and response.media_type == "application/json;charset=UTF-8":
            tag = f'W/"{hashlib.sha256(bytes(response.body)).hexdigest()}"'
            response.headers["etag"] = tag
            if call.request.headers.get("if-none-match") == tag:
                response.status_code = 304
                response.body = b""
                response.headers["content-length"] = "0"
                self._used -= 1
        if response.status_code == 401:
            return
        site, queried = self._site, call.path == "/graphql"
        limit = site.points if queried else site.rate_limit
        used = site.points_used if queried else self._used
        reset = (self._hour or self._world.now) + timedelta(hours=1)
        response.headers["x-github-api-version-selected"] = "2022-11-28"
        response.headers["x-ratelimit-limit"] = str(limit)
        response.headers["x-ratelimit-remaining"] = str(limit - used)
        response.headers["x-ratelimit-used"] = str(used)
        response.headers["x-ratelimit-reset"] = str(int(reset.timestamp()))
        response.headers["x-ratelimit-resource"] = "graphql" if queried else "core"

    def _render(self, call: Call) -> GithubPayloads:
        if call.base not in self._renderers:
            self._renderers[call.base] = GithubPayloads(self._site, call.base)
        return self._renderers[call.base]

    def _find_repository(self, call: Call) -> Repository:
        number = call.params.get("id")
        if number is not None:
            by_id = self._site.repositories.get(int(number)) if number.isdecimal() else None
            if by_id is None:
                raise ApiError(404, "Not Found")
            return by_id
        name = f"{call.params['owner']}/{call.params['repo']}"
        repository = self._site.by_name.get(name.lower())
        if repository is not None:
            return repository
        moved = self._site.renamed.get(name.lower())
        if moved is None:
            raise ApiError(404, "Not Found")
        rest = call.path.split("/", 4)[4:]
        raise ApiError(301, "/".join([f"/repositories/{moved.id}", *rest]))

    def _find_issue(self, call: Call) -> GithubIssue:
        repository = self._find_repository(call)
        text = call.params["number"]
        number = int(text) if text.isdecimal() else 0
        if number in repository.deleted:
            raise ApiError(410, "This issue was deleted")
        if number in repository.transferred:
            there = repository.transferred[number]
            rest = call.path.partition(f"/issues/{number}")[2]
            raise ApiError(301, f"/repositories/{there.repository.id}/issues/{there.number}{rest}")
        if number not in repository.issues:
            raise ApiError(404, "Not Found")
        return repository.issues[number]

    def _user(self, call: Call) -> Response:
        return encoded(self._render(call).user(self._site.user))

    def _rate_limit(self, _call: Call) -> Response:
        reset = (self._hour or self._world.now) + timedelta(hours=1)
        core = {
            "limit": self._site.rate_limit,
            "used": self._used,
            "remaining": self._site.rate_limit - self._used,
            "reset": int(reset.timestamp()),
            "resource": "core",
        }
        return encoded({"resources": {"core": core}, "rate": core})

    def _repositories(self, call: Call) -> Response:
        found = list(self._site.repositories.values())
        return offset_page(call, call.path, found, self._render(call).repository)

    def _graphql(self, call: Call) -> Response:
        self._used -= 1  # it has a limit of its own
        if not self._site.graphql:
            raise ApiError(404, "Not Found")
        asked = call.json()
        variables = asked.get("variables")
        web = call.base.removesuffix("/api")
        return encoded(
            github_graphql.answer(
                self._site,
                web,
                str(asked.get("query", "")),
                cast("dict[str, object]", variables) if isinstance(variables, dict) else {},
            )
        )

    def _organization(self, call: Call) -> Response:
        render = self._render(call)
        owner = call.params["owner"].lower()
        found = [r for r in self._site.repositories.values() if r.owner.lower() == owner]
        if not found:
            raise ApiError(404, "Not Found")
        return offset_page(call, call.path, found, render.repository)

    def _issue_fields(self, _call: Call) -> Response:
        issues = (i for r in self._site.repositories.values() for i in r.issues.values())
        names = sorted({name for issue in issues for name in issue.field_values})
        return encoded([{"id": field_id(name), "name": name} for name in names])

    def _find_project(self, call: Call) -> Project:
        for project in self._world.github_projects:
            if (project.owner, str(project.number)) == (
                call.params["owner"],
                call.params["number"],
            ):
                return project
        raise ApiError(404, "Not Found")

    def _project_fields(self, call: Call) -> Response:
        project = self._find_project(call)
        return offset_page(call, call.path, project.fields(self._world.now.date()), dict)

    def _project_items(self, call: Call) -> Response:
        project, render = self._find_project(call), self._render(call).issue
        wanted = frozenset(map(int, filter(str.isdecimal, call.query.get("fields", "").split(","))))
        today = self._world.now.date()
        return offset_page(
            call,
            call.path,
            project.items,
            lambda item: project.item(item, wanted, render, today),
        )

    def _repository(self, call: Call) -> Response:
        return encoded(self._render(call).repository(self._find_repository(call)))

    def _labels(self, call: Call) -> Response:
        repository = self._find_repository(call)
        render = self._render(call)
        labels = list(repository.labels.values())
        return offset_page(
            call,
            _by_id(repository, "labels"),
            labels,
            lambda label: render.label(label, repository),
        )

    def _milestones(self, call: Call) -> Response:
        repository = self._find_repository(call)
        render = self._render(call)
        found = wanted_milestones(call, repository)
        return offset_page(
            call, _by_id(repository, "milestones"), found, lambda m: render.milestone(m, repository)
        )

    def _milestone(self, call: Call) -> Response:
        repository = self._find_repository(call)
        for milestone in repository.milestones:
            if str(milestone.number) == call.params["number"]:
                return encoded(self._render(call).milestone(milestone, repository))
        raise ApiError(404, "Not Found")

    def _issues(self, call: Call) -> Response:
        repository = self._find_repository(call)
        if not repository.has_issues:
            raise ApiError(410, "Issues has been disabled in this repository.")
        found = wanted_issues(call, repository)
        path = _by_id(repository, "issues")
        if self._site.cursor_paging:
            return cursor_page(call, path, found, self._render(call).issue)
        return offset_page(call, path, found, self._render(call).issue)

    def _issue(self, call: Call) -> Response:
        return encoded(self._render(call).issue(self._find_issue(call)))

    def _find_pull_request(self, call: Call) -> GithubIssue:
        found = self._find_issue(call)
        if not found.pull_request:
            raise ApiError(404, "Not Found")
        return found

    def _pull_request(self, call: Call) -> Response:
        return encoded(self._render(call).pull_request(self._find_pull_request(call)))

    def _reviews(self, call: Call) -> Response:
        found, render = self._find_pull_request(call), self._render(call)
        path = _by_id(found.repository, f"pulls/{found.number}/reviews")
        return offset_page(call, path, found.reviews, lambda review: render.review(review, found))

    def _sub_issues(self, call: Call) -> Response:
        return self._relation(call, "sub_issues", self._find_issue(call).sub_issues)

    def _parent(self, call: Call) -> Response:
        parent = self._find_issue(call).parent
        if parent is None:
            raise ApiError(404, "Not Found")
        return encoded(self._render(call).issue(parent))

    def _blocked_by(self, call: Call) -> Response:
        return self._relation(call, "dependencies/blocked_by", self._find_issue(call).blocked_by)

    def _blocking(self, call: Call) -> Response:
        return self._relation(call, "dependencies/blocking", self._find_issue(call).blocking)

    def _relation(self, call: Call, name: str, issues: list[GithubIssue]) -> Response:
        repository = self._find_repository(call)
        path = _by_id(repository, f"issues/{call.params['number']}/{name}")
        shown = [issue for issue in issues if issue.visible]
        return offset_page(call, path, shown, self._render(call).issue)

    def _events(self, call: Call) -> Response:
        issue = self._find_issue(call)
        kind = call.path.rsplit("/", 1)[1]
        path = _by_id(issue.repository, f"issues/{issue.number}/{kind}")
        shown = issue.events if kind == "timeline" else list(filter(_is_event, issue.events))
        return offset_page(call, path, shown, self._render(call).event)

    def _repository_events(self, call: Call) -> Response:
        repository = self._find_repository(call)
        render = self._render(call)
        issues = repository.issues.values()
        events = [event for issue in issues for event in issue.events if _is_event(event)]
        events.sort(key=lambda event: event.id, reverse=True)
        path = _by_id(repository, "issues/events")
        return offset_page(call, path, events, lambda e: render.event(e, with_issue=True))

    def _browse(self, call: Call) -> Response:
        issue = self._find_issue(call)
        state = "open" if issue.closed is None else "closed"
        return issue_page(issue.key, issue.title, state, issue.body or "")


def _is_event(event: Event) -> bool:
    """Mentions are in timelines, and no events."""
    return event.kind != "cross-referenced"


def _by_id(repository: Repository, rest: str) -> str:
    return f"/repositories/{repository.id}/{rest}"
