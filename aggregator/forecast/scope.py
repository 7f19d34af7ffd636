"""Scope as a process: what becomes of a milestone's open items until it is done (DOMAIN.md 2.2).

Some are cut, others arrive, a few are reopened, and by points some are estimated anew. How much of
each differs by stage of life and by team, and hangs together: so a trial takes one precedent, a
milestone that was at the same stage once, with all that followed. Precedents are the milestones the
team finished, those the program finished and, for as long as these are few, those of public
projects.

Items that are added put a milestone back to an earlier stage, whose precedents may have had less
work before them. They take no work away all the same: it is not less than what a later stage makes
of as many open items as it can have.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..portfolio.lives import STAGES, Life, Rest, most_open, stage_of
from .experience import RESTS
from .quantiles import MIDDLE
from .sampling import Ranks

PUBLIC_WEIGHT: Final = 1.0
"""All public precedents together count as so many of the team's own."""

PROGRAM_WEIGHT: Final = 0.5
"""A milestone of another team of the program counts as so much of one of the team's own."""

MAX_PROGRAM: Final = 20.0
"""However many milestones the rest of a large program finished, the team's own must show."""

GROWS_WITH: Final = (0.7, 0.7, 0.85, 0.85, 0.85)
"""By stage, the power of the number of open items that the work grows with. Early in a life a
short list is one that is not written yet, and a long one holds wishes: the work that followed in
public milestones grew with the power 0.2. Taken is more, since plans are better than that where
a program is managed."""

MOST: Final = 5.0
"""Items of work per open one; a milestone that took in more than that became another one."""

LEAST: Final = 0.1
"""Items; a milestone whose open items are all cut still takes somebody's decision."""

_GRID: Final = 512
"""Quantiles kept of a stage; a lookup in a grid costs a tenth of one among the precedents."""
_TO_GRID: Final = 7
"""Bits that a rank has more than a place in the grid."""
_MIDDLE: Final = (MIDDLE * np.iinfo(np.uint16).max).astype(np.uint16)

Floats = NDArray[np.float32]


class ScopeProcess:
    """How much work the open items of a milestone turn out to be, by stage of life."""

    def __init__(self, own: Sequence[Life] = (), program: Sequence[Life] = ()) -> None:
        """Learn from the lives a team finished, and from those of the rest of its program."""
        self._own = own
        self._program = program
        self._grids: dict[int, Floats] = {}
        self._works: dict[tuple[int, float, float], Floats] = {}

    def work(self, stage: int, items: float, drawn: Ranks, *, done: float = 0) -> Floats:
        """Sample how many items are still to be done for so many that are open, per trial.

        All are items or, by points, as much work as so many usual ones.

        ``drawn`` are equally likely: the same ones and more items never give less work, even
        where more of them beside so many ``done`` are an earlier stage.
        """
        found: Floats = self._works_of(stage, done, items).take(drawn >> _TO_GRID, mode="clip")
        return found

    def work_of_each(self, parts: Sequence[tuple[float, float, float]], drawn: Ranks) -> Floats:
        """Sample that work for parts of milestones, a row for each.

        A part is told by the done and the open items of its milestone, and by how many of the open
        ones belong to it. One that is not the whole takes what is usual at the stage of its
        milestone. Where nothing is open, nothing is to be done.
        """
        works = np.concatenate([self._works_of_part(*part) for part in parts])
        rows = _GRID * np.arange(len(parts))[:, None]
        found: Floats = works.take(np.add(drawn >> _TO_GRID, rows, dtype=np.intp), mode="clip")
        return found

    def _works_of_part(self, done: float, remaining: float, items: float) -> Floats:
        whole = items == remaining
        return self._works_of(stage_of(done, remaining), done if whole else 0, items)

    def _works_of(self, stage: int, done: float, items: float) -> Floats:
        works = self._works.get((stage, done, items))
        if works is None:
            works = self._works_at(stage, items)
            for later in range(stage + 1, STAGES):
                most = most_open(later, done)
                if most:
                    works = np.maximum(works, self._works_at(later, most))
            self._works[stage, done, items] = works
        return works

    def _works_at(self, stage: int, items: float) -> Floats:
        grown = self._grid(stage) * np.float32((items + 1) ** GROWS_WITH[stage])
        return np.maximum(grown, np.float32(LEAST)) if items else np.zeros_like(grown)

    def _grid(self, stage: int) -> Floats:
        grid = self._grids.get(stage)
        if grid is None:
            grid = self._grids[stage] = _quantile_grid(*self._precedents(stage))
        return grid

    def outlook(self, done: float, items: float) -> tuple[float, float]:
        """Give the logarithm of the median of that work, and the standard deviation of it."""
        low, middle, high = np.log(self.work(stage_of(done, items), items, _MIDDLE, done=done))
        return float(middle), float(high - low) / 2

    def _precedents(self, stage: int) -> tuple[list[float], list[float]]:
        own = [_scaled(rest, stage) for rest in _rests(self._own, stage)]
        program = [_scaled(rest, stage) for rest in _rests(self._program, stage)]
        each = min(PROGRAM_WEIGHT, MAX_PROGRAM / max(len(program), 1))
        public = [_scaled(rest, stage) for rest in RESTS[stage]]
        weights = [1.0] * len(own) + [each] * len(program)
        weights += [PUBLIC_WEIGHT / len(public)] * len(public)
        return [*own, *program, *public], weights


def _rests(lives: Iterable[Life], stage: int) -> Iterator[Rest]:
    for life in lives:
        rest = life.rests[stage]
        if rest is not None:
            yield rest


def _scaled(rest: Rest, stage: int) -> float:
    """Give the work that followed as what it would be with nothing open but the one more."""
    return float(min(rest.work, MOST) * (rest.open + 1) ** (1 - GROWS_WITH[stage]))


def _quantile_grid(values: Sequence[float], weights: Sequence[float]) -> Floats:
    """Give the quantiles of weighted values, straight between their middles."""
    order = np.argsort(values)
    mass = np.array(weights)[order]
    middles = (np.cumsum(mass) - mass / 2) / mass.sum()
    at = (np.arange(_GRID) + 0.5) / _GRID
    grid: Floats = np.interp(at, middles, np.array(values)[order]).astype(np.float32)
    return grid
