"""What the simulated GitLab sends: payloads in the shape of its REST API."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from .gitlab_site import (
    GitlabEpic,
    GitlabEvent,
    GitlabIssue,
    GitlabProject,
    GitlabSite,
    Timebox,
)

Json = dict[str, object]

_USER: Json = {"id": 1, "username": "ana", "name": "Ana", "web_url": "https://gitlab.example/ana"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payloads:
    """Renders for one request; ``base`` is where browsers go."""

    base: str
    site: GitlabSite

    def project(self, project: GitlabProject) -> Json:
        return {
            "id": project.id,
            "name": project.path.rpartition("/")[2].title(),
            "path_with_namespace": project.path,
            "issues_access_level": "enabled",
            "open_issues_count": sum(one.closed is None for one in project.issues.values()),
            "web_url": f"{self.base}/{project.path}",
            "archived": project.archived,
            "permissions": {
                "project_access": {"access_level": self.site.access_level},
                "group_access": None,
            },
        }

    def milestone(self, box: Timebox) -> Json:
        group = box.path in self.site.groups
        place = f"groups/{box.path}" if group else box.path
        owner = (
            {"group_id": self.site.groups[box.path]}
            if group
            else {"project_id": self.site.projects[box.path].id}
        )
        return {
            "id": box.id,
            "iid": box.iid,
            **owner,
            "title": box.title,
            "description": "",
            "state": "closed" if box.closed else "active",
            "start_date": _day(box.start),
            "due_date": _day(box.due),
            "expired": False,
            "web_url": f"{self.base}/{place}/-/milestones/{box.iid}",
        }

    def iteration(self, box: Timebox) -> Json:
        return {
            "id": box.id,
            "iid": box.iid,
            "sequence": box.iid,
            "group_id": self.site.groups[box.path],
            "title": box.title,
            "description": None,
            "state": 3 if box.closed else 1,
            "start_date": _day(box.start),
            "due_date": _day(box.due),
            "web_url": f"{self.base}/groups/{box.path}/-/iterations/{box.iid}",
        }

    def issue(self, issue: GitlabIssue) -> Json:
        payload: Json = {
            "id": issue.id,
            "iid": issue.iid,
            "project_id": issue.project.id,
            "title": issue.title,
            "description": issue.description,
            "state": "opened" if issue.closed is None else "closed",
            "created_at": _time(issue.created),
            "updated_at": _time(issue.updated),
            "closed_at": None if issue.closed is None else _time(issue.closed),
            "labels": list(issue.labels),
            "milestone": None if issue.milestone is None else self.milestone(issue.milestone),
            "assignees": [] if issue.assignee is None else [{"username": issue.assignee}],
            "assignee": None if issue.assignee is None else {"username": issue.assignee},
            "author": _USER,
            "type": "ISSUE",
            "issue_type": "issue",
            "confidential": issue.confidential,
            "due_date": _day(issue.due),
            "moved_to_id": issue.moved_to,
            "web_url": f"{self.base}/{issue.project.path}/-/issues/{issue.iid}",
            "references": {"short": f"#{issue.iid}", "full": issue.key},
            "_links": {"closed_as_duplicate_of": None},
        }
        if self.site.premium:
            payload |= {
                "weight": issue.weight,
                "iteration": None if issue.iteration is None else self.iteration(issue.iteration),
                "epic": None if issue.epic is None else self._epic_of(issue.epic),
            }
        return payload

    def link(self, link: tuple[str, GitlabIssue, datetime]) -> Json:
        kind, other, at = link
        return self.issue(other) | {
            "issue_link_id": other.id,
            "link_type": kind,
            "link_created_at": _time(at),
        }

    def event(self, issue: GitlabIssue, event: GitlabEvent) -> Json:
        payload: Json = {
            "id": event.id,
            "user": _USER,
            "created_at": _time(event.at),
            "resource_type": "Issue",
            "resource_id": issue.id,
        }
        if event.kind == "state":
            return payload | {"state": event.action}
        assert event.timebox is not None
        render = self.milestone if event.kind == "milestone" else self.iteration
        return payload | {"action": event.action, event.kind: render(event.timebox)}

    def epic(self, epic: GitlabEpic) -> Json:
        return {
            "id": epic.id,
            "iid": epic.iid,
            "group_id": self.site.groups[epic.group],
            "parent_id": None,
            "title": epic.title,
            "description": epic.description,
            "state": "opened" if epic.closed is None else "closed",
            "web_url": f"{self.base}/groups/{epic.group}/-/epics/{epic.iid}",
            "references": {"short": f"&{epic.iid}", "full": f"{epic.group}&{epic.iid}"},
            "start_date": None,
            "due_date": _day(epic.due),
            "created_at": _time(epic.created),
            "updated_at": _time(epic.updated),
            "closed_at": None if epic.closed is None else _time(epic.closed),
            "labels": [],
        }

    def _epic_of(self, epic: GitlabEpic) -> Json:
        return {
            "id": epic.id,
            "iid": epic.iid,
            "title": epic.title,
            "url": f"/groups/{epic.group}/-/epics/{epic.iid}",
            "group_id": self.site.groups[epic.group],
        }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
