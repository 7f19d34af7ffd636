"""What can be known of an item at a moment that says something about its being late.

One row of numbers per item and moment, in the order of ``FEATURES``; NaN where nobody knows.
Nothing in a row was unknown at its moment, and none of it is a person's name.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from math import nan
from typing import Final

from ..portfolio.facts import Facts, Ref
from ..portfolio.replay import rewind_item
from ..records import Category, Change, ChangedField, Item, Level, LinkKind, Outcome
from .stints import Stint, Stints, midnight

FEATURES: Final = (
    "age",
    "days_left",
    "in_work",
    "days_in_work",
    "reopened",
    "due_moves",
    "reassigned",
    "milestones",
    "milestone_moves",
    "links",
    "blocks",
    "blocked_by",
    "blocked",
    "points",
    "epic",
    "late_of_its_kind",
    "late_of_its_assignee",
    "assignee_open",
)
OF_PEOPLE: Final = frozenset({"reassigned", "late_of_its_assignee", "assignee_open"})
"""Never shown as a reason: slipwatch does not point at people."""
SHARES: Final = (0.0, 0.5, 0.9)
"""Of the time an item was given: when it is looked at, to learn from it."""
MOST_CASES: Final = 20_000
"""The newest ones of the past; teams change, and more of them teach nothing new."""
PRIOR_ENDED: Final = 5
"""A kind's or an assignee's share of late items counts as much as that of so many items of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An item that had to be done by a day, as it was at a moment."""

    ref: Ref
    at: datetime
    due: date
    features: tuple[float, ...]
    late: bool | None
    """Whether it was; None while that is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """What there is to learn from, and what there is to tell."""

    past: tuple[Case, ...]
    """Oldest first, the newest there are; what was dropped was neither late nor in time."""
    open: tuple[Case, ...]
    """Items that are to be done by a day now, late ones among them."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at an item, before it is known what the others had come to by then."""

    ref: Ref
    item: Item
    at: datetime
    due: date
    late: bool | None = None


@dataclass(frozen=True, slots=True)
class _Event:
    """An item got somebody's, or is no longer."""

    at: datetime
    item: Item
    assignee: str | None
    opened: int
    """1 or -1 of what is open of the assignee's."""
    late: bool | None = None
    """Of one that ended: whether it missed its day; None where it had none."""


def collect(facts: Facts, stints: Stints, moment: datetime, *, told_by: datetime) -> Cases:
    """Collect the cases as of ``moment``; ``facts`` are rewound to it, their changes need not be.

    The past ones are those of which all was known by ``told_by``. Linear in items and changes, but
    for sorting.
    """
    given = {
        ref: stints.of(ref[0], item)
        for ref, item in facts.items.items()
        if item.outcome is not Outcome.DROPPED
    }
    past: list[_Look] = []
    open_: list[_Look] = []
    for ref, known in given.items():
        item, begun = facts.items[ref], [stint for stint in known if stint.begin <= moment]
        past += _looks_back(ref, item, begun, stints.zone, told_by)
        if begun and item.category is not Category.DONE:
            open_.append(_Look(ref, item, moment, begun[-1].due))
    past.sort(key=lambda look: (look.at, look.ref))
    open_.sort(key=lambda look: look.ref)
    del past[:-MOST_CASES]
    told = _Told(facts, given, stints.zone, moment)
    return Cases(past=tuple(told.rows(past)), open=tuple(told.rows(open_)))


def _looks_back(
    ref: Ref, item: Item, begun: Sequence[Stint], zone: tzinfo, told_by: datetime
) -> Iterable[_Look]:
    """Look back at days that are over; one that is not has only items in time, and those open.

    What was done before it would teach that everything is in time.
    """
    if item.category is Category.DONE and item.done_at is None:
        return
    for stint in begun:
        end = _end(stint.due, zone)
        if end > told_by:
            continue
        late = item.done_at is None or item.done_at >= end
        for share in SHARES:
            at = stint.begin + share * (end - stint.begin)
            ended = item.done_at is not None and item.done_at <= at
            if not ended and (stint.end is None or at < stint.end):
                yield _Look(ref, item, at, stint.due, late)


class _Record:
    """How many of a kind ended, and how many of them late."""

    def __init__(self) -> None:
        self.ended: Counter[object] = Counter()
        self.late: Counter[object] = Counter()

    def add(self, kind: object, *, late: bool) -> None:
        self.ended[kind] += 1
        self.late[kind] += late

    def share(self, kind: object, base: float) -> float:
        return (self.late[kind] + PRIOR_ENDED * base) / (self.ended[kind] + PRIOR_ENDED)


class _Told:
    """Tells the rows of looks in the order of time, with what all items had come to by then."""

    def __init__(
        self, facts: Facts, given: Mapping[Ref, Sequence[Stint]], zone: tzinfo, moment: datetime
    ) -> None:
        self.facts = facts
        self.zone = zone
        self.kinds, self.people, self.all = _Record(), _Record(), _Record()
        self.open: Counter[str | None] = Counter()
        self.links = _links(facts)
        self.events = sorted(_events(facts, given, zone, moment), key=lambda event: event.at)
        self.happened = 0

    def rows(self, looks: Iterable[_Look]) -> Iterable[Case]:
        """Tell of looks in the order of time, none of them before the last one told of."""
        for look in looks:
            while self.happened < len(self.events) and self.events[self.happened].at <= look.at:
                self._happen(self.events[self.happened])
                self.happened += 1
            yield Case(
                ref=look.ref,
                at=look.at,
                due=look.due,
                features=self._features(look),
                late=look.late,
            )

    def _happen(self, event: _Event) -> None:
        self.open[event.assignee] += event.opened
        if event.late is not None:
            for record, kind in (
                (self.kinds, (event.item.scope, event.item.type)),
                (self.people, event.assignee),
                (self.all, None),
            ):
                record.add(kind, late=event.late)

    def _features(self, look: _Look) -> tuple[float, ...]:
        changes = [c for c in self.facts.changes.get(look.ref, ()) if c.at <= look.at]
        item = rewind_item(look.item, self.facts.changes.get(look.ref, ()), look.at)
        links = [
            kind for since, kind in self.links.get((look.ref[0], item.key), ()) if since <= look.at
        ]
        count = Counter(change.field for change in changes)
        base = self.all.share(None, 0.5)
        known = item.assignee is not None
        return (
            _days(item.created_at, look.at),
            _days(look.at, _end(look.due, self.zone)),
            float(item.category is Category.DOING),
            _days(item.started_at, look.at) if item.started_at is not None else 0.0,
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
            self.kinds.share((item.scope, item.type), base),
            self.people.share(item.assignee, base) if known else nan,
            float(self.open[item.assignee]) if known else nan,
        )


def _events(
    facts: Facts, given: Mapping[Ref, Sequence[Stint]], zone: tzinfo, moment: datetime
) -> Iterable[_Event]:
    """Tell of every item when it was opened, changed hands and ended, and whether late."""
    for ref, known in given.items():
        item = facts.items[ref]
        end = item.done_at if item.done_at is not None and item.done_at <= moment else None
        moves = [
            change for change in facts.changes.get(ref, ()) if change.field is ChangedField.ASSIGNEE
        ]
        who = (moves[0].old or None) if moves else item.assignee
        yield _Event(item.created_at, item, who, 1)
        for move in moves:
            if move.at <= (end or moment):
                yield _Event(move.at, item, who, -1)
                who = move.new or None
                yield _Event(move.at, item, who, 1)
        if end is not None:
            begun = [stint for stint in known if stint.begin <= end]
            late = end >= _end(begun[-1].due, zone) if begun else None
            yield _Event(end, item, who, -1, late)


def _links(facts: Facts) -> dict[tuple[str, str], list[tuple[datetime, str]]]:
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
        and (change.old or "").startswith(Category.DONE)
        and not (change.new or "").startswith(Category.DONE)
        for change in changes
    )


def _end(day: date, zone: tzinfo) -> datetime:
    return midnight(day + timedelta(days=1), zone)


def _days(begin: datetime, end: datetime) -> float:
    return (end - begin) / timedelta(days=1)
