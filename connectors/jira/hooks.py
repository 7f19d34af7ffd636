"""Reads what Jira's webhooks tell: where to look again, and what its API keeps no history of.

https://developer.atlassian.com/cloud/jira/platform/webhooks/; Data Center sends the same events,
with the same signature (https://confluence.atlassian.com/adminjiraserver/managing-webhooks-938846912.html).
A hook that an administrator made with a secret is signed; those of apps are not.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from slipwatch.aggregator.connector import Delivery
from slipwatch.aggregator.records import Absence, Batch, ChangedField, DateMove, Presence

from ..hooks import decode, delivery_id, verify
from .moves import sprint_id
from .payloads import HistoryItem, User, Version, day, instant, text
from .settings import JiraSettings

SIGNATURE = "x-hub-signature"
IDENTIFIER = "x-atlassian-webhook-identifier"

_VERSION_DATED = frozenset(
    ("jira:version_updated", "jira:version_released", "jira:version_unreleased")
)


class _Project(msgspec.Struct):
    key: str | None = None


class _Fields(msgspec.Struct):
    project: _Project | None = None


class _Issue(msgspec.Struct):
    id: str | int
    key: str
    fields: _Fields | None = None


class _Changelog(msgspec.Struct):
    items: list[HistoryItem] | None = None


class _Sprint(msgspec.Struct, rename="camel"):
    id: str | int
    start_date: str | None = None
    end_date: str | None = None


class _Link(msgspec.Struct, rename="camel"):
    source_issue_id: str | int | None = None
    destination_issue_id: str | int | None = None


class _Event(msgspec.Struct, rename="camel"):
    """Any event; each has its own subject."""

    webhook_event: str
    timestamp: int | float | str | None = None
    user: User | None = None
    issue: _Issue | None = None
    changelog: _Changelog | None = None
    version: Version | None = None
    merged_to: Version | None = None
    sprint: _Sprint | None = None
    old_value: _Sprint | None = None
    issue_link: _Link | None = None


def receive(
    settings: JiraSettings, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> Delivery:
    """Verify and read one delivery; ``now`` stands in for an event without a time."""
    verify(settings, headers.get(SIGNATURE), body)
    event = decode(body, _Event)
    at = instant(event.timestamp) or now
    name = event.webhook_event
    scopes: Iterable[str] = ()
    about: Iterable[str | int | None] = ()
    otherwise: tuple[str, ...] = ()
    moves: Iterable[DateMove] = ()
    absences: Iterable[Absence] = ()
    gone: tuple[str, ...] = ()
    if name.startswith("jira:issue_") and event.issue is not None:
        scopes = _projects(event.issue, event.changelog)
        about = (event.issue.id,)
        absences = _absences(name, event.issue, event.changelog, settings.projects, at)
    elif name.startswith("jira:version_") and event.version is not None:
        # It names its project by number alone.
        about = (version.id for version in (event.version, event.merged_to) if version is not None)
        otherwise = settings.projects
        moves = _version_moves(name, event.version, at)
        gone = (str(event.version.id),) if name == "jira:version_deleted" else ()
    elif name.startswith("sprint_") and event.sprint is not None:
        about = (sprint_id(event.sprint.id),)
        otherwise = settings.projects if settings.sprints else ()
        moves = _sprint_moves(event, at)
        gone = (sprint_id(event.sprint.id),) if name == "sprint_deleted" else ()
    elif name.startswith("issuelink_") and event.issue_link is not None:
        about = (event.issue_link.source_issue_id, event.issue_link.destination_issue_id)
    batch = Batch(cursor={}, moves=tuple(moves), absences=tuple(absences), gone=gone)
    return Delivery(
        id=delivery_id(headers, IDENTIFIER, body, SIGNATURE),
        event=name,
        scopes=tuple(sorted({*scopes} & {*settings.projects})),
        about=tuple(known for each in about if (known := text(each)) is not None),
        otherwise=otherwise,
        batch=batch if batch.moves or batch.absences or batch.gone else None,
    )


def _projects(issue: _Issue, changelog: _Changelog | None) -> Iterator[str]:
    """Name the project of an issue, and the one that it was in before it was moved."""
    project = issue.fields.project if issue.fields is not None else None
    yield project.key if project is not None and project.key else _project_in(issue.key)
    before = _key_before(changelog)
    if before is not None:
        yield _project_in(before)


def _key_before(changelog: _Changelog | None) -> str | None:
    items = (changelog.items if changelog is not None else None) or ()
    return next((text(item.old_text) for item in items if item.field == "Key"), None)


def _project_in(key: str) -> str:
    return key.rpartition("-")[0]


def _absences(
    event: str,
    issue: _Issue,
    changelog: _Changelog | None,
    projects: tuple[str, ...],
    at: datetime,
) -> Iterator[Absence]:
    """Tell what became of an issue that no project of ours will list again."""
    if event == "jira:issue_deleted":
        yield Absence(item=str(issue.id), presence=Presence.GONE, at=at)
    elif _key_before(changelog) is not None and not {*_projects(issue, None)} & {*projects}:
        yield Absence(item=str(issue.id), presence=Presence.MOVED, at=at, moved_to=issue.key)


def _version_moves(event: str, version: Version, at: datetime) -> Iterator[DateMove]:
    """State a version's dates as of an event, which does not say what they were before.

    Those of a deleted version are taken away: a list only leaves it out.
    """
    deleted = event == "jira:version_deleted"
    if not deleted and event not in _VERSION_DATED:
        return
    for field, value in (
        (ChangedField.START, version.start_date),
        (ChangedField.DUE, version.release_date),
    ):
        new = None if deleted else day(value)
        yield DateMove(milestone=str(version.id), field=field, old_told=False, new=new, at=at)


def _sprint_moves(event: _Event, at: datetime) -> Iterator[DateMove]:
    """Tell the moves of a sprint; it comes with what it was before."""
    new, old = event.sprint, event.old_value
    if new is None or old is None:
        return
    for field, before, after in (
        (ChangedField.START, day(old.start_date), day(new.start_date)),
        (ChangedField.DUE, day(old.end_date), day(new.end_date)),
    ):
        if before != after:
            actor = event.user.shown if event.user is not None else None
            yield DateMove(
                milestone=sprint_id(new.id), field=field, old=before, new=after, at=at, actor=actor
            )
