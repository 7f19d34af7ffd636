"""The REST API of GitLab as readers use it: ``/api/v4``.

Follows docs.gitlab.com/api: numbered pages with ``X-Next-Page`` and ``Link``, ``updated_after``
and ``order_by``, paths or ids of projects and groups, 301 for what was renamed, 404 for what is
hidden or not there, 403 or 404 for what the tier has not.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from starlette.responses import Response

from .gitlab_payloads import Payloads
from .gitlab_site import GitlabEpic, GitlabIssue, GitlabProject, GitlabSite
from .graphql import parse
from .routing import ApiError, Call, Route, encoded, route

_T = TypeVar("_T")
_Dated = TypeVar("_Dated", GitlabIssue, GitlabEpic)
_LARGEST_PAGE = 100


class GitlabApp:
    """A site of GitLab, as ``DemoServer`` runs it."""

    def __init__(self, site: GitlabSite) -> None:
        self._site = site
        self.routes: Sequence[Route] = (
            route("POST", "/api/graphql", self._graphql),
            route("GET", "/user", self._user),
            route("GET", "/version", self._version),
            route("GET", "/personal_access_tokens/self", self._token),
            route("GET", "/projects", self._all_projects),
            route("GET", "/projects/{project:int}/issues_statistics", self._statistics),
            route("GET", "/groups/{group:int}/projects", self._projects),
            route("GET", "/groups/{group:int}/epics", self._epics),
            route("GET", "/groups/{group:int}/epics/{iid:int}", self._epic),
            route("GET", "/groups/{path:path}", self._group),
            route("GET", "/projects/{project:int}/milestones", self._milestones),
            route("GET", "/projects/{project:int}/iterations", self._iterations),
            route("GET", "/projects/{project:int}/issues", self._issues),
            route("GET", "/projects/{project:int}/issues/{iid:int}", self._issue),
            route("GET", "/projects/{project:int}/issues/{iid:int}/links", self._links),
            *(
                route(
                    "GET",
                    f"/projects/{{project:int}}/issues/{{iid:int}}/resource_{kind}_events",
                    self._events(kind),
                )
                for kind in ("state", "milestone", "iteration")
            ),
            route("GET", "/projects/{path:path}", self._project),
        )

    def prefix(self, path: str, /) -> str:
        """Every route is below ``/api/v4``."""
        return "/api/v4" if path.startswith("/api/v4/") else ""

    def admit(self, call: Call, /) -> None:
        """Take the token as a bearer or as ``PRIVATE-TOKEN``."""
        headers = call.request.headers
        given = (headers.get("authorization"), headers.get("private-token"))
        if f"Bearer {self._site.token}" != given[0] and self._site.token != given[1]:
            raise ApiError(401, "401 Unauthorized")

    def error(self, call: Call, error: ApiError, /) -> Response:
        """Write an error."""
        return encoded({"message": error.message}, status=error.status)

    def finish(self, call: Call, response: Response, /) -> None:
        """Tell what is left of the rate limit; without ``X-``, as GitLab does."""
        response.headers["X-Gitlab-Meta"] = '{"correlation_id":"01HD","version":"1"}'
        response.headers["RateLimit-Limit"] = "2000"
        response.headers["RateLimit-Remaining"] = "1999"

    def _render(self, call: Call) -> Payloads:
        return Payloads(base=call.base.removesuffix("/api/v4"), site=self._site)

    def _graphql(self, call: Call) -> Response:
        """Answer queries for issues by their global id, as far as their references go."""
        issues = {
            f"gid://gitlab/Issue/{issue.id}": issue
            for project in self._site.projects.values()
            for issue in project.issues.values()
        }
        data: dict[str, object] = {}
        for asked in parse(str(call.json().get("query")), {}):
            found = issues.get(str(asked.arguments.get("id")))
            data[asked.alias] = None if found is None else {"reference": found.key}
        return encoded({"data": data})

    def _user(self, call: Call) -> Response:
        name = self._site.username
        return encoded({"id": 1, "username": name, "name": name.title(), "state": "active"})

    def _version(self, call: Call) -> Response:
        return encoded({"version": self._site.version, "revision": "4e963fe"})

    def _token(self, call: Call) -> Response:
        return encoded({"id": 1, "name": "slipwatch", "scopes": list(self._site.scopes)})

    def _all_projects(self, call: Call) -> Response:
        archived = call.query.get("archived")
        found = [
            project
            for project in self._site.projects.values()
            if archived in (None, str(project.archived).lower())
        ]
        found.sort(key=lambda one: one.id, reverse=call.query.get("sort", "desc") == "desc")
        return _page(call, found, self._render(call).project)

    def _statistics(self, call: Call) -> Response:
        title = call.query.get("milestone")
        found = [
            issue
            for issue in self._found_project(call).issues.values()
            if title is None or (issue.milestone is not None and issue.milestone.title == title)
        ]
        closed = sum(issue.closed is not None for issue in found)
        counts = {"all": len(found), "closed": closed, "opened": len(found) - closed}
        return encoded({"statistics": {"counts": counts}})

    def _project(self, call: Call) -> Response:
        path = call.params["path"]
        former = self._site.moved.get(path)
        if former is not None:
            target = f"{call.base}/projects/{former.id}"
            return Response(status_code=301, headers={"location": target})
        for project in self._site.projects.values():
            if path in (project.path, str(project.id)):
                return encoded(self._render(call).project(project))
        raise ApiError(404, "404 Project Not Found")

    def _group(self, call: Call) -> Response:
        for path, identity in self._site.groups.items():
            if call.params["path"] in (path, str(identity)):
                return encoded({"id": identity, "full_path": path, "web_url": f"/groups/{path}"})
        raise ApiError(404, "404 Group Not Found")

    def _projects(self, call: Call) -> Response:
        group = self._found_group(call)
        found = [
            project
            for project in self._site.projects.values()
            if project.path.startswith(f"{group}/")
            and str(project.archived).lower() == call.query.get("archived", "false")
        ]
        return _page(call, found, self._render(call).project)

    def _milestones(self, call: Call) -> Response:
        project = self._found_project(call)
        above = call.query.get("include_ancestors") == "true"
        found = [
            milestone
            for milestone in self._site.milestones
            if milestone.path == project.path
            or (above and project.path.startswith(f"{milestone.path}/"))
            if call.query.get("state") in (None, "closed" if milestone.closed else "active")
        ]
        return _page(call, found, self._render(call).milestone)

    def _iterations(self, call: Call) -> Response:
        project = self._found_project(call)
        if not self._site.premium:
            raise ApiError(404, "404 Not Found")
        found = [i for i in self._site.iterations if project.path.startswith(f"{i.path}/")]
        return _page(call, found, self._render(call).iteration)

    def _issues(self, call: Call) -> Response:
        project = self._found_project(call)
        found = [
            issue
            for issue in project.issues.values()
            if self._site.shows(issue)
            and call.query.get("state") in (None, "all", "closed" if issue.closed else "opened")
            and (call.query.get("milestone") != "Any" or issue.milestone is not None)
        ]
        return _page(call, _ordered(call, found), self._render(call).issue)

    def _issue(self, call: Call) -> Response:
        return encoded(self._render(call).issue(self._found_issue(call)))

    def _links(self, call: Call) -> Response:
        return _page(call, self._found_issue(call).links, self._render(call).link)

    def _events(self, kind: str) -> Callable[[Call], Response]:
        def answer(call: Call) -> Response:
            issue = self._found_issue(call)
            found = [event for event in issue.events if event.kind == kind]
            render = self._render(call)
            return _page(call, found, lambda event: render.event(issue, event))

        return answer

    def _epics(self, call: Call) -> Response:
        group = self._found_group(call)
        if not self._site.premium:
            raise ApiError(403, "403 Forbidden")
        own = [epic for epic in self._site.epics if epic.group == group]
        return _page(call, _ordered(call, own), self._render(call).epic)

    def _epic(self, call: Call) -> Response:
        group = self._found_group(call)
        for epic in self._site.epics:
            if epic.group == group and str(epic.iid) == call.params["iid"]:
                return encoded(self._render(call).epic(epic))
        raise ApiError(404, "404 Not found")

    def _found_project(self, call: Call) -> GitlabProject:
        for project in self._site.projects.values():
            if str(project.id) == call.params["project"]:
                return project
        raise ApiError(404, "404 Project Not Found")

    def _found_group(self, call: Call) -> str:
        for path, identity in self._site.groups.items():
            if str(identity) == call.params["group"]:
                return path
        raise ApiError(404, "404 Group Not Found")

    def _found_issue(self, call: Call) -> GitlabIssue:
        issue = self._found_project(call).issues.get(int(call.params["iid"]))
        if issue is None or not self._site.shows(issue):
            raise ApiError(404, "404 Not found")
        return issue


def _ordered(call: Call, values: Iterable[_Dated]) -> list[_Dated]:
    """Filter and sort as ``…_after``, ``order_by`` and ``sort`` say; newest first by default."""
    by = {"created_at": "created", "updated_at": "updated"}[
        call.query.get("order_by", "created_at")
    ]
    found = [
        one
        for one in values
        if all(
            getattr(one, name) >= datetime.fromisoformat(call.query[f"{name}_after"])
            for name in ("created", "updated")
            if f"{name}_after" in call.query
        )
    ]
    down = call.query.get("sort", "desc") == "desc"
    return sorted(found, key=lambda one: (getattr(one, by), one.id), reverse=down)


def _page(call: Call, values: Sequence[_T], render: Callable[[_T], object]) -> Response:
    """Answer with one numbered page."""
    size = min(max(1, call.integer("per_page", 20)), _LARGEST_PAGE)
    page = max(1, call.integer("page", 1))
    shown = values[(page - 1) * size : page * size]
    response = encoded([render(value) for value in shown])
    more = page * size < len(values)
    response.headers["X-Next-Page"] = str(page + 1) if more else ""
    if more:
        query = urlencode({**call.query, "page": str(page + 1)})
        response.headers["Link"] = f'<{call.base}{call.path}?{query}>; rel="next"'
    return response
