"""Which items were in a milestone, from when to when, from what their changelogs tell.

Where a tracker keeps no changelog, an item is taken to have been in its milestone from its
creation on; what had left it is then unknown.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from operator import itemgetter
from zoneinfo import ZoneInfo

from ..records import Category, Change, ChangedField, Item, Outcome, standing_of
from .facts import Facts, Ref
from .kept import Kept
from .lives import FEWEST, NEVER, Life, Stay, delivered, life_of
from .model import Milestone
from .origins import Origin
from .points import PointsReader
from .select import Index, is_work

LIVES = 24
"""Finished milestones of a stream that its open ones are compared with."""


@dataclass(frozen=True, slots=True)
class Home:
    """What puts an item into a milestone: a field of it, and the value that the field has."""

    field: ChangedField
    """``MILESTONE`` or ``PARENT``."""
    name: str
    """Id of the tracker milestone, key of the epic."""

    def holds(self, item: Item) -> bool:
        """Say whether an item is in it now."""
        if self.field is ChangedField.MILESTONE:
            return self.name in item.milestones
        return self.name == item.parent


class StayReader:
    """Reads the lives of finished milestones out of facts, as of one day."""

    def __init__(
        self, facts: Facts, index: Index, kept: Kept, *, as_of: date, zone: ZoneInfo
    ) -> None:
        self._facts = facts
        self._index = index
        self._kept = kept
        self._zone = zone
        self._end = datetime.combine(as_of + timedelta(days=1), time(), tzinfo=zone)

    def life(
        self, origin: Origin, finished: Milestone, points: PointsReader | None = None
    ) -> Life | None:
        """Tell the life of a milestone that finished, from all the items it ever had.

        By ``points`` where its team is forecast by them.
        """
        if finished.actual is None:
            return None
        finish = delivered(finished.finished, finished.stated, finished.actual)
        # Of points, an item's sizes depend on nothing but this.
        usual = None if points is None else points.usual_on(finish)
        return self._kept.part(
            "life",
            finished.id,
            (finish, usual, self._given(origin)),
            lambda: self._life(origin, finish, points, usual),
        )

    def _life(
        self, origin: Origin, finish: date, points: PointsReader | None, usual: float | None
    ) -> Life | None:
        if points is None or usual is None:
            return life_of([stay for _, stay in self._stays(origin)], finish)
        return life_of(list(self._sized(origin, points, usual)), finish, usual=usual)

    def _given(self, origin: Origin) -> object:
        """Give all that the stays in a milestone, and the sizes of its items, are told from."""
        facts = self._facts
        moved = [
            ref
            for source, home in self._homes(origin)
            for ref in self._index.moved(source, home.field, home.name)
        ]
        refs = (*origin.items, *moved)
        return (
            origin,
            moved,
            [facts.items[ref] for ref in refs],
            [facts.changes.get(ref) for ref in refs],
            [facts.items[ref].key for ref in origin.epics],
        )

    def _sized(self, origin: Origin, points: PointsReader, usual: float) -> Iterator[Stay]:
        for ref, stay in self._stays(origin):
            changes = self._facts.changes.get(ref, ())
            sizes = points.sizes(self._facts.items[ref], changes, usual)
            yield replace(stay, sizes=tuple(sizes))

    def _stays(self, origin: Origin) -> Iterator[tuple[Ref, Stay]]:
        at_home: set[Ref] = set()
        for source, home in self._homes(origin):
            here = [ref for ref in origin.items if ref[0] == source and self._is_in(ref, home)]
            at_home.update(here)
            for ref in dict.fromkeys([*here, *self._index.moved(source, home.field, home.name)]):
                yield from self._stays_of(ref, home)
        for ref in origin.items:
            if ref not in at_home:
                yield from self._stays_of(ref, None)

    def _homes(self, origin: Origin) -> Iterator[tuple[str, Home]]:
        for source, milestone in origin.tracker_milestones:
            yield source, Home(ChangedField.MILESTONE, milestone)
        for ref in origin.epics:
            yield ref[0], Home(ChangedField.PARENT, self._facts.items[ref].key)

    def _is_in(self, ref: Ref, home: Home) -> bool:
        return home.holds(self._facts.items[ref])

    def _stays_of(self, ref: Ref, home: Home | None) -> Iterator[tuple[Ref, Stay]]:
        item = self._facts.items[ref]
        if is_work(item):
            changes = (
                change for change in self._facts.changes.get(ref, ()) if change.at <= self._end
            )
            yield from ((ref, stay) for stay in stays_in(home, item, changes, self._zone))


def latest(milestones: Iterable[Milestone]) -> Iterator[Milestone]:
    """Give those with enough done items that each stream finished last."""
    finished: dict[str, list[tuple[date, str, Milestone]]] = defaultdict(list)
    for milestone in milestones:
        enough = milestone.tracked and len(milestone.finished) >= FEWEST
        if milestone.actual is not None and enough:
            finished[milestone.stream or ""].append((milestone.actual, milestone.id, milestone))
    for stream in finished.values():
        yield from (milestone for _, _, milestone in sorted(stream, key=itemgetter(0, 1))[-LIVES:])


def stays_in(
    home: Home | None, item: Item, changes: Iterable[Change], zone: ZoneInfo
) -> Iterator[Stay]:
    """Tell an item's stays in a home from its changes until now, oldest first.

    Without a home the item has been in its milestone all along. Having been dropped ends a stay:
    it is scope that was removed.
    """

    def day(at: datetime) -> int:
        return at.astimezone(zone).toordinal()

    moves: list[tuple[int, bool]] = []
    spells: list[list[int]] = []
    for change in changes:
        if (
            home is not None
            and change.field is home.field
            and home.name in (change.old, change.new)
        ):
            moves.append((day(change.at), change.new == home.name))
        elif change.field is ChangedField.STATUS:
            was, is_ = _is_done(change.old), _is_done(change.new)
            if is_ and not was:
                spells.append([day(change.at), NEVER])
            elif was and not is_ and spells:
                spells[-1][1] = day(change.at)
    if item.category is Category.DONE and item.done_at is not None and not _goes_on(spells):
        spells.append([day(item.done_at), NEVER])
    end = NEVER
    if item.outcome is Outcome.DROPPED:
        end = spells.pop()[0] if _goes_on(spells) else day(item.updated_at)
    done = tuple((since, until) for since, until in spells)
    inside = home is None or home.holds(item)
    for joined, left in _spans(moves, day(item.created_at), inside):
        if joined < end:
            yield Stay(joined=joined, left=min(left, end), done=done)


def _goes_on(spells: Sequence[Sequence[int]]) -> bool:
    return bool(spells) and spells[-1][1] == NEVER


def _spans(
    moves: Sequence[tuple[int, bool]], created: int, inside_now: bool
) -> Iterator[tuple[int, int]]:
    """Turn moves in and out into spans; what a changelog leaves out follows from its ends."""
    began_inside = not moves[0][1] if moves else inside_now
    marks = [(created, began_inside), *moves, (NEVER, False)]
    for (since, inside), (until, _) in pairwise(marks):
        if inside and since < until:
            yield since, until


def _is_done(status: str | None) -> bool:
    return standing_of(status)[0] is Category.DONE
