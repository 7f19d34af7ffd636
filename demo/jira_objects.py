"""What a simulated Jira holds: projects, versions, issues, links and histories."""

from dataclasses import dataclass, field
from datetime import date, datetime

from .jira_agile import Sprint
from .jira_catalog import (
    IssueType,
    LinkType,
    Status,
)
from .people import SERVICE_USER, User


@dataclass(slots=True, kw_only=True)
class JiraVersion:
    """A fix version of a project."""

    id: int
    name: str
    start: date | None = None
    release: date | None = None
    released: bool = False
    archived: bool = False
    description: str = ""


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class JiraProject:
    """A project; its issues are numbered from 1."""

    id: int
    key: str
    name: str
    lead: User = SERVICE_USER
    versions: list[JiraVersion] = field(default_factory=list[JiraVersion])
    issues: list["JiraIssue"] = field(default_factory=list["JiraIssue"])
    last_number: int = 0


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field in one entry of a changelog, with the ids and the texts of that time."""

    field: str
    field_id: str
    old: str | None
    old_text: str | None
    new: str | None
    new_text: str | None


@dataclass(frozen=True, slots=True)
class History:
    """One entry of a changelog."""

    id: int
    at: datetime
    author: User
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JiraLink:
    """``source`` *outward* ``target``: the source blocks the target, or depends on it."""

    id: int
    type: LinkType
    source: "JiraIssue"
    target: "JiraIssue"


@dataclass(frozen=True, slots=True)
class RemoteLink:
    """A link to something outside of the site.

    ``site`` names another simulated site, whose address is known only once it runs; ``path``
    is the path there. Without a site, ``path`` is the whole URL.
    """

    id: int
    path: str
    title: str
    relationship: str = "relates to"
    site: str | None = None


@dataclass(frozen=True, slots=True)
class JiraWorklog:
    """Time that somebody logged on an issue."""

    id: int
    author: User
    started: datetime
    seconds: int
    at: datetime
    """When it was written down."""


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class JiraIssue:
    """An issue of any type."""

    id: int
    project: JiraProject
    number: int
    type: IssueType
    status: Status
    summary: str
    created: datetime
    updated: datetime
    reporter: User
    description: str | None = None
    assignee: User | None = None
    resolution: str | None = None
    resolved: datetime | None = None
    category_changed: datetime
    due: date | None = None
    start: date | None = None
    target_start: date | None = None
    target_end: date | None = None
    points: float | None = None
    flagged: bool = False
    reported: str | None = None
    """The status that people report in it, as the field's choices are called."""
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    versions: tuple[JiraVersion, ...] = ()
    sprints: tuple[Sprint, ...] = ()
    """Those it is or was in."""
    parent: "JiraIssue | None" = None
    subtasks: list["JiraIssue"] = field(default_factory=list["JiraIssue"])
    histories: list[History] = field(default_factory=list[History])
    links: list[JiraLink] = field(default_factory=list[JiraLink])
    remote_links: list[RemoteLink] = field(default_factory=list[RemoteLink])
    worklogs: list[JiraWorklog] = field(default_factory=list[JiraWorklog])

    @property
    def key(self) -> str:
        return f"{self.project.key}-{self.number}"

    def __repr__(self) -> str:
        return f"<issue {self.key}>"
