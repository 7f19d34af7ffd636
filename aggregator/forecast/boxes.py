"""When time boxes end: on their day, or some working days beside it.

A sprint is over by the calendar, whatever is left in it, and people close it on the day or on the
next working one. How they do is a habit, and habits change: the last sprints tell most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..calendar import WorkCalendar
from .estimates import GRID, HORIZON_DAYS, Floats
from .prior import Prior
from .record import ELSEWHERE, PROGRAM

_FADES: Final = 0.85
"""What a sprint counts for beside the one after it. Of the public sprints closed before 2016, each
told by the others, the CRPS was 2.8, 2.1 and 1.7 working days at 25, 50 and 75 % so, and 3.3, 2.6
and 2.4 with all of them alike."""

_USUAL: Final = 0.5
"""The share of those that are over which ended as late as this one will; where there are fewer, it
is no usual sprint, and how late it is already says more than they do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A time box that is over."""

    program: str
    project: str
    closed: int
    """Day ordinal."""
    slip: int
    """Working days from its planned end; late is positive."""


class BoxEnds:
    """How the time boxes of an organisation end: the own project's count most."""

    def __init__(self, ended: Sequence[Ended], prior: Prior) -> None:
        self._ended = sorted(ended, key=lambda each: each.closed, reverse=True)
        slips, boxes = np.array(prior.box_slips).T
        self._slips = slips
        self._weights = prior.strength * boxes / boxes.sum()

    def remaining(
        self, program: str, project: str, plan: int, today: int, calendar: WorkCalendar
    ) -> Floats | None:
        """Return the calendar days until one ends that is planned for the end of a day.

        At the middles of ``GRID`` equal strata, ascending. None where it is later than most of them
        were.
        """
        weights = [float(each) for each in self._weights]
        slips = [int(each) for each in self._slips]
        seen = [0, 0, 0]
        for each in self._ended:
            near = 0 if each.project == project else 1 if each.program == program else 2
            weights.append((1.0, PROGRAM, ELSEWHERE)[near] * _FADES ** seen[near])
            slips.append(each.slip)
            seen[near] += 1
        days = calendar.add(plan + 1, np.array(slips)) - today
        open_ = days > 0
        mass = np.where(open_, weights, 0.0)
        if mass.sum() < _USUAL * sum(weights):
            return None
        order = np.argsort(days, kind="stable")
        below = np.cumsum(mass[order]) / mass.sum()
        at = np.searchsorted(below, (np.arange(GRID) + 0.5) / GRID)
        found: Floats = np.minimum(days[order].take(at, mode="clip"), HORIZON_DAYS).astype(
            np.float64
        )
        return found
