"""What an assessment says beside the days of a forecast: what they are made of."""

from datetime import date
from typing import Literal

import msgspec

Method = Literal["throughput", "plan", "reference", "promise", "actual", "none"]


class LastItemView(msgspec.Struct, frozen=True, kw_only=True):
    """An item in work that holds its milestone up for longer than its team's pace would take."""

    item: str
    """``source:KEY``."""
    since: date
    """The day on which somebody began with it."""
    left: int
    """Working days until it is done in half of all cases, by how long such items take."""


class SprintsView(msgspec.Struct, frozen=True, kw_only=True):
    """The sprints of a team that closes most of its work on their last two working days."""

    weeks: int
    """That one lasts."""
    end: date
    """The last day of the present one."""
    closed_then: float
    """The share of what the team finished lately that it finished on those days."""


class PointsView(msgspec.Struct, frozen=True, kw_only=True):
    """How the work of a team is counted that is to be forecast by points."""

    estimated: int
    finished: int
    """So many of the items that the team finished last, at most a hundred, carry points."""
    usual: float | None = None
    """The points of its usual item, which one without any counts as; None where too few carry
    points, so that items are counted."""
    done: float | None = None
    remaining: float | None = None
    """Points in the milestone; None where items are counted."""
    reestimated: float | None = None
    """By what share the points of kept items grew until milestones of its team were finished; None
    where none tells."""
    untold: tuple[str, ...] = ()
    """The sources in which no change of an estimate is known."""
