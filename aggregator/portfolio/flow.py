"""How the work of a project moves: what waits, is in work and done, and how long that takes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from ..records import ALWAYS, Category, Item, Outcome

LATELY = timedelta(days=7)
EIGHT_WEEKS = timedelta(weeks=8)
"""In which a key person shows (DOMAIN.md 5, RES-003)."""
FEWEST_CLOSURES = 20
"""With fewer in those weeks one person's share says little (RES-003)."""
WEEKS = 16
"""The last four of which are compared with those before them (FLOW-006)."""
CYCLES = 100
"""Finished items, the newest ones, from which it is told how long work takes."""
FEWEST = 15
"""With fewer that is told from, nobody knows how long work takes (DOMAIN.md 2.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How the work of a project moves, in items; each counts once, dropped ones do not."""

    todo: int = 0
    doing: int = 0
    done: int = 0
    blocked: int = 0
    """Open ones that are flagged or wait for another open item."""
    finished_lately: int = 0
    """Done in the seven days that end with ``as_of``."""
    weeks: int = 0
    """How many whole weeks its history covers, up to sixteen."""
    arrived: tuple[int, ...] = ()
    """Created in each of the last sixteen weeks, oldest first; the last ends with ``as_of``."""
    finished: tuple[int, ...] = ()
    """Done in each of these weeks, without what one person closed in bulk."""
    cycle_p50: int | None = None
    cycle_p85: int | None = None
    cycle_p95: int | None = None
    """Calendar days from begun to done, of the newest finished items; None with too few."""
    aging: int | None = None
    """In work for longer than ``cycle_p85``."""
    people: int | None = None
    """Who have open items; None where no item says whose it is."""
    doing_per_person: float | None = None
    """Items in work for each of those who have any; None where nobody has."""
    finished_in_eight_weeks: int = 0
    """Done in the eight weeks that end with ``as_of``."""
    key_person_share: float | None = None
    """The largest part of those that is one person's, from 0 to 1; None with too few of them, or
    where none says whose it was."""


@dataclass(frozen=True, slots=True)
class Moving:
    """A work item, and what is known of it beside."""

    item: Item
    blocked: bool = False
    """It is flagged, or waits for another open item."""
    bulk: bool = False
    """One person closed it together with many."""


def flow_of(items: Iterable[Moving], as_of: date, zone: ZoneInfo) -> Flow:
    """Count the work items of a project, dropped ones left out."""

    def day(at: datetime) -> date:
        return at.astimezone(zone).date()

    counts: Counter[Category] = Counter()
    blocked, lately = 0, 0
    ages: list[int] = []
    cycles: list[tuple[date, int]] = []
    hands, weeks = _Hands(), _Weeks(as_of)
    for moving in items:
        item = moving.item
        if item.outcome is Outcome.DROPPED:
            continue
        counts[item.category] += 1
        if item.created_at > ALWAYS:
            weeks.arrive(day(item.created_at))
        started = None if item.started_at is None else day(item.started_at)
        if item.category is not Category.DONE:
            hands.hold(item)
            blocked += moving.blocked
            if item.category is Category.DOING and started is not None:
                ages.append((as_of - started).days)
        elif item.done_at is not None:
            done = day(item.done_at)
            weeks.finish(done, counts=not moving.bulk)
            lately += as_of - LATELY < done <= as_of
            if as_of - EIGHT_WEEKS < done <= as_of:
                hands.finish(item)
            if started is not None:
                cycles.append((done, (done - started).days))
    usual = sorted(days for _, days in sorted(cycles)[-CYCLES:])
    known = len(usual) >= FEWEST
    longest = _quantile(usual, 0.85) if known else None
    return Flow(
        todo=counts[Category.TODO],
        doing=counts[Category.DOING],
        done=counts[Category.DONE],
        blocked=blocked,
        finished_lately=lately,
        weeks=weeks.known,
        arrived=tuple(weeks.arrived),
        finished=tuple(weeks.finished),
        cycle_p50=_quantile(usual, 0.5) if known else None,
        cycle_p85=longest,
        cycle_p95=_quantile(usual, 0.95) if known else None,
        aging=None if longest is None else sum(age > longest for age in ages),
        people=hands.people,
        doing_per_person=hands.doing_per_person,
        finished_in_eight_weeks=hands.finished.total(),
        key_person_share=hands.key_person_share,
    )


class _Weeks:
    """What came and went in each of the last weeks."""

    def __init__(self, as_of: date) -> None:
        self._as_of = as_of
        self._first = as_of
        self.arrived = [0] * WEEKS
        self.finished = [0] * WEEKS

    def arrive(self, day: date) -> None:
        """Count an item that was created on a day."""
        self._count(self.arrived, day)

    def finish(self, day: date, *, counts: bool) -> None:
        """Count an item that was finished on a day, or only take it for history."""
        if counts:
            self._count(self.finished, day)
        self._first = min(self._first, day)

    @property
    def known(self) -> int:
        """How many whole weeks lie after the first day that anything is known of."""
        return min(((self._as_of - self._first).days + 1) // 7, WEEKS)

    def _count(self, weeks: list[int], day: date) -> None:
        self._first = min(self._first, day)
        ago = (self._as_of - day).days // 7
        if 0 <= ago < WEEKS:
            weeks[WEEKS - 1 - ago] += 1


class _Hands:
    """In whose hands the work is: counted by person, told without their names."""

    def __init__(self) -> None:
        self.open: Counter[str | None] = Counter()
        self.doing: Counter[str] = Counter()
        self.finished: Counter[str | None] = Counter()

    def hold(self, item: Item) -> None:
        """Count an open item."""
        self.open[item.assignee] += 1
        if item.assignee is not None and item.category is Category.DOING:
            self.doing[item.assignee] += 1

    def finish(self, item: Item) -> None:
        """Count an item that was finished in these weeks."""
        self.finished[item.assignee] += 1

    @property
    def people(self) -> int | None:
        if (self.open.keys() | self.finished.keys()) <= {None}:
            return None
        return len(self.open.keys() - {None})

    @property
    def doing_per_person(self) -> float | None:
        return self.doing.total() / len(self.doing) if self.doing else None

    @property
    def key_person_share(self) -> float | None:
        persons = [number for person, number in self.finished.items() if person is not None]
        total = self.finished.total()
        return max(persons) / total if persons and total >= FEWEST_CLOSURES else None


def _quantile(ordered: list[int], share: float) -> int:
    """Give the smallest value that so large a share does not exceed."""
    return ordered[ceil(share * len(ordered)) - 1]
