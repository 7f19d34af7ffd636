"""What the slip ledger says of one milestone (DOMAIN.md 1.2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from .calendar import WorkCalendar
from .portfolio.model import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A date that moved; ``days`` in working days, later positive."""

    at: datetime
    old: date
    new: date
    days: int
    actor: str | None = None
    """Who moved it, where the tracker says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slips:
    """A history of moves in numbers, all in working days but the counts."""

    moves: int = 0
    slips: int = 0
    gross: int = 0
    """All slips together, pull-ins not counted."""
    net: int = 0
    """The latest date against the first."""


def moves(history: Sequence[Observation], calendar: WorkCalendar) -> Iterator[Move]:
    """Yield each move by at least a working day; a date that was taken away is none."""
    dated = [(seen, seen.value) for seen in history if seen.value is not None]
    for (_, old), (seen, new) in pairwise(dated):
        days = calendar.between(old, new)
        if days:
            yield Move(at=seen.at, old=old, new=new, days=days, actor=seen.actor)


def count(history: Sequence[Observation], calendar: WorkCalendar) -> Slips:
    """Sum a history up."""
    found = list(moves(history, calendar))
    later = [move.days for move in found if move.days > 0]
    return Slips(
        moves=len(found),
        slips=len(later),
        gross=sum(later),
        net=sum(move.days for move in found),
    )
