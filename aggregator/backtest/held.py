"""How far the forecasts of each program held, to be kept with it and to correct later ones."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from statistics import fmean
from typing import NamedTuple

import numpy as np

from ..portfolio.calibration import PIT_LEVELS, Resolved
from .cases import OURS, Case
from .scores import pit, quantile
from .subjects import Subject

MIDDLE = range(25, 76)
"""Checkpoints by which a program's calibration is judged: before, little is known to anybody, and
after, little is left to tell."""

NEEDED = frozenset({25, 50, 75})
"""Checkpoints without which a back-test does not judge a calibration: one that looked at late days
alone would make forecasts surer than they are."""

_LEVELS = (0.5, 0.85, 0.95)

Pair = tuple[Subject, Case]


def calibrations(pairs: Sequence[Pair], as_of: date) -> Mapping[str, Resolved]:
    """Say how the forecasts of each program held; one milestone is one unit of weight.

    Of forecasts as they were before any correction.
    """
    held: dict[str, dict[str, list[_Point]]] = defaultdict(lambda: defaultdict(list))
    for subject, case in pairs:
        samples = case.uncorrected if case.uncorrected is not None else case.forecasts.get(OURS)
        if samples is not None and case.at in MIDDLE and not case.unfinished:
            held[subject.program][subject.id].append(
                _Point(
                    tuple(case.outcome <= quantile(samples, level) for level in _LEVELS),
                    pit(samples, case.outcome),
                )
            )
    return {program: _calibration(list(each.values()), as_of) for program, each in held.items()}


class _Point(NamedTuple):
    """One forecast against its outcome."""

    held: tuple[bool, ...]
    """Of each of ``_LEVELS``."""
    pit: float


def _calibration(points: Sequence[Sequence[_Point]], as_of: date) -> Resolved:
    p50, p85, p95 = (
        round(fmean(fmean(point.held[level] for point in one) for one in points), 4)
        for level in range(len(_LEVELS))
    )
    return Resolved(
        as_of=as_of,
        n=len(points),
        coverage_p50=p50,
        coverage_p85=p85,
        coverage_p95=p95,
        pit=_pits(points),
    )


def _pits(points: Sequence[Sequence[_Point]]) -> tuple[float, ...]:
    """Give the quantiles of where outcomes lay; a milestone's points share its weight."""
    weighed = sorted((point.pit, 1 / len(one)) for one in points for point in one)
    places = np.array([place for place, _ in weighed])
    middles = np.cumsum([weight for _, weight in weighed]) - [weight / 2 for _, weight in weighed]
    return tuple(
        round(float(each), 4) for each in np.interp(PIT_LEVELS, middles / len(points), places)
    )
