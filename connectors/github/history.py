"""What happened to issues: from events, of whichever API, to the history that is kept."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from slipwatch.aggregator.records import Category, Change, ChangedField, Outcome, status_value

from .convert import closed_as
from .payloads import Event, Milestone, PullRequest
from .position import Known

TITLE = "title:"
"""Begins the id of a milestone of which no more than a former title is known."""

KINDS = frozenset(
    {"milestoned", "demilestoned", "closed", "reopened", "assigned", "unassigned", "transferred"}
)
"""Events of these kinds are history that is kept, as REST writes them."""

ELSEWHERE = "elsewhere:"
"""Begins the id of a milestone of the repository that an issue was transferred from."""

_OPEN = status_value(Category.TODO, "open")
_BEGUN = status_value(Category.DOING, "open")
_CLOSED = status_value(Category.DONE, "closed")
_DROPPED = status_value(Category.DONE, "closed", Outcome.DROPPED)


class Happening(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event of an issue, as both APIs tell it."""

    id: str
    """The event's node id, which REST and GraphQL agree on."""
    item: str
    key: str
    kind: str
    """As REST writes it: ``milestoned``."""
    at: datetime
    actor: str | None = None
    subject: str | None = None
    """The milestone's title then, or the assignee's name."""
    pull_request: bool = False
    milestone: str | None = None
    """Id of the milestone that the issue is in today."""
    outcome: Outcome | None = None
    """How a closing ended it, where that is told."""
    again: bool = False
    """A closing of what was closed already: it changed the reason."""


class Titles:
    """Which milestones the titles in events mean.

    Events hold a milestone's title as it was, and nothing else. Titles of today are known from
    the list; a former one is learnt from an issue that was put into a milestone so called and is
    in it still. Feed it with each issue's events, newest first.
    """

    def __init__(self, today: Mapping[str, Known], former: Mapping[str, str]) -> None:
        self._today = dict(today)
        self._former = dict(former)
        self._placed: set[str] = set()
        self._arrived: set[str] = set()

    @property
    def former(self) -> Mapping[str, str]:
        """Milestones by titles that they no longer have."""
        return self._former

    def id_of(self, happening: Happening) -> str:
        """Name the milestone of an event, if only by its title of then."""
        title = happening.subject or ""
        if happening.item in self._arrived:
            return ELSEWHERE + title
        self._learn(title, happening)
        return self._of_today(title, happening.at) or self._former.get(title) or TITLE + title

    def resolve(self, title: str) -> str | None:
        """Find a milestone by a title that it had, or else by the one that it has."""
        known = self._today.get(title)
        return self._former.get(title) or (known.id if known is not None else None)

    def see(self, happening: Happening) -> None:
        """Note that an issue came from another repository: what was before, was there."""
        if happening.kind == "transferred":
            self._arrived.add(happening.item)

    def forget(self, item: str) -> None:
        """Read an issue's events anew, from the newest on."""
        self._arrived.discard(item)

    def _of_today(self, title: str, at: datetime) -> str | None:
        """Find the milestone of a title, unless it came later: another was called so then."""
        known = self._today.get(title)
        return None if known is None or _is_later(known, at) else known.id

    def _learn(self, title: str, happening: Happening) -> None:
        if happening.item in self._placed:
            return
        self._placed.add(happening.item)
        known, current = self._today.get(title), happening.milestone
        fits = known is not None and not _is_later(known, happening.at)
        if happening.kind == "milestoned" and current is not None and not fits:
            self._former[title] = current


def titles_of(milestones: Iterable[Milestone]) -> dict[str, Known]:
    """Sort milestones by title; a repository has no two of the same."""
    return {one.title: Known(str(one.id), one.created_at) for one in milestones}


def changes(happenings: Iterable[Happening], titles: Titles) -> Iterator[Change]:
    """Give the history that events tell; those of an issue come newest first."""
    for happening in happenings:
        titles.see(happening)
        told = _told(happening, titles)
        if told is not None:
            field, old, new = told
            yield Change(
                item=happening.item,
                id=happening.id,
                at=happening.at,
                field=field,
                old=old,
                new=new,
                actor=happening.actor,
            )


def is_unresolved(change: Change) -> bool:
    """Tell whether a change names a milestone by a title alone."""
    return any((value or "").startswith(TITLE) for value in (change.old, change.new))


def restated(change: Change, titles: Titles) -> Change | None:
    """State a change anew whose milestone is known by now; None where it is not."""
    old, new = (_resolved(value, titles) for value in (change.old, change.new))
    if (old, new) == (change.old, change.new):
        return None
    return msgspec.structs.replace(change, old=old, new=new)


def identity_of(event: Event) -> str | None:
    """Give the id of an event: that which GraphQL has too, where the server tells it."""
    return event.node_id or (None if event.id is None else str(event.id))


def rest_happening(
    event: Event, *, item: str, key: str, milestone: str | None, pull_request: PullRequest | None
) -> Happening | None:
    """Read an event of the REST API; None for one of another kind, or of no time."""
    identity = identity_of(event)
    if event.event not in KINDS or event.created_at is None or identity is None:
        return None
    account = event.assignee
    title = event.milestone.title if event.milestone is not None else None
    return Happening(
        id=identity,
        item=item,
        key=key,
        kind=event.event,
        at=event.created_at,
        actor=event.actor.login if event.actor is not None else None,
        subject=title if account is None else account.login,
        pull_request=pull_request is not None,
        milestone=milestone,
        outcome=closed_as(event.event, event.created_at, event.state_reason, pull_request),
    )


def _is_later(known: Known, at: datetime) -> bool:
    return known.created_at is not None and known.created_at > at


def _resolved(value: str | None, titles: Titles) -> str | None:
    if value is None or not value.startswith(TITLE):
        return value
    return titles.resolve(value.removeprefix(TITLE)) or value


def _told(
    happening: Happening, titles: Titles
) -> tuple[ChangedField, str | None, str | None] | None:
    open_status = _BEGUN if happening.pull_request else _OPEN
    match happening.kind:
        case "milestoned" if happening.subject:
            return ChangedField.MILESTONE, None, titles.id_of(happening)
        case "demilestoned" if happening.subject:
            return ChangedField.MILESTONE, titles.id_of(happening), None
        case "closed":
            before = _CLOSED if happening.again else open_status
            after = status_value(Category.DONE, "closed", happening.outcome)
            return ChangedField.STATUS, before, after
        case "reopened" if happening.pull_request:
            # What was merged is never opened again.
            return ChangedField.STATUS, _DROPPED, open_status
        case "reopened":
            return ChangedField.STATUS, _CLOSED, open_status
        case "assigned" if happening.subject:
            return ChangedField.ASSIGNEE, None, happening.subject
        case "unassigned" if happening.subject:
            return ChangedField.ASSIGNEE, happening.subject, None
        case "transferred":
            return ChangedField.KEY, None, happening.key
        case _:
            return None
