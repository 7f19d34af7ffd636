"""A team's board: the same moves, made in Jira or on GitHub as people make them there."""

from datetime import date, datetime, timedelta
from typing import Protocol

from .github_records import GithubIssue, GithubMilestone, Repository
from .github_site import GithubSite
from .jira_objects import JiraIssue, JiraProject, JiraVersion
from .jira_site import JiraSite
from .people import User
from .workdays import add_workdays


class Board(Protocol):
    """Where a team's tickets and releases live; tickets go by key, releases by name."""

    def open_release(self, name: str, due: date, *, start: date, at: datetime) -> None: ...

    def move_release(self, name: str, due: date, *, at: datetime) -> None: ...

    def close_release(self, name: str, *, at: datetime) -> None: ...

    def add_epic(self, title: str, release: str, due: date, *, by: User, at: datetime) -> str: ...

    def move_epic(self, key: str, due: date, *, by: User, at: datetime) -> None:
        """Give an epic another due date, where the tracker has one."""
        ...

    def add(
        self,
        title: str,
        *,
        kind: str,
        release: str | None,
        epic: str | None,
        by: User,
        at: datetime,
    ) -> str:
        """Create a ticket and return its key."""
        ...

    def start(self, key: str, who: User, *, at: datetime) -> None: ...

    def review(self, key: str, who: User, *, at: datetime) -> None: ...

    def finish(self, key: str, who: User, *, at: datetime) -> None: ...

    def drop(self, key: str, who: User, *, at: datetime) -> None: ...

    def flag(self, key: str, who: User, *, flagged: bool, at: datetime) -> None: ...

    def log_time(self, key: str, who: User, seconds: int, *, at: datetime) -> None:
        """Say how long somebody worked on a ticket today, where the team does."""
        ...

    def describe(self, key: str, text: str, *, at: datetime) -> None:
        """Replace the description."""
        ...


class JiraBoard:
    """A Jira project: releases are versions.

    From ``promises_from`` on people say of every second ticket they begin when it will be done.
    """

    def __init__(
        self,
        site: JiraSite,
        project: JiraProject,
        *,
        logs_time: bool = False,
        promises_from: date = date.max,
    ) -> None:
        self.site = site
        self.project = project
        self._logs_time = logs_time
        self._promises_from = promises_from

    def issue(self, key: str) -> JiraIssue:
        return self.site.by_key[key]

    def _version(self, name: str) -> JiraVersion:
        return next(version for version in self.project.versions if version.name == name)

    def open_release(self, name: str, due: date, *, start: date, at: datetime) -> None:
        del at  # Jira keeps no creation time of versions.
        self.site.add_version(self.project, name, start=start, release=due)

    def move_release(self, name: str, due: date, *, at: datetime) -> None:
        del at
        self.site.edit_version(self._version(name), release=due)

    def close_release(self, name: str, *, at: datetime) -> None:
        """Release the version on the day; people then set the date to it, as Jira proposes."""
        self.site.edit_version(self._version(name), release=at.date(), released=True)

    def add_epic(self, title: str, release: str, due: date, *, by: User, at: datetime) -> str:
        epic = self.site.add_issue(
            self.project,
            title,
            at=at,
            type_name="Epic",
            by=by,
            versions=(self._version(release),),
            due=due,
        )
        return epic.key

    def move_epic(self, key: str, due: date, *, by: User, at: datetime) -> None:
        self.site.set_due(self.issue(key), due, at=at, by=by)

    def add(
        self,
        title: str,
        *,
        kind: str,
        release: str | None,
        epic: str | None,
        by: User,
        at: datetime,
    ) -> str:
        issue = self.site.add_issue(
            self.project,
            title,
            at=at,
            type_name=kind,
            by=by,
            parent=None if epic is None else self.issue(epic),
            versions=() if release is None else (self._version(release),),
            description="As agreed in refinement.",
            points=float(1 + self.project.last_number * 7 % 5),
        )
        return issue.key

    def start(self, key: str, who: User, *, at: datetime) -> None:
        issue = self.issue(key)
        self.site.assign(issue, who, at=at, by=who)
        self.site.transition(issue, "In Progress", at=at, by=who)
        if issue.number % 2 == 0 and at.date() >= self._promises_from:
            due = add_workdays(at.date(), 3 + issue.number % 5 // 2)
            self.site.set_due(issue, due, at=at, by=who)

    def review(self, key: str, who: User, *, at: datetime) -> None:
        self.site.transition(self.issue(key), "In Review", at=at, by=who)

    def finish(self, key: str, who: User, *, at: datetime) -> None:
        self.site.transition(self.issue(key), "Done", at=at, by=who, resolution="Done")

    def drop(self, key: str, who: User, *, at: datetime) -> None:
        self.site.transition(self.issue(key), "Done", at=at, by=who, resolution="Won't Do")

    def flag(self, key: str, who: User, *, flagged: bool, at: datetime) -> None:
        self.site.set_flag(self.issue(key), flagged=flagged, at=at, by=who)

    def log_time(self, key: str, who: User, seconds: int, *, at: datetime) -> None:
        if self._logs_time:
            started = at - timedelta(seconds=seconds)
            self.site.log_work(self.issue(key), seconds, started=started, at=at, by=who)

    def describe(self, key: str, text: str, *, at: datetime) -> None:
        self.site.describe(self.issue(key), text, at=at, by=self.project.lead)


class GithubBoard:
    """A GitHub repository: releases are milestones, some of the work comes as pull requests."""

    def __init__(self, site: GithubSite, repository: Repository) -> None:
        self.site = site
        self.repository = repository
        self._pulls: dict[str, GithubIssue] = {}

    def issue(self, key: str) -> GithubIssue:
        return self.repository.issues[int(key.rpartition("#")[2])]

    def _milestone(self, name: str) -> GithubMilestone:
        return next(one for one in self.repository.milestones if one.title == name)

    def open_release(self, name: str, due: date, *, start: date, at: datetime) -> None:
        del start  # A milestone has a due date alone.
        self.site.add_milestone(self.repository, name, at=at, due=due)

    def move_release(self, name: str, due: date, *, at: datetime) -> None:
        self.site.edit_milestone(self._milestone(name), at=at, due=due)

    def close_release(self, name: str, *, at: datetime) -> None:
        self.site.close_milestone(self._milestone(name), at=at)

    def add_epic(self, title: str, release: str, due: date, *, by: User, at: datetime) -> str:
        del due
        epic = self.site.add_issue(
            self.repository,
            title,
            at=at,
            by=by,
            milestone=self._milestone(release),
            type_name="Epic",
        )
        return epic.key

    def move_epic(self, key: str, due: date, *, by: User, at: datetime) -> None:
        """Issues of GitHub have no due date."""

    def add(
        self,
        title: str,
        *,
        kind: str,
        release: str | None,
        epic: str | None,
        by: User,
        at: datetime,
    ) -> str:
        issue = self.site.add_issue(
            self.repository,
            title,
            at=at,
            by=by,
            body="As agreed in refinement.",
            milestone=None if release is None else self._milestone(release),
            labels=("bug",) if kind == "Bug" else ("checkout",),
            type_name="Bug" if kind == "Bug" else "Feature",
        )
        if epic is not None and issue.number % 4 == 0:
            self.site.add_sub_issue(self.issue(epic), issue, at=at)
        return issue.key

    def start(self, key: str, who: User, *, at: datetime) -> None:
        issue = self.issue(key)
        self.site.assign(issue, who, at=at)
        self.site.add_label(issue, "in progress", at=at, by=who)
        if issue.number % 5 == 0:
            self._pulls[key] = self.site.add_issue(
                self.repository,
                f"Implement: {issue.title}",
                at=at,
                by=who,
                body=f"Closes #{issue.number}",
                pull_request=True,
            )

    def review(self, key: str, who: User, *, at: datetime) -> None:
        self.site.touch(self.issue(key), at)
        if key in self._pulls:
            self.site.touch(self._pulls[key], at)

    def finish(self, key: str, who: User, *, at: datetime) -> None:
        if key in self._pulls:
            self.site.close(self._pulls.pop(key), at=at, by=who)
        self.site.close(self.issue(key), at=at, by=who)

    def drop(self, key: str, who: User, *, at: datetime) -> None:
        self.site.close(self.issue(key), at=at, by=who, reason="not_planned")

    def flag(self, key: str, who: User, *, flagged: bool, at: datetime) -> None:
        change = self.site.add_label if flagged else self.site.remove_label
        change(self.issue(key), "blocked", at=at, by=who)

    def log_time(self, key: str, who: User, seconds: int, *, at: datetime) -> None:
        """GitHub keeps no time."""

    def describe(self, key: str, text: str, *, at: datetime) -> None:
        self.site.edit_body(self.issue(key), text, at=at)
