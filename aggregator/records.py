"""What connectors hand over: facts as a tracker states them, in one shape for every tracker.

A connector converts payloads into these records and judges nothing; what "late" or "blocked
for too long" means is decided later. Every time is an aware UTC ``datetime``, every date of a
plan a ``date``.

They are Structs, not dataclasses as the rest of the model: a full sync makes five of them per
issue, and a frozen dataclass of seven fields takes 3 µs to make, a Struct 0.3. None can be part
of a cycle, so the garbage collector need not follow them. ``msgspec.structs.replace`` changes one.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum

import msgspec

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""Creation time of an item whose source does not know it: it has been there all along."""


class Category(StrEnum):
    """Where an item stands, whatever its tracker calls the status."""

    TODO = "todo"
    DOING = "doing"
    DONE = "done"


class Outcome(StrEnum):
    """How a done item ended: as throughput, or as scope that was removed."""

    COMPLETED = "completed"
    DROPPED = "dropped"


def status_value(category: Category, name: str, outcome: Outcome | None = None) -> str:
    """Write a status as changelogs keep it: where it stands, and the tracker's name for it.

    The outcome takes the place of "done" where the history tells it: ``completed:Closed``.
    """
    return f"{outcome or category}:{name}"


def standing_of(value: str | None) -> tuple[Category | None, Outcome | None]:
    """Read where an item stood from a status of a changelog; None is what it does not tell."""
    return _STANDINGS.get((value or "").partition(":")[0], (None, None))


_STANDINGS: Mapping[str, tuple[Category | None, Outcome | None]] = {
    category.value: (category, None) for category in Category
} | {outcome.value: (Category.DONE, outcome) for outcome in Outcome}


class Level(StrEnum):
    """What an item is in its tracker's hierarchy.

    Only ``WORK`` counts as scope and throughput: epics are sums of their children, sub-tasks
    are parts of their parent, and pull requests are how work is done.
    """

    EPIC = "epic"
    WORK = "work"
    SUBTASK = "subtask"
    PULL_REQUEST = "pull_request"


def type_value(level: Level, name: str) -> str:
    """Write a type as changelogs keep it: the level of such an item, and the tracker's name."""
    return f"{level}:{name}"


def type_of(value: str | None) -> tuple[Level | None, str | None]:
    """Read level and name of a type of a changelog; None is what it does not tell."""
    level, _, name = (value or "").partition(":")
    return _LEVELS.get(level), name or None


_LEVELS: Mapping[str, Level] = {level.value: level for level in Level}


class LinkKind(StrEnum):
    """What a link between two items says."""

    BLOCKS = "blocks"
    """``downstream`` cannot be finished before ``upstream`` is."""
    DEPENDS = "depends"
    """The same, from a link type that the operator mapped to "depends"."""
    PARENT = "parent"
    """``upstream`` is a part of ``downstream`` (sub-issue of, child of)."""
    RELATES = "relates"
    """One names the other (a cross-reference, "relates to"): nothing is said of an order."""


class LinkOrigin(StrEnum):
    """Where a link was read, from the firmest evidence to the weakest."""

    TRACKER = "tracker"
    """A typed link, dependency or sub-issue of the tracker."""
    REMOTE_LINK = "remote_link"
    TEXT = "text"
    """A phrase such as "blocked by PAY-3" in a title or description."""


class MilestoneKind(StrEnum):
    """What a tracker calls the thing that carries a date."""

    VERSION = "version"
    MILESTONE = "milestone"
    SPRINT = "sprint"
    """A sprint or iteration: a time box; its id begins with ``sprint:`` or ``iteration:``, since
    trackers count them apart from versions."""


class ChangedField(StrEnum):
    """The fields whose history is kept."""

    DUE = "due"
    START = "start"
    MILESTONE = "milestone"
    """``old`` left and ``new`` joined; both are tracker milestone ids (of versions, milestones or
    sprints), either may be None."""
    STATUS = "status"
    """``old`` and ``new`` are made by ``status_value``: ``doing:In Review``, ``dropped:Closed``."""
    POINTS = "points"
    """Numbers as text."""
    PARENT = "parent"
    """Keys of parents."""
    ASSIGNEE = "assignee"
    TYPE = "type"
    """``old`` and ``new`` are made by ``type_value``: ``subtask:Sub-task``, ``work:Story``."""
    KEY = "key"
    """It moved to another project or repository, and is called ``new`` since."""


class Presence(StrEnum):
    """What became of an item that its scope no longer lists."""

    MISSED = "missed"
    """Left out of one listing: nothing is concluded from that."""
    GONE = "gone"
    """Deleted. It stays in the store: the past held it."""
    MOVED = "moved"
    """It is in another scope now, under ``moved_to``."""
    INVISIBLE = "invisible"
    """It may exist; the account is not allowed to see it."""


class Item(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An issue, epic, sub-task or pull request.

    ``id`` is the tracker's own and survives renames and moves; ``key`` is what people write:
    ``PAY-3``, ``acme/api#7``. ``scope`` is the project key or repository full name.
    """

    id: str
    key: str
    scope: str
    level: Level
    title: str
    url: str
    type: str
    status: str
    category: Category
    created_at: datetime
    updated_at: datetime
    outcome: Outcome | None = None
    """Set exactly when ``category`` is done."""
    started_at: datetime | None = None
    done_at: datetime | None = None
    start_date: date | None = None
    due_date: date | None = None
    points: float | None = None
    assignee: str | None = None
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    milestones: tuple[str, ...] = ()
    """Ids of the tracker milestones (versions, milestones, sprints) it belongs to."""
    parent: str | None = None
    """Key of the parent item (epic, parent issue)."""
    blocked: bool = False
    """Flagged, labelled or in a status named blocked. Links are judged apart."""
    blocked_since: datetime | None = None
    former_keys: tuple[str, ...] = ()
    """What it was called before it was moved: texts and links may still say so."""
    reported: str | None = None
    """The status that people report in a field of their own, in the words of the tracker."""
    told: tuple[str, ...] = ()
    """What further fields say that the source's settings name for registers: ``impact:80000``."""
    assignee_active: bool | None = None
    """Whether its assignee's account is in use; None where the tracker does not say."""


class TrackerMilestone(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A Jira version or sprint, a GitHub or GitLab milestone, or a row of a sheet with a date.

    ``scope`` is that of its items; of a milestone that several projects of a group share it is
    the group: ``acme`` for ``acme/api`` and ``acme/web``.
    """

    id: str
    scope: str
    kind: MilestoneKind
    name: str
    url: str = ""
    start_date: date | None = None
    due_date: date | None = None
    closed: bool = False
    """Released or closed."""
    closed_on: date | None = None
    """The day the tracker states for it, where it states one."""
    archived: bool = False
    gone_at: datetime | None = None
    """Since when its tracker has it no more; the store says so, never a connector."""
    former_names: tuple[str, ...] = ()
    """What it was called before, the last one last; the store says so, never a connector."""


class Link(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One end's report of a link between two items.

    ``owner`` is the id of the item whose payload carried it: re-reading that item replaces all
    of its links. ``upstream`` and ``downstream`` are item keys (``PAY-3``, ``acme/api#7``);
    a key that no source knows is kept, and shows as a broken link.
    """

    owner: str
    kind: LinkKind
    upstream: str
    downstream: str
    origin: LinkOrigin = LinkOrigin.TRACKER
    label: str = ""
    """The tracker's words for it, such as the link type's name."""
    since: datetime | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry of an item's changelog, for a field whose history is kept.

    ``id`` is unique within the item and stable over re-reads. Dates are ISO strings.
    """

    item: str
    """Id of the item."""
    id: str
    at: datetime
    field: ChangedField
    old: str | None
    new: str | None
    actor: str | None = None


class DateMove(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A tracker milestone's date that moved, as a webhook tells it: when, by whom, from what.

    The APIs keep no history of these dates; a sync sees no more than that one is different now.
    """

    milestone: str
    """Id of the tracker milestone."""
    field: ChangedField
    """``DUE`` or ``START``."""
    old: date | None = None
    old_told: bool = True
    """False where the tracker states the new date alone, as Jira does of versions."""
    new: date | None
    at: datetime
    actor: str | None = None


class Absence(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An item that its scope lists no more, and what became of it."""

    item: str
    """Id of the item."""
    presence: Presence
    at: datetime
    """Since when: the event's time where one is told, else when it was found out."""
    moved_to: str | None = None
    """The key it has now, if it moved."""


class Listing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A tracker's list of all milestones of one kind that a scope has, read to its end."""

    scope: str
    """As in ``TrackerMilestone``: of milestones that a group shares, the group."""
    kind: MilestoneKind


class Worklog(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Time that somebody spent on an item; who that was is not kept, a priced role is."""

    item: str
    """Id of the item."""
    id: str
    started_at: datetime
    seconds: int
    role: str | None = None
    """One of ``Context.roles``."""


class Verdict(StrEnum):
    """What a review of a pull request says; one that only comments says neither."""

    APPROVED = "approved"
    REFUSED = "refused"
    """It asks for changes."""


class PullRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who stands behind a pull request whose reviews are read."""

    key: str
    """As in ``Item.key``."""
    author: str | None = None
    merged_by: str | None = None


class Review(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What somebody said of a pull request, and whether it was dismissed later.

    ``id`` is unique within the pull request and stable over re-reads.
    """

    pull_request: str
    """Its key."""
    id: str
    reviewer: str
    verdict: Verdict
    at: datetime
    dismissed_at: datetime | None = None


Cursor = Mapping[str, object]
"""Where the next pull of a scope goes on: JSON values only, understood by its connector alone."""


class Batch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a page of a pull says, or several, and the cursor that is true once it is stored.

    ``items`` carry all of their ``links`` and ``worklogs``: those of an item that the batch does
    not repeat are gone. An item's ``changes`` only ever add up. ``milestones`` may be partial: none
    is taken for gone because a batch does not name it, unless ``listings`` say that it would.
    Items that are gone for certain stand in ``absences``.
    """

    cursor: Cursor
    items: tuple[Item, ...] = ()
    milestones: tuple[TrackerMilestone, ...] = ()
    links: tuple[Link, ...] = ()
    changes: tuple[Change, ...] = ()
    total: int | None = None
    """How many items the scope has in all, where the API says so (for progress bars)."""
    warnings: tuple[str, ...] = ()
    """What the source said about its own answer, such as a truncated result."""
    moves: tuple[DateMove, ...] = ()
    """Of milestones that are stored already or are in the same batch."""
    absences: tuple[Absence, ...] = ()
    """An item that a later batch holds is present again, without further ado."""
    listings: tuple[Listing, ...] = ()
    """Lists that ``milestones`` holds whole: one that is stored and not among them is gone. Only
    for a list that nothing was left out of: no page, no entry that could not be read."""
    gone: tuple[str, ...] = ()
    """Ids of tracker milestones that the tracker itself says are deleted."""
    worklogs: tuple[Worklog, ...] = ()
    pull_requests: tuple[PullRequest, ...] = ()
    """Those whose reviews are read; the batch holds all ``reviews`` of each."""
    reviews: tuple[Review, ...] = ()
