"""GitLab in memory: groups, projects, milestones, iterations, epics, issues, links and events.

Every edit goes through a method of ``GitlabSite``, which stamps ``updated`` and writes events.
Editing a milestone touches no issue and leaves no event, as on GitLab.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

PLANNER = 15
"""An access level, above that of a guest."""


@dataclass(slots=True, kw_only=True, eq=False)
class Timebox:
    """A milestone, of a project or a group, or an iteration of a group."""

    id: int
    iid: int
    path: str
    """Of the project or group it belongs to."""
    title: str | None
    start: date | None = None
    due: date | None = None
    closed: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class GitlabEpic:
    """An epic of a group."""

    id: int
    iid: int
    group: str
    title: str
    created: datetime
    updated: datetime
    description: str = ""
    due: date | None = None
    closed: datetime | None = None


@dataclass(frozen=True, slots=True)
class GitlabEvent:
    """What happened to an issue: ``kind`` is state, milestone or iteration."""

    id: int
    kind: str
    at: datetime
    action: str
    timebox: Timebox | None = None


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class GitlabIssue:
    """An issue of a project."""

    id: int
    iid: int
    project: "GitlabProject"
    title: str
    created: datetime
    updated: datetime
    description: str | None = None
    labels: tuple[str, ...] = ()
    assignee: str | None = None
    weight: int | None = None
    due: date | None = None
    closed: datetime | None = None
    confidential: bool = False
    moved_to: int | None = None
    milestone: Timebox | None = None
    iteration: Timebox | None = None
    epic: GitlabEpic | None = None
    links: list[tuple[str, "GitlabIssue", datetime]] = field(
        default_factory=list[tuple[str, "GitlabIssue", datetime]]
    )
    """Type as read from here, the other issue, and since when."""
    events: list[GitlabEvent] = field(default_factory=list[GitlabEvent])

    @property
    def key(self) -> str:
        return f"{self.project.path}#{self.iid}"


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class GitlabProject:
    """A project, whose id outlives its path."""

    id: int
    path: str
    archived: bool = False
    issues: dict[int, GitlabIssue] = field(default_factory=dict[int, GitlabIssue])
    last_iid: int = 0


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class GitlabSite:
    """A GitLab with one account that may read all of it."""

    token: str
    premium: bool = True
    """Whether its tier has epics and iterations; without, they are answered with 403 or 404."""
    access_level: int = 20
    username: str = "slipwatch"
    version: str = "17.5.1-ee"
    scopes: tuple[str, ...] = ("read_api",)
    """What the token may do."""
    groups: dict[str, int] = field(default_factory=dict[str, int])
    """Id by path."""
    projects: dict[str, GitlabProject] = field(default_factory=dict[str, GitlabProject])
    moved: dict[str, GitlabProject] = field(default_factory=dict[str, GitlabProject])
    """Former paths: they answer 301."""
    milestones: list[Timebox] = field(default_factory=list[Timebox])
    iterations: list[Timebox] = field(default_factory=list[Timebox])
    epics: list[GitlabEpic] = field(default_factory=list[GitlabEpic])
    last_id: int = 1000

    def shows(self, issue: GitlabIssue) -> bool:
        """Say whether the account sees an issue; confidential ones are shown from planners up."""
        return not issue.confidential or self.access_level >= PLANNER

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def add_project(self, path: str) -> GitlabProject:
        """Create a project, and its groups where they are missing."""
        parts = path.split("/")
        for end in range(1, len(parts)):
            group = "/".join(parts[:end])
            if group not in self.groups:
                self.groups[group] = self.next_id()
        project = GitlabProject(id=self.next_id(), path=path)
        self.projects[path] = project
        return project

    def rename(self, project: GitlabProject, path: str) -> None:
        """Rename or transfer; the old path redirects."""
        for milestone in self.milestones:
            if milestone.path == project.path:
                milestone.path = path
        del self.projects[project.path]
        self.moved[project.path] = project
        project.path = path
        self.projects[path] = project

    def add_milestone(
        self, path: str, title: str, *, start: date | None = None, due: date | None = None
    ) -> Timebox:
        """Create a milestone of a project or group."""
        identity = self.next_id()
        milestone = Timebox(
            id=identity, iid=len(self.milestones) + 1, path=path, title=title, start=start, due=due
        )
        self.milestones.append(milestone)
        return milestone

    def delete_milestone(self, milestone: Timebox) -> None:
        """Delete a milestone that holds no issue."""
        self.milestones.remove(milestone)

    def add_iteration(self, group: str, title: str | None, start: date, due: date) -> Timebox:
        """Create an iteration of a group."""
        iteration = Timebox(
            id=self.next_id(),
            iid=len(self.iterations) + 1,
            path=group,
            title=title,
            start=start,
            due=due,
        )
        self.iterations.append(iteration)
        return iteration

    def add_epic(self, group: str, title: str, *, at: datetime) -> GitlabEpic:
        """Open an epic."""
        epic = GitlabEpic(
            id=self.next_id(),
            iid=len(self.epics) + 1,
            group=group,
            title=title,
            created=at,
            updated=at,
        )
        self.epics.append(epic)
        return epic

    def add_issue(self, project: GitlabProject, title: str, *, at: datetime) -> GitlabIssue:
        """Open an issue."""
        project.last_iid += 1
        issue = GitlabIssue(
            id=self.next_id(),
            iid=project.last_iid,
            project=project,
            title=title,
            created=at,
            updated=at,
        )
        project.issues[issue.iid] = issue
        return issue

    def record(
        self, issue: GitlabIssue, kind: str, action: str, at: datetime, box: Timebox | None = None
    ) -> None:
        """Write one event."""
        issue.updated = max(issue.updated, at)
        issue.events.append(GitlabEvent(self.next_id(), kind, at, action, box))

    def set_milestone(self, issue: GitlabIssue, milestone: Timebox | None, *, at: datetime) -> None:
        """Move an issue to a milestone, or out of one; the event names the new one alone."""
        former, issue.milestone = issue.milestone, milestone
        if milestone is not None:
            self.record(issue, "milestone", "add", at, milestone)
        elif former is not None:
            self.record(issue, "milestone", "remove", at, former)

    def set_iteration(self, issue: GitlabIssue, iteration: Timebox, *, at: datetime) -> None:
        """Put an issue into an iteration."""
        issue.iteration = iteration
        self.record(issue, "iteration", "add", at, iteration)

    def close(self, issue: GitlabIssue, *, at: datetime) -> None:
        """Close an issue."""
        issue.closed = at
        self.record(issue, "state", "closed", at)

    def reopen(self, issue: GitlabIssue, *, at: datetime) -> None:
        """Open a closed issue again."""
        issue.closed = None
        self.record(issue, "state", "reopened", at)

    def move(self, issue: GitlabIssue, project: GitlabProject, *, at: datetime) -> GitlabIssue:
        """Move an issue: a copy under another id takes its place, the original is closed."""
        copy = self.add_issue(project, issue.title, at=issue.created)
        copy.description, copy.labels, copy.updated = issue.description, issue.labels, at
        copy.events = list(issue.events)
        issue.moved_to = copy.id
        self.close(issue, at=at)
        return copy

    def link(self, kind: str, source: GitlabIssue, target: GitlabIssue, *, at: datetime) -> None:
        """Link two issues, of any project: ``blocks`` or ``relates_to``; both are touched."""
        inverse = {"blocks": "is_blocked_by", "relates_to": "relates_to"}[kind]
        source.links.append((kind, target, at))
        target.links.append((inverse, source, at))
        for issue in (source, target):
            issue.updated = max(issue.updated, at)
