"""Learns from finished pieces of work how plans turn out: the table that is shipped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from slipwatch.aggregator.forecast.estimates import Estimates, Floats
from slipwatch.aggregator.forecast.prior import Slippage
from slipwatch.aggregator.forecast.record import Outcome

AGE_ROOT: Final = 1.0
"""The plain root. On projects that were over before September 2001, each left out of the table that
it is read by, the pinball loss of the log ratio is 0.167 to 0.169 for 1 to 5, and 0.176 or more for
any share of the age itself. Among these, 1 was taken with an eye on the later projects too."""
LEVELS: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
STAGES: Final = (0.0, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0)
_REACH: Final = 0.12
"""Of the square root of a stage: late in life, a little less left is another stage."""
_SMOOTH: Final = (_REACH, 0.35)
"""Reaches of the middle of a row, which can be smoother than what lies around it."""
_MOVED: Final = (0.0, -0.1, -0.2, -0.3, -0.4, -0.5)
_FOLDS: Final = 10
_MEDIAN: Final = LEVELS.index(0.5)


@dataclass(frozen=True, slots=True, eq=False)
class _Reports:
    """Everything that was said of some outcomes, and what came of it."""

    stage: Floats
    moved: Floats
    """Restlessness."""
    ratio: Floats
    weight: Floats
    """Of 1 for each outcome, which its reports share."""
    first: NDArray[np.intp]
    """Where those of each outcome begin."""

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Self:
        said = Estimates.of([each for outcome in outcomes for each in outcome.said])
        actual = np.array([each for outcome in outcomes for each in outcome.actual])
        counts = [len(outcome.said) for outcome in outcomes]
        return cls(
            stage=said.stage,
            moved=said.restlessness(),
            ratio=np.log(np.maximum(actual, 0.5) / said.scale(AGE_ROOT)),
            weight=np.repeat([1 / count for count in counts], counts),
            first=np.cumsum([0, *counts[:-1]]),
        )

    def near(self, reach: float) -> Floats:
        """Weigh each by how near it is to each stage, ``[stages, reports]``."""
        off = (np.sqrt(self.stage) - np.sqrt(STAGES)[:, None]) / reach
        weighed: Floats = self.weight * np.exp(-0.5 * off**2)
        return weighed


def learn(outcomes: Sequence[Outcome]) -> Slippage:
    """Tabulate log ratios by stage; every outcome has the same weight, its reports share it.

    How far the middle is smoothed over the stages is what tells best (pinball) of outcomes that the
    table was not made of. What a moved plan adds is the mean of all that it could add, the better
    the more: with a few dozen outcomes the very best of them is so by chance.
    """
    losses = _left_out(outcomes)
    smooth = int(np.argmin(losses.mean(axis=2).min(axis=1)))
    moved = round(_mean_of_moved(losses[smooth]), 3)
    return [*_tables(_Reports.of(outcomes), moved)][smooth]


def _mean_of_moved(losses: Floats) -> float:
    """Average what a moved plan could add; each weighs e times less for a standard error more loss.

    ``losses`` are by what it adds and by outcome. Nothing where no plan ever moved.
    """
    mean = losses.mean(axis=1)
    error = losses[np.argmin(mean)].std() / np.sqrt(losses.shape[1])
    if not error or not np.ptp(mean):
        return 0.0
    return float(np.average(_MOVED, weights=np.exp((mean.min() - mean) / error)))


def _left_out(outcomes: Sequence[Outcome]) -> Floats:
    """Score each outcome by tables made of others, by smoothness and by what a moved plan adds."""
    fold = np.random.default_rng(0).permutation(len(outcomes)) % _FOLDS
    losses = np.zeros((len(_SMOOTH), len(_MOVED), len(outcomes)))
    for left_out in set(fold.tolist()):
        known = [each for each, i in zip(outcomes, fold, strict=True) if i != left_out]
        unknown = [each for each, i in zip(outcomes, fold, strict=True) if i == left_out]
        if known:
            said, told = _Reports.of(unknown), _Reports.of(known)
            for row, moved in enumerate(_MOVED):
                for smooth, table in enumerate(_tables(told, moved)):
                    losses[smooth, row, fold == left_out] = _losses(table, said)
    return losses


def _tables(reports: _Reports, moved: float) -> Iterator[Slippage]:
    """Make the table of every smoothness."""
    settled = reports.ratio - moved * reports.moved
    order = np.argsort(settled)
    rows = [_quantiles(settled[order], reports.near(reach)[:, order]) for reach in _SMOOTH]
    for smooth in rows:
        shifted = rows[0] + (smooth - rows[0])[:, [_MEDIAN]]
        table = tuple(tuple(round(float(each), 3) for each in row) for row in shifted)
        yield Slippage(levels=LEVELS, stages=STAGES, moved=moved, table=table)


def _quantiles(ascending: Floats, weights: Floats) -> Floats:
    middle = (np.cumsum(weights, axis=1) - weights / 2) / weights.sum(axis=1, keepdims=True)
    return np.array([np.interp(LEVELS, row, ascending) for row in middle])


def _losses(table: Slippage, reports: _Reports) -> Floats:
    """Return the pinball loss of each outcome, the mean over its reports."""
    over = reports.ratio[:, None] - table.rows(reports.stage)
    over -= table.moved * reports.moved[:, None]
    levels = np.array(LEVELS)
    pinball = np.maximum(levels * over, (levels - 1) * over).mean(axis=1)
    lost: Floats = np.add.reduceat(reports.weight * pinball, reports.first)
    return lost
