"""What items count in points, for teams that are forecast by them (docs/forecast.md).

An item counts what it is estimated at, and one without an estimate what was usual for its team:
the mean of the hundred items with one that were finished last before it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import fsum
from typing import Final
from zoneinfo import ZoneInfo

from ..records import Change, ChangedField, Item, Outcome
from .counting import Counting, ScopePoints
from .facts import Ref
from .flow import CYCLES, FEWEST
from .lives import Life
from .model import Milestone, Stream
from .throughput import finished_items

ESTIMATING: Final = 0.5
"""A team that estimates a smaller part of what it finishes is forecast by items all the same."""


@dataclass(frozen=True, slots=True)
class _Estimated:
    """The finished items with an estimate, oldest first."""

    days: Sequence[int]
    points: Sequence[float]

    def usual(self, day: int) -> float:
        """Give the mean of the last ones by the end of a day; of the first ones before there are
        enough."""
        known = max(bisect_right(self.days, day), min(FEWEST, len(self.points)))
        some = self.points[max(known - CYCLES, 0) : known]
        return fsum(some) / len(some) or fsum(self.points) / len(self.points)


class PointsReader:
    """Reads what the items of a team that is forecast by points count, as of one day."""

    def __init__(
        self,
        items: Mapping[Ref, Item],
        changes: Mapping[Ref, Sequence[Change]],
        *,
        zone: ZoneInfo,
        end: datetime,
    ) -> None:
        """Learn from the items of a team; changes after ``end`` are not known yet."""
        self._items, self._changes = items, changes
        self._zone, self._end = zone, end
        self._finished = [
            (at.astimezone(zone).toordinal(), points_of(items[ref]))
            for at, ref in finished_items(items, changes)
        ]
        told = [(day, points) for day, points in self._finished if points is not None]
        self._estimated = _Estimated([day for day, _ in told], [points for _, points in told])
        newest = self._finished[-CYCLES:]
        estimated = sum(points is not None for _, points in newest)
        enough = estimated >= max(FEWEST, ESTIMATING * len(newest))
        usual = self._estimated.usual(end.toordinal()) if enough else 0.0
        self.counting: Final = Counting(
            estimated=estimated,
            finished=len(newest),
            usual=usual or None,
            untold=tuple(sorted(self._untold())) if usual else (),
        )

    def stream(self, stream: Stream, lives: Iterable[Life]) -> Stream:
        """Add to a team how its work is counted, and what each item that it finished counts."""
        if self.counting.usual is None:
            return replace(stream, counting=self.counting)
        points = (
            self._estimated.usual(day) if points is None else points
            for day, points in self._finished
        )
        counting = replace(self.counting, reestimated=_reestimated(lives))
        return replace(stream, counting=counting, points=tuple(points))

    def milestone(self, milestone: Milestone, work: Mapping[Ref, Item]) -> Milestone:
        """Add to a milestone what its ``work`` counts: its items that were not dropped."""
        usual = self.counting.usual
        if usual is None:
            return milestone
        finished: list[tuple[date, float]] = []
        undated: list[float] = []
        remaining: dict[tuple[str, str], float] = {}
        for ref, item in work.items():
            points = points_of(item)
            if item.outcome is not Outcome.COMPLETED:
                remaining[ref[0], item.key] = usual if points is None else points
            elif item.done_at is None:
                undated.append(usual if points is None else points)
            else:
                day = item.done_at.astimezone(self._zone).date()
                then = self._estimated.usual(day.toordinal()) if points is None else points
                finished.append((day, then))
        counted = tuple(points for _, points in sorted(finished))
        return replace(
            milestone,
            points=counted,
            scope=replace(
                milestone.scope,
                points=ScopePoints(
                    done=fsum((*counted, *undated)), remaining=fsum(remaining.values())
                ),
            ),
            open_items=tuple(
                replace(item, points=remaining.get((item.source, item.key)))
                for item in milestone.open_items
            ),
        )

    def usual_on(self, day: date) -> float | None:
        """Give the points of the usual item by the end of a day; None where items are counted."""
        return None if self.counting.usual is None else self._estimated.usual(day.toordinal())

    def sizes(
        self, item: Item, changes: Sequence[Change], usual: float
    ) -> Iterator[tuple[int, float]]:
        """Tell what an item counted over time, in usual ones: each from a day on, oldest first."""
        told = [c for c in changes if c.field is ChangedField.POINTS and c.at <= self._end]
        first = read_points(told[0].old) if told else points_of(item)
        yield 0, 1.0 if first is None else first / usual
        for change in told:
            points = read_points(change.new)
            day = change.at.astimezone(self._zone).toordinal()
            yield day, 1.0 if points is None else points / usual

    def _untold(self) -> Iterator[str]:
        estimated = {ref[0] for ref, item in self._items.items() if points_of(item) is not None}
        told = {
            ref[0]
            for ref, changes in self._changes.items()
            if ref[0] in estimated
            and any(c.field is ChangedField.POINTS and c.at <= self._end for c in changes)
        }
        yield from estimated - told


def points_of(item: Item) -> float | None:
    """Give what an item is estimated at; nothing is less than nothing."""
    return item.points if item.points is not None and item.points >= 0 else None


def read_points(text: str | None) -> float | None:
    """Read an estimate as changes tell it."""
    points = float(text) if text else None
    return points if points is not None and points >= 0 else None


def _reestimated(lives: Iterable[Life]) -> float | None:
    rests = [rest for life in lives for rest in life.rests if rest is not None]
    kept = fsum(rest.kept for rest in rests)
    return fsum(rest.reestimated for rest in rests) / kept if kept else None
