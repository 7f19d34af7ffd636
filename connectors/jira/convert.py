"""From Jira's payloads to records: pure, and the same for a pull and for recorded files."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec

from slipwatch.aggregator.records import (
    Category,
    Change,
    Item,
    Level,
    Link,
    LinkKind,
    LinkOrigin,
    MilestoneKind,
    Outcome,
    TrackerMilestone,
)

from ..references import dependency_phrases
from . import history
from .payloads import (
    Fields,
    Issue,
    IssueLink,
    IssueType,
    Named,
    RemoteLink,
    Version,
    day,
    instant,
    number,
    text,
)
from .settings import JiraSettings

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
_OTHER_FIRST = re.compile(
    r"\b(?:blocked by|depends (?:up)?on|dependent on|requires|needs|waits (?:for|on))\b",
    re.IGNORECASE,
)
_THIS_FIRST = re.compile(
    r"\b(?:blocks|(?:depended (?:up)?on|required|needed) by|is a prerequisite)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the operator said about fields and links, and what the site said about statuses."""

    browse_url: str
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """By role (start, end, points, epic, flagged): the id first, then names it is known by."""
    blocks: frozenset[str] = frozenset()
    depends: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    statuses: history.Statuses = field(default_factory=dict[str, Category])

    @classmethod
    def of(
        cls,
        settings: JiraSettings,
        *,
        field_ids: Mapping[str, str],
        statuses: history.Statuses,
    ) -> "Reading":
        """Combine the settings with the ids that the site gave for field names."""
        return cls(
            browse_url=settings.browse_url or settings.url,
            fields={
                role: tuple(dict.fromkeys((field_ids.get(name, name), name)))
                for role, name in settings.fields.named().items()
            },
            blocks=frozenset(map(_plain, settings.links.blocks)),
            depends=frozenset(map(_plain, settings.links.depends)),
            dropped=_DROPPED | frozenset(map(_plain, settings.dropped)),
            statuses={**history.BUILT_IN_STATUSES, **statuses},
        )

    def value(self, issue: Issue, role: str) -> object:
        """Give the value of the field that has a role."""
        names = self.fields.get(role, ())
        return issue.fields.get(names[0]) if names else None


@dataclass(frozen=True, slots=True)
class Converted:
    """One issue as records."""

    item: Item
    links: tuple[Link, ...]
    changes: tuple[Change, ...]


def convert_issue(
    issue: Issue,
    reading: Reading,
    *,
    scope: str | None = None,
    remote_links: Sequence[RemoteLink] = (),
) -> Converted:
    """Convert one issue; ``scope`` is the project it was asked for by, else its own.

    Raises ``ValueError`` (of msgspec, naming the place) where a field is not what it should be.
    """
    fields = msgspec.convert(issue.fields, Fields)
    entries = history.entries(issue)
    created = instant(fields.created) or instant(fields.updated)
    if created is None:
        raise ValueError("it has no time of creation - at `$.fields.created`")
    updated = instant(fields.updated) or created
    category = history.category_of(_category_key(fields))
    resolved = instant(fields.resolutiondate) or history.done_at(entries, reading.statuses)
    is_done = category is Category.DONE
    end = day(reading.value(issue, "end"))
    due_from = reading.fields["end"] if end is not None else ("duedate",)
    blocked, blocked_since = (False, None) if is_done else _blocked(issue, fields, reading, entries)
    item = Item(
        id=issue.id,
        key=issue.key,
        scope=scope or _project(issue, fields),
        level=_level(fields.issuetype),
        title=fields.summary or "",
        url=f"{reading.browse_url}/browse/{issue.key}",
        type=(fields.issuetype and fields.issuetype.name) or "",
        status=(fields.status and fields.status.name) or "",
        category=category,
        created_at=created,
        updated_at=updated,
        outcome=_outcome(fields, reading) if is_done else None,
        started_at=_started(issue, entries, reading, category, created),
        done_at=(resolved or updated) if is_done else None,
        start_date=day(reading.value(issue, "start")),
        due_date=end or day(fields.duedate),
        points=number(reading.value(issue, "points")),
        assignee=fields.assignee.shown if fields.assignee is not None else None,
        labels=tuple(fields.labels or ()),
        components=tuple(part.name for part in fields.components or () if part.name),
        milestones=_ids(fields.fix_versions),
        parent=_parent(issue, fields, reading),
        blocked=blocked,
        blocked_since=blocked_since,
    )
    return Converted(
        item,
        links=_links(issue, fields, reading, entries, remote_links),
        changes=tuple(
            history.changes(
                issue.id,
                entries,
                reading.statuses,
                due=due_from,
                start=reading.fields.get("start", ()),
            )
        ),
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


def _plain(name: str) -> str:
    return name.replace("\u2019", "'").strip().casefold()


def _category_key(fields: Fields) -> str | None:
    if fields.status is None or fields.status.status_category is None:
        return None
    return fields.status.status_category.key


def _project(issue: Issue, fields: Fields) -> str:
    key = fields.project.key if fields.project is not None else None
    return key or issue.key.rpartition("-")[0]


def _level(kind: IssueType | None) -> Level:
    if kind is None:
        return Level.WORK
    rank = kind.hierarchy_level
    if kind.subtask or (rank is not None and rank < 0):
        return Level.SUBTASK
    names = {_plain(name) for name in (kind.name, kind.untranslated_name) if name}
    return Level.EPIC if (rank is not None and rank >= 1) or "epic" in names else Level.WORK


def _outcome(fields: Fields, reading: Reading) -> Outcome:
    names = (fields.resolution and fields.resolution.name, fields.status and fields.status.name)
    dropped = any(_plain(name) in reading.dropped for name in names if name)
    return Outcome.DROPPED if dropped else Outcome.COMPLETED


def _started(
    issue: Issue,
    entries: Sequence[history.Entry],
    reading: Reading,
    category: Category,
    created: datetime,
) -> datetime | None:
    if issue.changelog is None:
        return None
    return history.started_at(entries, reading.statuses, now=category, created=created)


def _ids(versions: Sequence[Named] | None) -> tuple[str, ...]:
    return tuple(str(version.id) for version in versions or () if version.id is not None)


def _parent(issue: Issue, fields: Fields, reading: Reading) -> str | None:
    for parent in (fields.parent, fields.epic):
        if parent is not None and parent.key:
            return parent.key
    epic = reading.value(issue, "epic")
    return text(epic.get("key") if isinstance(epic, dict) else epic)


def _blocked(
    issue: Issue, fields: Fields, reading: Reading, entries: Sequence[history.Entry]
) -> tuple[bool, datetime | None]:
    """Whether an issue says it is blocked, by status, label or flag, and since when."""
    flag = reading.fields.get("flagged", ())
    signs: list[tuple[bool, tuple[str, ...], Callable[[str], bool]]] = [
        (
            bool(fields.status and _BLOCKED_STATUS.search(fields.status.name or "")),
            ("status",),
            lambda shown: _BLOCKED_STATUS.search(shown) is not None,
        ),
        (
            any(_plain(label) in _BLOCKED_LABELS for label in fields.labels or ()),
            ("labels",),
            lambda shown: any(_plain(label) in _BLOCKED_LABELS for label in shown.split()),
        ),
        (bool(fields.flagged or reading.value(issue, "flagged")), ("Flagged", *flag), bool),
    ]
    active = [(names, test) for shows, names, test in signs if shows]
    since = [at for names, test in active if (at := _since(entries, names, test)) is not None]
    return bool(active), min(since, default=None)


def _since(
    entries: Sequence[history.Entry], names: Sequence[str], test: Callable[[str], bool]
) -> datetime | None:
    """When a field last came into a state that ``test`` knows by the text shown for it."""
    found = None
    for entry in entries:
        if entry.is_of(*names):
            before = test(text(entry.item.old_text) or "")
            if test(text(entry.item.new_text) or "") and not before:
                found = entry.at
    return found


def _links(
    issue: Issue,
    fields: Fields,
    reading: Reading,
    entries: Sequence[history.Entry],
    remote_links: Sequence[RemoteLink],
) -> tuple[Link, ...]:
    """Give every dependency once, as the firmest evidence has it."""
    since = {text(entry.item.new): entry.at for entry in entries if entry.is_of("Link")}
    found: dict[tuple[str, str], Link] = {}
    for source in (
        _tracker_links(issue, fields, reading, since),
        _remote_links(issue, remote_links),
        _text_links(issue, fields),
    ):
        for link in source:
            if link.upstream != link.downstream:
                found.setdefault((link.upstream, link.downstream), link)
    return tuple(found.values())


def _tracker_links(
    issue: Issue, fields: Fields, reading: Reading, since: Mapping[str | None, datetime]
) -> Iterator[Link]:
    for link in fields.issuelinks or ():
        if link.type is None or link.type.name is None:
            continue
        name = _plain(link.type.name)
        if name in reading.blocks:
            kind = LinkKind.BLOCKS
        elif name in reading.depends:
            kind = LinkKind.DEPENDS
        else:
            continue
        source, target = _ends(issue, link)
        if source is None or target is None:
            continue
        upstream, downstream = (source, target) if _source_first(link, kind) else (target, source)
        other = target if source == issue.key else source
        yield Link(
            owner=issue.id,
            kind=kind,
            upstream=upstream,
            downstream=downstream,
            label=link.type.name,
            since=since.get(other),
        )


def _ends(issue: Issue, link: IssueLink) -> tuple[str | None, str | None]:
    """Give source and target: ``source`` *outward* ``target``."""
    if link.outward_issue is not None:
        return issue.key, link.outward_issue.key
    return (link.inward_issue.key, issue.key) if link.inward_issue is not None else (None, None)


def _source_first(link: IssueLink, kind: LinkKind) -> bool:
    """Whether a link's source comes first: by its words where they are clear, else by its kind."""
    words = (link.type.outward if link.type is not None else None) or ""
    if _OTHER_FIRST.search(words):
        return False
    return bool(_THIS_FIRST.search(words)) or kind is LinkKind.BLOCKS


def _remote_links(issue: Issue, remote_links: Sequence[RemoteLink]) -> Iterator[Link]:
    for remote in remote_links:
        url = remote.object.url if remote.object is not None else None
        if url and remote.relationship:
            phrase = f"{remote.relationship} {url}"
            yield from _stated(issue, phrase, LinkOrigin.REMOTE_LINK)


def _text_links(issue: Issue, fields: Fields) -> Iterator[Link]:
    for stated in (fields.summary, fields.description):
        if isinstance(stated, str):
            yield from _stated(issue, stated, LinkOrigin.TEXT)


def _stated(issue: Issue, words: str, origin: LinkOrigin) -> Iterator[Link]:
    for reference in dependency_phrases(words, own_key=issue.key):
        yield Link(
            owner=issue.id,
            kind=LinkKind.BLOCKS if "block" in reference.phrase else LinkKind.DEPENDS,
            upstream=reference.key if reference.upstream else issue.key,
            downstream=issue.key if reference.upstream else reference.key,
            origin=origin,
            label=reference.phrase,
        )
