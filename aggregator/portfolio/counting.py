"""How work is counted that is forecast by points instead of items (docs/forecast.md)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """How the work of a team that is to be forecast by points is counted."""

    estimated: int
    finished: int
    """So many of the items that it finished last, at most a hundred, carry points."""
    usual: float | None = None
    """The points of its usual item; None where too few carry any, so that items are counted."""
    untold: tuple[str, ...] = ()
    """The sources in which no change of an estimate is known."""
    reestimated: float | None = None
    """By what share the points of kept items grew until its milestones were finished, from any day
    of their lives on; None where it finished none that tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopePoints:
    """How much work a milestone holds, in points; an unestimated item counts as the usual one."""

    done: float = 0.0
    remaining: float = 0.0
