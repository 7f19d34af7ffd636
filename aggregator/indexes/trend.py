"""Milestone trend analysis: how the date of a milestone moves as time passes (DOMAIN.md 1.2)."""

from collections.abc import Sequence
from datetime import date, timedelta

WEEKS = 8
"""Weekly reports that a trend is read from."""

Report = tuple[date, date]
"""The day of a report, and the date of the milestone in it."""


def weekly(
    seen: Sequence[tuple[date, date | None]], last: date, weeks: int = WEEKS
) -> list[Report]:
    """Take what a date was said to be once a week, oldest first, up to the day ``last``.

    ``seen`` holds every day on which another date was seen, oldest first. Gives nothing where the
    date was not known in every one of the weeks.
    """
    reports: list[Report] = []
    for back in reversed(range(weeks)):
        day = last - timedelta(weeks=back)
        known = [value for at, value in seen if at <= day]
        if not known or known[-1] is None:
            return []
        reports.append((day, known[-1]))
    return reports


def slope(reports: Sequence[Report]) -> float | None:
    """Fit a line through the reports: by how many days the date recedes with every day that passes.

    0 is a date that stands, 1 one that is never reached. None with fewer than two reports.
    """
    if len(reports) < 2:
        return None
    xs = [day.toordinal() for day, _ in reports]
    ys = [value.toordinal() for _, value in reports]
    middle, height = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - middle) ** 2 for x in xs)
    return sum((x - middle) * (y - height) for x, y in zip(xs, ys, strict=True)) / spread


def meets(reports: Sequence[Report]) -> date | None:
    """Find the day on which the line meets the date it tells of; None where it never will."""
    rate = slope(reports)
    if rate is None or rate >= 1:
        return None
    xs = [day.toordinal() for day, _ in reports]
    ys = [value.toordinal() for _, value in reports]
    height = sum(ys) / len(ys) - rate * sum(xs) / len(xs)
    meeting = height / (1 - rate)
    return date.fromordinal(round(meeting)) if 1 <= meeting < date.max.toordinal() else None
