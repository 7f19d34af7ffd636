"""How the work of a project moves: what waits, is in work and done, and how long that takes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from ..records import Category, Item, Outcome

LATELY = timedelta(days=7)
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
    cycle_p50: int | None = None
    cycle_p85: int | None = None
    """Calendar days from begun to done, of the newest finished items; None with too few."""
    aging: int | None = None
    """In work for longer than ``cycle_p85``."""


def flow_of(items: Iterable[tuple[Item, bool]], as_of: date, zone: ZoneInfo) -> Flow:
    """Count the work items of a project, each with whether it is blocked, dropped ones left out."""

    def day(at: datetime) -> date:
        return at.astimezone(zone).date()

    counts: Counter[Category] = Counter()
    blocked, lately = 0, 0
    ages: list[int] = []
    cycles: list[tuple[date, int]] = []
    for item, is_blocked in items:
        if item.outcome is Outcome.DROPPED:
            continue
        counts[item.category] += 1
        started = None if item.started_at is None else day(item.started_at)
        if item.category is not Category.DONE:
            blocked += is_blocked
            if item.category is Category.DOING and started is not None:
                ages.append((as_of - started).days)
        elif item.done_at is not None:
            done = day(item.done_at)
            lately += as_of - LATELY < done <= as_of
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
        cycle_p50=_quantile(usual, 0.5) if known else None,
        cycle_p85=longest,
        aging=None if longest is None else sum(age > longest for age in ages),
    )


def _quantile(ordered: list[int], share: float) -> int:
    """Give the smallest value that so large a share does not exceed."""
    return ordered[ceil(share * len(ordered)) - 1]
