"""What a GitHub in memory is made of: repositories, milestones, issues and their events."""

from dataclasses import dataclass, field
from datetime import date, datetime

from .people import User


@dataclass(slots=True, kw_only=True, eq=False)
class GithubMilestone:
    """A milestone of a repository."""

    id: int
    number: int
    title: str
    created: datetime
    updated: datetime
    due: date | None = None
    description: str = ""
    closed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str = "ededed"


@dataclass(slots=True, kw_only=True, eq=False)
class PullReview:
    """A review of a pull request; ``state`` is as GitHub writes it."""

    id: int
    user: User
    state: str
    at: datetime


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Event:
    """What happened to an issue.

    ``subject`` is the label, milestone title, assignee or mention, or why the issue was closed.
    """

    id: int
    kind: str
    at: datetime
    actor: User
    issue: "GithubIssue"
    subject: "str | User | GithubIssue | PullReview | None" = None

    @property
    def node_id(self) -> str:
        return f"EV_{self.id}"


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class GithubIssue:
    """An issue, or a pull request (which GitHub lists among the issues)."""

    id: int
    repository: "Repository"
    number: int
    title: str
    user: User
    created: datetime
    updated: datetime
    body: str | None = None
    assignees: tuple[User, ...] = ()
    labels: tuple[Label, ...] = ()
    milestone: GithubMilestone | None = None
    closed: datetime | None = None
    closed_by: User | None = None
    state_reason: str | None = None
    type: str | None = None
    pull_request: bool = False
    merged: datetime | None = None
    reviews: list[PullReview] = field(default_factory=list[PullReview])
    parent: "GithubIssue | None" = None
    sub_issues: list["GithubIssue"] = field(default_factory=list["GithubIssue"])
    blocked_by: list["GithubIssue"] = field(default_factory=list["GithubIssue"])
    blocking: list["GithubIssue"] = field(default_factory=list["GithubIssue"])
    events: list[Event] = field(default_factory=list[Event])
    field_values: dict[str, date | float] = field(default_factory=dict[str, date | float])
    """Of the organization's issue fields, by their names."""

    @property
    def key(self) -> str:
        return f"{self.repository.full_name}#{self.number}"

    @property
    def node_id(self) -> str:
        return f"{'PR' if self.pull_request else 'I'}_{self.id}"

    @property
    def visible(self) -> bool:
        """Whether the account may see it."""
        return self.repository.issues.get(self.number) is self

    def __repr__(self) -> str:
        return f"<issue {self.key}>"


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Repository:
    """A repository; issues and pull requests share its numbers."""

    id: int
    owner: str
    name: str
    created: datetime
    private: bool = True
    archived: bool = False
    has_issues: bool = True
    milestones: list[GithubMilestone] = field(default_factory=list[GithubMilestone])
    labels: dict[str, Label] = field(default_factory=dict[str, Label])
    issues: dict[int, GithubIssue] = field(default_factory=dict[int, GithubIssue])
    deleted: set[int] = field(default_factory=set[int])
    transferred: dict[int, GithubIssue] = field(default_factory=dict[int, GithubIssue])
    """What became of numbers whose issues went to other repositories: they answer 301."""
    last_number: int = 0

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"
