"""Dates of milestones that cannot all be true (DCMA 14-point check 9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ..portfolio.model import Milestone


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpossibleDates:
    """Two days of a milestone of which one must be wrong."""

    what: Literal["starts after it is due", "done in the future", "done before it was begun"]
    earlier: date
    later: date


def impossible_dates(milestone: Milestone, as_of: date) -> Iterator[ImpossibleDates]:
    """Name the dates of a milestone that cannot all be true."""
    start, plan = milestone.plan_start, milestone.plan
    begun, actual, stated = milestone.started, milestone.actual, milestone.stated
    if actual is None:
        if start is not None and plan is not None and start > plan:
            yield ImpossibleDates(what="starts after it is due", earlier=plan, later=start)
        return
    if stated is not None and stated > as_of:
        yield ImpossibleDates(what="done in the future", earlier=as_of, later=stated)
    if begun is not None and begun > actual:
        yield ImpossibleDates(what="done before it was begun", earlier=actual, later=begun)
