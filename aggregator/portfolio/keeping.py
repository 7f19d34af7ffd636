"""From facts to how each project keeps its tracker, as of one day."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Final, Literal
from zoneinfo import ZoneInfo

from ..records import (
    ALWAYS,
    Absence,
    Category,
    Item,
    LinkKind,
    LinkOrigin,
    MilestoneKind,
    Outcome,
    Presence,
)
from .facts import Facts, Ref, SeenLink
from .flow import CYCLES, EIGHT_WEEKS, FEWEST
from .kept import Kept
from .lift import ItemGraph
from .model import Milestone
from .select import Index
from .upkeep import Begun, BrokenLink, BulkClose, Impossible, Listed, Upkeep, What, listed

RECENT: Final = timedelta(weeks=13)
"""Nobody mends the dates of what was finished before; the pace is not told from it either."""
SOON: Final = timedelta(days=14)
"""What is to be worked on by then needs somebody to do it (DOMAIN.md 1.5, point 10)."""

_WHY: Final[Mapping[Presence, Literal["deleted", "moved away", "invisible"]]] = {
    Presence.GONE: "deleted",
    Presence.MOVED: "moved away",
    Presence.INVISIBLE: "invisible",
}
_WAITS: Final = frozenset({LinkKind.BLOCKS, LinkKind.DEPENDS})


class UpkeepReader:
    """Reads the upkeep of projects out of facts; every item is looked at once per project."""

    def __init__(
        self,
        facts: Facts,
        index: Index,
        graph: ItemGraph,
        kept: Kept,
        *,
        homes: Mapping[Ref, Sequence[str]],
        milestones: Iterable[Milestone],
        as_of: date,
        zone: ZoneInfo,
    ) -> None:
        """Take all milestones, and in which of them each item is."""
        self._facts = facts
        self._index = index
        self._graph = graph
        self._kept = kept
        self._homes = homes
        alive = [one for one in milestones if not one.closed]
        self._open_homes = {one.id for one in alive if one.kind is not MilestoneKind.SPRINT}
        self._soon = as_of + SOON
        self._due = {one.id for one in alive if self._is_soon(one.commitment or one.plan)}
        self._as_of = as_of
        self._zone = zone
        first = as_of - RECENT + timedelta(days=1)
        self._recent = datetime.combine(first, time(), tzinfo=zone)

    def read(self, project: str, work: Mapping[Ref, Item], bulk: frozenset[Ref]) -> Upkeep:
        """Read a project's upkeep from its work items; ``bulk`` are those closed together."""
        given = (
            [*work],
            [*work.values()],
            bulk,
            [self._homes.get(ref) for ref in work],
            self._open_homes,
            self._due,
            self._telling,
            [self._broken.get(ref) for ref in work] if self._broken else None,
        )
        return self._kept.part("upkeep", project, given, lambda: self._read(project, work, bulk))

    def _read(self, project: str, work: Mapping[Ref, Item], bulk: Container[Ref]) -> Upkeep:
        kept = {ref: item for ref, item in work.items() if item.outcome is not Outcome.DROPPED}
        remaining = {ref: i for ref, i in kept.items() if i.category is not Category.DONE}
        begun = {ref: i for ref, i in remaining.items() if i.category is Category.DOING}
        done = {
            ref: self._day(at)
            for ref, item in kept.items()
            if (at := item.done_at) is not None and at >= self._recent
        }
        coming = [ref for ref in remaining if ref not in begun and self._is_coming(ref)]
        begin = self._as_of - EIGHT_WEEKS
        lately = [ref for ref, day in done.items() if begin < day <= self._as_of]
        told = [ref for ref in lately if self._tells_begin(ref)]
        days = Counter(done[ref] for ref in lately if ref in bulk)
        return Upkeep(
            begun=tuple(sorted(map(self._begun, begun), key=lambda found: found.item)),
            coming=len(coming),
            unassigned=self._listed(ref for ref in coming if remaining[ref].assignee is None),
            estimating=_estimating(kept.values()),
            remaining=len(remaining),
            unestimated=self._listed(ref for ref, i in remaining.items() if i.points is None),
            homeless=self._listed(ref for ref in begun if not self._homes.get(ref)),
            doubled=tuple(sorted(self._doubled(project, remaining))),
            impossible=tuple(
                sorted(self._impossible(remaining, done), key=lambda found: found.item)
            ),
            closed=len(told),
            unbegun=self._listed(ref for ref in told if kept[ref].started_at is None),
            bulk=tuple(BulkClose(day=day, items=count) for day, count in sorted(days.items())),
            broken=tuple(link for ref in sorted(remaining) for link in self._broken.get(ref, ())),
        )

    def _is_coming(self, ref: Ref) -> bool:
        item = self._facts.items[ref]
        if self._is_soon(item.start_date) or self._is_soon(item.due_date):
            return True
        return not self._due.isdisjoint(self._homes.get(ref, ()))

    def _is_soon(self, day: date | None) -> bool:
        return day is not None and day <= self._soon

    def _tells_begin(self, ref: Ref) -> bool:
        return (ref[0], self._facts.items[ref].scope) in self._telling

    @cached_property
    def _telling(self) -> frozenset[tuple[str, str]]:
        """The projects and repositories whose tracker tells when work began."""
        return frozenset(
            (ref[0], item.scope)
            for ref, item in self._facts.items.items()
            if item.started_at is not None
        )

    def _begun(self, ref: Ref) -> Begun:
        item = self._facts.items[ref]
        return Begun(
            item=self._graph.name(ref),
            key=item.key,
            title=item.title,
            url=item.url,
            assignee=item.assignee,
            since=None if item.started_at is None else self._day(item.started_at),
            updated=self._day(item.updated_at),
            milestones=tuple(self._homes.get(ref, ())),
        )

    def _doubled(self, project: str, refs: Iterable[Ref]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for ref in refs:
            homes = self._homes.get(ref, ())
            if len(homes) < 2:
                continue
            own = tuple(
                home
                for home in homes
                if home in self._open_homes and home.rpartition("/")[0] == project
            )
            if len(own) > 1:
                yield self._graph.name(ref), own

    def _impossible(
        self, remaining: Mapping[Ref, Item], done: Mapping[Ref, date]
    ) -> Iterator[Impossible]:
        for ref, item in remaining.items():
            start, due = item.start_date, item.due_date
            if start is not None and due is not None and start > due:
                yield self._found(ref, "starts after it is due", due, start)
        for ref, day in done.items():
            item = self._facts.items[ref]
            if day > self._as_of:
                yield self._found(ref, "done in the future", self._as_of, day)
            if item.created_at > ALWAYS and day < (created := self._day(item.created_at)):
                yield self._found(ref, "done before it was created", day, created)
            elif item.started_at is not None and day < (begun := self._day(item.started_at)):
                yield self._found(ref, "done before it was begun", day, begun)

    def _found(self, ref: Ref, what: What, earlier: date, later: date) -> Impossible:
        return Impossible(item=self._graph.name(ref), what=what, earlier=earlier, later=later)

    @cached_property
    def _broken(self) -> Mapping[Ref, list[BrokenLink]]:
        """Find the links of open items to what will never be done, by the item that waits."""
        found: dict[Ref, dict[str, BrokenLink]] = defaultdict(dict)
        for seen in self._facts.links:
            owner = (seen.source, seen.link.owner)
            if seen.link.kind not in _WAITS or self._index.came_back(owner):
                continue
            waiting = self._index.find(seen.link.downstream, near=seen.source)
            if waiting is None or not self._graph.is_open(waiting):
                continue
            link = self._judge(seen, waiting)
            if link is not None:
                found[waiting].setdefault(link.upstream, link)
        return {ref: [links[key] for key in sorted(links)] for ref, links in found.items()}

    def _judge(self, seen: SeenLink, waiting: Ref) -> BrokenLink | None:
        upstream = self._index.find(seen.link.upstream, near=seen.source)
        name, url = self._graph.name(waiting), self._facts.items[waiting].url
        if upstream is None:
            stated = seen.link.origin is LinkOrigin.TRACKER
            if not stated or self._index.is_ambiguous(seen.link.upstream):
                return None
            return BrokenLink(item=name, url=url, upstream=seen.link.upstream, why="unknown")
        why = _why(self._facts.items[upstream], self._facts.absences.get(upstream))
        if why is None:
            return None
        return BrokenLink(item=name, url=url, upstream=self._graph.name(upstream), why=why)

    def _listed(self, refs: Iterable[Ref]) -> Listed:
        return listed([self._graph.name(ref) for ref in refs])

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


def _why(
    item: Item, absence: Absence | None
) -> Literal["dropped", "deleted", "moved away", "invisible"] | None:
    """Say why nobody will see an item done; None where that is not so."""
    if absence is not None and absence.presence in _WHY:
        return _WHY[absence.presence]
    return "dropped" if item.outcome is Outcome.DROPPED else None


def _estimating(items: Iterable[Item]) -> float | None:
    """Tell how many of the newest finished items were estimated."""
    finished = [(item.done_at, item.points is not None) for item in items if item.done_at]
    newest = sorted(finished)[-CYCLES:]
    if len(newest) < FEWEST:
        return None
    return sum(estimated for _, estimated in newest) / len(newest)
