"""What colours were: the lines of the log, and since when things have been as bad as they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from .views import WORST_FIRST, Status

OVERALL = "overall"
MILESTONE = "milestone"
"""Stands in the log for the dimension, where the subject is a milestone."""
REPORTED = "reported"
"""Stands for the dimension where a line says what people report, not what is computed."""
PORTFOLIO = ""
"""The subject that stands for all programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourChange:
    """One line of the log."""

    at: datetime
    day: date
    subject: str
    """A program, a project or a milestone by its full id; empty for all programs together."""
    dimension: str
    """``overall``, one of the dimensions, ``milestone`` or ``reported``."""
    before: Status | None
    """None for the first one."""
    after: Status
    cause: str
    """``first``, ``date``, ``pace``, ``scope``, ``upstream``, ``data``, ``file``, ``finding``,
    ``cost``, ``benefits`` or ``people``; ``reported`` where people report another one."""
    reason: str


class History:
    """The log up to a day, to be asked."""

    def __init__(self, changes: Iterable[ColourChange], as_of: date) -> None:
        self._as_of = as_of
        self._found: Mapping[tuple[str, str], list[ColourChange]] = defaultdict(list)
        for change in changes:
            if change.day <= as_of:
                self._found[change.subject, change.dimension].append(change)

    def since(self, subject: str, dimension: str, status: Status) -> date:
        """Give the day from which it has had a colour; today where the log does not say so."""
        lines = self._lines(subject, dimension)
        return lines[-1].day if lines and lines[-1].after == status else self._as_of

    def as_bad_since(self, subject: str, dimension: str, status: Status) -> date:
        """Give the day from which it has been of a colour or worse without a break."""
        since = self._as_of
        for line in reversed(self._lines(subject, dimension)):
            if WORST_FIRST.index(line.after) > WORST_FIRST.index(status):
                break
            since = line.day
        return since

    def _lines(self, subject: str, dimension: str) -> Sequence[ColourChange]:
        return self._found.get((subject, dimension), ())
