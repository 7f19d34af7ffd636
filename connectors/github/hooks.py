"""Reads what GitHub's webhooks tell: where to look again, and what its API keeps no history of.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from datetime import UTC, date, datetime
from typing import cast
from urllib.parse import parse_qs

import msgspec
from msgspec import UNSET, Struct, UnsetType

from slipwatch.aggregator.connector import Delivery, HookRefusedError, Named
from slipwatch.aggregator.records import Absence, Batch, ChangedField, DateMove, Presence

from ..hooks import decode, delivery_id, verify
from .payloads import Account, Time
from .settings import GitHubSettings, Organization

SIGNATURE = "x-hub-signature-256"
IDENTIFIER = "x-github-delivery"
EVENT = "x-github-event"
HOOKED = "x-github-hook-installation-target-type"

_ABOUT_REPOSITORY = frozenset(
    (
        "issue_dependencies",
        "issues",
        "label",
        "milestone",
        "pull_request",
        "pull_request_review",
        "repository",
        "sub_issues",
    )
)


_ABOUT_LINKS = frozenset({"issue_dependencies", "sub_issues"})


class _Named(Struct):
    full_name: str


class _Identified(Struct):
    id: int


class _Numbered(Struct):
    id: int
    number: int | None = None


class _Milestone(Struct):
    id: int
    due_on: Time | None = None
    updated_at: Time | None = None


class _Issue(Struct):
    id: int
    number: int
    milestone: _Identified | None = None


class _Owner(Struct):
    user: Account | None = None
    organization: Account | None = None


class _Before(Struct, rename={"value": "from"}):
    """What a value was; missing where it was not told."""

    value: Time | None = None


class _NameBefore(Struct, rename={"value": "from"}):
    value: str | None = None


class _OwnerBefore(Struct, rename={"value": "from"}):
    value: _Owner | None = None


class _RepositoryChanges(Struct):
    name: _NameBefore | None = None


class _Changes(Struct):
    due_on: _Before | UnsetType = UNSET
    repository: _RepositoryChanges | None = None
    owner: _OwnerBefore | None = None
    new_issue: _Issue | None = None
    new_repository: _Named | None = None
    old_repository: _Named | None = None


class _ProjectItem(Struct):
    content_type: str | None = None
    content_node_id: str | None = None


class _Event(Struct):
    """Any event; which of these it has depends on its kind."""

    action: str = ""
    sender: Account | None = None
    repository: _Named | None = None
    issue: _Issue | None = None
    milestone: _Milestone | None = None
    changes: _Changes | None = None
    sub_issue: _Numbered | None = None
    parent_issue: _Numbered | None = None
    blocked_issue: _Numbered | None = None
    blocking_issue: _Numbered | None = None
    sub_issue_repo: _Named | None = None
    parent_issue_repo: _Named | None = None
    blocked_issue_repo: _Named | None = None
    blocking_issue_repo: _Named | None = None
    projects_v2_item: _ProjectItem | None = None


def receive(
    settings: GitHubSettings,
    names: MutableMapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
) -> Delivery:
    """Verify and read one delivery; ``now`` stands in for events without a time.

    ``names`` has the scopes by the folded name that GitHub gives their repositories today, and
    learns of renames.
    """
    verify(settings, headers.get(SIGNATURE), body)
    name = headers.get(EVENT, "")
    event = decode(_json(headers, body), _Event)
    about: Iterable[int | None] = ()
    repositories: Iterable[str] = ()
    otherwise: tuple[str, ...] = ()
    batch = Batch(cursor={})
    if name in _ABOUT_REPOSITORY:
        _learn(event, names)
        repositories = _repositories(event)
        about = _about(event)
        if headers.get(HOOKED) == "repository":
            # Somebody gave it our secret: one of ours, whose new name nobody has told us.
            otherwise = settings.repositories
        batch = Batch(
            cursor={},
            moves=tuple(_moves(name, event, now)),
            absences=tuple(_absences(name, event, names, now)),
            gone=tuple(_gone(name, event)),
        )
    elif name == "projects_v2_item" and settings.projects and event.projects_v2_item is not None:
        about = (_content(event.projects_v2_item),)
        otherwise = settings.repositories
    return Delivery(
        id=delivery_id(headers, IDENTIFIER, body, SIGNATURE),
        event=f"{name}.{event.action}" if event.action else name,
        scopes=tuple(dict.fromkeys(_scopes(repositories, names, settings))),
        about=tuple(str(each) for each in about if each is not None),
        otherwise=otherwise,
        items=_silent(name, event, names, settings),
        batch=batch if batch.moves or batch.absences or batch.gone else None,
    )


def _json(headers: Mapping[str, str], body: bytes) -> bytes | str:
    """Give the payload; a hook that was not set to JSON sends it as a form's only field."""
    if not headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return body
    try:
        return parse_qs(body.decode(), strict_parsing=True, max_num_fields=10)["payload"][0]
    except (ValueError, KeyError):
        raise HookRefusedError("its form has no payload", status=400) from None


def _repositories(event: _Event) -> Iterator[str]:
    changes = event.changes or _Changes()
    for repository in (
        event.repository,
        event.sub_issue_repo,
        event.parent_issue_repo,
        event.blocked_issue_repo,
        event.blocking_issue_repo,
        changes.new_repository,
        changes.old_repository,
    ):
        if repository is not None:
            yield repository.full_name


def _about(event: _Event) -> Iterator[int]:
    for subject in (
        event.issue,
        event.issue and event.issue.milestone,
        event.milestone,
        event.sub_issue,
        event.parent_issue,
        event.blocked_issue,
        event.blocking_issue,
    ):
        if subject is not None:
            yield subject.id


def _scopes(
    repositories: Iterable[str], names: Mapping[str, str], settings: GitHubSettings
) -> Iterator[str]:
    """Give repositories as the operator knows them; what is not ours is left out."""
    for repository in repositories:
        known = names.get(repository.casefold())
        if known is not None:
            yield known
        elif any(_chooses(one, repository) for one in settings.organizations):
            yield repository


def _silent(name: str, event: _Event, names: Mapping[str, str], settings: GitHubSettings) -> Named:
    """Name the issues whose links or own fields are others now: GitHub may call that no change.

    Of links the issue that waits has one, and both a parent and its sub-issue.
    """
    found: dict[str, dict[str, str]] = {}
    about_field = name == "issues" and event.action.startswith("field_")
    if not (about_field or name in _ABOUT_LINKS) or event.repository is None:
        return {}
    for issue, repository in (
        (event.issue, None),
        (event.sub_issue, event.sub_issue_repo),
        (event.parent_issue, event.parent_issue_repo),
        (event.blocked_issue, event.blocked_issue_repo),
    ):
        where = (repository or event.repository).full_name
        for scope in _scopes([where], names, settings):
            if issue is not None and issue.number is not None:
                found.setdefault(scope, {})[str(issue.id)] = f"{scope}#{issue.number}"
    return found


def _chooses(organization: str | Organization, repository: str) -> bool:
    owner, _, name = repository.partition("/")
    if isinstance(organization, str):
        return owner.casefold() == organization.casefold()
    return owner.casefold() == organization.name.casefold() and organization.chooses(name)


def _learn(event: _Event, names: MutableMapping[str, str]) -> None:
    """Keep a scope when its repository is renamed or given away."""
    if event.repository is None or event.changes is None:
        return
    owner, _, name = event.repository.full_name.partition("/")
    renamed, given = event.changes.repository, event.changes.owner
    if renamed is not None and renamed.name is not None:
        name = renamed.name.value or name
    if given is not None and given.value is not None:
        before = given.value.organization or given.value.user
        owner = before.login if before is not None else owner
    scope = names.get(f"{owner}/{name}".casefold())
    if scope is not None:
        names.setdefault(event.repository.full_name.casefold(), scope)


def _moves(name: str, event: _Event, now: datetime) -> Iterator[DateMove]:
    """Tell the move of a milestone's date; that of a deleted one is taken away."""
    milestone = event.milestone
    if name != "milestone" or milestone is None:
        return
    new = _day(milestone.due_on)
    if event.action == "edited" and event.changes is not None and event.changes.due_on:
        old = _day(event.changes.due_on.value)
        at = milestone.updated_at or now
    elif event.action == "deleted":
        old, new, at = new, None, now
    else:
        return
    if old != new:
        yield DateMove(
            milestone=str(milestone.id),
            field=ChangedField.DUE,
            old=old,
            new=new,
            at=at,
            actor=event.sender.login if event.sender is not None else None,
        )


def _gone(name: str, event: _Event) -> Iterator[str]:
    if name == "milestone" and event.action == "deleted" and event.milestone is not None:
        yield str(event.milestone.id)


def _day(due_on: datetime | None) -> date | None:
    """Give the day that was picked: it is stored as midnight in California."""
    return None if due_on is None else due_on.astimezone(UTC).date()


def _absences(
    name: str, event: _Event, names: Mapping[str, str], now: datetime
) -> Iterator[Absence]:
    """Tell what became of an issue that was deleted or went to another repository."""
    if name != "issues" or event.issue is None:
        return
    item, changes = str(event.issue.id), event.changes or _Changes()
    if event.action == "deleted":
        yield Absence(item=item, presence=Presence.GONE, at=now)
    elif event.action == "transferred":
        to, issue = changes.new_repository, changes.new_issue
        key = None
        if to is not None and issue is not None:
            key = f"{names.get(to.full_name.casefold(), to.full_name)}#{issue.number}"
        yield Absence(item=item, presence=Presence.MOVED, at=now, moved_to=key)


def _content(item: _ProjectItem) -> int | None:
    """Find the id of the issue that an item of a project stands for, in its node id.

    After the underscore it is MessagePack in base64: a version, the repository's id, the issue's.
    """
    if item.content_type not in {"Issue", "PullRequest"} or not item.content_node_id:
        return None
    packed = item.content_node_id.partition("_")[2]
    try:
        found = msgspec.msgpack.decode(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
    parts = cast("list[object]", found) if isinstance(found, list) else []
    last = parts[-1] if len(parts) == 3 else None
    return last if isinstance(last, int) else None
