"""The parts of Jira's payloads that are read; everything else in them is ignored.

Both API generations are covered: Cloud (``/rest/api/2``, the same objects as v3 but for rich
texts) and Data Center. Null, missing and unknown are normal for nearly every field.
https://developer.atlassian.com/cloud/jira/platform/rest/v2/
"""

import math
from datetime import UTC, date, datetime, timedelta

import msgspec

Scalar = str | int | float | bool | None
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Named(msgspec.Struct, rename="camel"):
    """A version, component or resolution inside an issue."""

    id: str | int | None = None
    name: str | None = None


class StatusCategory(msgspec.Struct):
    """``key`` is new, indeterminate, done or undefined, whatever language ``name`` is in."""

    key: str | None = None


class Status(Named, rename="camel"):
    """A workflow status."""

    status_category: StatusCategory | None = None


class IssueType(msgspec.Struct, rename="camel"):
    """``hierarchyLevel`` is Cloud's; Data Center says only whether it is a sub-task."""

    name: str | None = None
    untranslated_name: str | None = None
    subtask: bool | None = None
    hierarchy_level: int | None = None


class Keyed(msgspec.Struct):
    """A parent, an epic, the other end of a link, the project of an issue."""

    key: str | None = None


class Identified(msgspec.Struct):
    """What is still known of an issue that cannot be read."""

    id: str | None = None


class User(msgspec.Struct, rename="camel"):
    """``name`` is Data Center's log-in."""

    display_name: str | None = None
    name: str | None = None

    @property
    def shown(self) -> str | None:
        """The name people know."""
        return self.display_name or self.name


class LinkType(msgspec.Struct):
    """``outward`` is how the link reads from its source."""

    name: str | None = None
    inward: str | None = None
    outward: str | None = None


class IssueLink(msgspec.Struct, rename="camel"):
    """A link as one end shows it: exactly one of the two issues is present."""

    type: LinkType | None = None
    inward_issue: Keyed | None = None
    outward_issue: Keyed | None = None


class HistoryItem(msgspec.Struct, rename="camel"):
    """One field in one changelog entry; Data Center may leave ``fieldId`` out."""

    field: str | None = None
    field_id: str | None = None
    old: Scalar = msgspec.field(default=None, name="from")
    old_text: Scalar = msgspec.field(default=None, name="fromString")
    new: Scalar = msgspec.field(default=None, name="to")
    new_text: Scalar = msgspec.field(default=None, name="toString")


class History(msgspec.Struct):
    """One changelog entry; ``created`` is ISO with any offset, or epoch milliseconds."""

    id: str | int | None = None
    created: str | int | None = None
    author: User | None = None
    items: list[HistoryItem] | None = None


class Changelog(msgspec.Struct):
    """``histories`` may be the first page only: compare with ``total``."""

    histories: list[History] | None = None
    total: int | None = None


class Fields(msgspec.Struct, rename="camel"):
    """The standard fields of an issue."""

    summary: str | None = None
    description: object = None
    """Wiki text in v2, a document tree in v3."""
    issuetype: IssueType | None = None
    project: Keyed | None = None
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


class Issue(msgspec.Struct):
    """An issue; ``fields`` is kept whole because custom fields are found by id."""

    id: str
    key: str
    fields: dict[str, object]
    changelog: Changelog | None = None

    @property
    def updated_ms(self) -> int | None:
        """When it last changed, in epoch milliseconds, or None where it does not say."""
        at = instant(self.fields.get("updated"))
        return None if at is None else epoch_ms(at)


class SearchPage(msgspec.Struct, rename="camel"):
    """A page of ``/search`` (``total``) or ``/search/jql`` (``nextPageToken``, ``isLast``)."""

    issues: list[msgspec.Raw]
    total: int | None = None
    next_page_token: str | None = None
    is_last: bool | None = None
    warning_messages: list[str] | None = None


class ChangelogPage(msgspec.Struct):
    """A page of ``/issue/{id}/changelog``, oldest first."""

    values: list[History]
    total: int | None = None


class Version(msgspec.Struct, rename="camel"):
    """A version of a project; dates have no time and no zone."""

    id: str | int
    name: str | None = None
    start_date: str | None = None
    release_date: str | None = None
    released: bool | None = None
    archived: bool | None = None
    project_id: str | int | None = None


class RemoteObject(msgspec.Struct):
    """What a remote link leads to."""

    url: str | None = None


class RemoteLink(msgspec.Struct):
    """A link to another tool; ``relationship`` is free text such as "is blocked by"."""

    relationship: str | None = None
    object: RemoteObject | None = None


class FieldSchema(msgspec.Struct):
    """``custom`` names the field's type, in every language."""

    custom: str | None = None


class FieldInfo(msgspec.Struct, rename="camel"):
    """What ``/field`` says about a field; ``scope`` is set for a field of a single project."""

    id: str
    name: str | None = None
    untranslated_name: str | None = None
    schema: FieldSchema | None = None
    scope: object = None


class ServerInfo(msgspec.Struct, rename="camel"):
    """``deploymentType`` is Cloud, Server or Data Center."""

    deployment_type: str | None = None


def instant(value: object) -> datetime | None:
    """Read a time: ISO with any offset, or epoch milliseconds; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        try:
            return _EPOCH + timedelta(milliseconds=value)
        except (OverflowError, ValueError):
            return None
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
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
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    return str(value) or None
