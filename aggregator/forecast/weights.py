"""The weights of the inside view, learned by proper scoring on a program's own past.

Three numbers: what the pace weighs beside the age, how much later than both milestones end, and
how wide the forecast is. Every combination on a small grid is scored on days of finished
milestones, by the CRPS of the logarithm of what was left and by the pinball loss of its P85; the
one with the least loss is taken. The public histories count as a few milestones more, and decide
alone where nothing was finished yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..portfolio.lives import Life
from .hindsight import Hindsight, look_back
from .prior import Inside, Weights
from .scope import PROGRAM_WEIGHT
from .share import Output

_LOGISTIC: Final = np.sqrt(3.0) / np.pi
"""The scale of a logistic distribution of standard deviation 1."""
_P85: Final = _LOGISTIC * np.log(0.85 / 0.15)
"""Its P85."""

_ALIKE: Final = 3
"""Milestones with up to so many times as many items are alike."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """How every combination of weights would have done on a finished milestone."""

    life: Life
    past: Hindsight
    losses: Floats
    """The mean over the days looked back at, ``[paces, levels, spreads]``; lower is better."""


@lru_cache(maxsize=128)
def lessons(
    inside: Inside,
    lives: tuple[Life, ...],
    team: tuple[date, ...],
    points: tuple[float, ...] = (),
) -> tuple[Lesson | None, ...]:
    """Score the combinations on each life that a team finished, oldest first.

    ``team`` are the days of its items, ``points`` what each of them counts. None for a life with
    nothing to look back at. Kept, since it is the same until the next milestone is finished.
    """
    return tuple(
        Lesson(life, past, losses(inside, past).mean(axis=0)) if life.looks else None
        for life, past in zip(lives, look_back(lives, Output(team, points)), strict=True)
    )


class Weighing:
    """Finds the weights of a team's milestones, each in the light of those like it."""

    def __init__(
        self, inside: Inside, own: Sequence[Lesson] = (), others: Sequence[Lesson] = ()
    ) -> None:
        """Learn from what the team finished, and from what the rest of its programs did."""
        taught = [*own, *others]
        self._inside = inside
        self._prior = inside.strength * np.array(inside.losses)
        self._days = np.array([lesson.life.days for lesson in taught])
        self._items = np.array([lesson.life.items for lesson in taught])
        self._weights = np.array([1.0] * len(own) + [PROGRAM_WEIGHT] * len(others))
        self._losses = np.array([lesson.losses.ravel() for lesson in taught])

    def at(self, age: int, scope: int) -> Weights:
        """Take the weights with the least loss for a milestone of an age and so many items so far.

        One that was over at that age, in calendar days, or was of another size, was of another
        kind and teaches nothing of it.
        """
        total = self._prior
        if self._weights.size:
            smaller, larger = self._items * _ALIKE < scope, self._items > scope * _ALIKE
            alike = (self._days > age) & ~smaller & ~larger
            total = total + (self._weights * alike @ self._losses).reshape(total.shape)
        pace, level, spread = np.unravel_index(np.argmin(total), total.shape)
        inside = self._inside
        return Weights(inside.paces[pace], inside.levels[level], inside.spreads[spread])


def losses(inside: Inside, past: Hindsight) -> Floats:
    """Score every combination on every day looked back at, ``[days, paces, levels, spreads]``."""
    pace = np.array(inside.paces)[:, None]
    parts = pace**2 * (past.pace_variance + past.share_variance)
    parts = parts + (1 - pace) ** 2 * past.age_variance + past.surprise
    off = past.left - pace * past.by_pace - (1 - pace) * past.by_age
    off = off[:, None, None] - np.array(inside.levels)[:, None, None]
    spread = np.sqrt(parts)[:, None, None] * np.array(inside.spreads)[:, None]
    return np.moveaxis(loss(off, spread), -1, 0)


def loss(off: Floats, spread: Floats) -> Floats:
    """Score logistic distributions by outcome less middle and standard deviation.

    Their CRPS, and the pinball loss of their P85, by which people commit.
    """
    scale = _LOGISTIC * spread
    crps = off + scale * (2 * np.logaddexp(0, -off / scale) - 1)
    early = off - _P85 * spread
    total: Floats = crps + np.maximum(0.85 * early, -0.15 * early)
    return total
