"""People as a portfolio knows them: what is planned for them, and what they have in work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

FULL = 1.0
_FOREVER = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A part of somebody's time that is planned for a project; both ends are included."""

    project: str
    """``program/project``."""
    share: float
    """Of a full working week."""
    start: date | None = None
    end: date | None = None

    def holds_on(self, day: date) -> bool:
        """Say whether it is planned for a day."""
        return (self.start or day) <= day <= (self.end or day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with allocations or with items in work."""

    id: str
    """Of the file, or else source and account; a pseudonym where the file asks for them."""
    capacity: float = FULL
    allocations: tuple[Allocation, ...] = ()
    doing: Mapping[str, int] = field(default_factory=dict[str, int])
    """Items in work by project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """Days without a break on which more is planned for somebody than she works."""

    start: date
    end: date | None
    """None where it has no end."""
    peak: float
    """The most of them, as a multiple of what she works."""
    projects: tuple[str, ...]

    @property
    def days(self) -> int:
        """How many days it lasts, at the most ten years."""
        end = self.end or self.start + timedelta(days=3650)
        return (end - self.start).days + 1


def load_on(person: Person, day: date) -> float:
    """Give what is planned for somebody on a day, as a multiple of what she works."""
    planned = sum(one.share for one in person.allocations if one.holds_on(day))
    return round(planned / person.capacity, 6)


def overloads(person: Person, from_day: date, above: float) -> tuple[Overload, ...]:
    """List the times from a day on that more than ``above`` of her time is planned for somebody."""
    steps = _steps(person, from_day)
    found: list[Overload] = []
    open_since: date | None = None
    peak = 0.0
    names: set[str] = set()
    for day in steps:
        load = load_on(person, day)
        if load > above:
            open_since = open_since or day
            peak = max(peak, load)
            names.update(one.project for one in person.allocations if one.holds_on(day))
        elif open_since is not None:
            end = day - timedelta(days=1)
            found.append(
                Overload(start=open_since, end=end, peak=peak, projects=tuple(sorted(names)))
            )
            open_since, peak, names = None, 0.0, set()
    if open_since is not None:
        found.append(Overload(start=open_since, end=None, peak=peak, projects=tuple(sorted(names))))
    return tuple(found)


def _steps(person: Person, from_day: date) -> list[date]:
    """List the days from which on another load holds."""
    days = {from_day}
    for one in person.allocations:
        if one.start is not None:
            days.add(one.start)
        if one.end is not None and one.end < _FOREVER:
            days.add(one.end + timedelta(days=1))
    return sorted(day for day in days if day >= from_day)
