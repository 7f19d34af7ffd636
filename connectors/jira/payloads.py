"""The parts of Jira's payloads that are read; everything else in them is ignored.

Both API generations are covered: Cloud (``/rest/api/2``, the same objects as v3 but for rich
texts) and Data Center. Null, missing and unknown are normal for nearly every field.
https://developer.atlassian.com/cloud/jira/platform/rest/v2/
"""

import math
from datetime import UTC, date, datetime, timedelta
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")
Scalar = str | int | float | bool | None
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Named(msgspec.Struct, rename="camel", gc=False):
    """A version, component or resolution inside an issue."""

    id: str | int | None = None
    name: str | None = None


class StatusCategory(msgspec.Struct, gc=False):
    """``key`` is new, indeterminate, done or undefined, whatever language ``name`` is in."""

    key: str | None = None


class Status(Named, rename="camel", gc=False):
    """A workflow status."""

    status_category: StatusCategory | None = None


class IssueType(msgspec.Struct, rename="camel", gc=False):
    """``hierarchyLevel`` is Cloud's; Data Center says only whether it is a sub-task."""

    id: str | int | None = None
    name: str | None = None
    untranslated_name: str | None = None
    subtask: bool | None = None
    hierarchy_level: int | None = None


class Keyed(msgspec.Struct, gc=False):
    """A parent, an epic, the other end of a link."""

    key: str | None = None


class Identified(msgspec.Struct, gc=False):
    """What is still known of an issue that cannot be read."""

    id: str | None = None


class Project(msgspec.Struct, gc=False):
    """The project of an issue."""

    id: str | int | None = None
    key: str | None = None


class User(msgspec.Struct, rename="camel", gc=False):
    """``name`` is Data Center's log-in; an account that was deactivated is not ``active``."""

    display_name: str | None = None
    name: str | None = None
    active: bool | None = None

    @property
    def shown(self) -> str | None:
        """The name people know."""
        return self.display_name or self.name


class LinkType(msgspec.Struct, gc=False):
    """``outward`` is how the link reads from its source."""

    id: str | int | None = None
    name: str | None = None
    inward: str | None = None
    outward: str | None = None


class IssueLink(msgspec.Struct, rename="camel", gc=False):
    """A link as one end shows it: exactly one of the two issues is present."""

    type: LinkType | None = None
    inward_issue: Keyed | None = None
    outward_issue: Keyed | None = None


class HistoryItem(msgspec.Struct, rename="camel", gc=False):
    """One field in one changelog entry; Data Center may leave ``fieldId`` out.

    ``fieldtype`` is ``jira`` or ``custom``.
    """

    field: str | None = None
    field_id: str | None = None
    fieldtype: str | None = None
    old: Scalar = msgspec.field(default=None, name="from")
    old_text: Scalar = msgspec.field(default=None, name="fromString")
    new: Scalar = msgspec.field(default=None, name="to")
    new_text: Scalar = msgspec.field(default=None, name="toString")


class History(msgspec.Struct, gc=False):
    """One changelog entry; ``created`` is ISO with any offset, or epoch milliseconds."""

    id: str | int | None = None
    created: str | int | None = None
    author: User | None = None
    items: list[HistoryItem] | None = None


class Changelog(msgspec.Struct, gc=False):
    """``histories`` may be the first page only: compare with ``total``."""

    histories: list[History] | None = None
    total: int | None = None


class Logged(msgspec.Struct, rename="camel", gc=False):
    """Time that was logged on an issue; nothing odd in it may cost the issue."""

    id: object = None
    started: object = None
    time_spent_seconds: object = None
    author: object = None


class WorklogPage(msgspec.Struct, gc=False):
    """What was logged on an issue, or the first of it: compare with ``total``."""

    worklogs: list[Logged] | None = None
    total: int | None = None


class Fields(msgspec.Struct, rename="camel", gc=False):
    """The standard fields of an issue."""

    summary: str | None = None
    description: object = None
    """Wiki text in v2, a document tree in v3."""
    issuetype: IssueType | None = None
    project: Project | None = None
    status: Status | None = None
    resolution: Named | None = None
    resolutiondate: str | int | None = None
    created: str | int | None = None
    updated: str | int | None = None
    duedate: str | None = None
    assignee: User | None = None
    labels: list[str] | None = None
    components: list[Named] | None = None
    fix_versions: list[Named] | None = None
    parent: Keyed | None = None
    epic: Keyed | None = None
    flagged: bool | None = None
    issuelinks: list[IssueLink] | None = None
    sprint: object = None
    closed_sprints: object = None
    """Both in issues of the agile API alone, which knows sprints without a custom field."""
    worklog: WorklogPage | None = None


REQUESTED_FIELDS = (
    "summary",
    "description",
    "issuetype",
    "project",
    "status",
    "resolution",
    "resolutiondate",
    "created",
    "updated",
    "duedate",
    "assignee",
    "labels",
    "components",
    "fixVersions",
    "parent",
    "issuelinks",
)
"""``epic`` and ``flagged`` come by themselves, from the board API only."""

WORKLOG = "worklog"
"""Requested only where it is wanted."""


class Issue(msgspec.Struct, Generic[T], gc=False):
    """An issue; its fields are read by a layout, because custom ones are found by id."""

    id: str
    key: str
    fields: T
    changelog: Changelog | None = None


class SearchPage(msgspec.Struct, Generic[T], rename="camel", gc=False):
    """A page of ``/search`` (``total``) or ``/search/jql`` (``nextPageToken``, ``isLast``)."""

    issues: list[T]
    total: int | None = None
    next_page_token: str | None = None
    is_last: bool | None = None
    warning_messages: list[str] | None = None
    warnings: object = None
    """Cloud's, of results that it cut off; still experimental there, and of any shape."""


class ChangelogPage(msgspec.Struct, gc=False):
    """A page of ``/issue/{id}/changelog``, oldest first."""

    values: list[History]
    total: int | None = None


class IssueChangelog(msgspec.Struct, rename="camel", gc=False):
    """Entries of one issue in a page of several; more of the same issue may be on the next."""

    issue_id: str | int
    change_histories: list[History] | None = None


class ChangelogsPage(msgspec.Struct, rename="camel", gc=False):
    """A page of ``/changelog/bulkfetch``."""

    issue_change_logs: list[IssueChangelog] | None = None
    next_page_token: str | None = None


class Expanded(msgspec.Struct, gc=False):
    """An issue that was asked for its changelog alone."""

    changelog: Changelog | None = None


class Version(msgspec.Struct, rename="camel", gc=False):
    """A version of a project; dates have no time and no zone."""

    id: str | int
    name: str | None = None
    start_date: str | None = None
    release_date: str | None = None
    released: bool | None = None
    archived: bool | None = None
    project_id: str | int | None = None


class Sprint(msgspec.Struct, rename="camel", gc=False):
    """A sprint, as the agile API has it (``originBoardId``) and issues on Cloud (``boardId``).

    ``state`` is future, active or closed, in either case of letters. ``endDate`` is planned;
    ``completeDate`` is when it was closed. Nothing odd in them may cost an issue.
    """

    id: object = None
    name: object = None
    state: object = None
    start_date: object = None
    end_date: object = None
    complete_date: object = None
    board_id: object = None
    origin_board_id: object = None


class SprintPage(msgspec.Struct, rename="camel", gc=False):
    """A page of ``/board/{id}/sprint``."""

    values: list[Sprint]
    is_last: bool | None = None
    total: int | None = None


class BoardLocation(msgspec.Struct, rename="camel", gc=False):
    """Where a board is kept, on sites that say so."""

    project_key: str | None = None


class Board(msgspec.Struct, gc=False):
    """A board; ``type`` is scrum, kanban or simple."""

    id: int
    type: str | None = None
    location: BoardLocation | None = None


class BoardPage(msgspec.Struct, rename="camel", gc=False):
    """A page of ``/board``."""

    values: list[Board]
    is_last: bool | None = None
    total: int | None = None


class RemoteObject(msgspec.Struct, gc=False):
    """What a remote link leads to."""

    url: str | None = None


class RemoteLink(msgspec.Struct, gc=False):
    """A link to another tool; ``relationship`` is free text such as "is blocked by"."""

    relationship: str | None = None
    object: RemoteObject | None = None


class FieldSchema(msgspec.Struct, gc=False):
    """``custom`` names the field's type, in every language."""

    custom: str | None = None


class FieldInfo(msgspec.Struct, rename="camel", gc=False):
    """What ``/field`` says about a field; ``scope`` is set for a field of a single project."""

    id: str
    name: str | None = None
    untranslated_name: str | None = None
    schema: FieldSchema | None = None
    scope: object = None


class ServerInfo(msgspec.Struct, rename="camel", gc=False):
    """``deploymentType`` is Cloud, Server or Data Center."""

    deployment_type: str | None = None


class Profile(msgspec.Struct, rename="camel", gc=False):
    """What an account says of itself."""

    time_zone: str | None = None


def instant(value: object) -> datetime | None:
    """Read a time: ISO with any offset, or epoch milliseconds; None for anything else."""
    if isinstance(value, str):
        return _iso(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return _EPOCH + timedelta(milliseconds=value)
    except (OverflowError, ValueError):
        return None


def _iso(value: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is UTC:  # as most sites write them: with an offset of nothing
            return at
        return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def epoch_ms(at: datetime) -> int:
    """Give a time in the milliseconds that JQL compares with."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def day(value: object) -> date | None:
    """Read a date: ``2026-01-05``, also with a time behind it as in old changelogs."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def number(value: object) -> float | None:
    """Read an estimate: a number, or one written as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) else None


def text(value: object) -> str | None:
    """Read an id or a short text that may come as a number; empty is None."""
    if isinstance(value, str):
        return value or None
    if value is None or isinstance(value, bool) or not isinstance(value, int):
        return None
    return str(value)
