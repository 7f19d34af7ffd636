"""What is read of GitLab's answers: the fields that records are made of, and no others.

https://docs.gitlab.com/api/issues, …/milestones, …/iterations, …/epics, …/issue_links and
…/resource_milestone_events, REST API v4. Whatever may be null or missing there, on a lower tier
or in an older version, has a default.
"""

from datetime import date, datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

Time = Annotated[datetime, Meta(tz=True)]


class Identified(Struct, frozen=True, gc=False):
    """Anything, when only whether it is still there counts."""

    id: int


class Account(Struct, frozen=True, gc=False):
    """A user, as far as anybody needs to know; ``state`` is active, blocked or deactivated."""

    username: str | None = None
    state: str | None = None

    @property
    def active(self) -> bool | None:
        """Whether the account is in use; None where GitLab does not say."""
        return None if self.state is None else self.state == "active"


class References(Struct, frozen=True, gc=False):
    """What an issue or epic is called from afar: ``acme/api#7``, ``acme&3``."""

    full: str


class Milestone(Struct, frozen=True, gc=False):
    """A milestone of a project or of a group above it; its dates are days."""

    id: int
    title: str
    state: str | None = None
    web_url: str | None = None
    start_date: date | None = None
    due_date: date | None = None
    project_id: int | None = None
    expired: bool | None = None


class Iteration(Struct, frozen=True, gc=False):
    """A time box of a group; one that a cadence made has no title. ``state`` 3 is closed."""

    id: int
    iid: int
    group_id: int
    title: str | None = None
    state: int | None = None
    web_url: str | None = None
    start_date: date | None = None
    due_date: date | None = None


class EpicOf(Struct, frozen=True, gc=False):
    """The epic that an issue belongs to; ``url`` is ``/groups/acme/-/epics/3``."""

    iid: int
    url: str | None = None


class Elsewhere(Struct, frozen=True, gc=False):
    """Addresses of others that an issue names."""

    closed_as_duplicate_of: str | None = None


class Issue(Struct, frozen=True, gc=False, rename={"links": "_links"}):
    """An issue, incident or task, as a list of issues gives it."""

    id: int
    iid: int
    title: str
    state: str
    created_at: Time
    updated_at: Time
    project_id: int | None = None
    references: References | None = None
    web_url: str | None = None
    issue_type: str | None = None
    description: str | None = None
    closed_at: Time | None = None
    due_date: date | None = None
    start_date: date | None = None
    weight: float | None = None
    labels: list[str] | None = None
    assignee: Account | None = None
    assignees: list[Account] | None = None
    milestone: Milestone | None = None
    iteration: Iteration | None = None
    epic: EpicOf | None = None
    moved_to_id: int | None = None
    links: Elsewhere | None = None

    @property
    def has_left(self) -> bool:
        """It was moved to another project, and stays behind as a closed copy."""
        return self.state == "closed" and self.moved_to_id is not None


class Linked(Struct, frozen=True, gc=False):
    """An issue at the other end of a link; ``link_type`` is read from this end."""

    iid: int
    link_type: str
    references: References | None = None
    web_url: str | None = None
    link_created_at: Time | None = None


class Epic(Struct, frozen=True, gc=False):
    """An epic of a group; ``parent_iid`` is in the parent's group, which is not named."""

    id: int
    iid: int
    group_id: int
    title: str
    state: str
    created_at: Time
    updated_at: Time
    references: References | None = None
    web_url: str | None = None
    description: str | None = None
    closed_at: Time | None = None
    start_date: date | None = None
    due_date: date | None = None
    labels: list[str] | None = None
    parent_id: int | None = None

    @property
    def has_left(self) -> bool:
        """Epics are not moved."""
        return False


class Event(Struct, frozen=True, gc=False):
    """Something that happened to an issue: its state, its milestone or its iteration changed.

    One that was deleted since is null.
    """

    id: int
    created_at: Time
    user: Account | None = None
    state: str | None = None
    action: str | None = None
    milestone: Milestone | UnsetType | None = UNSET
    iteration: Iteration | UnsetType | None = UNSET


class Named(Struct, frozen=True, gc=False):
    """What names an entry of which nothing else can be read."""

    iid: int | None = None


class Access(Struct, frozen=True, gc=False):
    """A membership; 15 is a planner, who sees confidential issues too."""

    access_level: int = 0


class Permissions(Struct, frozen=True, gc=False):
    """What the account is in a project, and in its group."""

    project_access: Access | None = None
    group_access: Access | None = None


class Project(Struct, frozen=True, gc=False):
    """A project; its id outlives renames and transfers."""

    id: int
    path_with_namespace: str
    archived: bool | None = None
    permissions: Permissions | None = None

    @property
    def level(self) -> int:
        """The account's access level."""
        access = self.permissions or Permissions()
        given = (access.project_access, access.group_access)
        return max((one.access_level for one in given if one is not None), default=0)


class Group(Struct, frozen=True, gc=False):
    """A group; its id outlives renames and transfers."""

    id: int
    full_path: str
