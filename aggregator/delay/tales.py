"""What there is to tell of an item by itself: looks at it, and what happened to it.

Groups of items tell theirs together: one that is made of the same as before says the same.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from math import nan
from typing import Final, NamedTuple

from ..portfolio.facts import Facts, Ref
from ..portfolio.replay import rewind_item
from ..records import Category, Change, ChangedField, Item, Level, LinkKind, Outcome, standing_of
from .stints import Stint, Stints, midnight

SHARES: Final = (0.0, 0.5, 0.9)
"""Of the time an item was given: when it is looked at, to learn from it."""
GROUPS: Final = 256
"""Of items: many, so that one other item has few others told of again."""

Kind = tuple[str, str]
"""The scope and the type of an item."""


class Look(NamedTuple):
    """One look at an item, before it is known what the others had come to by then."""

    ref: Ref
    at: datetime
    due: date
    late: bool | None
    """Whether it was; None while that is open."""
    own: tuple[float, ...]
    """The features that it has by itself."""
    kind: Kind
    assignee: str | None


class Event(NamedTuple):
    """An item got somebody's, or is no longer."""

    at: datetime
    kind: Kind
    assignee: str | None
    opened: int
    """1 or -1 of what is open of the assignee's."""
    late: bool | None = None
    """Of one that ended: whether it missed its day; None where it had none."""


class Past(NamedTuple):
    """What was known when the day began."""

    looks: list[Look]
    events: list[Event]


class Tale(NamedTuple):
    """What there is to tell of some items by themselves."""

    past: Past
    open: list[Look]
    """At those that are to be done by a day now, late ones among them."""
    today: list[Event]
    """What happened since the day began."""


class Group(NamedTuple):
    """Some items, and all that the tale of each is made of; the lists are side by side."""

    refs: list[Ref]
    items: list[Item]
    changes: list[Sequence[Change]]
    links: list[Sequence[tuple[datetime, str]]]


def grouped(facts: Facts) -> Sequence[Group]:
    """Divide the items among groups, each item always into the same one."""
    links = _links(facts)
    groups = [Group([], [], [], []) for _ in range(GROUPS)]
    for ref, item in facts.items.items():
        group = groups[hash(ref) % GROUPS]
        group.refs.append(ref)
        group.items.append(item)
        group.changes.append(facts.changes.get(ref, ()))
        group.links.append(links.get((ref[0], item.key), ()))
    return groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Tells tales as of ``moment``; past is what was known by ``told_by``."""

    stints: Stints
    moment: datetime
    told_by: datetime

    def tell(self, group: Group) -> Tale:
        """Tell of the items of a group; dropped ones teach nothing."""
        tale = Tale(Past([], []), [], [])
        for ref, item, changes, links in zip(*group, strict=True):
            if item.outcome is not Outcome.DROPPED:
                self._add(tale, _Single(ref, item, changes, links, self.stints.zone))
        return tale

    def _add(self, tale: Tale, one: "_Single") -> None:
        given = self.stints.of(one.ref[0], one.item)
        begun = [stint for stint in given if stint.begin <= self.moment]
        tale.past.looks.extend(one.looks_back(begun, self.told_by))
        if begun and one.item.category is not Category.DONE:
            tale.open.append(one.look(self.moment, begun[-1].due))
        for event in one.events(given, self.moment):
            if event.at <= self.told_by:
                tale.past.events.append(event)
            elif event.at <= self.moment:
                tale.today.append(event)


@dataclass(frozen=True, slots=True)
class _Single:
    """An item with what is known of it."""

    ref: Ref
    item: Item
    changes: Sequence[Change]
    links: Sequence[tuple[datetime, str]]
    zone: tzinfo

    def looks_back(self, begun: Sequence[Stint], told_by: datetime) -> Iterator[Look]:
        """Look back at days that are over; one that is not has only items in time, and those open.

        What was done before it would teach that everything is in time.
        """
        item = self.item
        if item.category is Category.DONE and item.done_at is None:
            return
        for stint in begun:
            end = end_of(stint.due, self.zone)
            if end > told_by:
                continue
            late = item.done_at is None or item.done_at >= end
            for share in SHARES:
                at = stint.begin + share * (end - stint.begin)
                ended = item.done_at is not None and item.done_at <= at
                if not ended and (stint.end is None or at < stint.end):
                    yield self.look(at, stint.due, late=late)

    def look(self, at: datetime, due: date, *, late: bool | None = None) -> Look:
        """Look at the item as it was at a moment."""
        changes = [change for change in self.changes if change.at <= at]
        item = rewind_item(self.item, self.changes, at)
        links = [kind for since, kind in self.links if since <= at]
        count = Counter(change.field for change in changes)
        own = (
            _days(item.created_at, at),
            _days(at, end_of(due, self.zone)),
            float(item.category is Category.DOING),
            _days(item.started_at, at) if item.started_at is not None else 0.0,
            float(_reopened(changes)),
            float(count[ChangedField.DUE]),
            float(count[ChangedField.ASSIGNEE]),
            float(len(item.milestones)),
            float(count[ChangedField.MILESTONE]),
            float(len(links)),
            float(links.count("blocks")),
            float(links.count("blocked_by")),
            float(item.blocked),
            nan if item.points is None else item.points,
            float(item.level is Level.EPIC),
        )
        return Look(self.ref, at, due, late, own, (item.scope, item.type), item.assignee)

    def events(self, given: Sequence[Stint], moment: datetime) -> Iterator[Event]:
        """Tell when the item was opened, changed hands and ended, and whether late."""
        item, kind = self.item, (self.item.scope, self.item.type)
        end = item.done_at if item.done_at is not None and item.done_at <= moment else None
        moves = [change for change in self.changes if change.field is ChangedField.ASSIGNEE]
        who = (moves[0].old or None) if moves else item.assignee
        yield Event(item.created_at, kind, who, 1)
        for move in moves:
            if move.at <= (end or moment):
                yield Event(move.at, kind, who, -1)
                who = move.new or None
                yield Event(move.at, kind, who, 1)
        if end is not None:
            begun = [stint for stint in given if stint.begin <= end]
            late = end >= end_of(begun[-1].due, self.zone) if begun else None
            yield Event(end, kind, who, -1, late)


def _links(facts: Facts) -> Mapping[tuple[str, str], list[tuple[datetime, str]]]:
    """Find the links of every key; one without a time has been there since it was seen."""
    found: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    waits = (LinkKind.BLOCKS, LinkKind.DEPENDS)
    for seen in facts.links:
        since, link = seen.link.since or seen.seen_at, seen.link
        found[seen.source, link.upstream].append(
            (since, "blocks" if link.kind in waits else "link")
        )
        found[seen.source, link.downstream].append(
            (since, "blocked_by" if link.kind in waits else "link")
        )
    return found


def _reopened(changes: Iterable[Change]) -> int:
    return sum(
        change.field is ChangedField.STATUS
        and standing_of(change.old)[0] is Category.DONE
        and standing_of(change.new)[0] is not Category.DONE
        for change in changes
    )


def end_of(day: date, zone: tzinfo) -> datetime:
    """Return the moment at which a day ends."""
    return midnight(day + timedelta(days=1), zone)


def _days(begin: datetime, end: datetime) -> float:
    return (end - begin) / timedelta(days=1)
