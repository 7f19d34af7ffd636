"""GitHub in memory: repositories, milestones, issues, their relations and events.

Every edit goes through a method of ``GithubSite``, which stamps ``updated``, writes events
and raises the revision. Editing a milestone touches no issue and leaves no event, as on GitHub.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from .github_records import Event, GithubIssue, GithubMilestone, Label, PullReview, Repository
from .people import SERVICE_USER, User


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class GithubSite:
    """A GitHub, github.com or Enterprise, with one account that may read all of it."""

    token: str
    user: User = SERVICE_USER
    rate_limit: int = 15_000
    """Requests an hour, of the simulated clock; then 403 until the next hour."""
    graphql: bool = True
    """False for a server that has none: 404."""
    graphql_lacks: frozenset[str] = frozenset()
    """Fields that the schema does not have yet, as on an older Enterprise Server."""
    points: int = 5000
    """GraphQL's own limit; nothing gives points back."""
    points_used: int = 0
    tells_reasons: bool = True
    """False for a server from before 2022: nothing says why an issue was closed."""
    names_fields: bool = True
    """Issues name their fields, not only by id."""
    edges_touch: bool = True
    """New sub-issues and dependencies stamp ``updated``; whether GitHub's do is not documented."""
    cursor_paging: bool = False
    """Issues are paged by ``after`` cursors, as github.com does for large repositories."""
    repositories: dict[int, Repository] = field(default_factory=dict[int, Repository])
    by_name: dict[str, Repository] = field(default_factory=dict[str, Repository])
    """By full name in lower case."""
    renamed: dict[str, Repository] = field(default_factory=dict[str, Repository])
    """Former full names in lower case: they answer 301."""
    revision: int = 0
    last_id: int = 4_300_000_000
    _nodes: tuple[int, dict[str, GithubIssue]] | None = None

    def _next_id(self) -> int:
        self.last_id += 1
        self.revision += 1
        return self.last_id

    def by_node_id(self) -> Mapping[str, GithubIssue]:
        """Find issues and pull requests by their global ids."""
        if self._nodes is None or self._nodes[0] != self.revision:
            issues = (i for r in self.repositories.values() for i in r.issues.values())
            self._nodes = self.revision, {issue.node_id: issue for issue in issues}
        return self._nodes[1]

    def add_repository(self, full_name: str, *, at: datetime) -> Repository:
        """Create an empty repository."""
        owner, _, name = full_name.partition("/")
        repository = Repository(
            id=700_000_000 + len(self.repositories), owner=owner, name=name, created=at
        )
        self.revision += 1
        self.repositories[repository.id] = repository
        self.by_name[full_name.lower()] = repository
        return repository

    def rename(self, repository: Repository, full_name: str) -> None:
        """Rename or transfer; the old name redirects."""
        self.revision += 1
        self.renamed[repository.full_name.lower()] = repository
        del self.by_name[repository.full_name.lower()]
        repository.owner, _, repository.name = full_name.partition("/")
        self.by_name[full_name.lower()] = repository

    def add_milestone(
        self, repository: Repository, title: str, *, at: datetime, due: date | None = None
    ) -> GithubMilestone:
        """Create an open milestone."""
        milestone = GithubMilestone(
            id=self._next_id(),
            number=len(repository.milestones) + 1,
            title=title,
            created=at,
            updated=at,
            due=due,
        )
        repository.milestones.append(milestone)
        return milestone

    def edit_milestone(
        self,
        milestone: GithubMilestone,
        *,
        at: datetime,
        title: str | None = None,
        due: date | None = None,
    ) -> None:
        """Change what is given."""
        self.revision += 1
        milestone.updated = at
        if title is not None:
            milestone.title = title
        if due is not None:
            milestone.due = due

    def close_milestone(self, milestone: GithubMilestone, *, at: datetime) -> None:
        """Close a milestone, whatever is open in it."""
        self.revision += 1
        milestone.closed = milestone.updated = at

    def delete_milestone(self, repository: Repository, milestone: GithubMilestone) -> None:
        """Delete a milestone; its issues are in none then, and no event tells of it."""
        self.revision += 1
        repository.milestones.remove(milestone)
        for issue in repository.issues.values():
            if issue.milestone is milestone:
                issue.milestone = None

    def add_issue(
        self,
        repository: Repository,
        title: str,
        *,
        at: datetime,
        by: User = SERVICE_USER,
        body: str | None = None,
        milestone: GithubMilestone | None = None,
        labels: Iterable[str] = (),
        type_name: str | None = None,
        pull_request: bool = False,
    ) -> GithubIssue:
        """Open an issue or a pull request."""
        repository.last_number += 1
        issue = GithubIssue(
            id=self._next_id(),
            repository=repository,
            number=repository.last_number,
            title=title,
            user=by,
            created=at,
            updated=at,
            body=body,
            labels=tuple(self.label(repository, name) for name in labels),
            type=type_name,
            pull_request=pull_request,
        )
        repository.issues[issue.number] = issue
        if milestone is not None:
            self.set_milestone(issue, milestone, at=at, by=by)
        return issue

    def label(self, repository: Repository, name: str) -> Label:
        """Find a label of a repository, or create it."""
        if name not in repository.labels:
            repository.labels[name] = Label(self._next_id(), name)
        return repository.labels[name]

    def touch(self, issue: GithubIssue, at: datetime) -> None:
        """Do what a comment does: stamp ``updated``, and nothing else."""
        self.revision += 1
        issue.updated = max(issue.updated, at)

    def record(
        self,
        issue: GithubIssue,
        kind: str,
        at: datetime,
        by: User,
        subject: str | User | GithubIssue | PullReview | None = None,
    ) -> None:
        """Write one event."""
        self.touch(issue, at)
        issue.events.append(Event(self._next_id(), kind, at, by, issue, subject))

    def set_milestone(
        self, issue: GithubIssue, milestone: GithubMilestone | None, *, at: datetime, by: User
    ) -> None:
        """Move an issue to a milestone, or out of one; the events hold titles alone."""
        if issue.milestone is not None:
            self.record(issue, "demilestoned", at, by, issue.milestone.title)
        issue.milestone = milestone
        if milestone is not None:
            self.record(issue, "milestoned", at, by, milestone.title)

    def assign(self, issue: GithubIssue, user: User, *, at: datetime) -> None:
        """Give an issue to somebody."""
        issue.assignees = (user,)
        self.record(issue, "assigned", at, user, user)

    def add_label(self, issue: GithubIssue, name: str, *, at: datetime, by: User) -> None:
        """Put a label on an issue."""
        issue.labels = (*issue.labels, self.label(issue.repository, name))
        self.record(issue, "labeled", at, by, name)

    def remove_label(self, issue: GithubIssue, name: str, *, at: datetime, by: User) -> None:
        """Take a label off an issue."""
        issue.labels = tuple(label for label in issue.labels if label.name != name)
        self.record(issue, "unlabeled", at, by, name)

    def close(
        self,
        issue: GithubIssue,
        *,
        at: datetime,
        by: User,
        reason: str = "completed",
        merge: bool = True,
    ) -> None:
        """Close an issue as completed, not_planned or duplicate, or merge a pull request.

        With ``merge`` false a pull request is closed as it is. An issue that is closed already
        has another reason from then on, and one more event of its closing.
        """
        issue.closed, issue.closed_by = at, by
        if issue.pull_request:
            if merge:
                issue.merged = at
                self.record(issue, "merged", at, by)
            self.record(issue, "closed", at, by)
        else:
            issue.state_reason = reason
            self.record(issue, "closed", at, by, reason)

    def review(
        self, issue: GithubIssue, *, at: datetime, by: User, state: str = "APPROVED"
    ) -> PullReview:
        """Review a pull request: APPROVED, CHANGES_REQUESTED or COMMENTED."""
        found = PullReview(id=self._next_id(), user=by, state=state, at=at)
        issue.reviews.append(found)
        self.touch(issue, at)
        return found

    def dismiss(self, issue: GithubIssue, review: PullReview, *, at: datetime, by: User) -> None:
        """Dismiss a review: an event keeps what it had said."""
        self.record(issue, "review_dismissed", at, by, replace(review))
        review.state = "DISMISSED"

    def reopen(self, issue: GithubIssue, *, at: datetime, by: User) -> None:
        """Open a closed issue again."""
        issue.closed = issue.closed_by = None
        if not issue.pull_request:
            issue.state_reason = "reopened"
        self.record(issue, "reopened", at, by)

    def edit_body(self, issue: GithubIssue, body: str, *, at: datetime) -> None:
        """Rewrite the description."""
        issue.body = body
        self.touch(issue, at)

    def add_sub_issue(self, parent: GithubIssue, child: GithubIssue, *, at: datetime) -> None:
        """Make an issue, of any repository, part of another."""
        parent.sub_issues.append(child)
        child.parent = parent
        self._tie(parent, "sub_issue_added", child, "parent_issue_added", at=at)

    def remove_sub_issue(self, parent: GithubIssue, child: GithubIssue, *, at: datetime) -> None:
        """Make an issue part of another no more."""
        parent.sub_issues.remove(child)
        child.parent = None
        self._tie(parent, "sub_issue_removed", child, "parent_issue_removed", at=at)

    def block(self, blocked: GithubIssue, blocker: GithubIssue, *, at: datetime) -> None:
        """State that an issue waits for another, of any repository."""
        blocked.blocked_by.append(blocker)
        blocker.blocking.append(blocked)
        self._tie(blocked, "blocked_by_added", blocker, "blocking_added", at=at)

    def unblock(self, blocked: GithubIssue, blocker: GithubIssue, *, at: datetime) -> None:
        """Take back that an issue waits for another."""
        blocked.blocked_by.remove(blocker)
        blocker.blocking.remove(blocked)
        self._tie(blocked, "blocked_by_removed", blocker, "blocking_removed", at=at)

    def _tie(
        self, issue: GithubIssue, kind: str, other: GithubIssue, back: str, *, at: datetime
    ) -> None:
        self.revision += 1
        if self.edges_touch:
            self.record(issue, kind, at, issue.user)
            self.record(other, back, at, issue.user)

    def mention(self, issue: GithubIssue, where: GithubIssue, *, at: datetime) -> None:
        """Name an issue in another one's text; timelines alone tell of it."""
        self.record(issue, "cross-referenced", at, where.user, where)

    def delete_issue(self, issue: GithubIssue) -> None:
        """Delete an issue; its number answers 410 from then on."""
        self.revision += 1
        del issue.repository.issues[issue.number]
        issue.repository.deleted.add(issue.number)
        for blocker in issue.blocked_by:
            blocker.blocking.remove(issue)
        for blocked in issue.blocking:
            blocked.blocked_by.remove(issue)
        if issue.parent is not None:
            issue.parent.sub_issues.remove(issue)
        for child in issue.sub_issues:
            child.parent = None

    def transfer_issue(
        self, issue: GithubIssue, repository: Repository, *, at: datetime, by: User
    ) -> GithubIssue:
        """Transfer an issue: it is another one there, without a milestone, and 301 leads to it.

        What happened to it comes along, as events of other ids and with the times of then.
        """
        there = self.add_issue(repository, issue.title, at=issue.created, by=issue.user)
        there.body, there.assignees = issue.body, issue.assignees
        there.closed, there.closed_by = issue.closed, issue.closed_by
        there.state_reason = issue.state_reason
        there.events += [replace(one, id=self._next_id(), issue=there) for one in issue.events]
        self.delete_issue(issue)
        issue.repository.deleted.remove(issue.number)
        issue.repository.transferred[issue.number] = there
        self.record(there, "transferred", at, by)
        return there

    def hide_issue(self, issue: GithubIssue) -> None:
        """Keep an issue from the account: it is on no list, and answers 404."""
        self.revision += 1
        del issue.repository.issues[issue.number]

    def show_issue(self, issue: GithubIssue) -> None:
        """Let the account see a hidden issue again; nothing else of it changes."""
        self.revision += 1
        issue.repository.issues[issue.number] = issue
