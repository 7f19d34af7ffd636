"""What an administrator has set up in the simulated Jira sites, the same in both."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Status:
    """A workflow status and the category that the site's administrator gave it."""

    id: int
    name: str
    category: str
    """``new``, ``indeterminate`` or ``done``."""


@dataclass(frozen=True, slots=True)
class IssueType:
    """An issue type and its level: 1 for epics, more above them, 0 for work, -1 for sub-tasks."""

    id: int
    name: str
    level: int


@dataclass(frozen=True, slots=True)
class LinkType:
    """How a link reads from its source (outward) and from its target (inward)."""

    id: int
    name: str
    outward: str
    inward: str


STATUSES = {
    status.name: status
    for status in (
        Status(10000, "To Do", "new"),
        Status(3, "In Progress", "indeterminate"),
        Status(10001, "In Review", "indeterminate"),
        Status(10003, "Done", "done"),
    )
}
ISSUE_TYPES = {
    kind.name: kind
    for kind in (
        IssueType(10000, "Epic", 1),
        IssueType(10001, "Story", 0),
        IssueType(10002, "Task", 0),
        IssueType(10004, "Bug", 0),
        IssueType(10003, "Sub-task", -1),
        IssueType(10005, "Initiative", 2),
        IssueType(10006, "Risk", 0),
    )
}
LINK_TYPES = {
    kind.name: kind
    for kind in (
        LinkType(10000, "Blocks", "blocks", "is blocked by"),
        LinkType(10001, "Depends", "depends on", "is depended on by"),
        LinkType(10002, "Relates", "relates to", "relates to"),
    )
}
RESOLUTIONS = {"Done": 10000, "Won't Do": 10001, "Duplicate": 10002}
