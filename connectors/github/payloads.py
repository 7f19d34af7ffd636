"""What is read of GitHub's answers: the fields that records are made of, and no others.

https://docs.github.com/en/rest/issues/issues, …/milestones, …/sub-issues and
…/issue-dependencies, version 2022-11-28. Whatever may be null or missing there, or on an older
GitHub Enterprise Server, has a default.
"""

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

Time = Annotated[datetime, Meta(tz=True)]


class Account(Struct, frozen=True, gc=False):
    """A user, as far as anybody needs to know."""

    login: str


class Label(Struct, frozen=True, gc=False):
    """A label; the API's description allows it to have no name."""

    name: str | None = None


class IssueType(Struct, frozen=True, gc=False):
    """An organization's issue type: Bug, Feature, Task or its own."""

    name: str


class Milestone(Struct, frozen=True, gc=False):
    """A milestone, alone or within an issue; ``due_on`` is a day at midnight Pacific time."""

    id: int
    title: str
    state: str = "open"
    url: str | None = None
    html_url: str | None = None
    due_on: Time | None = None
    created_at: Time | None = None
    closed_at: Time | None = None


class PullRequest(Struct, frozen=True, gc=False):
    """What marks an issue as a pull request; before 2021 it did not say when it was merged."""

    merged_at: Time | UnsetType | None = UNSET


class SubIssues(Struct, frozen=True, gc=False):
    """How many sub-issues there are."""

    total: int = 0


class Dependencies(Struct, frozen=True, gc=False):
    """How many issues it waits for; ``blocked_by`` counts the open ones only."""

    blocked_by: int = 0
    total_blocked_by: int = 0


class Reference(Struct, frozen=True, gc=False):
    """Another issue, as the lists of sub-issues and dependencies give it."""

    number: int
    repository_url: str | None = None
    html_url: str | None = None


class FieldValue(Struct, frozen=True, gc=False):
    """The value that an issue has in one of its organization's fields."""

    issue_field_id: int = 0
    issue_field_name: str | None = None
    """Not sent by every version."""
    value: Any = None
    """Text, a number, a day as text, or nothing."""


class Numbered(Struct, frozen=True, gc=False):
    """What names an issue of which nothing else can be read."""

    number: int | None = None


class Issue(Struct, frozen=True, gc=False):
    """An issue or pull request, as a list of issues gives it."""

    id: int
    number: int
    title: str
    state: str
    created_at: Time
    updated_at: Time
    node_id: str | None = None
    repository_url: str | None = None
    html_url: str | None = None
    closed_at: Time | None = None
    state_reason: str | None = None
    body: str | None = None
    labels: list[Label | str] | None = None
    assignee: Account | None = None
    assignees: list[Account] | None = None
    milestone: Milestone | None = None
    pull_request: PullRequest | None = None
    type: IssueType | None = None
    parent_issue_url: str | None = None
    sub_issues_summary: SubIssues | None = None
    issue_dependencies_summary: Dependencies | None = None
    issue_field_values: list[FieldValue] | None = None

    @property
    def sub_issues(self) -> int:
        """How many sub-issues it has."""
        return self.sub_issues_summary.total if self.sub_issues_summary is not None else 0

    @property
    def blockers(self) -> int:
        """How many issues it waits for, open or closed."""
        summary = self.issue_dependencies_summary
        return max(summary.total_blocked_by, summary.blocked_by) if summary is not None else 0


class Repository(Struct, frozen=True, gc=False):
    """A repository in an organization's list."""

    full_name: str
    id: int | None = None
    archived: bool = False
    disabled: bool = False


class IssueField(Struct, frozen=True, gc=False):
    """A field that an organization's issues have."""

    id: int
    name: str


class EventMilestone(Struct, frozen=True, gc=False):
    """A milestone within an event: its title at that time, and nothing to tell it by."""

    title: str = ""


class EventIssue(Struct, frozen=True, gc=False):
    """The issue that an event of a repository is about, as it is now."""

    id: int
    number: int
    milestone: Milestone | None = None
    pull_request: PullRequest | None = None
    state: str = ""
    state_reason: str | None = None


class Pull(Struct, frozen=True, gc=False):
    """A pull request itself: who made it, and who merged it."""

    user: Account | None = None
    merged_by: Account | None = None


class PullReview(Struct, frozen=True, gc=False):
    """A review of a pull request; one that was not sent yet has no time."""

    id: int
    state: str = ""
    user: Account | None = None
    """Nobody, once the account is deleted."""
    submitted_at: Time | None = None


class DismissedReview(Struct, frozen=True, gc=False):
    """Which review an event dismissed, and what it had said."""

    review_id: int
    state: str = ""


class EventSource(Struct, frozen=True, gc=False):
    """Where an issue was mentioned."""

    issue: Reference | None = None


class Event(Struct, frozen=True, gc=False):
    """What happened to an issue.

    ``actor`` and ``issue`` may be gone, and an issue's own list leaves ``issue`` out.
    """

    event: str | None = None
    id: int | None = None
    node_id: str | None = None
    created_at: Time | None = None
    actor: Account | None = None
    assignee: Account | None = None
    milestone: EventMilestone | None = None
    issue: EventIssue | None = None
    source: EventSource | None = None
    """Of a cross-reference, in an issue's timeline."""
    dismissed_review: DismissedReview | None = None
    state_reason: str | UnsetType | None = UNSET
    """Why an issue was closed: None where that is no more than that it was completed. Servers from
    before 2022 leave it out."""
