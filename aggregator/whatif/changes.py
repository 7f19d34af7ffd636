"""Changes of a portfolio: each one a pure function from a portfolio to another.

They hold full ids of what is there; ``written.py`` makes them of what people write. What they
leave alone stays the same object, and every random number is tied to an id, so that two forecasts
differ by nothing but the change.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import fsum
from typing import Any, NamedTuple, Protocol

from ..portfolio.counting import ScopePoints
from ..portfolio.model import (
    Dependency,
    DependencyType,
    Milestone,
    OpenItem,
    Portfolio,
    Scope,
)


class Told(NamedTuple):
    """A change in words."""

    kind: str
    """The option of ``slipwatch whatif`` that says it."""
    subject: str
    """The milestone, stream, dependency or calendar."""
    value: str
    """What it is changed to or by; empty for what is dropped."""


class Change(Protocol):
    """Something that could be otherwise."""

    def __hash__(self) -> int:
        """Changes are values: equal ones need be tried only once."""
        ...

    def told(self) -> Told:
        """Say what it is."""
        ...

    def apply(self, portfolio: Portfolio) -> Portfolio:
        """Return the changed portfolio."""
        ...


@dataclass(frozen=True, slots=True)
class Slip:
    """A milestone's own work takes longer or, negative, less long.

    Only it moves, and what waits for it; the team goes on to its other milestones as before.
    """

    milestone: str
    days: int
    """Working days of the milestone's calendar."""

    def told(self) -> Told:
        """Say by how many working days."""
        return Told("slip", self.milestone, f"{self.days:+d}wd")

    def apply(self, portfolio: Portfolio) -> Portfolio:
        """Delay it."""
        known = portfolio.milestones[self.milestone]
        return _with(portfolio, replace(known, delay=known.delay + self.days))


@dataclass(frozen=True, slots=True)
class Pace:
    """A team finishes more, or less, per week."""

    stream: str
    factor: float

    def told(self) -> Told:
        """Say the factor."""
        return Told("pace", self.stream, f"{self.factor:.4g}")

    def apply(self, portfolio: Portfolio) -> Portfolio:
        """Change the pace of the stream."""
        known = portfolio.streams[self.stream]
        stream = replace(known, pace=known.pace * self.factor)
        return replace(portfolio, streams={**portfolio.streams, self.stream: stream})


@dataclass(frozen=True, slots=True)
class Items:
    """A milestone holds more open items or, negative, fewer, but never fewer than none.

    What is cut first are the last ones that nobody is assigned to. Where its team is forecast by
    points, an item more counts as the usual one, and one fewer takes its own points with it.
    """

    milestone: str
    items: int

    def told(self) -> Told:
        """Say by how many items."""
        return Told("scope", self.milestone, f"{self.items:+d}")

    def apply(self, portfolio: Portfolio) -> Portfolio:
        """Change the scope of the milestone."""
        known = portfolio.milestones[self.milestone]
        remaining = max(known.scope.remaining + self.items, 0)
        stream = portfolio.streams.get(known.stream or "")
        open_items = _kept(known, remaining)
        scope = replace(
            _scope(known.scope, remaining - known.scope.remaining),
            points=_points(known, remaining, open_items, None if stream is None else stream.usual),
        )
        return _with(portfolio, replace(known, scope=scope, open_items=open_items))


@dataclass(frozen=True, slots=True)
class Drop:
    """A milestone waits for another no more."""

    upstream: str
    downstream: str

    def told(self) -> Told:
        """Say who waits for whom."""
        return Told("drop", f"{self.upstream} -> {self.downstream}", "")

    def apply(self, portfolio: Portfolio) -> Portfolio:
        """Leave the dependency out."""
        kept = (d for d in portfolio.dependencies if not _joins(d, self.upstream, self.downstream))
        return replace(portfolio, dependencies=tuple(kept))


@dataclass(frozen=True, slots=True)
class Retype:
    """A dependency holds something else: the start, the finish, the blocked part."""

    upstream: str
    downstream: str
    type: DependencyType

    def told(self) -> Told:
        """Say who waits for whom, and in which way."""
        return Told("type", f"{self.upstream} -> {self.downstream}", self.type.value)

    def apply(self, portfolio: Portfolio) -> Portfolio:
        """Change the dependency's type."""
        changed = (
            replace(d, type=self.type) if _joins(d, self.upstream, self.downstream) else d
            for d in portfolio.dependencies
        )
        return replace(portfolio, dependencies=tuple(changed))


@dataclass(frozen=True, slots=True)
class Commit:
    """A milestone is committed to another day."""

    milestone: str
    day: date

    def told(self) -> Told:
        """Say the day."""
        return Told("commit", self.milestone, self.day.isoformat())

    def apply(self, portfolio: Portfolio) -> Portfolio:
        """Move the commitment."""
        known = portfolio.milestones[self.milestone]
        return _with(portfolio, replace(known, commitment=self.day))


@dataclass(frozen=True, slots=True)
class Close:
    """Days of a calendar are not worked, or, ``opened``, are worked although they were free."""

    calendar: str
    first: date
    last: date
    """Both days are among them."""
    opened: bool = False

    def told(self) -> Told:
        """Say the days."""
        days = str(self.first) if self.first == self.last else f"{self.first}..{self.last}"
        return Told("open" if self.opened else "close", self.calendar, days)

    def apply(self, portfolio: Portfolio) -> Portfolio:
        """Change the calendar, for everything that follows it."""
        length = (self.last - self.first).days + 1
        days = [self.first + timedelta(days=day) for day in range(length)]
        known = portfolio.calendars[self.calendar]
        calendar = known.but(opened=days) if self.opened else known.but(closed=days)
        return replace(portfolio, calendars={**portfolio.calendars, self.calendar: calendar})


def change(portfolio: Portfolio, changes: Iterable[Change]) -> Portfolio:
    """Apply several changes, one after the other."""
    for one in changes:
        portfolio = one.apply(portfolio)
    return portfolio


def _with(portfolio: Portfolio, changed: Milestone) -> Portfolio:
    return replace(portfolio, milestones={**portfolio.milestones, changed.id: changed})


def _scope(known: Scope, by: int) -> Scope:
    counted: dict[str, Any] = {"remaining": known.remaining + by}
    if by < 0:
        counted["dropped"] = known.dropped - by
    if by < 0 and known.removed is not None:
        counted["removed"] = known.removed - by
    if by > 0 and known.added is not None:
        counted["added"] = known.added + by
    return replace(known, **counted)


def _kept(milestone: Milestone, remaining: int) -> tuple[OpenItem, ...]:
    """Leave out what is cut: the last ones first, what somebody is assigned to after all else."""
    items = milestone.open_items
    order = sorted(range(len(items)), key=lambda at: (items[at].assignee is not None, -at))
    cut = set(order[: max(len(items) - remaining, 0)])
    return tuple(item for at, item in enumerate(items) if at not in cut)


def _points(
    known: Milestone, remaining: int, kept: tuple[OpenItem, ...], usual: float | None
) -> ScopePoints | None:
    """Say what is left in points with so many open items, of which these are known."""
    points, before = known.scope.points, known.scope.remaining
    if points is None or usual is None:
        return points
    if remaining >= before:
        return replace(points, remaining=points.remaining + (remaining - before) * usual)
    if len(kept) == remaining:
        return replace(points, remaining=fsum(item.points or 0.0 for item in kept))
    return replace(points, remaining=points.remaining * remaining / before)


def _joins(dependency: Dependency, upstream: str, downstream: str) -> bool:
    return dependency.upstream == upstream and dependency.downstream == downstream
