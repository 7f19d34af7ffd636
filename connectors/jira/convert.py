"""From Jira's payloads to records: pure, and the same for a pull and for recorded files."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

import msgspec

from slipwatch.aggregator.records import (
    Category,
    Change,
    Item,
    Level,
    Link,
    MilestoneKind,
    TrackerMilestone,
    Worklog,
)

from ..registers import shown, told
from . import history, moves
from .fields import Layout, RoleFields, layout
from .links import LinkTypes, links_of, plain
from .payloads import (
    Fields,
    Issue,
    Named,
    RemoteLink,
    Version,
    day,
    instant,
    number,
    text,
)
from .settings import REGISTER, JiraSettings
from .sprints import convert_sprint, sprints_in
from .types import Types, level_of
from .worklogs import worklogs_of

_DROPPED = frozenset(
    (
        "abandoned",
        "as designed",
        "by design",
        "canceled",
        "cancelled",
        "cannot reproduce",
        "can't reproduce",
        "declined",
        "discarded",
        "dropped",
        "duplicate",
        "incomplete",
        "invalid",
        "needs more info",
        "not a bug",
        "not an issue",
        "not our bug",
        "not planned",
        "obsolete",
        "out of scope",
        "rejected",
        "superseded",
        "unable to reproduce",
        "withdrawn",
        "won't do",
        "won't fix",
        "won't implement",
        "wont do",
        "wont fix",
        "works as designed",
        "works for me",
    )
)
_BLOCKED_STATUS = re.compile(r"\b(?:blocked|impeded|impediment)\b", re.IGNORECASE)
_BLOCKED_LABELS = frozenset(("blocked", "impeded", "impediment"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How issues are read: what the operator said, and what the site said about itself."""

    browse_url: str
    layout: Layout[Fields]
    watched: history.Watched
    link_types: LinkTypes
    ids: Mapping[str, tuple[str, ...]]
    """By role, what the entries of a changelog call the fields that have it."""
    end_wins: bool
    """Whether the planned end is worth more than the due date: where the operator named it."""
    dropped: frozenset[str] = frozenset()
    statuses: history.Statuses = field(default_factory=dict[str, Category])
    types: Types = field(default_factory=dict[str, Level])
    boards: Mapping[str, str] = field(default_factory=dict[str, str])
    """Boards by id, with the projects they are kept in."""
    worklogs: bool = False
    """Whether logged time is read."""
    roles: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of people whose hours are priced by that, by the name that Jira shows."""
    register: tuple[str, ...] = ()
    """Roles of the fields that registers ask for."""
    former: tuple[str, ...] = ()
    """What keys of the project began with before its key was changed."""

    @classmethod
    def of(
        cls,
        settings: JiraSettings,
        *,
        fields: RoleFields,
        statuses: history.Statuses,
        types: Types | None = None,
        boards: Mapping[str, str] | None = None,
        roles: Mapping[str, str] | None = None,
        former: tuple[str, ...] = (),
    ) -> "Reading":
        """Combine the settings with the fields that were found for each role.

        A name that nobody looked up is known to changelogs all the same.
        """
        unresolved = {
            name: role for role, name in settings.fields.named().items() if role not in fields
        }
        ids = {role: tuple(found) for role, found in fields.items()}
        return cls(
            browse_url=settings.browse_url or settings.url,
            layout=layout(ids, worklogs=settings.worklogs),
            watched=history.Watched.of(fields, unresolved),
            link_types=LinkTypes(settings.links),
            ids=ids | {role: (name,) for name, role in unresolved.items()},
            end_wins=settings.fields.end is not None,
            dropped=_DROPPED | frozenset(map(plain, settings.dropped)),
            statuses={**history.BUILT_IN_STATUSES, **statuses},
            types=types or {},
            boards=boards or {},
            worklogs=settings.worklogs,
            roles=roles or {},
            register=tuple(role for role in fields if role.startswith(REGISTER)),
            former=former,
        )

    def days(self, issue: Issue[Fields], role: str) -> moves.Held:
        """Give the fields that have a role, the likeliest first, with the day each holds."""
        attributes = self.layout.attributes.get(role, ())
        return [
            (name, day(getattr(issue.fields, attributes[place])) if attributes else None)
            for place, name in enumerate(self.ids.get(role, ()))
        ]


class Converted(msgspec.Struct, frozen=True, gc=False):
    """One issue as records; ``sprints`` are those it is or was in."""

    item: Item
    links: tuple[Link, ...]
    changes: tuple[Change, ...]
    sprints: tuple[TrackerMilestone, ...] = ()
    worklogs: tuple[Worklog, ...] = ()


def convert_issue(
    issue: Issue[Fields],
    reading: Reading,
    *,
    log: history.Log | None = None,
    scope: str | None = None,
    remote_links: Sequence[RemoteLink] = (),
) -> Converted:
    """Convert one issue; ``scope`` is the project it was asked for by, else its own.

    ``log`` is its changelog laid out, where somebody did so already. Raises ``ValueError``
    naming the place where a field is not what it should be.
    """
    fields = issue.fields
    if log is None:
        log = history.log_of(issue.changelog, reading.watched)
    created = instant(fields.created) or instant(fields.updated)
    if created is None:
        raise ValueError("it has no time of creation - at `$.fields.created`")
    updated = instant(fields.updated) or created
    category = history.category_of(_category_key(fields))
    is_done = category is Category.DONE
    done_at = None
    if is_done:
        done_at = history.done_at(log, reading.statuses, instant(fields.resolutiondate))
    starts, ends = reading.days(issue, "start"), _ends(issue, reading)
    scope = scope or _project(issue, fields)
    sprints = _sprints(issue, reading, scope)
    ending = _ending(fields, reading)
    blocked, blocked_since = (False, None) if is_done else _blocked(issue, reading, log)
    item = Item(
        id=issue.id,
        key=issue.key,
        scope=scope,
        level=level_of(fields.issuetype),
        title=fields.summary or "",
        url=f"{reading.browse_url}/browse/{issue.key}",
        type=(fields.issuetype and fields.issuetype.name) or "",
        status=(fields.status and fields.status.name) or "",
        category=category,
        created_at=created,
        updated_at=updated,
        outcome=moves.outcome_of(ending.resolution, ending.name, reading.dropped)
        if is_done
        else None,
        started_at=_started(issue, log, reading, category, created),
        done_at=(done_at or updated) if is_done else None,
        start_date=moves.in_force(starts),
        due_date=moves.in_force(ends),
        points=number(reading.layout.value(issue, "points")),
        assignee=fields.assignee.shown if fields.assignee is not None else None,
        labels=tuple(fields.labels or ()),
        components=tuple([part.name for part in fields.components or () if part.name]),
        milestones=(*_ids(fields.fix_versions), *[sprint.id for sprint in sprints]),
        parent=_parent(issue, reading),
        blocked=blocked,
        blocked_since=blocked_since,
        former_keys=history.former_keys(log, issue.key, reading.former),
        reported=shown(reading.layout.value(issue, "reported")),
        told=told(
            {
                role.removeprefix(REGISTER): reading.layout.value(issue, role)
                for role in reading.register
            }
        )
        if reading.register
        else (),
        assignee_active=fields.assignee.active if fields.assignee is not None else None,
    )
    return Converted(
        item,
        links=links_of(issue, reading.link_types, log, remote_links),
        changes=tuple(
            moves.changes(
                issue.id,
                log,
                reading.statuses,
                reading.types,
                ends=ends,
                starts=starts,
                ending=ending,
            )
        ),
        sprints=sprints,
        worklogs=worklogs_of(issue, reading.roles) if reading.worklogs else (),
    )


def convert_version(version: Version, browse_url: str, *, scope: str) -> TrackerMilestone:
    """Convert a version; its release date is the promise until it is released, then the fact."""
    released = bool(version.released)
    release_date = _date(version.release_date)
    return TrackerMilestone(
        id=str(version.id),
        scope=scope,
        kind=MilestoneKind.VERSION,
        name=version.name or "",
        url=f"{browse_url}/projects/{scope}/versions/{version.id}",
        start_date=_date(version.start_date),
        due_date=release_date,
        closed=released,
        closed_on=release_date if released else None,
        archived=bool(version.archived),
    )


def _date(value: str | None) -> date | None:
    return None if value is None else day(value)


def _category_key(fields: Fields) -> str | None:
    if fields.status is None or fields.status.status_category is None:
        return None
    return fields.status.status_category.key


def _project(issue: Issue[Fields], fields: Fields) -> str:
    key = fields.project.key if fields.project is not None else None
    return key or issue.key.rpartition("-")[0]


def _ending(fields: Fields, reading: Reading) -> moves.Ending:
    status, resolution = fields.status, fields.resolution
    return moves.Ending(
        status=text(status.id) if status is not None else None,
        name=status.name if status is not None else None,
        resolution=resolution.name if resolution is not None else None,
        dropped=reading.dropped,
    )


def _ends(issue: Issue[Fields], reading: Reading) -> moves.Held:
    """Give the fields that say on which day an issue is planned to end, the first that counts."""
    ends = reading.days(issue, "end")
    own = ("duedate", day(issue.fields.duedate))
    return [*ends, own] if reading.end_wins else [own, *ends]


def _started(
    issue: Issue[Fields],
    log: history.Log,
    reading: Reading,
    category: Category,
    created: datetime,
) -> datetime | None:
    if issue.changelog is None:
        return None
    return history.started_at(log, reading.statuses, now=category, created=created)


def _ids(versions: Sequence[Named] | None) -> list[str]:
    return [str(version.id) for version in versions or () if version.id is not None]


def _sprints(issue: Issue[Fields], reading: Reading, scope: str) -> tuple[TrackerMilestone, ...]:
    held = reading.layout.value(issue, "sprint")
    values = [issue.fields.closed_sprints, issue.fields.sprint] if held is None else [held]
    found = (
        convert_sprint(sprint, reading.browse_url, scope=scope, boards=reading.boards)
        for value in values
        for sprint in sprints_in(value)
    )
    return tuple({sprint.id: sprint for sprint in found if sprint is not None}.values())


def _parent(issue: Issue[Fields], reading: Reading) -> str | None:
    for parent in (issue.fields.parent, issue.fields.epic):
        if parent is not None and parent.key:
            return parent.key
    for role in ("epic", "parent"):
        key = _key_in(reading.layout.value(issue, role))
        if key is not None:
            return key
    return None


def _key_in(value: object) -> str | None:
    """Read a link to an epic or a parent: a key, or an object that has it, maybe in ``data``."""
    if isinstance(value, dict):
        inner: object = value.get("data")
        return _key_in(inner) if isinstance(inner, dict) else text(value.get("key"))
    return text(value)


def _blocked(
    issue: Issue[Fields], reading: Reading, log: history.Log
) -> tuple[bool, datetime | None]:
    """Whether an issue says it is blocked, by status, label or flag, and since when."""
    fields = issue.fields
    signs: list[tuple[str, Callable[[str], bool]]] = []
    if fields.status is not None and _says_blocked(fields.status.name or ""):
        signs.append(("status", _says_blocked))
    if fields.labels and _are_blocked(fields.labels):
        signs.append(("labels", _is_one_blocked))
    if fields.flagged or reading.layout.value(issue, "flagged"):
        signs.append(("flagged", bool))
    if not signs:
        return False, None
    since = [at for role, test in signs if (at := _since(log, role, test)) is not None]
    return True, min(since, default=None)


@lru_cache(maxsize=1024)
def _says_blocked(status: str) -> bool:
    return _BLOCKED_STATUS.search(status) is not None


def _are_blocked(labels: Iterable[str]) -> bool:
    return any(plain(label) in _BLOCKED_LABELS for label in labels)


def _is_one_blocked(labels: str) -> bool:
    return _are_blocked(labels.split())


def _since(log: history.Log, role: str, test: Callable[[str], bool]) -> datetime | None:
    """When a field last came into a state that ``test`` knows by the text shown for it."""
    found = None
    for entry in log:
        if entry.role == role:
            before = test(text(entry.item.old_text) or "")
            if test(text(entry.item.new_text) or "") and not before:
                found = entry.at
    return found
