"""How a project keeps its tracker: what of its items is begun, missing, doubled or impossible."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

What = Literal[
    "starts after it is due",
    "done in the future",
    "done before it was created",
    "done before it was begun",
]

SHOWN = 20
"""Names that a list shows; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Some items: how many there are, and the first of them by name."""

    count: int = 0
    shown: tuple[str, ...] = ()
    """``source:KEY``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An item in work."""

    item: str
    """``source:KEY``."""
    key: str
    title: str
    url: str
    assignee: str | None
    since: date | None
    """The day it was begun; None where its tracker does not tell."""
    updated: date
    """The day its tracker last saw anything of it change."""
    milestones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Impossible:
    """Dates of an item that cannot all be true."""

    item: str
    what: What
    earlier: date
    """The day that cannot be that early."""
    later: date


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkClose:
    """Items that one person closed together: done long before, or never."""

    day: date
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLink:
    """An open item waits for one that will never be done, or that nobody can see."""

    item: str
    """``source:KEY`` of the one that waits."""
    url: str
    upstream: str
    """The key it waits for, with its source where that is known."""
    why: Literal["dropped", "deleted", "moved away", "invisible", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What a project's items say of how its tracker is kept; dropped ones say nothing."""

    begun: tuple[Begun, ...] = ()
    """In order of ``item``."""
    coming: int = 0
    """Items not begun that are to begin or to be done within two weeks, by their own days or by
    those of a milestone."""
    unassigned: Listed = field(default_factory=Listed)
    """Of those: nobody's."""
    estimating: float | None = None
    """The share of the newest finished items that were estimated; None with too few of them."""
    remaining: int = 0
    unestimated: Listed = field(default_factory=Listed)
    """Of the remaining items."""
    homeless: Listed = field(default_factory=Listed)
    """Items in work that are in no milestone."""
    doubled: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Open items that are in several open milestones of the project, sprints not counted."""
    impossible: tuple[Impossible, ...] = ()
    """Of open items, and of those finished in the last thirteen weeks."""
    closed: int = 0
    """Finished in the last eight weeks, where the tracker tells when work began."""
    unbegun: Listed = field(default_factory=Listed)
    """Of those: never in work."""
    bulk: tuple[BulkClose, ...] = ()
    """In the last eight weeks, oldest first."""
    broken: tuple[BrokenLink, ...] = ()


def listed(items: Sequence[str]) -> Listed:
    """Count items and show the first of them."""
    return Listed(count=len(items), shown=tuple(sorted(items)[:SHOWN]))
