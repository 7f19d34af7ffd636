"""Versions of approved plans: what changed between them, and what moved without an approval."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from .calendar import WorkCalendar
from .portfolio.model import Milestone, Observation, Withdrawn
from .portfolio.versions import BaselineVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineChange:
    """A version against the one before it; None where one of the two does not know."""

    finish: int | None = None
    """Working days, later positive."""
    commitment: int | None = None
    """Working days, later positive."""
    duration: int | None = None
    scope: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unapproved:
    """A date of the operator's file that moved, and no approval says so."""

    what: str
    """``commitment`` or ``baseline``."""
    before: date
    after: date | None
    """None where it was taken out."""
    at: datetime
    """When it was first seen."""


def change_of(
    version: BaselineVersion, before: BaselineVersion, calendar: WorkCalendar
) -> BaselineChange:
    """Compare a version with the one before it."""

    def days(new: date | None, old: date | None) -> int | None:
        return None if new is None or old is None else calendar.between(old, new)

    def number(new: int | None, old: int | None) -> int | None:
        return None if new is None or old is None else new - old

    return BaselineChange(
        finish=days(version.finish, before.finish),
        commitment=days(version.commitment, before.commitment),
        duration=number(version.duration, before.duration),
        scope=number(version.scope, before.scope),
    )


def unapproved_moves(milestone: Milestone | Withdrawn) -> tuple[Unapproved, ...]:
    """Find the moves of its commitment and of its file's baseline since they were last approved.

    What the file first said counts as approved. A date that came back to where it was approved has
    not moved. DOMAIN.md GOV-008.
    """
    approved = [version for version in milestone.baselines if version.approver is not None]
    return (
        *_moves("commitment", milestone.commitments, approved, lambda v: v.commitment),
        *_moves("baseline", milestone.declared_baselines, approved, lambda v: v.finish),
    )


def _moves(
    what: str,
    seen: Sequence[Observation],
    approved: Sequence[BaselineVersion],
    value: Callable[[BaselineVersion], date | None],
) -> Iterator[Unapproved]:
    known = list(seen)
    while known and known[0].value is None:
        del known[0]
    if not known:
        return
    last = approved[-1].recorded_at if approved else known[0].at
    start = max((i for i, one in enumerate(known) if one.at <= last), default=0)
    now = known[-1].value
    if now == known[start].value or (approved and now is not None and now == value(approved[-1])):
        return
    before = known[start].value
    for move in known[start + 1 :]:
        if before is not None and move.value != before:
            yield Unapproved(what=what, before=before, after=move.value, at=move.at)
        before = move.value or before
