"""Stated probabilities against what happens, on a synthetic truth (DOMAIN.md 2.4)."""

from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.forecast.quantiles import quantiles
from slipwatch.aggregator.forecast.stream import Queued, forecast_stream
from slipwatch.aggregator.portfolio.model import Stream

AS_OF = date(2026, 1, 5)
STANDARD = WorkCalendar({1, 2, 3, 4, 5})
PACE = 5
BACKLOG = 12 * PACE
REPLICATIONS = 300


def finished_items(weeks: NDArray[np.int64]) -> tuple[date, ...]:
    first = AS_OF - timedelta(weeks=len(weeks))
    wednesdays = [first + timedelta(weeks=week, days=2) for week in range(len(weeks))]
    return tuple(np.repeat(np.array(wednesdays, dtype=object), weeks))


def days_until_done(weeks: NDArray[np.int64]) -> int:
    per_day = np.repeat(weeks / 5, 5)
    return int(np.searchsorted(np.cumsum(per_day), BACKLOG - 1e-9)) + 1


@pytest.mark.parametrize(
    ("weeks", "p85_band", "p95_band"),
    [(13, (0.83, 0.97), (0.93, 1.0)), (4, (0.78, 0.94), (0.87, 0.99))],
)
def test_outcomes_keep_to_the_stated_quantiles(
    weeks: int, p85_band: tuple[float, float], p95_band: tuple[float, float]
) -> None:
    rng = np.random.default_rng(4)
    queue = [Queued(id="m", remaining=BACKLOG)]
    kept = np.zeros(3)
    for replication in range(REPLICATIONS):
        truth = rng.poisson(PACE, weeks + 100)
        stream = Stream(
            id=f"team {replication}",
            calendar="default",
            finished=finished_items(truth[:weeks]),
            since=AS_OF - timedelta(weeks=weeks),
        )
        result = forecast_stream(stream, queue, STANDARD, AS_OF, 1000, 0)
        days = result.milestones["m"].days
        assert days is not None
        outcome = days_until_done(truth[weeks:])
        kept += [
            stated is not None and outcome <= stated
            for stated in quantiles(days, (0.5, 0.85, 0.95))
        ]
    p50, p85, p95 = kept / REPLICATIONS
    assert 0.4 <= p50 <= 0.66
    assert p85_band[0] <= p85 <= p85_band[1]
    assert p95_band[0] <= p95 <= p95_band[1]
