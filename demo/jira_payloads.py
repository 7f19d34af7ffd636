"""Rendering of Jira's JSON, in the shapes that Cloud and Data Center send.

What many issues share (a user, a status, a version) is encoded once and copied as bytes, so
that a page of a hundred issues costs about a millisecond.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from .jira_agile import as_object, as_text
from .jira_catalog import RESOLUTIONS, IssueType, LinkType, Status
from .jira_fields import CUSTOM_FIELDS, SYSTEM_FIELDS, option
from .jira_objects import (
    FieldChange,
    History,
    JiraIssue,
    JiraLink,
    JiraProject,
    JiraVersion,
    RemoteLink,
)
from .jira_site import JiraSite
from .jira_worklogs import page
from .people import User

Json = dict[str, object]

_CATEGORIES = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}
CHANGELOG_PAGE = 100
"""How many changelog entries Cloud puts into an issue; the rest is behind another endpoint."""

_EXPAND = "operations,versionedRepresentations,editmeta,changelog,renderedFields"


class JiraPayloads:
    """Renders one site as seen under one base URL and one version of the API."""

    def __init__(self, site: JiraSite, base: str, version: str, addresses: dict[str, str]) -> None:
        self._site = site
        self._base = base
        self.api = f"{base}/rest/api/{version}"
        self._rich_text = version == "3"
        self._addresses = addresses
        self._zone = ZoneInfo(site.timezone)
        self._fragments: dict[object, msgspec.Raw] = {}
        self._revision = -1
        self._fields = self._field_table()

    def select(self, wanted: Iterable[str]) -> list[str]:
        """Expand a ``fields`` parameter to field ids that exist; ``-x`` leaves one out."""
        chosen: dict[str, None] = {}
        for name in wanted:
            if name == "*all":
                chosen |= dict.fromkeys(self._fields)
            elif name == "*navigable":
                chosen |= dict.fromkeys(each for each in self._fields if each != "worklog")
            elif name.startswith("-"):
                chosen.pop(name[1:], None)
            elif name in self._fields:
                chosen[name] = None
        return list(chosen)

    def issue(self, issue: JiraIssue, fields: list[str], *, changelog: bool = False) -> Json:
        """Render an issue with the fields of ``select``."""
        if self._revision != self._site.revision:
            self._fragments.clear()
            self._revision = self._site.revision
        payload: Json = {
            "expand": _EXPAND,
            "id": str(issue.id),
            "self": f"{self.api}/issue/{issue.id}",
            "key": issue.key,
        }
        if fields:
            payload["fields"] = {
                name: value
                for name in fields
                if (value := self._fields[name](issue)) is not msgspec.UNSET
            }
        if changelog:
            payload["changelog"] = self._changelog(issue)
        return payload

    def _changelog(self, issue: JiraIssue) -> Json:
        total = len(issue.histories)
        if not self._site.cloud:
            return {
                "startAt": 0,
                "maxResults": total,
                "total": total,
                "histories": [self.history(entry) for entry in issue.histories],
            }
        newest = issue.histories[: -CHANGELOG_PAGE - 1 : -1]
        return {
            "startAt": 0,
            "maxResults": max(len(newest), CHANGELOG_PAGE if total > CHANGELOG_PAGE else 0),
            "total": total,
            "histories": [self.history(entry) for entry in newest],
        }

    def history(self, entry: History) -> Json:
        """Render an entry of a changelog."""
        return {
            "id": str(entry.id),
            "author": self.user(entry.author),
            "created": self.time(entry.at),
            "items": [self._change(change) for change in entry.changes],
        }

    def _change(self, change: FieldChange) -> Json:
        custom = change.field_id.startswith("customfield_")
        payload: Json = {"field": change.field, "fieldtype": "custom" if custom else "jira"}
        if self._site.cloud and change.field_id:
            payload["fieldId"] = change.field_id
        return payload | {
            "from": change.old,
            "fromString": change.old_text,
            "to": change.new,
            "toString": change.new_text,
        }

    def time(self, at: datetime) -> str:
        """Write a time as Jira does: the account's zone, milliseconds, an offset without colon."""
        local = at.astimezone(self._zone)
        offset = local.strftime("%z")
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{offset}"

    def _shared(self, key: object, render: Callable[[], Json]) -> msgspec.Raw:
        fragment = self._fragments.get(key)
        if fragment is None:
            fragment = self._fragments[key] = msgspec.Raw(msgspec.json.encode(render()))
        return fragment

    def user(self, user: User) -> msgspec.Raw:
        return self._shared(user, lambda: self._render_user(user))

    def _render_user(self, user: User) -> Json:
        avatars = {
            f"{size}x{size}": f"{self._base}/secure/useravatar?size={size}&ownerId={user.login}"
            for size in (48, 24, 16, 32)
        }
        common: Json = {
            "emailAddress": user.email,
            "avatarUrls": avatars,
            "displayName": user.name,
            "active": True,
            "timeZone": self._site.timezone,
        }
        if self._site.cloud:
            return {
                "self": f"{self.api}/user?accountId={user.account_id}",
                "accountId": user.account_id,
                "accountType": "atlassian",
            } | common
        return {
            "self": f"{self.api}/user?username={user.login}",
            "name": user.login,
            "key": f"JIRAUSER{user.number}",
        } | common

    def status(self, status: Status) -> Json:
        number, name, colour = _CATEGORIES[status.category]
        return {
            "self": f"{self.api}/status/{status.id}",
            "description": "",
            "iconUrl": f"{self._base}/images/icons/statuses/generic.png",
            "name": status.name,
            "id": str(status.id),
            "statusCategory": {
                "self": f"{self.api}/statuscategory/{number}",
                "id": number,
                "key": status.category,
                "colorName": colour,
                "name": name,
            },
        }

    def issue_type(self, kind: IssueType) -> Json:
        payload: Json = {
            "self": f"{self.api}/issuetype/{kind.id}",
            "id": str(kind.id),
            "description": "",
            "iconUrl": f"{self._base}/images/icons/issuetypes/{kind.name.lower()}.svg",
            "name": kind.name,
            "subtask": kind.level < 0,
        }
        return payload | {"hierarchyLevel": kind.level} if self._site.cloud else payload

    def project(self, project: JiraProject) -> Json:
        return {
            "self": f"{self.api}/project/{project.id}",
            "id": str(project.id),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "software",
            "simplified": False,
            "avatarUrls": {"48x48": f"{self._base}/secure/projectavatar?pid={project.id}"},
        }

    def version(self, version: JiraVersion, project: JiraProject, today: date) -> Json:
        """Render a version as its project lists it; ``overdue`` stands with open dated ones."""
        payload = self._version_reference(version)
        if version.start is not None:
            payload["startDate"] = version.start.isoformat()
            payload["userStartDate"] = _locale_date(version.start)
        if version.release is not None:
            payload["userReleaseDate"] = _locale_date(version.release)
            if not version.released:
                payload["overdue"] = version.release < today
        payload["projectId"] = project.id
        return payload

    def _version_reference(self, version: JiraVersion) -> Json:
        payload: Json = {
            "self": f"{self.api}/version/{version.id}",
            "id": str(version.id),
            "description": version.description,
            "name": version.name,
            "archived": version.archived,
            "released": version.released,
        }
        if version.release is not None:
            payload["releaseDate"] = version.release.isoformat()
        return payload

    def remote_link(self, issue: JiraIssue, link: RemoteLink) -> Json:
        root = "" if link.site is None else self._addresses.get(link.site, "")
        return {
            "id": link.id,
            "self": f"{self.api}/issue/{issue.key}/remotelink/{link.id}",
            "application": {},
            "relationship": link.relationship,
            "object": {
                "url": f"{root}{link.path}",
                "title": link.title,
                "icon": {},
                "status": {"resolved": False, "icon": {}},
            },
        }

    def _reference(self, issue: JiraIssue) -> Json:
        return {
            "id": str(issue.id),
            "key": issue.key,
            "self": f"{self.api}/issue/{issue.id}",
            "fields": {
                "summary": issue.summary,
                "status": self._status_of(issue),
                "priority": self._priority(),
                "issuetype": self._type_of(issue),
            },
        }

    def _link(self, issue: JiraIssue, link: JiraLink) -> Json:
        outward = link.source is issue
        return {
            "id": str(link.id),
            "self": f"{self.api}/issueLink/{link.id}",
            "type": self.link_type(link.type),
            ("outwardIssue" if outward else "inwardIssue"): self._reference(
                link.target if outward else link.source
            ),
        }

    def _is_hidden(self, link: JiraLink) -> bool:
        """A link to an issue that the account may not see is left out."""
        hidden = self._site.hidden
        return link.source.id in hidden or link.target.id in hidden

    def link_type(self, kind: LinkType) -> Json:
        return {
            "id": str(kind.id),
            "name": kind.name,
            "inward": kind.inward,
            "outward": kind.outward,
            "self": f"{self.api}/issueLinkType/{kind.id}",
        }

    def _status_of(self, issue: JiraIssue) -> msgspec.Raw:
        return self._shared(issue.status, lambda: self.status(issue.status))

    def _type_of(self, issue: JiraIssue) -> msgspec.Raw:
        return self._shared(issue.type, lambda: self.issue_type(issue.type))

    def _priority(self) -> msgspec.Raw:
        return self._shared(
            "priority",
            lambda: {
                "self": f"{self.api}/priority/3",
                "iconUrl": f"{self._base}/images/icons/priorities/medium.svg",
                "name": "Medium",
                "id": "3",
            },
        )

    def _resolution(self, issue: JiraIssue) -> object:
        name = issue.resolution
        if name is None:
            return None
        number = RESOLUTIONS[name]
        return self._shared(
            ("resolution", name),
            lambda: {
                "self": f"{self.api}/resolution/{number}",
                "id": str(number),
                "description": "",
                "name": name,
            },
        )

    def _version_of(self, version: JiraVersion) -> msgspec.Raw:
        return self._shared(("version", version.id), lambda: self._version_reference(version))

    def _text(self, text: str | None) -> object:
        if text is None or not self._rich_text:
            return text
        paragraphs = [
            {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []}
            for line in text.split("\n")
        ]
        return {"type": "doc", "version": 1, "content": paragraphs}

    def _parent(self, issue: JiraIssue) -> object:
        parent = issue.parent
        if parent is None or not (self._site.cloud or issue.type.level < 0):
            return msgspec.UNSET
        return self._reference(parent)

    def _epic_link(self, issue: JiraIssue) -> object:
        parent = issue.parent
        return parent.key if parent is not None and parent.type.level == 1 else None

    def _parent_link(self, issue: JiraIssue) -> object:
        parent = issue.parent
        return parent.key if parent is not None and parent.type.level > 1 else None

    def _sprints(self, issue: JiraIssue) -> object:
        if not issue.sprints:
            return None
        write = as_object if self._site.cloud else as_text
        return [write(sprint) for sprint in issue.sprints]

    def _flagged(self, issue: JiraIssue) -> object:
        return [option(self.api, "10019", "Impediment")] if issue.flagged else None

    def _field_table(self) -> dict[str, Callable[[JiraIssue], object]]:
        table: dict[str, Callable[[JiraIssue], object]] = {
            "summary": lambda issue: issue.summary,
            "description": lambda issue: self._text(issue.description),
            "issuetype": self._type_of,
            "project": lambda issue: self._shared(
                ("project", issue.project.id), lambda: self.project(issue.project)
            ),
            "status": self._status_of,
            "statuscategorychangedate": lambda issue: self.time(issue.category_changed),
            "resolution": self._resolution,
            "resolutiondate": lambda issue: issue.resolved and self.time(issue.resolved),
            "created": lambda issue: self.time(issue.created),
            "updated": lambda issue: self.time(issue.updated),
            "duedate": lambda issue: issue.due,
            "priority": lambda _issue: self._priority(),
            "assignee": lambda issue: None if issue.assignee is None else self.user(issue.assignee),
            "reporter": lambda issue: self.user(issue.reporter),
            "creator": lambda issue: self.user(issue.reporter),
            "labels": lambda issue: issue.labels,
            "components": lambda issue: [
                {"self": f"{self.api}/component/{name}", "id": name, "name": name}
                for name in issue.components
            ],
            "fixVersions": lambda issue: [self._version_of(version) for version in issue.versions],
            "issuelinks": lambda issue: [
                self._link(issue, link) for link in issue.links if not self._is_hidden(link)
            ],
            "subtasks": lambda issue: [self._reference(child) for child in issue.subtasks],
            "parent": self._parent,
            "worklog": lambda issue: page(self, issue),
        }
        assert table.keys() == SYSTEM_FIELDS.keys()
        roles: dict[str, Callable[[JiraIssue], object]] = {
            "start": lambda issue: issue.start,
            "target_start": lambda issue: issue.target_start,
            "target_end": lambda issue: issue.target_end,
            "points": lambda issue: issue.points,
            "reported": lambda issue: issue.reported and option(self.api, "10031", issue.reported),
            "flagged": self._flagged,
            "sprint": self._sprints,
            "epic_link": self._epic_link,
            "parent_link": self._parent_link,
            "epic_name": lambda issue: issue.summary if issue.type.level > 0 else None,
        }
        for field in CUSTOM_FIELDS:
            number = field.number(cloud=self._site.cloud)
            if number is not None:
                table[f"customfield_{number}"] = roles[field.role]
        return table


def _locale_date(day: date) -> str:
    return f"{day.day:02d}/{day:%b/%y}"
