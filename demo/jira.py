"""The REST API of Jira, Cloud (v2, v3) and Data Center (v2), as far as readers use it.

Follows developer.atlassian.com/cloud/jira/platform/rest/v3 and the Data Center reference:
Cloud searches at ``/search/jql`` with opaque tokens and answers 410 at ``/search``; Data
Center searches at ``/search`` with offsets, has no ``/search/jql`` and no changelog endpoint.
"""

import base64
from collections.abc import Sequence

from starlette.responses import Response

from . import jira_fields
from .jira_agile import AgileApi
from .jira_catalog import ISSUE_TYPES, LINK_TYPES, STATUSES
from .jira_objects import JiraIssue, JiraProject
from .jira_payloads import JiraPayloads, Json
from .jira_search import Searches, SearchRequest
from .jira_site import JiraSite
from .jira_worklogs import routes as worklog_routes
from .pages import issue_page
from .paging import bounded, offset_of, offset_page, offset_token, strings
from .routing import ApiError, Call, Route, encoded, route
from .world import World

_MULTI_FETCH = 100
_MULTI_CHANGELOG = 1000
_CHANGELOG_PAGE = 100


class JiraApp:
    """One Jira site as HTTP."""

    def __init__(self, world: World, site: JiraSite, *, gateway: str = "") -> None:
        """Serve a site, or what Atlassian serves of it below a path such as ``/ex/jira/ID``."""
        self._world = world
        self._site = site
        self._gateway = gateway
        self._searches = Searches(site)
        self._payloads: dict[tuple[str, str], JiraPayloads] = {}
        self.routes: Sequence[Route] = self._route_table()

    def _route_table(self) -> list[Route]:
        api = "/rest/api/{version}"
        routes = [
            route("GET", f"{api}/serverInfo", self._server_info),
            route("GET", f"{api}/myself", self._myself),
            route("GET", f"{api}/field", self._fields),
            route("GET", f"{api}/status", self._statuses),
            route("GET", f"{api}/issuetype", self._issue_types),
            route("GET", f"{api}/issueLinkType", self._link_types),
            route("GET", f"{api}/mypermissions", self._permissions),
            route("GET", f"{api}/project", self._projects),
        ]
        if self._site.cloud:
            routes += [
                route("GET", f"{api}/project/search", self._project_search),
                route("GET", f"{api}/search", self._removed_search),
                route("POST", f"{api}/search", self._removed_search),
                route("GET", f"{api}/search/jql", self._search_by_token),
                route("POST", f"{api}/search/jql", self._search_by_token),
                route("POST", f"{api}/search/approximate-count", self._count),
                route("POST", f"{api}/issue/bulkfetch", self._bulk_fetch),
                route("POST", f"{api}/changelog/bulkfetch", self._bulk_changelog),
                route("GET", f"{api}/issue/{{issue}}/changelog", self._changelog),
            ]
        else:
            routes += [
                route("GET", f"{api}/search", self._search_by_offset),
                route("POST", f"{api}/search", self._search_by_offset),
            ]
        return [
            *routes,
            *AgileApi(self._site.agile).routes,
            route("GET", f"{api}/project/{{project}}", self._project),
            route("GET", f"{api}/project/{{project}}/versions", self._versions),
            route("GET", f"{api}/project/{{project}}/version", self._version_page),
            route("GET", f"{api}/version/{{version_id}}/unresolvedIssueCount", self._unresolved),
            route("GET", f"{api}/version/{{version_id}}/relatedIssueCounts", self._related),
            route("GET", f"{api}/issue/{{issue}}", self._issue),
            route("GET", f"{api}/issue/{{issue}}/remotelink", self._remote_links),
            *worklog_routes(api, self._require_issue, self._render),
            route("GET", "/browse/{issue}", self._browse),
        ]

    def prefix(self, path: str) -> str:
        """Routes begin at the root, or below the gateway."""
        return self._gateway if path.startswith(f"{self._gateway}/") else ""

    def admit(self, call: Call) -> None:
        """Take basic authentication on Cloud and a personal access token on Data Center."""
        given = call.request.headers.get("authorization")
        anonymous_allowed = call.path.endswith("/serverInfo") or call.path.startswith("/browse/")
        if given is None and anonymous_allowed:
            return
        kind, _, secret = (given or "").partition(" ")
        if self._site.cloud and not self._gateway:
            account = f"{self._site.user.email}:{self._site.token}"
            wanted = ("basic", base64.b64encode(account.encode()).decode())
        else:
            wanted = ("bearer", self._site.token)
        if (kind.lower(), secret.strip()) != wanted:
            raise ApiError(401, "Client must be authenticated to access this resource.")

    def error(self, _call: Call, error: ApiError) -> Response:
        """Write an error collection."""
        response = encoded({"errorMessages": [error.message], "errors": {}}, status=error.status)
        if error.status == 401:
            response.headers["x-seraph-loginreason"] = "AUTHENTICATED_FAILED"
            response.headers["www-authenticate"] = 'OAuth realm="jira"'
        return response

    def finish(self, _call: Call, response: Response) -> None:
        """Say who was logged in, as Jira does."""
        response.headers["x-arequestid"] = "540x1x1"
        if response.status_code != 401:
            named = "x-aaccountid" if self._site.cloud else "x-ausername"
            response.headers[named] = self._site.user_id(self._site.user)

    def _render(self, call: Call) -> JiraPayloads:
        version = call.params["version"]
        allowed = ("2", "3", "latest") if self._site.cloud else ("2", "latest")
        if version not in allowed:
            raise ApiError(404, f"null for uri: {call.base}{call.path}")
        known = self._payloads.get((call.base, version))
        if known is None:
            known = self._payloads[call.base, version] = JiraPayloads(
                self._site, call.base, version, self._world.addresses
            )
        return known

    def _find_project(self, call: Call) -> JiraProject:
        wanted = call.params["project"]
        for project in self._site.projects.values():
            if wanted in (project.key, str(project.id)):
                return project
        raise ApiError(404, f"No project could be found with key '{wanted}'.")

    def _find_issue(self, id_or_key: str) -> JiraIssue | None:
        if id_or_key.isdecimal():
            return self._site.issues.get(int(id_or_key))
        return self._site.by_key.get(id_or_key.upper())

    def _require_issue(self, call: Call) -> JiraIssue:
        """Find an issue; Data Center tells a hidden one from one that is not there."""
        wanted = call.params["issue"]
        issue = self._find_issue(wanted)
        hidden = any(wanted in (str(i.id), i.key) for i in self._site.hidden.values())
        if hidden and not self._site.cloud:
            raise ApiError(403, "You do not have the permission to see the specified issue.")
        if issue is None:
            raise ApiError(404, "Issue does not exist or you do not have permission to see it.")
        return issue

    def _server_info(self, call: Call) -> Response:
        render = self._render(call)
        cloud = self._site.cloud
        return encoded(
            {
                "baseUrl": call.base,
                "version": "1001.0.0-SNAPSHOT" if cloud else "9.12.15",
                "versionNumbers": [1001, 0, 0] if cloud else [9, 12, 15],
                "deploymentType": "Cloud" if cloud else "Server",
                "buildNumber": 100290 if cloud else 9120015,
                "serverTime": render.time(self._world.now),
                "serverTitle": "Jira",
                "defaultLocale": {"locale": "en_US"},
            }
        )

    def _myself(self, call: Call) -> Response:
        return encoded(self._render(call).user(self._site.user))

    def _fields(self, call: Call) -> Response:
        self._render(call)
        return encoded(jira_fields.listing(cloud=self._site.cloud))

    def _statuses(self, call: Call) -> Response:
        render = self._render(call)
        return encoded([render.status(status) for status in STATUSES.values()])

    def _issue_types(self, call: Call) -> Response:
        return encoded([self._render(call).issue_type(kind) for kind in ISSUE_TYPES.values()])

    def _link_types(self, call: Call) -> Response:
        render = self._render(call)
        return encoded({"issueLinkTypes": [render.link_type(k) for k in LINK_TYPES.values()]})

    def _permissions(self, call: Call) -> Response:
        asked = call.query.get("permissions", "")
        if not asked and self._site.cloud:
            raise ApiError(400, "The 'permissions' query parameter is required.")
        key = call.query.get("projectKey")
        if key is not None and key not in self._site.projects:
            raise ApiError(404, f"No project could be found with key '{key}'.")
        names = [name for name in asked.split(",") if name] or ["BROWSE_PROJECTS"]
        return encoded(
            {
                "permissions": {
                    name: {
                        "id": "10",
                        "key": name,
                        "name": name.replace("_", " ").capitalize(),
                        "type": "PROJECT",
                        "description": "",
                        "havePermission": name == "BROWSE_PROJECTS",
                    }
                    for name in names
                }
            }
        )

    def _projects(self, call: Call) -> Response:
        render = self._render(call)
        return encoded([render.project(project) for project in self._site.projects.values()])

    def _project_search(self, call: Call) -> Response:
        render = self._render(call)
        wanted = set(call.request.query_params.getlist("keys"))
        projects = [
            project
            for project in self._site.projects.values()
            if not wanted or project.key in wanted
        ]
        return encoded(offset_page(call, [render.project(p) for p in projects], largest=100))

    def _project(self, call: Call) -> Response:
        render = self._render(call)
        project = self._find_project(call)
        today = self._world.now.date()
        return encoded(
            render.project(project)
            | {
                "lead": render.user(project.lead),
                "issueTypes": [render.issue_type(kind) for kind in ISSUE_TYPES.values()],
                "versions": [render.version(v, project, today) for v in project.versions],
            }
        )

    def _version_payloads(self, call: Call) -> list[Json]:
        render = self._render(call)
        project = self._find_project(call)
        today = self._world.now.date()
        return [render.version(version, project, today) for version in project.versions]

    def _versions(self, call: Call) -> Response:
        return encoded(self._version_payloads(call))

    def _version_page(self, call: Call) -> Response:
        return encoded(offset_page(call, self._version_payloads(call), largest=100))

    def _issues_of_version(self, call: Call) -> list[JiraIssue]:
        wanted = call.params["version_id"]
        for project in self._site.projects.values():
            for version in project.versions:
                if str(version.id) == wanted:
                    return [issue for issue in project.issues if version in issue.versions]
        raise ApiError(404, f"Could not find version for id '{wanted}'")

    def _unresolved(self, call: Call) -> Response:
        """Count; Data Center does not say how many there are in all."""
        issues = self._issues_of_version(call)
        address = f"{call.base}/rest/api/{call.params['version']}/version"
        counts: Json = {
            "self": f"{address}/{call.params['version_id']}",
            "issuesUnresolvedCount": sum(issue.resolution is None for issue in issues),
        }
        return encoded(counts | ({"issuesCount": len(issues)} if self._site.cloud else {}))

    def _related(self, call: Call) -> Response:
        issues = self._issues_of_version(call)
        return encoded({"issuesFixedCount": len(issues), "issuesAffectedCount": 0})

    def _removed_search(self, _call: Call) -> Response:
        raise ApiError(
            410,
            "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
            "A full migration guide is available at "
            "https://developer.atlassian.com/changelog/#CHANGE-2046",
        )

    def _search_by_token(self, call: Call) -> Response:
        render = self._render(call)
        request = SearchRequest.read(call)
        page = self._searches.page_by_token(request, self._world.now)
        fields = render.select(request.fields)
        if fields or "key" in request.fields or request.changelog:
            issues = [
                render.issue(issue, fields, changelog=request.changelog) for issue in page.issues
            ]
        else:
            issues = [{"id": str(issue.id)} for issue in page.issues]
        payload: Json = {"issues": issues}
        if page.token is not None:
            payload["nextPageToken"] = page.token
        payload["isLast"] = page.token is None
        return encoded(payload)

    def _search_by_offset(self, call: Call) -> Response:
        render = self._render(call)
        request = SearchRequest.read(call)
        page = self._searches.page_by_offset(request, self._world.now)
        fields = render.select(request.fields or ["*navigable"])
        return encoded(
            {
                "expand": "schema,names",
                "startAt": request.start_at,
                "maxResults": page.size,
                "total": page.total,
                "issues": [
                    render.issue(issue, fields, changelog=request.changelog)
                    for issue in page.issues
                ],
            }
        )

    def _count(self, call: Call) -> Response:
        self._render(call)
        return encoded({"count": self._searches.count(SearchRequest.read(call), self._world.now)})

    def _issue(self, call: Call) -> Response:
        render = self._render(call)
        wanted = call.query.get("fields", "*all").split(",")
        changelog = "changelog" in call.query.get("expand", "").split(",")
        issue = self._require_issue(call)
        return encoded(render.issue(issue, render.select(wanted), changelog=changelog))

    def _bulk_fetch(self, call: Call) -> Response:
        render = self._render(call)
        body = call.json()
        wanted = strings(body, "issueIdsOrKeys")
        if not 0 < len(wanted) <= _MULTI_FETCH:
            raise ApiError(400, f"issueIdsOrKeys must hold 1 to {_MULTI_FETCH} entries.")
        fields = render.select(strings(body, "fields") or ["*navigable"])
        found: dict[int, JiraIssue] = {}
        errors: list[Json] = []
        for name in wanted:
            issue = self._find_issue(name)
            if issue is None:
                errors.append(
                    {
                        "id": name,
                        "errorMessage": "Issue does not exist or you do not have permission.",
                    }
                )
            else:
                found[issue.id] = issue
        changelog = "changelog" in strings(body, "expand")
        return encoded(
            {
                "expand": "schema,names",
                "issues": [
                    render.issue(issue, fields, changelog=changelog)
                    for _, issue in sorted(found.items())
                ],
                "issueErrors": errors,
            }
        )

    def _changelog(self, call: Call) -> Response:
        render = self._render(call)
        issue = self._require_issue(call)
        entries = [render.history(entry) for entry in issue.histories]
        return encoded(offset_page(call, entries, largest=_CHANGELOG_PAGE, default=_CHANGELOG_PAGE))

    def _bulk_changelog(self, call: Call) -> Response:
        render = self._render(call)
        body = call.json()
        wanted = strings(body, "issueIdsOrKeys")
        if not 0 < len(wanted) <= _MULTI_CHANGELOG:
            raise ApiError(400, f"issueIdsOrKeys must hold 1 to {_MULTI_CHANGELOG} entries.")
        fields = set(strings(body, "fieldIds"))
        if len(fields) > 10:
            raise ApiError(400, "fieldIds must hold at most 10 entries.")
        found = {issue.id: issue for issue in map(self._find_issue, wanted) if issue is not None}
        entries = [
            (issue, entry)
            for _, issue in sorted(found.items())
            for entry in issue.histories
            if not fields or any(change.field_id in fields for change in entry.changes)
        ]
        start = offset_of(body.get("nextPageToken"), wanted)
        size = bounded(body.get("maxResults"), default=1000, largest=10_000)
        logs: dict[int, list[Json]] = {}
        for issue, entry in entries[start : start + size]:
            logs.setdefault(issue.id, []).append(render.history(entry))
        payload: Json = {
            "issueChangeLogs": [
                {"issueId": str(issue_id), "changeHistories": histories}
                for issue_id, histories in logs.items()
            ]
        }
        if start + size < len(entries):
            payload["nextPageToken"] = offset_token(start + size, wanted)
        return encoded(payload)

    def _remote_links(self, call: Call) -> Response:
        render = self._render(call)
        issue = self._require_issue(call)
        return encoded([render.remote_link(issue, link) for link in issue.remote_links])

    def _browse(self, call: Call) -> Response:
        issue = self._require_issue(call)
        return issue_page(issue.key, issue.summary, issue.status.name, issue.description or "")
