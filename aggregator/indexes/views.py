"""What the assessment says of indexes."""

from datetime import date

import msgspec


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """How the planned date moved over eight weekly reports."""

    slope: float
    """Days that it receded for every day that passed: 0 stands, 1 is never reached."""
    dates: tuple[date, ...]
    """The planned date in each report, the oldest first; the last one is of the as-of day."""
    meets: date | None = None
    """When the line through the reports meets the date it tells of; None where it never does."""


class MilestoneIndexes(msgspec.Struct, frozen=True, kw_only=True):
    """Indexes of one open milestone; None where there is nothing to tell them from."""

    cpli: float | None = None
    """Critical path length index: (length + float) / length, to its own commitment (DCMA 13)."""
    path_length: int | None = None
    """Working days from the as-of day to its early finish."""
    path_float: int | None = None
    """Working days from its early finish to its commitment."""
    trend: Trend | None = None


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks done against tasks planned: the items of the baselines (DCMA 11 and 14).

    A task is due once the finish of its milestone's baseline is over.
    """

    tasks: int = 0
    """All that the baselines hold and nobody has dropped."""
    due: int = 0
    completed: int = 0
    """Done by now, due or not."""
    completed_due: int = 0
    """Of those that are due: done by now."""
    missed: int = 0
    """Of those that are due: done too late, or not yet."""
    bei: float | None = None
    """Baseline execution index: completed / due; None while nothing is due."""
    hit_share: float | None = None
    """completed_due / due."""
    missed_share: float | None = None
    """missed / due."""
    missed_tasks: tuple[str, ...] = ()
    """``source:KEY`` or milestone id of the missed ones, open ones first; at most 50."""
