"""Records out of a plan's rows, with every mistake in them named at once."""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from slipwatch.aggregator.records import (
    ALWAYS,
    Batch,
    Category,
    Change,
    ChangedField,
    Cursor,
    Item,
    Level,
    Link,
    LinkKind,
    Listing,
    MilestoneKind,
    Outcome,
    TrackerMilestone,
    status_value,
    type_value,
)

from .cells import Cells
from .sheet import Document, PlanError, Row

_DONE = frozenset({"done", "closed", "complete", "completed", "finished", "released", "resolved"})
_DROPPED = frozenset(
    {"dropped", "cancelled", "canceled", "rejected", "duplicate", "won't do", "wont do", "obsolete"}
)
_DOING = frozenset({"doing", "in progress", "in review", "started", "active", "testing", "blocked"})
_LEVELS = {"epic": Level.EPIC, "sub-task": Level.SUBTASK, "subtask": Level.SUBTASK}


@dataclass(slots=True)
class Plan:
    """A file's records, before they are cut into batches."""

    items: list[Item] = field(default_factory=list[Item])
    milestones: dict[str, TrackerMilestone] = field(default_factory=dict[str, TrackerMilestone])
    links: dict[str, list[Link]] = field(default_factory=lambda: defaultdict(list))
    """By owner."""
    changes: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    """By the id of the item or milestone."""

    def batches(self, size: int, *, before: Cursor, after: Cursor) -> Iterator[Batch]:
        """Cut into batches; milestones come first, and only the last carries ``after``."""
        milestones = tuple(self.milestones.values())
        history = [change for m in milestones for change in self.changes.get(m.id, ())]
        listings = dict.fromkeys(Listing(scope=m.scope, kind=m.kind) for m in milestones)
        pages = [self.items[start : start + size] for start in range(0, len(self.items), size)]
        for number, page in enumerate(pages or [[]]):
            yield Batch(
                cursor=after if number + 1 >= len(pages) else before,
                items=tuple(page),
                milestones=() if number else milestones,
                listings=() if number else tuple(listings),
                links=tuple(link for item in page for link in self.links.get(item.id, ())),
                changes=tuple(
                    itertools.chain(
                        () if number else history,
                        (change for item in page for change in self.changes.get(item.id, ())),
                    )
                ),
                total=len(self.items),
            )


def plan_of(document: Document, *, scope: str, changed_at: datetime) -> Plan:
    """Make records of a file's rows.

    ``scope`` stands for a missing project; ``changed_at`` is when the file was last changed,
    and the update time of every item. Raises ``PlanError`` with all that is wrong.
    """
    reading = _Reading(scope=scope, changed_at=changed_at)
    for row in document.milestones:
        reading.milestone(Cells(row, reading.problems))
    for row in document.items:
        reading.item(Cells(row, reading.problems))
    for row in document.links:
        reading.link(Cells(row, reading.problems))
    for row in document.changes:
        reading.change(Cells(row, reading.problems))
    if reading.problems:
        raise PlanError(reading.problems)
    return reading.plan


class _Reading:
    def __init__(self, *, scope: str, changed_at: datetime) -> None:
        self.plan = Plan()
        self.problems: list[str] = []
        self._scope = scope
        self._changed_at = changed_at
        self._by_key: dict[str, Item] = {}
        self._places: dict[tuple[str, str], Row] = {}
        self._by_name: dict[tuple[str, str], str] = {}

    def milestone(self, cells: Cells) -> None:
        name = self._required(cells, "title")
        scope = cells.text("project") or self._scope
        identity = cells.text("id") or cells.text("key") or f"{scope}/{name}"
        done = cells.moment("done")
        category, _ = self._category(cells, done)
        for column in ("blocked_by", "parent", "milestone"):
            if cells.text(column):
                cells.complain(
                    column,
                    "a milestone has none: declare what it waits for in slipwatch.yaml, depends_on",
                )
        self._once(cells, "id", identity)
        self._by_name[scope, name.casefold()] = identity
        closed = category is Category.DONE
        self.plan.milestones[identity] = TrackerMilestone(
            id=identity,
            scope=scope,
            kind=MilestoneKind.MILESTONE,
            name=name,
            url=cells.link("url"),
            start_date=cells.day("start"),
            due_date=cells.day("due"),
            closed=closed,
            closed_on=done.date() if closed and done is not None else None,
        )

    def item(self, cells: Cells) -> None:
        given = cells.text("id") or cells.text("key")
        if given is None:
            cells.complain("key", "is missing: every item needs one that stays the same")
        key = cells.text("key") or given or ""
        identity = cells.text("id") or key
        scope = cells.text("project") or self._scope
        started, done = cells.moment("started"), cells.moment("done")
        category, outcome = self._category(cells, done)
        created = cells.moment("created") or ALWAYS
        kind = cells.text("type") or "Task"
        item = Item(
            id=identity,
            key=key,
            scope=scope,
            level=_level_of(kind),
            title=self._required(cells, "title"),
            url=cells.link("url"),
            type=kind,
            status=cells.text("status") or category.value,
            category=category,
            outcome=outcome,
            created_at=created,
            updated_at=self._changed_at,
            started_at=started,
            done_at=done if category is Category.DONE else None,
            start_date=cells.day("start"),
            due_date=cells.day("due"),
            points=cells.number("points"),
            assignee=cells.text("assignee"),
            labels=cells.texts("labels"),
            milestones=tuple(self._milestone(scope, name) for name in cells.texts("milestone")),
            parent=cells.text("parent"),
            blocked=cells.flag("blocked"),
            blocked_since=cells.moment("blocked_since"),
        )
        if given is None:
            return
        self._once(cells, "id", identity)
        if key != identity:
            self._once(cells, "key", key)
        self.plan.items.append(item)
        self._by_key[key] = item
        self.plan.links[identity] += [
            Link(
                owner=identity,
                kind=LinkKind.BLOCKS,
                upstream=other,
                downstream=key,
                label="blocked_by",
            )
            for other in dict.fromkeys(cells.texts("blocked_by"))
            if other != key
        ]

    def link(self, cells: Cells) -> None:
        upstream, downstream = (
            self._required(cells, "upstream"),
            self._required(cells, "downstream"),
        )
        kind = cells.choice("kind", LinkKind, "blocks, depends, parent") or LinkKind.BLOCKS
        owner = self._by_key.get(downstream) or self._by_key.get(upstream)
        if owner is None:
            cells.complain(
                "upstream",
                "neither end is an item of this file: "
                "declare what other tools' items wait for in slipwatch.yaml, depends_on",
            )
            return
        self.plan.links[owner.id].append(
            Link(
                owner=owner.id,
                kind=kind,
                upstream=upstream,
                downstream=downstream,
                label=cells.text("label") or "",
                since=cells.moment("since"),
            )
        )

    def change(self, cells: Cells) -> None:
        owner = self._changed(cells)
        at = cells.moment("at")
        if at is None and not cells.row.values.get("at"):
            cells.complain("at", "is missing: say when it changed")
        names = ", ".join(ChangedField)
        what = cells.choice("field", ChangedField, names)
        if what is None and not cells.row.values.get("field"):
            cells.complain("field", f"is missing: choose from {names}")
        if owner is None or at is None or what is None:
            return
        identity, scope = owner
        earlier = self.plan.changes[identity]
        old, new = (self._changed_value(cells, name, what, scope) for name in ("old", "new"))
        number = sum(1 for change in earlier if (change.at, change.field) == (at, what))
        earlier.append(
            Change(
                item=identity,
                id=f"{at.isoformat()}/{what.value}/{number}",
                at=at,
                field=what,
                old=old,
                new=new,
                actor=cells.text("actor"),
            )
        )

    def _changed(self, cells: Cells) -> tuple[str, str] | None:
        """The id and project of what a row of ``changes`` is about."""
        key, name = cells.text("item"), cells.text("milestone")
        if key is not None and name is None:
            item = self._by_key.get(key)
            if item is not None:
                return item.id, item.scope
            cells.complain("item", "no item of this file has this key")
        elif name is not None and key is None:
            found = [
                milestone
                for milestone in self.plan.milestones.values()
                if milestone.id == name or milestone.name.casefold() == name.casefold()
            ]
            if len(found) == 1:
                return found[0].id, found[0].scope
            cells.complain(
                "milestone",
                "several milestones have this name: write its id"
                if found
                else "no milestone of this file has this id or name",
            )
        else:
            cells.complain("item", "write either item or milestone")
        return None

    def _changed_value(self, cells: Cells, name: str, what: ChangedField, scope: str) -> str | None:
        match what:
            case ChangedField.DUE | ChangedField.START:
                found = cells.day(name)
                return found.isoformat() if found is not None else None
            case ChangedField.MILESTONE:
                text = cells.text(name)
                return self._milestone(scope, text) if text is not None else None
            case ChangedField.STATUS:
                text = cells.text(name)
                if text is None:
                    return None
                category, outcome = _category_of(text)
                return status_value(category, text, outcome)
            case ChangedField.POINTS:
                points = cells.number(name)
                return f"{points:g}" if points is not None else None
            case ChangedField.TYPE:
                text = cells.text(name)
                return type_value(_level_of(text), text) if text is not None else None
            case ChangedField.PARENT | ChangedField.ASSIGNEE | ChangedField.KEY:
                return cells.text(name)

    def _milestone(self, scope: str, name: str) -> str:
        """The id of a milestone by id or name; one that has no row of its own has no date yet."""
        if name in self.plan.milestones:
            return name
        known = self._by_name.get((scope, name.casefold()))
        if known is not None:
            return known
        identity = f"{scope}/{name}"
        self._by_name[scope, name.casefold()] = identity
        self.plan.milestones[identity] = TrackerMilestone(
            id=identity, scope=scope, kind=MilestoneKind.MILESTONE, name=name
        )
        return identity

    def _category(self, cells: Cells, done: datetime | None) -> tuple[Category, Outcome | None]:
        """Where an item stands: by its category, else its status, else the dates it has."""
        if cells.text("category") is not None:
            stated = cells.choice("category", _stated, "todo, doing, done, dropped")
            return stated or (Category.TODO, None)
        status = cells.text("status")
        if status is not None:
            return _category_of(status)
        if done is not None:
            return Category.DONE, Outcome.COMPLETED
        return (Category.DOING if cells.row.values.get("started") else Category.TODO), None

    def _required(self, cells: Cells, name: str) -> str:
        value = cells.text(name)
        if value is None:
            cells.complain(name, "is missing")
        return value or ""

    def _once(self, cells: Cells, what: str, identity: str) -> None:
        earlier = self._places.setdefault((what, identity), cells.row)
        if earlier is not cells.row:
            cells.complain(
                "id" if "id" in cells.row.values else "key",
                f"{identity!r} stands at {earlier.place} already: give each row its own",
            )


def _stated(word: str) -> tuple[Category, Outcome | None]:
    if word == Outcome.DROPPED:
        return Category.DONE, Outcome.DROPPED
    category = Category(word)
    return category, Outcome.COMPLETED if category is Category.DONE else None


def _level_of(kind: str) -> Level:
    return _LEVELS.get(kind.casefold(), Level.WORK)


def _category_of(status: str) -> tuple[Category, Outcome | None]:
    word = " ".join(status.casefold().replace("_", " ").replace("-", " ").split())
    if word in _DROPPED:
        return Category.DONE, Outcome.DROPPED
    if word in _DONE:
        return Category.DONE, Outcome.COMPLETED
    return (Category.DOING if word in _DOING else Category.TODO), None
