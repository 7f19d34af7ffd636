"""Random edits of a store through what it offers to syncs, two programs writing in turn.

A ``Tracker`` is one source of two projects; several may be in one store.
"""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec import structs

from slipwatch.aggregator.records import (
    Absence,
    Batch,
    Category,
    Change,
    ChangedField,
    Item,
    Level,
    Link,
    LinkKind,
    LinkOrigin,
    Listing,
    MilestoneKind,
    Outcome,
    Presence,
    TrackerMilestone,
)
from slipwatch.aggregator.store import Store

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
TODAY = NOW.date()
SCOPES = ("PAY", "WEB")
VERSIONS = ("1.0", "2.0", "Sprint 3")
PEOPLE = ("ana", "bob", None)
CROWD = 11
"""Items that one person closes at once: more than a pace believes."""


class Tracker:
    """A simulated tracker, and the stores of the programs that sync it."""

    def __init__(self, source: str, stores: tuple[Store, ...], seed: int) -> None:
        self.source = source
        self.rng = random.Random(seed)
        self.items: dict[str, Item] = {}
        self.milestones: dict[str, TrackerMilestone] = {}
        self.changes: dict[str, list[Change]] = {}
        self.links: dict[str, tuple[Link, ...]] = {}
        self.now = NOW
        self._stores = stores
        for scope in SCOPES:
            for name in VERSIONS:
                self.tell(milestones=(self._milestone(scope, name),))
            for _ in range(4):
                item_added(self)
        synced(self)

    @property
    def store(self) -> Store:
        """Give the store of one of the programs."""
        return self.rng.choice(self._stores)

    def tell(self, **parts: Any) -> None:
        """Let one of the programs store a batch."""
        items: tuple[Item, ...] = parts.get("items", ())
        self.items.update((item.id, item) for item in items)
        for milestone in parts.get("milestones", ()):
            self.milestones[milestone.id] = milestone
        for change in parts.get("changes", ()):
            self.changes.setdefault(change.item, []).append(change)
        links = tuple(link for item in items for link in self.links.get(item.id, ()))
        batch = Batch(cursor={}, links=links, **parts)
        self.store.apply(self.source, None, batch, observed_at=self.now)

    def one(self) -> Item:
        """Choose an item."""
        return self.rng.choice(list(self.items.values()))

    def any_milestone(self) -> TrackerMilestone:
        """Choose a milestone."""
        return self.rng.choice(list(self.milestones.values()))

    def day(self) -> date:
        """Choose a day around today."""
        return TODAY + timedelta(self.rng.randint(-40, 60))

    def moment(self) -> datetime:
        """Choose a past moment."""
        return NOW - timedelta(minutes=self.rng.randint(1, 60 * 24 * 50))

    def change(self, item: str, field: ChangedField, old: object, new: object) -> Change:
        """Make an entry of a changelog."""
        number = len(self.changes.get(item, ()))
        return Change(
            item=item,
            id=f"{number}",
            at=self.moment(),
            field=field,
            old=None if old is None else str(old),
            new=None if new is None else str(new),
            actor=self.rng.choice(PEOPLE),
        )

    def edited(self, item: Item, **told: Any) -> Item:
        """Change an item as its tracker would, mostly with a new time of update."""
        if self.rng.random() < 0.8:
            told["updated_at"] = self.now
        return structs.replace(item, **told)

    def _milestone(self, scope: str, name: str) -> TrackerMilestone:
        sprint = name.startswith("Sprint")
        return TrackerMilestone(
            id=f"{'sprint:' if sprint else ''}{scope}{name}",
            scope=scope,
            kind=MilestoneKind.SPRINT if sprint else MilestoneKind.VERSION,
            name=name,
            due_date=self.day(),
        )


Edit = Callable[[Tracker], None]


def item_added(tracker: Tracker) -> None:
    """Let somebody open an issue."""
    rng, number = tracker.rng, len(tracker.items) + 1
    scope = rng.choice(SCOPES)
    homes = [m.id for m in tracker.milestones.values() if m.scope == scope]
    item = Item(
        id=f"{number}",
        key=f"{scope}-{number}",
        scope=scope,
        level=rng.choice([Level.WORK, Level.WORK, Level.WORK, Level.EPIC]),
        title=f"Item {number}",
        url="",
        type="Task",
        status="Open",
        category=Category.TODO,
        created_at=tracker.moment() - timedelta(days=60),
        updated_at=tracker.now,
        points=rng.choice([None, 1.0, 3.0]),
        assignee=rng.choice(PEOPLE),
        milestones=tuple(rng.sample(homes, rng.randint(0, min(2, len(homes))))),
        due_date=rng.choice([None, None, tracker.day()]),
    )
    tracker.tell(items=(item,))


def item_done(tracker: Tracker) -> None:
    """Let an item be done or dropped, with its changelog or without."""
    item, at = tracker.one(), tracker.moment()
    outcome = tracker.rng.choice(list(Outcome))
    done = {"category": Category.DONE, "status": "Done", "outcome": outcome, "done_at": at}
    change = tracker.change(item.id, ChangedField.STATUS, "todo:Open", "done:Done")
    changes = (change,) if tracker.rng.random() < 0.7 else ()
    tracker.tell(items=(tracker.edited(item, **done),), changes=changes)


def item_begun(tracker: Tracker) -> None:
    """Let an item be begun, or reopened."""
    item = tracker.one()
    told = {"category": Category.DOING, "outcome": None, "done_at": None}
    begun = tracker.edited(item, status="Doing", started_at=tracker.moment(), **told)
    change = tracker.change(item.id, ChangedField.STATUS, "done:Done", "doing:Doing")
    tracker.tell(items=(begun,), changes=(change,))


def item_flagged(tracker: Tracker) -> None:
    """Flag an item, or take its flag away: since when is the store's to remember."""
    item = tracker.one()
    tracker.tell(items=(tracker.edited(item, blocked=not item.blocked),))


def item_renamed(tracker: Tracker) -> None:
    """Give an item other words."""
    told = {"title": tracker.rng.choice(["Pay", "Cards", "\u2028 “x”"]), "labels": ("evidence",)}
    tracker.tell(items=(tracker.edited(tracker.one(), **told),))


def item_planned(tracker: Tracker) -> None:
    """Give an item another date, estimate or owner."""
    item = tracker.one()
    field, name, value = tracker.rng.choice(
        [
            (ChangedField.DUE, "due_date", tracker.day()),
            (ChangedField.DUE, "due_date", None),
            (ChangedField.POINTS, "points", 8.0),
            (ChangedField.ASSIGNEE, "assignee", "eve"),
        ]
    )
    change = tracker.change(item.id, field, getattr(item, name), value)
    changes = (change,) if tracker.rng.random() < 0.6 else ()
    tracker.tell(items=(tracker.edited(item, **{name: value}),), changes=changes)


def item_moved(tracker: Tracker) -> None:
    """Move an item to another milestone or epic, or to the other project."""
    item, rng = tracker.one(), tracker.rng
    other = tracker.any_milestone()
    parent = tracker.one()
    tracker.tell(
        items=(
            tracker.edited(item, milestones=(other.id,))
            if rng.random() < 0.5
            else tracker.edited(item, parent=None if parent.id == item.id else parent.key)
            if rng.random() < 0.5
            else tracker.edited(item, scope=other.scope, key=f"{other.scope}-{item.id}"),
        ),
        changes=(
            tracker.change(item.id, ChangedField.MILESTONE, (*item.milestones, None)[0], other.id),
        ),
    )


def links_changed(tracker: Tracker) -> None:
    """Link an item with others, or take its links away."""
    item, rng = tracker.one(), tracker.rng
    ends = [tracker.one() for _ in range(rng.randint(0, 3))]
    tracker.links[item.id] = tuple(
        Link(
            owner=item.id,
            kind=rng.choice(list(LinkKind)),
            upstream=rng.choice([end.key, end.key.lower(), "GONE-1"]),
            downstream=item.key,
            origin=rng.choice(list(LinkOrigin)),
            since=rng.choice([None, tracker.moment()]),
        )
        for end in ends
    )
    tracker.tell(items=(item,))


def item_gone(tracker: Tracker) -> None:
    """Let a census find out what became of an item."""
    absence = Absence(
        item=tracker.one().id,
        presence=tracker.rng.choice(list(Presence)),
        at=tracker.moment(),
        moved_to=tracker.rng.choice([None, tracker.one().key]),
    )
    tracker.tell(absences=(absence,))


def item_back(tracker: Tracker) -> None:
    """Let an item be listed again, as it was."""
    tracker.tell(items=(tracker.one(),))


def change_late(tracker: Tracker) -> None:
    """Let a changelog come later than its item, or before."""
    owner = tracker.rng.choice([tracker.one().id, f"{len(tracker.items) + 1}"])
    field = tracker.rng.choice([ChangedField.POINTS, ChangedField.STATUS, ChangedField.DUE])
    old, new = {
        ChangedField.POINTS: ("1", "2"),
        ChangedField.STATUS: ("doing:Doing", "done:Done"),
        ChangedField.DUE: (str(tracker.day()), str(tracker.day())),
    }[field]
    tracker.tell(changes=(tracker.change(owner, field, old, new),))


def change_restated(tracker: Tracker) -> None:
    """Let a converter that learned better tell a change again, of an item that is as it was."""
    known = [change for changes in tracker.changes.values() for change in changes]
    if known:
        change = tracker.rng.choice(known)
        at, actor = tracker.moment(), tracker.rng.choice(PEOPLE)
        tracker.tell(changes=(structs.replace(change, at=at, actor=actor),))


def backlog_cleaned(tracker: Tracker) -> None:
    """Let one person close many items at once."""
    at = tracker.moment()
    for _ in range(CROWD):
        item_added(tracker)
    some = list(tracker.items.values())[-CROWD:]
    told = {"category": Category.DONE, "outcome": Outcome.COMPLETED, "done_at": at}
    closed = tuple(tracker.edited(item, scope="PAY", status="Done", **told) for item in some)
    changes = (
        tracker.change(item.id, ChangedField.STATUS, "todo:Open", "done:Done") for item in some
    )
    tracker.tell(
        items=closed,
        changes=tuple(structs.replace(one, at=at, actor="dan") for one in changes),
    )


def milestone_moved(tracker: Tracker) -> None:
    """Move, rename, close or open a milestone."""
    told: Mapping[str, Any] = tracker.rng.choice(
        [
            {"due_date": tracker.day()},
            {"name": "Renamed"},
            {"closed": True, "closed_on": tracker.day()},
            {"closed": False, "closed_on": None},
        ]
    )
    tracker.now += timedelta(minutes=1)
    tracker.tell(milestones=(structs.replace(tracker.any_milestone(), **told),))


def milestone_gone(tracker: Tracker) -> None:
    """Let a tracker list its versions without one of them."""
    gone = tracker.any_milestone()
    left = [m for m in tracker.milestones.values() if m.scope == gone.scope and m.id != gone.id]
    listing = Listing(scope=gone.scope, kind=gone.kind)
    tracker.tell(milestones=tuple(m for m in left if m.kind is gone.kind), listings=(listing,))


def milestone_told(tracker: Tracker) -> None:
    """Let a changelog tell of a milestone's own date, as that of a sheet does."""
    owner = tracker.any_milestone().id
    change = tracker.change(owner, ChangedField.DUE, tracker.day(), tracker.day())
    tracker.tell(changes=(change,))


def synced(tracker: Tracker) -> None:
    """Let a sync end."""
    tracker.now += timedelta(minutes=1)
    tracker.store.record_success(tracker.source, at=tracker.now)


def baseline_recorded(tracker: Tracker) -> None:
    """Let an assessment record what a milestone consists of, or somebody approve it anew."""
    rng = tracker.rng
    approver = rng.choice([None, "dana"])
    refs = {(tracker.source, tracker.one().id) for _ in range(4)}
    tracker.store.add_baseline(
        f"{tracker.source}/{rng.choice(SCOPES).lower()}/first",
        recorded_at=tracker.now,
        recorded_on=TODAY - timedelta(rng.randint(1, 20)),
        start=TODAY,
        finish=tracker.day(),
        duration=rng.randint(1, 20),
        scope=len(refs),
        items=refs,
        approver=approver,
        reason=None if approver is None else "agreed",
    )


def nothing(tracker: Tracker) -> None:
    """Let nothing happen."""


EDITS: tuple[Edit, ...] = (
    item_added,
    item_done,
    item_begun,
    item_flagged,
    item_renamed,
    item_planned,
    item_moved,
    links_changed,
    item_gone,
    item_back,
    change_late,
    change_restated,
    backlog_cleaned,
    milestone_moved,
    milestone_gone,
    milestone_told,
    synced,
    baseline_recorded,
    nothing,
)
