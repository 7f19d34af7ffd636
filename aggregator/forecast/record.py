"""The track record of estimates: how finished milestones turned out, by project and program.

Every finished milestone is one unit of evidence, however often its plan was looked at. The
project's own count in full, the program's other projects for half, the rest of the organisation
for a fifth and never for more than a handful; all of them stand against the prior (shrinkage).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .estimates import Bias, Estimates, Floats, scores
from .prior import Prior, Slippage

_STAGES: Final = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
_REACH: Final = 0.25
"""Of a stage of life within which estimates tell of each other, as a standard deviation."""
PROGRAM: Final = 0.5
ELSEWHERE: Final = 0.2
_MOST_ELSEWHERE: Final = 5.0
_SCORE_LIMIT: Final = 2.5
"""One disaster moves a record by no more than this many standard deviations."""
_SPREAD_RANGE: Final = (0.2, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What was said of a finished milestone along its life, and what remained in truth."""

    program: str
    project: str
    said: Sequence[tuple[float, float, float]]
    """Elapsed, remaining and moved, see ``Estimates``."""
    actual: Sequence[float]
    """Calendar days that remained, for each."""


class Record:
    """What the outcomes of one kind of milestones say of the next one's estimate."""

    def __init__(self, outcomes: Sequence[Outcome], slippage: Slippage, prior: Prior) -> None:
        self._prior = prior
        self._projects = {name: i for i, name in enumerate(sorted({o.project for o in outcomes}))}
        self._programs = {name: i for i, name in enumerate(sorted({o.program for o in outcomes}))}
        self.units = len(outcomes)
        """How many finished milestones it holds."""
        sums = _unit_sums(outcomes, slippage, prior.age_root)
        project = [self._projects[o.project] for o in outcomes]
        program = [self._programs[o.program] for o in outcomes]
        self._by_project = _grouped(sums, project, len(self._projects))
        self._by_program = _grouped(sums, program, len(self._programs))
        self._all = sums.sum(axis=0)

    def bias(self, program: str, project: str, stage: float) -> Bias:
        """Weigh all that is known of estimates at this stage of life against the prior."""
        none = np.zeros_like(self._all)
        own = self._by_project[i] if (i := self._projects.get(project)) is not None else none
        near = self._by_program[i] if (i := self._programs.get(program)) is not None else none
        evidence = own + PROGRAM * (near - own)
        elsewhere = ELSEWHERE * (self._all - near)
        evidence = evidence + elsewhere * (
            _MOST_ELSEWHERE / np.maximum(elsewhere[:1], _MOST_ELSEWHERE)
        )
        count, first, second = (float(np.interp(stage, _STAGES, each)) for each in evidence)
        total = self._prior.strength + count
        shift = first / total
        variance = (self._prior.strength + second) / total - shift**2
        spread = float(np.clip(np.sqrt(max(variance, 0.0)), *_SPREAD_RANGE))
        return Bias(shift, spread, trust=count / total)


def _unit_sums(outcomes: Sequence[Outcome], slippage: Slippage, age_root: float) -> Floats:
    """Return count, sum of scores and of their squares per outcome and stage, ``[n, 3, stages]``.

    An outcome counts at a stage as far as its estimates were looked at near it, at most for one.
    """
    if not outcomes:
        return np.zeros((0, 3, _STAGES.size))
    unit = np.repeat(np.arange(len(outcomes)), [len(outcome.said) for outcome in outcomes])
    said = Estimates.of([each for outcome in outcomes for each in outcome.said])
    actual = np.array([each for outcome in outcomes for each in outcome.actual], dtype=np.float64)
    found = np.clip(scores(actual, said, slippage, age_root), -_SCORE_LIMIT, _SCORE_LIMIT)
    near = np.exp(-0.5 * ((said.stage[:, None] - _STAGES) / _REACH) ** 2)
    moments = np.stack((near, near * found[:, None], near * found[:, None] ** 2), axis=1)
    sums = _grouped(moments, unit, len(outcomes))
    sums /= np.maximum(sums[:, :1], 1)
    return sums


def _grouped(values: Floats, group: Sequence[int] | NDArray[np.intp], groups: int) -> Floats:
    """Add up what belongs to the same group, along the first axis."""
    sums = np.zeros((groups, *values.shape[1:]))
    np.add.at(sums, group, values)
    return sums
