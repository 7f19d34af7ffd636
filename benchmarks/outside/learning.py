"""Learns from finished pieces of work how plans turn out: the table that is shipped."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from slipwatch.aggregator.forecast.estimates import Estimates, Floats
from slipwatch.aggregator.forecast.prior import Slippage
from slipwatch.aggregator.forecast.record import Outcome

AGE_SHARE: Final = 0.1
LEVELS: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
STAGES: Final = (0.0, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0)
_REACH: Final = 0.12
"""Of the square root of a stage: late in life, a little less left is another stage."""
_MOVED: Final = tuple(-step / 20 for step in range(11))


def learn(outcomes: Sequence[Outcome]) -> Slippage:
    """Tabulate log ratios by stage; every outcome has the same weight, its reports share it.

    What a moved plan adds is the one of some values that describes the outcomes best (pinball).
    """
    said = Estimates.of([each for outcome in outcomes for each in outcome.said])
    actual = np.array([each for outcome in outcomes for each in outcome.actual])
    ratio = np.log(np.maximum(actual, 0.5) / said.scale(AGE_SHARE))
    weight = np.concatenate([np.full(len(o.said), 1 / len(o.said)) for o in outcomes])
    tables = [
        Slippage(
            levels=LEVELS, stages=STAGES, moved=moved, table=_table(said, ratio, weight, moved)
        )
        for moved in _MOVED
    ]
    return min(tables, key=lambda table: _loss(table, said, ratio, weight))


def _table(
    said: Estimates, ratio: Floats, weight: Floats, moved: float
) -> tuple[tuple[float, ...], ...]:
    settled = ratio - moved * said.restlessness()
    order = np.argsort(settled)
    rows: list[tuple[float, ...]] = []
    for stage in STAGES:
        near = (weight * np.exp(-0.5 * ((np.sqrt(said.stage) - np.sqrt(stage)) / _REACH) ** 2))[
            order
        ]
        middle = np.cumsum(near) - near / 2
        row = np.interp(LEVELS, middle / near.sum(), settled[order])
        rows.append(tuple(round(float(each), 3) for each in row))
    return tuple(rows)


def _loss(table: Slippage, said: Estimates, ratio: Floats, weight: Floats) -> float:
    rows = table.rows(said.stage) + table.moved * said.restlessness()[:, None]
    over = ratio[:, None] - rows
    levels = np.array(LEVELS)
    pinball = np.maximum(levels * over, (levels - 1) * over).mean(axis=1)
    return float(np.average(pinball, weights=weight))
