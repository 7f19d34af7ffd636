"""Values that grow over time: what was planned, as a line from point to point."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum
from operator import itemgetter


@dataclass(frozen=True, slots=True)
class Curve:
    """A line that never falls: nought until its first time, level after its last one.

    Times are instants in days (DOMAIN.md 1.1) or any other unit; at least two, each later than the
    one before. It begins when the first of its value is planned, and ends when all of it is.
    """

    times: tuple[float, ...]
    values: tuple[float, ...]

    @classmethod
    def through(cls, points: Iterable[tuple[float, float]]) -> "Curve | None":
        """Draw a line through points; None where it would not rise anywhere.

        Levels before the first rise and after the last one are no part of it. Raises
        ``ValueError`` where it falls or goes back in time.
        """
        known = list(points)
        for (time, value), (later, after) in pairwise(known):
            if later <= time or after < value:
                raise ValueError("a curve goes forward in time, and never falls")
        while len(known) > 1 and known[1][1] == known[0][1]:
            known.pop(0)
        while len(known) > 1 and known[-2][1] == known[-1][1]:
            known.pop()
        if len(known) < 2:
            return None
        times, values = zip(*known, strict=True)
        return cls(times, values)

    @property
    def start(self) -> float:
        """When it begins to rise."""
        return self.times[0]

    @property
    def end(self) -> float:
        """When it has risen to its last value."""
        return self.times[-1]

    @property
    def total(self) -> float:
        """Its last value."""
        return self.values[-1]

    def at(self, time: float) -> float:
        """Give the value at a time."""
        if time < self.start:
            return 0.0
        place = bisect_right(self.times, time) - 1
        if place + 1 == len(self.times):
            return self.total
        (before, after), (low, high) = self.times[place : place + 2], self.values[place : place + 2]
        return low + (high - low) * (time - before) / (after - before)

    def when(self, value: float) -> float:
        """Give the last time at which it is no more than a value: the Earned Schedule of it.

        In a plan by periods this is Lipke's C + I: the whole periods whose planned value is
        earned, and the part of the next one.
        """
        if value >= self.total:
            return self.end
        place = bisect_right(self.values, value) - 1
        if place < 0:
            return self.start
        (before, after), (low, high) = self.times[place : place + 2], self.values[place : place + 2]
        return before + (after - before) * (value - low) / (high - low)


def ramps(parts: Sequence[tuple[float, float, float]]) -> Curve | None:
    """Add up steady growth: of each part when it starts and ends, and how much it grows."""
    times = sorted({time for start, end, _ in parts for time in (start, end)})
    by_end = sorted(parts, key=itemgetter(1))
    ends, sizes = [end for _, end, _ in by_end], [size for _, _, size in by_end]

    def grown(time: float) -> Iterator[float]:
        """Give what is over whole, and of what is under way the part that is."""
        over = bisect_right(ends, time)
        yield from sizes[:over]
        for start, end, size in by_end[over:]:
            if start < time:
                yield size * ((time - start) / (end - start))

    return Curve.through((time, fsum(grown(time))) for time in times)
