"""How a team works: it takes tickets in order, at its own pace, and releases what is done."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from .boards import Board
from .people import User
from .words import title

_SHARE_OF_WEEK = (0.16, 0.21, 0.22, 0.22, 0.19)
"""Monday to Friday: Mondays begin with meetings."""

_WEEK_NOISE = (0.78, 0.9, 0.97, 1.0, 1.05, 1.12, 1.18)
"""One factor per week, each once in seven weeks: a steady team with good and bad weeks."""

_MOVES_OF_EPIC = 0.05
_BLOCKED_SHARE = 0.04
_DROPPED_SHARE = 0.04
_GROWTH_SHARE = 0.3
"""How often a week brings one more ticket into what is being worked on."""

_SECONDS_A_DAY = 7 * 3600
"""That each member works on tickets."""

_WEEKS_AHEAD = 2
_SLACK = timedelta(days=4)


@dataclass(slots=True, eq=False)
class Ticket:
    """One piece of work."""

    key: str
    release: "Release | None"
    waits_for: list["Ticket"] = field(default_factory=list["Ticket"])
    who: User | None = None
    flagged_until: date | None = None
    over: bool = False
    """Finished or dropped."""

    @property
    def ready(self) -> bool:
        """Nothing that it waits for is open."""
        return all(other.over for other in self.waits_for)


@dataclass(slots=True, eq=False)
class Release:
    """Tickets that are released together, by a date."""

    name: str
    due: date
    epics: list[str]
    tickets: list[Ticket] = field(default_factory=list[Ticket])
    held: bool = False
    """Nobody may begin with it yet."""
    closed_on: date | None = None

    @property
    def open_tickets(self) -> list[Ticket]:
        return [ticket for ticket in self.tickets if not ticket.over]


@dataclass(frozen=True, slots=True)
class Planned:
    """A release to open when the work before it runs out."""

    name: str
    due: date
    scope: int
    held: bool = False


class Clock:
    """Moments of one day, each later than the one before."""

    def __init__(self, day: date, rng: random.Random) -> None:
        self._next = datetime.combine(day, time(9, 5), tzinfo=UTC)
        self._end = self._next + timedelta(hours=23)
        self._rng = rng

    @property
    def last(self) -> datetime:
        """The moment that it stands at."""
        return self._next

    def tick(self) -> datetime:
        """Return the next moment, some minutes after the last one."""
        step = timedelta(seconds=self._rng.randint(20, 400))
        self._next = min(self._next + step, self._end)
        return self._next


class Team:
    """A team and its board.

    ``pace`` is the mean of items a week. Randomness comes from the team's own generator, so
    that what one team does changes no other team's luck.
    """

    def __init__(
        self, name: str, board: Board, members: Sequence[User], *, pace: float, seed: str
    ) -> None:
        self.name = name
        self.board = board
        self.members = tuple(members)
        self.pace = pace
        self.releases: list[Release] = []
        self.planned: list[Planned] = []
        self._rng = random.Random(seed)
        self._owed = 0.0
        self._noise: list[float] = []
        self._doing: list[Ticket] = []

    def release(self, name: str) -> Release:
        return next(release for release in self.releases if release.name == name)

    def clock(self, day: date) -> Clock:
        """Give the moments of a day, from the team's own generator."""
        return Clock(day, self._rng)

    def open_release(self, name: str, due: date, scope: int, clock: Clock) -> Release:
        """Plan a release with so many tickets under two epics."""
        at = clock.tick()
        self.board.open_release(name, due, start=at.date(), at=at)
        epics = [
            self.board.add_epic(
                f"{name}: {part}", name, due - timedelta(days=early), by=self.members[0], at=at
            )
            for part, early in (("foundations", 21), ("rollout", 7))
        ]
        release = Release(name, due, epics)
        self.releases.append(release)
        self.grow(release, scope, clock)
        return release

    def grow(self, release: Release | None, count: int, clock: Clock) -> list[Ticket]:
        """Add tickets at the end of a release's queue, or to the backlog."""
        added: list[Ticket] = []
        for _ in range(count):
            kind = self._rng.choice(("Story", "Story", "Task", "Bug"))
            epic = None if release is None else self._rng.choice(release.epics)
            key = self.board.add(
                title(self.name, self._rng),
                kind=kind,
                release=None if release is None else release.name,
                epic=epic,
                by=self._rng.choice(self.members),
                at=clock.tick(),
            )
            added.append(Ticket(key, release))
        if release is not None:
            release.tickets += added
        return added

    def trim(self, release: Release, remaining: int, clock: Clock) -> None:
        """Drop or add tickets until so many are open: what a planning meeting does."""
        for ticket in release.open_tickets[remaining:]:
            self._drop(ticket, clock.tick())
        self.grow(release, remaining - len(release.open_tickets), clock)

    def work(self, day: date, *, pace: float = 1.0) -> None:
        """Play one day; ``pace`` multiplies the team's own."""
        if day.weekday() >= len(_SHARE_OF_WEEK):
            return
        clock = self.clock(day)
        if self._left() < _WEEKS_AHEAD * self.pace:
            self.open_planned(1, clock)
        if day.weekday() == 0:
            self._begin_week(clock)
        self._owed += self.pace * pace * _SHARE_OF_WEEK[day.weekday()] * self._noise[0]
        self._unflag(day, clock)
        self._begin_tickets(clock)
        while self._owed >= 1 and self._finish_one(clock):
            self._owed -= 1
        self._owed = min(self._owed, 2.0)
        self._begin_tickets(clock)
        self._flag(day, clock)
        self._log_time(clock)
        self._tend_releases(day, clock)

    def open_planned(self, count: int, clock: Clock) -> None:
        """Open the next planned releases, as many as there are."""
        for planned in self.planned[:count]:
            release = self.open_release(planned.name, planned.due, planned.scope, clock)
            release.held = planned.held
        del self.planned[:count]

    def _left(self) -> int:
        return sum(len(r.open_tickets) for r in self.releases if not r.held)

    def _begin_week(self, clock: Clock) -> None:
        self._noise = self._noise[1:]
        if not self._noise:
            self._noise = self._rng.sample(_WEEK_NOISE, len(_WEEK_NOISE))
        current = next((r for r in self.releases if r.open_tickets and not r.held), None)
        if current is not None and self._rng.random() < _GROWTH_SHARE:
            self.grow(current, 1, clock)

    def _begin_tickets(self, clock: Clock) -> None:
        """Keep as many tickets in work as the team has people."""
        for release in self.releases:
            if release.closed_on is not None or release.held:
                continue
            for ticket in release.open_tickets:
                if len(self._doing) >= len(self.members) + 1:
                    return
                if ticket.who is None and ticket.ready:
                    self._begin(ticket, clock)

    def _begin(self, ticket: Ticket, clock: Clock) -> None:
        if self._rng.random() < _DROPPED_SHARE and not self._is_awaited(ticket):
            self._drop(ticket, clock.tick())
            return
        ticket.who = self._rng.choice(self.members)
        self.board.start(ticket.key, ticket.who, at=clock.tick())
        self._doing.append(ticket)

    def _is_awaited(self, ticket: Ticket) -> bool:
        return bool(ticket.waits_for) or ticket.release is None

    def _finish_one(self, clock: Clock) -> bool:
        ticket = next((one for one in self._doing if one.flagged_until is None), None)
        if ticket is None or ticket.who is None:
            return False
        self.board.review(ticket.key, ticket.who, at=clock.tick())
        self.board.finish(ticket.key, ticket.who, at=clock.tick())
        ticket.over = True
        self._doing.remove(ticket)
        self._begin_tickets(clock)
        return True

    def _drop(self, ticket: Ticket, at: datetime) -> None:
        if ticket in self._doing:
            self._doing.remove(ticket)
        self.board.drop(ticket.key, self.members[0], at=at)
        ticket.over = True

    def _flag(self, day: date, clock: Clock) -> None:
        for ticket in self._doing:
            if ticket.flagged_until is None and self._rng.random() < _BLOCKED_SHARE:
                ticket.flagged_until = day + timedelta(days=self._rng.randint(2, 6))
                assert ticket.who is not None
                self.board.flag(ticket.key, ticket.who, flagged=True, at=clock.tick())

    def _log_time(self, clock: Clock) -> None:
        """Share the day of all members among the tickets in work."""
        for ticket in self._doing:
            assert ticket.who is not None
            seconds = len(self.members) * _SECONDS_A_DAY // len(self._doing)
            self.board.log_time(ticket.key, ticket.who, seconds, at=clock.last)

    def _unflag(self, day: date, clock: Clock) -> None:
        for ticket in self._doing:
            if ticket.flagged_until is not None and ticket.flagged_until <= day:
                ticket.flagged_until = None
                assert ticket.who is not None
                self.board.flag(ticket.key, ticket.who, flagged=False, at=clock.tick())

    def _tend_releases(self, day: date, clock: Clock) -> None:
        for release in self.releases:
            if release.closed_on is not None:
                continue
            if not release.open_tickets:
                self.close(release, clock)
            elif release.due <= day:
                self.move(release, day + _SLACK, clock)
            elif self._rng.random() < _MOVES_OF_EPIC:
                epic = self._rng.choice(release.epics)
                due = release.due - timedelta(days=self._rng.randint(0, 10))
                self.board.move_epic(epic, due, by=self.members[0], at=clock.tick())

    def close(self, release: Release, clock: Clock) -> None:
        """Release it today, whatever is still open being finished or dropped."""
        for ticket in release.open_tickets:
            self._drop(ticket, clock.tick())
        at = clock.tick()
        release.closed_on = at.date()
        for epic in release.epics:
            self.board.finish(epic, self.members[0], at=at)
        self.board.close_release(release.name, at=at)

    def move(self, release: Release, due: date, clock: Clock) -> None:
        """Move the date of a release, and of its last epic with it."""
        at = clock.tick()
        release.due = due
        self.board.move_release(release.name, due, at=at)
        self.board.move_epic(release.epics[-1], due, by=self.members[0], at=at)
