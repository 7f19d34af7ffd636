"""A Jira site in memory: projects, versions, issues, links and their histories.

Every edit goes through a method of ``JiraSite``, which does what Jira does: it stamps
``updated``, writes the changelog, and raises the site's revision. Editing a version touches
no issue and leaves no history, as in Jira.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from .jira_agile import Agile, Sprint
from .jira_catalog import (
    ISSUE_TYPES,
    LINK_TYPES,
    RESOLUTIONS,
    STATUSES,
)
from .jira_objects import (
    FieldChange,
    History,
    JiraIssue,
    JiraLink,
    JiraProject,
    JiraVersion,
    JiraWorklog,
    RemoteLink,
)
from .people import SERVICE_USER, User


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class JiraSite:
    """One Jira, Cloud or Data Center, with one account that may read all of it."""

    cloud: bool
    token: str
    user: User = SERVICE_USER
    timezone: str = "Europe/Berlin"
    """The account's own: quoted JQL dates are read in it, and times are shown in it."""
    projects: dict[str, JiraProject] = field(default_factory=dict[str, JiraProject])
    issues: dict[int, JiraIssue] = field(default_factory=dict[int, JiraIssue])
    by_key: dict[str, JiraIssue] = field(default_factory=dict[str, JiraIssue])
    """Former keys lead to an issue too."""
    hidden: dict[int, JiraIssue] = field(default_factory=dict[int, JiraIssue])
    """Behind a security level that the account is not in."""
    agile: Agile = field(default_factory=Agile)
    revision: int = 0
    """Grows with every edit."""
    last_id: int = 10100

    def _next_id(self) -> int:
        self.last_id += 1
        self.revision += 1
        return self.last_id

    def add_project(self, key: str, name: str, lead: User = SERVICE_USER) -> JiraProject:
        """Create an empty project."""
        project = JiraProject(id=self._next_id(), key=key, name=name, lead=lead)
        self.projects[key] = project
        return project

    def add_version(
        self,
        project: JiraProject,
        name: str,
        *,
        start: date | None = None,
        release: date | None = None,
        released: bool = False,
    ) -> JiraVersion:
        """Create a version."""
        version = JiraVersion(
            id=self._next_id(), name=name, start=start, release=release, released=released
        )
        project.versions.append(version)
        return version

    def delete_version(self, project: JiraProject, version: JiraVersion) -> None:
        """Delete a version that holds no issue."""
        self.revision += 1
        project.versions.remove(version)

    def edit_version(
        self,
        version: JiraVersion,
        *,
        name: str | None = None,
        release: date | None = None,
        released: bool | None = None,
        archived: bool | None = None,
    ) -> None:
        """Change what is given."""
        self.revision += 1
        if name is not None:
            version.name = name
        if release is not None:
            version.release = release
        if released is not None:
            version.released = released
        if archived is not None:
            version.archived = archived

    def add_issue(
        self,
        project: JiraProject,
        summary: str,
        *,
        at: datetime,
        type_name: str = "Story",
        by: User = SERVICE_USER,
        parent: JiraIssue | None = None,
        versions: Iterable[JiraVersion] = (),
        description: str | None = None,
        points: float | None = None,
        labels: tuple[str, ...] = (),
        components: tuple[str, ...] = (),
        due: date | None = None,
    ) -> JiraIssue:
        """Create an issue in status To Do; what it is created with is in no changelog."""
        project.last_number += 1
        issue = JiraIssue(
            id=self._next_id(),
            project=project,
            number=project.last_number,
            type=ISSUE_TYPES[type_name],
            status=STATUSES["To Do"],
            summary=summary,
            created=at,
            updated=at,
            category_changed=at,
            reporter=by,
            parent=parent,
            versions=tuple(versions),
            description=description,
            points=points,
            labels=labels,
            components=components,
            due=due,
        )
        project.issues.append(issue)
        self.issues[issue.id] = issue
        self.by_key[issue.key] = issue
        if parent is not None and issue.type.level < 0:
            parent.subtasks.append(issue)
        return issue

    def delete_issue(self, issue: JiraIssue) -> None:
        """Delete an issue with its links; nothing is left that could tell."""
        self._take_out(issue)
        for link in issue.links:
            other = link.target if link.source is issue else link.source
            other.links.remove(link)

    def _take_out(self, issue: JiraIssue) -> None:
        self.revision += 1
        del self.issues[issue.id]
        for key in [key for key, found in self.by_key.items() if found is issue]:
            del self.by_key[key]
        issue.project.issues.remove(issue)

    def hide_issue(self, issue: JiraIssue) -> None:
        """Put an issue behind a security level, as long as it is not shown again."""
        self._take_out(issue)
        self.hidden[issue.id] = issue

    def show_issue(self, issue: JiraIssue) -> None:
        """Let the account see a hidden issue again; nothing else of it changes."""
        self.revision += 1
        del self.hidden[issue.id]
        self.issues[issue.id] = self.by_key[issue.key] = issue
        issue.project.issues.append(issue)

    def move_issue(self, issue: JiraIssue, project: JiraProject, *, at: datetime, by: User) -> None:
        """Move an issue to another project: it keeps its id, and its old key still leads to it."""
        old, old_project = issue.key, issue.project
        self.set_versions(issue, (), at=at, by=by)
        old_project.issues.remove(issue)
        project.last_number += 1
        issue.project, issue.number = project, project.last_number
        project.issues.append(issue)
        self.by_key[issue.key] = issue
        moved = FieldChange(
            "project",
            "project",
            str(old_project.id),
            old_project.name,
            str(project.id),
            project.name,
        )
        self.record(issue, at, by, [FieldChange("Key", "", None, old, None, issue.key), moved])

    def touch(self, issue: JiraIssue, at: datetime) -> None:
        """Do what a comment does: stamp ``updated``, and nothing else."""
        self.revision += 1
        issue.updated = max(issue.updated, at)

    def record(
        self, issue: JiraIssue, at: datetime, by: User, changes: Iterable[FieldChange]
    ) -> None:
        """Write one entry of the changelog."""
        self.touch(issue, at)
        issue.histories.append(History(self._next_id(), at, by, tuple(changes)))

    def transition(
        self,
        issue: JiraIssue,
        status_name: str,
        *,
        at: datetime,
        by: User,
        resolution: str | None = None,
    ) -> None:
        """Move an issue to a status; a resolution is set with a done one and cleared otherwise."""
        status = STATUSES[status_name]
        changes = [
            FieldChange(
                "status",
                "status",
                str(issue.status.id),
                issue.status.name,
                str(status.id),
                status.name,
            )
        ]
        if resolution != issue.resolution:
            old, new = issue.resolution, resolution
            changes.append(
                FieldChange(
                    "resolution", "resolution", _resolution(old), old, _resolution(new), new
                )
            )
        if status.category != issue.status.category:
            issue.category_changed = at
        issue.status = status
        issue.resolution = resolution
        issue.resolved = at if resolution is not None else None
        self.record(issue, at, by, changes)

    def assign(self, issue: JiraIssue, user: User, *, at: datetime, by: User) -> None:
        """Give an issue to somebody."""
        old = issue.assignee
        issue.assignee = user
        change = FieldChange(
            "assignee",
            "assignee",
            None if old is None else self.user_id(old),
            None if old is None else old.name,
            self.user_id(user),
            user.name,
        )
        self.record(issue, at, by, [change])

    def user_id(self, user: User) -> str:
        """What changelogs call a user: the account id on Cloud, the user key on Data Center."""
        return user.account_id if self.cloud else user.login

    def set_due(self, issue: JiraIssue, due: date, *, at: datetime, by: User) -> None:
        """Move the due date of an issue."""
        old = None if issue.due is None else issue.due.isoformat()
        old_text = None if old is None else f"{old} 00:00:00.0"
        new = due.isoformat()
        issue.due = due
        change = FieldChange("duedate", "duedate", old, old_text, new, f"{new} 00:00:00.0")
        self.record(issue, at, by, [change])

    def describe(self, issue: JiraIssue, text: str, *, at: datetime, by: User) -> None:
        """Replace the description."""
        old = issue.description
        issue.description = text
        change = FieldChange("description", "description", None, old, None, text)
        self.record(issue, at, by, [change])

    def set_versions(
        self, issue: JiraIssue, versions: Iterable[JiraVersion], *, at: datetime, by: User
    ) -> None:
        """Replace the fix versions; the changelog holds one change per version."""
        wanted = tuple(versions)
        changes = [
            FieldChange("Fix Version", "fixVersions", str(old.id), old.name, None, None)
            for old in issue.versions
            if old not in wanted
        ] + [
            FieldChange("Fix Version", "fixVersions", None, None, str(new.id), new.name)
            for new in wanted
            if new not in issue.versions
        ]
        issue.versions = wanted
        self.record(issue, at, by, changes)

    def set_sprints(
        self, issue: JiraIssue, sprints: Iterable[Sprint], *, at: datetime, by: User
    ) -> None:
        """Put an issue into sprints; the changelog lists them all, before and after."""
        old, new = issue.sprints, tuple(sprints)
        issue.sprints = new
        change = FieldChange(
            "Sprint",
            "customfield_10020",
            ", ".join(str(one.id) for one in old),
            ", ".join(one.name for one in old),
            ", ".join(str(one.id) for one in new),
            ", ".join(one.name for one in new),
        )
        self.record(issue, at, by, [change])

    def set_flag(self, issue: JiraIssue, *, flagged: bool, at: datetime, by: User) -> None:
        """Flag an issue as impeded, or take the flag away."""
        issue.flagged = flagged
        old, new = ("", "Impediment") if flagged else ("Impediment", "")
        change = FieldChange("Flagged", "customfield_10021", None, old, None, new)
        self.record(issue, at, by, [change])

    def log_work(
        self, issue: JiraIssue, seconds: int, *, started: datetime, at: datetime, by: User
    ) -> JiraWorklog:
        """Log time on an issue; the changelog has the sum before and after."""
        before = sum(worklog.seconds for worklog in issue.worklogs)
        worklog = JiraWorklog(self._next_id(), by, started, seconds, at)
        issue.worklogs.append(worklog)
        self._record_time(issue, before, at=at, by=by)
        return worklog

    def delete_work(
        self, issue: JiraIssue, worklog: JiraWorklog, *, at: datetime, by: User
    ) -> None:
        """Take back what was logged."""
        before = sum(each.seconds for each in issue.worklogs)
        issue.worklogs.remove(worklog)
        self._record_time(issue, before, at=at, by=by)

    def _record_time(self, issue: JiraIssue, before: int, *, at: datetime, by: User) -> None:
        old = str(before) if before else None
        new = str(sum(worklog.seconds for worklog in issue.worklogs))
        self.record(issue, at, by, [FieldChange("timespent", "timespent", old, old, new, new)])

    def link(
        self, type_name: str, source: JiraIssue, target: JiraIssue, *, at: datetime, by: User
    ) -> JiraLink:
        """Link two issues; both ends change."""
        link = JiraLink(self._next_id(), LINK_TYPES[type_name], source, target)
        for issue, other, words in (
            (source, target, link.type.outward),
            (target, source, link.type.inward),
        ):
            issue.links.append(link)
            text = f"This issue {words} {other.key}"
            self.record(issue, at, by, [FieldChange("Link", "", None, None, other.key, text)])
        return link

    def link_remote(
        self,
        issue: JiraIssue,
        path: str,
        title: str,
        *,
        at: datetime,
        site: str | None = None,
        relationship: str = "relates to",
    ) -> None:
        """Add a remote link; ``updated`` moves, the changelog does not."""
        link = RemoteLink(self._next_id(), path, title, relationship, site)
        issue.remote_links.append(link)
        self.touch(issue, at)


def _resolution(name: str | None) -> str | None:
    return None if name is None else str(RESOLUTIONS[name])
