"""GitLab's payloads to records: no network, no clock."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import msgspec
from msgspec import UNSET

from slipwatch.aggregator.records import (
    Batch,
    Category,
    Change,
    ChangedField,
    Item,
    Level,
    Link,
    LinkKind,
    MilestoneKind,
    Outcome,
    TrackerMilestone,
)

from ..labels import says_begun, words_of
from ..statements import links_in, unsaid
from .payloads import Account, Epic, Event, Issue, Iteration, Linked, Milestone

_T = TypeVar("_T")

_PLACE = re.compile(
    r"^(?:https?://[^/]+)?/(?:groups/)?(?P<path>[^?#]+?)/(?:-/)?"
    r"(?:issues|work_items|epics|milestones|iterations)/[^/?#]*$"
)
_TYPES = {"incident": "Incident", "task": "Task", "test_case": "Test case"}
_CLOSED_ITERATION = 3
_STATES = {"closed": Category.DONE, "reopened": Category.TODO, "opened": Category.TODO}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the operator wants issues to be read."""

    blocked: frozenset[str] = frozenset({"blocked"})
    """Labels as ``labels.plain`` reduces them."""
    dropped: frozenset[str] = frozenset({"duplicate", "wontfix"})
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """Projects and groups by their folded path of today: the paths the operator knows."""

    def path(self, path: str) -> str:
        """Give a path as the operator writes it; capitals mean nothing in one."""
        return self.names.get(path.casefold(), path)

    def key(self, full: str) -> str:
        """Give a reference such as ``acme/api#7`` or ``acme&3`` with the path so written."""
        match = re.fullmatch(r"(?P<path>.+)(?P<number>[#&][0-9]+)", full)
        return full if match is None else f"{self.path(match['path'])}{match['number']}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """What has to be asked for issue by issue."""

    linked: Sequence[Linked] = ()
    events: Sequence[Event] = ()


def item_of(issue: Issue, reading: Reading) -> Item:
    """Convert an issue, incident or task; raises ``ValueError`` where its project is unknown."""
    key = key_of(issue, reading)
    words = words_of(issue.labels)
    assignee = _assignee(issue)
    done = issue.state == "closed"
    milestones = [] if issue.milestone is None else [str(issue.milestone.id)]
    if issue.iteration is not None:
        milestones.append(f"iteration:{issue.iteration.id}")
    return Item(
        id=str(issue.id),
        key=key,
        scope=key.rpartition("#")[0],
        level=Level.SUBTASK if issue.issue_type == "task" else Level.WORK,
        title=issue.title,
        url=_web(issue.web_url),
        type=_TYPES.get(issue.issue_type or "", "Issue"),
        status=issue.state,
        category=_category(issue, words),
        outcome=_outcome(issue, words, reading) if done else None,
        created_at=_utc(issue.created_at),
        updated_at=_utc(issue.updated_at),
        done_at=_utc(issue.closed_at or issue.updated_at) if done else None,
        start_date=issue.start_date,
        due_date=issue.due_date,
        points=issue.weight,
        assignee=assignee.username if assignee is not None else None,
        assignee_active=assignee.active if assignee is not None else None,
        labels=tuple(issue.labels or ()),
        milestones=tuple(milestones),
        parent=parent_of(issue, reading),
        blocked=bool(words & reading.blocked),
    )


def epic_of(epic: Epic, reading: Reading) -> Item:
    """Convert an epic; raises ``ValueError`` where its group is unknown."""
    key = _reference(epic, "&", reading)
    done = epic.state == "closed"
    return Item(
        id=f"epic:{epic.id}",
        key=key,
        scope=key.rpartition("&")[0],
        level=Level.EPIC,
        title=epic.title,
        url=_web(epic.web_url),
        type="Epic",
        status=epic.state,
        category=Category.DONE if done else Category.TODO,
        outcome=Outcome.COMPLETED if done else None,
        created_at=_utc(epic.created_at),
        updated_at=_utc(epic.updated_at),
        done_at=_utc(epic.closed_at or epic.updated_at) if done else None,
        start_date=epic.start_date,
        due_date=epic.due_date,
        labels=tuple(epic.labels or ()),
        blocked=bool(words_of(epic.labels) & reading.blocked),
    )


def links_of(
    payload: Issue | Epic, item: Item, reading: Reading, linked: Iterable[Linked] = ()
) -> list[Link]:
    """Collect what an issue or epic states about others, GitLab's own links first.

    What its text says again is left out.
    """
    links = [link for other in linked if (link := _link(other, item, reading)) is not None]
    said = {(link.upstream, link.downstream) for link in links}
    said |= {(link.downstream, link.upstream) for link in links if link.kind is LinkKind.RELATES}
    stated = links_in(
        f"{payload.title}\n\n{payload.description or ''}",
        owner=item.id,
        key=item.key,
        repository=item.scope if isinstance(payload, Issue) else None,
        name=reading.key,
    )
    return links + unsaid(stated, said)


def changes_of(issue: Issue, events: Iterable[Event]) -> list[Change]:
    """Convert events: closed and reopened, milestones and iterations that were set and left."""
    changes: list[Change] = []
    before = Category.TODO
    inside: dict[str, str] = {}
    for event in sorted(events, key=lambda one: (one.created_at, one.id)):
        category = _STATES.get(event.state or "")
        if event.state is None:
            changes += _moves(issue, event, inside)
        elif category is not None and category is not before:
            new = f"{category.value}:{event.state}"
            changes.append(_change(issue, event, "state", ChangedField.STATUS, before.value, new))
            before = category
    return changes


def milestone_of(milestone: Milestone, reading: Reading, *, scope: str = "") -> TrackerMilestone:
    """Convert a milestone; one of a group is in the scope of that group.

    Its dates are days, without a time of day that could shift them.
    """
    return TrackerMilestone(
        id=str(milestone.id),
        scope=reading.path(_place(milestone.web_url) or scope),
        kind=MilestoneKind.MILESTONE,
        name=milestone.title,
        url=_web(milestone.web_url),
        start_date=milestone.start_date,
        due_date=milestone.due_date,
        closed=milestone.state == "closed",
    )


def iteration_of(iteration: Iteration, reading: Reading, *, scope: str = "") -> TrackerMilestone:
    """Convert an iteration; one that a cadence made is named by its dates, as GitLab shows it."""
    dates = " – ".join(str(day) for day in (iteration.start_date, iteration.due_date) if day)
    return TrackerMilestone(
        id=f"iteration:{iteration.id}",
        scope=reading.path(_place(iteration.web_url) or scope),
        kind=MilestoneKind.SPRINT,
        name=iteration.title or dates or f"Iteration {iteration.iid}",
        url=_web(iteration.web_url),
        start_date=iteration.start_date,
        due_date=iteration.due_date,
        closed=iteration.state == _CLOSED_ITERATION,
    )


def parent_of(issue: Issue, reading: Reading) -> str | None:
    """Name the epic that an issue is in."""
    place = None if issue.epic is None else _place(issue.epic.url)
    return (
        None if issue.epic is None or place is None else f"{reading.path(place)}&{issue.epic.iid}"
    )


def key_of(issue: Issue | Linked, reading: Reading) -> str:
    """Name an issue as people do: ``acme/api#7``; raises ``ValueError`` where it cannot be."""
    return _reference(issue, "#", reading)


def convert(payload: object, reading: Reading) -> Batch:
    """Convert recorded answers: one, or a list, or a list of pages.

    Issues, epics, milestones and iterations become records; what else the API sends (events,
    accounts, projects, …) holds nothing that is kept. Raises ``ValueError`` for what is not
    from there.
    """
    items: dict[str, Item] = {}
    links: dict[str, list[Link]] = {}
    milestones: dict[str, TrackerMilestone] = {}
    for where, found in _objects(payload, "$"):
        if "link_type" in found or "resource_type" in found:
            continue  # of another issue, at the other end of a link; an event
        if _is_issue(found):
            issue = _typed(found, Issue, where)
            item = item_of(issue, reading)
            items[item.id], links[item.id] = item, links_of(issue, item, reading)
        elif _is_epic(found):
            epic = _typed(found, Epic, where)
            item = epic_of(epic, reading)
            items[item.id], links[item.id] = item, links_of(epic, item, reading)
        elif _is_iteration(found):
            iteration = iteration_of(_typed(found, Iteration, where), reading)
            milestones[iteration.id] = iteration
        elif _is_milestone(found):
            milestone = milestone_of(_typed(found, Milestone, where), reading)
            milestones[milestone.id] = milestone
        elif not {"id", "web_url"} <= found.keys():
            raise ValueError(
                f"{where}: no answer of GitLab's REST API: expected issues, epics, milestones or "
                "iterations, one by one, in a list or in pages"
            )
    return Batch(
        cursor={},
        items=tuple(items.values()),
        milestones=tuple(milestones.values()),
        links=tuple(link for owner in items for link in links[owner]),
    )


def _reference(payload: Issue | Linked | Epic, mark: str, reading: Reading) -> str:
    full = payload.references.full if payload.references is not None else ""
    if mark not in full:
        place = _place(payload.web_url)
        if place is None:
            raise ValueError(f"{mark}{payload.iid} names neither its project nor its group")
        full = f"{place}{mark}{payload.iid}"
    return reading.key(full)


def _link(other: Linked, item: Item, reading: Reading) -> Link | None:
    key = key_of(other, reading)
    if key == item.key:
        return None
    blocks = other.link_type in ("blocks", "is_blocked_by")
    first = other.link_type != "is_blocked_by"
    return Link(
        owner=item.id,
        kind=LinkKind.BLOCKS if blocks else LinkKind.RELATES,
        upstream=item.key if first else key,
        downstream=key if first else item.key,
        label=other.link_type.replace("_", " "),
        since=None if other.link_created_at is None else _utc(other.link_created_at),
    )


def _moves(issue: Issue, event: Event, inside: dict[str, str]) -> Iterator[Change]:
    """Tell which milestone or iteration an issue came into, and which one it left.

    GitLab writes one event where one takes the place of another, and that names the new one alone.
    ``inside`` is what the issue was in until then.
    """
    if event.milestone is not UNSET:
        kind = "milestone"
        member = None if event.milestone is None else str(event.milestone.id)
    elif event.iteration is not UNSET:
        kind = "iteration"
        member = None if event.iteration is None else f"iteration:{event.iteration.id}"
    else:
        return
    left, field = inside.pop(kind, None), ChangedField.MILESTONE
    if event.action == "remove":
        left = member or left
        if left is not None:
            yield _change(issue, event, kind, field, left, None)
        return
    if left is not None and left != member:
        yield _change(issue, event, kind, field, left, None, part=":left")
    if member is not None:
        inside[kind] = member
        yield _change(issue, event, kind, field, None, member)


def _change(
    issue: Issue,
    event: Event,
    kind: str,
    field: ChangedField,
    old: str | None,
    new: str | None,
    *,
    part: str = "",
) -> Change:
    return Change(
        item=str(issue.id),
        id=f"{kind}:{event.id}{part}",
        at=_utc(event.created_at),
        field=field,
        old=old,
        new=new,
        actor=event.user.username if event.user is not None else None,
    )


def _category(issue: Issue, words: frozenset[str]) -> Category:
    """Tell where an issue stands; between open and closed, GitLab's REST API has no status."""
    if issue.state == "closed":
        return Category.DONE
    return Category.DOING if _assignee(issue) or says_begun(words) else Category.TODO


def _outcome(issue: Issue, words: frozenset[str], reading: Reading) -> Outcome:
    """Tell a done issue from one that was moved, a duplicate, or given up."""
    duplicate = issue.links is not None and issue.links.closed_as_duplicate_of is not None
    dropped = issue.moved_to_id is not None or duplicate or words & reading.dropped
    return Outcome.DROPPED if dropped else Outcome.COMPLETED


def _assignee(issue: Issue) -> Account | None:
    accounts = ([issue.assignee] if issue.assignee is not None else []) + (issue.assignees or [])
    return accounts[0] if accounts else None


def _place(url: str | None) -> str | None:
    """Name the project or group that an address is in."""
    match = _PLACE.match(url or "")
    return None if match is None else match["path"]


def _web(url: str | None) -> str:
    return url if url is not None and url.startswith(("https://", "http://")) else ""


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def _is_issue(found: Mapping[str, Any]) -> bool:
    return {"iid", "state", "project_id", "created_at"} <= found.keys() and (
        "issue_type" in found or "closed_at" in found
    )


def _is_epic(found: Mapping[str, Any]) -> bool:
    return {"iid", "state", "group_id", "labels"} <= found.keys()


def _is_iteration(found: Mapping[str, Any]) -> bool:
    return {"iid", "group_id", "start_date"} <= found.keys() and isinstance(found.get("state"), int)


def _is_milestone(found: Mapping[str, Any]) -> bool:
    return {"iid", "title", "due_date", "state"} <= found.keys()


def _objects(payload: object, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(payload, (list, tuple)):
        for number, part in enumerate(cast("Sequence[object]", payload)):
            yield from _objects(part, f"{where}[{number}]")
    elif isinstance(payload, dict):
        yield where, cast("dict[str, Any]", payload)
    else:
        raise ValueError(  # noqa: TRY004  # a wrong payload, not a wrong call
            f"{where}: expected an object or a list, not {type(payload).__name__}"
        )


def _typed(found: dict[str, Any], kind: type[_T], where: str) -> _T:
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}") from None
