"""What the inside view weighs beside the outside one, learned by proper scoring on the past.

Both are weighed by how sure they are, and a program's own past shifts that: towards the team's
pace where plan dates misled, towards plan dates where the pace did. The shift that would have
lost least on what was left is taken. No public history has both items and plans with a
history, so nothing but the past of a program moves it away from none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from .combine import inside_weight
from .weights import loss

SHIFTS: Final = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""Of the log odds of the inside view's weight."""
_COST: Final = 0.1
"""What a shift by 1 must save over all finished milestones; one by 2, four times as much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """What both views said of a finished milestone on a day, in logarithms of calendar days."""

    inside: float
    inside_variance: float
    outside: float
    outside_variance: float
    trust: float
    """How far the outside view may count, see ``combine``; above 0."""
    left: float
    """What was left in truth."""


def learn_shift(milestones: Iterable[Iterable[Both]], off: float) -> float:
    """Take the shift with the least loss over finished milestones, each of which counts once."""
    total = _COST * np.array(SHIFTS) ** 2
    for looks in milestones:
        each = [[_loss(both, off, shift) for shift in SHIFTS] for both in looks]
        if each:
            total = total + np.mean(each, axis=0)
    return SHIFTS[int(np.argmin(total))]


def _loss(both: Both, off: float, shift: float) -> float:
    weight = inside_weight(both.inside_variance, both.outside_variance, off, both.trust, shift)
    middle = weight * both.inside + (1 - weight) * both.outside
    spread = weight * both.inside_variance**0.5 + (1 - weight) * both.outside_variance**0.5
    return float(loss(np.array(both.left - middle), np.array(spread)))
