"""Rendering of GitHub's JSON, in the shapes of API version 2022-11-28 as sent today."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import msgspec

from .github_records import Event, GithubIssue, GithubMilestone, Label, PullReview, Repository
from .github_site import GithubSite
from .people import User

Json = dict[str, object]


def stamp(at: datetime | None) -> str | None:
    """Write a time as GitHub does: UTC, whole seconds."""
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class GithubPayloads:
    """Renders the site as seen under one base URL of the API."""

    def __init__(self, site: GithubSite, base: str) -> None:
        self._site = site
        self._api = base
        self._web = base.removesuffix("/api/v3")
        self._fragments: dict[object, msgspec.Raw] = {}
        self._revision = -1

    def _shared(self, key: object, render: Callable[[], Json]) -> msgspec.Raw:
        if self._revision != self._site.revision:
            self._fragments.clear()
            self._revision = self._site.revision
        fragment = self._fragments.get(key)
        if fragment is None:
            fragment = self._fragments[key] = msgspec.Raw(msgspec.json.encode(render()))
        return fragment

    def user(self, user: User) -> msgspec.Raw:
        return self._shared(user, lambda: self._render_user(user))

    def _render_user(self, user: User) -> Json:
        url = f"{self._api}/users/{user.login}"
        return {
            "login": user.login,
            "id": user.number,
            "node_id": f"U_{user.number:08d}",
            "avatar_url": f"{self._web}/avatars/u/{user.number}",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{self._web}/{user.login}",
            "followers_url": f"{url}/followers",
            "following_url": f"{url}/following{{/other_user}}",
            "gists_url": f"{url}/gists{{/gist_id}}",
            "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
            "subscriptions_url": f"{url}/subscriptions",
            "organizations_url": f"{url}/orgs",
            "repos_url": f"{url}/repos",
            "events_url": f"{url}/events{{/privacy}}",
            "received_events_url": f"{url}/received_events",
            "type": "User",
            "user_view_type": "public",
            "site_admin": False,
        }

    def _repository_url(self, repository: Repository) -> str:
        return f"{self._api}/repos/{repository.full_name}"

    def repository(self, repository: Repository) -> Json:
        url = self._repository_url(repository)
        open_issues = sum(issue.closed is None for issue in repository.issues.values())
        return {
            "id": repository.id,
            "node_id": f"R_{repository.id}",
            "name": repository.name,
            "full_name": repository.full_name,
            "private": repository.private,
            "owner": {
                "login": repository.owner,
                "id": 583231,
                "node_id": "O_583231",
                "url": f"{self._api}/users/{repository.owner}",
                "html_url": f"{self._web}/{repository.owner}",
                "type": "Organization",
                "site_admin": False,
            },
            "html_url": f"{self._web}/{repository.full_name}",
            "description": None,
            "fork": False,
            "url": url,
            "issues_url": f"{url}/issues{{/number}}",
            "milestones_url": f"{url}/milestones{{/number}}",
            "labels_url": f"{url}/labels{{/name}}",
            "created_at": stamp(repository.created),
            "updated_at": stamp(repository.created),
            "pushed_at": stamp(repository.created),
            "has_issues": repository.has_issues,
            "archived": repository.archived,
            "disabled": False,
            "visibility": "private" if repository.private else "public",
            "open_issues_count": open_issues,
            "open_issues": open_issues,
            "default_branch": "main",
            "permissions": {
                "admin": False,
                "maintain": False,
                "push": False,
                "triage": False,
                "pull": True,
            },
        }

    def label(self, label: Label, repository: Repository) -> Json:
        return {
            "id": label.id,
            "node_id": f"LA_{label.id}",
            "url": f"{self._repository_url(repository)}/labels/{label.name}",
            "name": label.name,
            "color": label.color,
            "default": False,
            "description": None,
        }

    def milestone(self, milestone: GithubMilestone, repository: Repository) -> msgspec.Raw:
        return self._shared(
            ("milestone", milestone.id), lambda: self._render_milestone(milestone, repository)
        )

    def _render_milestone(self, milestone: GithubMilestone, repository: Repository) -> Json:
        url = f"{self._repository_url(repository)}/milestones/{milestone.number}"
        members = [i for i in repository.issues.values() if i.milestone is milestone]
        open_issues = sum(issue.closed is None for issue in members)
        return {
            "url": url,
            "html_url": f"{self._web}/{repository.full_name}/milestone/{milestone.number}",
            "labels_url": f"{url}/labels",
            "id": milestone.id,
            "node_id": f"MI_{milestone.id}",
            "number": milestone.number,
            "title": milestone.title,
            "description": milestone.description,
            "creator": self.user(self._site.user),
            "open_issues": open_issues,
            "closed_issues": len(members) - open_issues,
            "state": "open" if milestone.closed is None else "closed",
            "created_at": stamp(milestone.created),
            "updated_at": stamp(milestone.updated),
            # GitHub keeps a due day as midnight in California, so 07:00 or 08:00 UTC.
            "due_on": None if milestone.due is None else f"{milestone.due.isoformat()}T07:00:00Z",
            "closed_at": stamp(milestone.closed),
        }

    def issue(self, issue: GithubIssue) -> Json:
        repository = issue.repository
        url = f"{self._repository_url(repository)}/issues/{issue.number}"
        page = "pull" if issue.pull_request else "issues"
        payload: Json = {
            "url": url,
            "repository_url": self._repository_url(repository),
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "html_url": f"{self._web}/{repository.full_name}/{page}/{issue.number}",
            "id": issue.id,
            "node_id": issue.node_id,
            "number": issue.number,
            "title": issue.title,
            "user": self.user(issue.user),
            "labels": [self._label_of(label, repository) for label in issue.labels],
            "state": "open" if issue.closed is None else "closed",
            "locked": False,
            "assignees": [self.user(user) for user in issue.assignees],
            "milestone": (
                None if issue.milestone is None else self.milestone(issue.milestone, repository)
            ),
            "comments": 0,
            "created_at": stamp(issue.created),
            "updated_at": stamp(issue.updated),
            "closed_at": stamp(issue.closed),
            "assignee": self.user(issue.assignees[0]) if issue.assignees else None,
            "author_association": "MEMBER",
            "type": None if issue.type is None else self._type_of(issue.type),
            "active_lock_reason": None,
            "body": issue.body,
            "closed_by": None if issue.closed_by is None else self.user(issue.closed_by),
            "reactions": {"url": f"{url}/reactions", "total_count": 0},
            "timeline_url": f"{url}/timeline",
            "performed_via_github_app": None,
        }
        if self._site.tells_reasons:
            payload["state_reason"] = issue.state_reason
        if issue.field_values:
            payload["issue_field_values"] = [
                self._field_value(name, value) for name, value in issue.field_values.items()
            ]
        if issue.parent is not None:
            payload["parent_issue_url"] = self._issue_url(issue.parent)
        return payload | (self._pull_parts(issue) if issue.pull_request else _issue_parts(issue))

    def _field_value(self, name: str, value: date | float) -> Json:
        """Render a value of an issue field; older servers do not name the field."""
        rendered: Json = {
            "issue_field_id": field_id(name),
            "node_id": f"IF_{field_id(name)}",
            "data_type": "date" if isinstance(value, date) else "number",
            "value": value.isoformat() if isinstance(value, date) else value,
        }
        return rendered | ({"issue_field_name": name} if self._site.names_fields else {})

    def _issue_url(self, issue: GithubIssue) -> str:
        return f"{self._repository_url(issue.repository)}/issues/{issue.number}"

    def _label_of(self, label: Label, repository: Repository) -> msgspec.Raw:
        return self._shared(label, lambda: self.label(label, repository))

    def _type_of(self, name: str) -> msgspec.Raw:
        return self._shared(
            ("type", name),
            lambda: {
                "id": 261587,
                "node_id": f"IT_{name}",
                "name": name,
                "description": None,
                "color": "blue",
                "created_at": "2024-01-25T09:27:30Z",
                "updated_at": "2024-10-08T08:37:01Z",
                "is_enabled": True,
            },
        )

    def _pull_parts(self, issue: GithubIssue) -> Json:
        web = f"{self._web}/{issue.repository.full_name}/pull/{issue.number}"
        return {
            "draft": False,
            "pull_request": {
                "url": f"{self._repository_url(issue.repository)}/pulls/{issue.number}",
                "html_url": web,
                "diff_url": f"{web}.diff",
                "patch_url": f"{web}.patch",
                "merged_at": stamp(issue.merged),
            },
        }

    def pull_request(self, issue: GithubIssue) -> Json:
        """Render a pull request itself, which tells who merged it."""
        url = f"{self._repository_url(issue.repository)}/pulls/{issue.number}"
        return {
            "url": url,
            "id": issue.id + 1_000_000_000,
            "node_id": issue.node_id,
            "html_url": f"{self._web}/{issue.repository.full_name}/pull/{issue.number}",
            "issue_url": self._issue_url(issue),
            "comments_url": f"{self._issue_url(issue)}/comments",
            "number": issue.number,
            "state": "open" if issue.closed is None else "closed",
            "title": issue.title,
            "user": self.user(issue.user),
            "created_at": stamp(issue.created),
            "updated_at": stamp(issue.updated),
            "closed_at": stamp(issue.closed),
            "merged_at": stamp(issue.merged),
            "merged": issue.merged is not None,
            "merged_by": None
            if issue.merged is None or issue.closed_by is None
            else self.user(issue.closed_by),
        }

    def review(self, review: PullReview, issue: GithubIssue) -> Json:
        """Render a review as it is now; one that was dismissed no longer says what it said."""
        url = f"{self._repository_url(issue.repository)}/pulls/{issue.number}"
        page = f"{self._web}/{issue.repository.full_name}/pull/{issue.number}"
        return {
            "id": review.id,
            "node_id": f"PRR_{review.id}",
            "user": self.user(review.user),
            "body": "",
            "state": review.state,
            "html_url": f"{page}#pullrequestreview-{review.id}",
            "pull_request_url": url,
            "author_association": "MEMBER",
            "submitted_at": stamp(review.at),
            "commit_id": f"{review.id:040x}",
        }

    def event(self, event: Event, *, with_issue: bool = False) -> Json:
        """Render an event; a milestone appears in it by its title alone."""
        payload: Json = {
            "id": event.id,
            "node_id": event.node_id,
            "url": f"{self._repository_url(event.issue.repository)}/issues/events/{event.id}",
            "actor": self.user(event.actor),
            "event": event.kind,
            "commit_id": None,
            "commit_url": None,
            "created_at": stamp(event.at),
            "performed_via_github_app": None,
        }
        match event.kind, event.subject:
            case "milestoned" | "demilestoned", str(title):
                payload["milestone"] = {"title": title}
            case "labeled" | "unlabeled", str(name):
                payload["label"] = {"name": name, "color": "ededed"}
            case "assigned", User() as user:
                payload["assignee"] = self.user(user)
                payload["assigner"] = self.user(event.actor)
            case "cross-referenced", GithubIssue() as where:
                payload["source"] = {"type": "issue", "issue": self.issue(where)}
            case "review_dismissed", PullReview() as review:
                payload["dismissed_review"] = {
                    "state": review.state.lower(),
                    "review_id": review.id,
                    "dismissal_message": "",
                }
            case "closed", reason if self._site.tells_reasons:
                payload["state_reason"] = None if reason == "completed" else reason
            case _:
                pass
        if with_issue:
            payload["issue"] = self.issue(event.issue)
        return payload


def field_id(name: str) -> int:
    """Give the id of an issue field."""
    return sum(map(ord, name))


def _issue_parts(issue: GithubIssue) -> Json:
    total = len(issue.sub_issues)
    completed = sum(child.closed is not None for child in issue.sub_issues)
    return {
        "sub_issues_summary": {
            "total": total,
            "completed": completed,
            "percent_completed": 100 * completed // total if total else 0,
        },
        # The plain counts are of open issues alone.
        "issue_dependencies_summary": {
            "blocked_by": sum(other.closed is None for other in issue.blocked_by),
            "total_blocked_by": len(issue.blocked_by),
            "blocking": sum(other.closed is None for other in issue.blocking),
            "total_blocking": len(issue.blocking),
        },
        "pinned_comment": None,
    }
