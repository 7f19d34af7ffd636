"""Keeps from forecasts what numbers that ship with them learned from the test part of a set.

What the train part alone teaches stands in their place.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from unittest.mock import patch

import msgspec

from slipwatch.aggregator.forecast import aging, outside, scope
from slipwatch.aggregator.forecast.prior import shipped
from slipwatch.aggregator.portfolio.build import build_portfolio
from slipwatch.aggregator.portfolio.lives import STAGES, Life

from ..outside.learning import learn
from ..outside.sets import weekly_reports
from .histories import Tracker


@contextmanager
def plans(data: Path, _work: Path, *, until: date) -> Generator[None]:
    """Let plan dates turn out as those of projects did that were over by a day."""
    over = [each.outcome() for each in weekly_reports(data) if each.released < until]
    prior = msgspec.structs.replace(shipped(), milestone=learn(over))
    with patch.object(outside, "shipped", lambda: prior):
        yield


@contextmanager
def versions(
    data: Path, work: Path, *, tracker: Tracker, project: str, until: date
) -> Generator[None]:
    """Let versions live, and their scope move, as those of one project did, over by a day."""
    lives = list(_lives(tracker, data, work, project, until))
    rests = tuple(
        tuple(rest for life in lives if (rest := life.rests[stage]) is not None)
        for stage in range(STAGES)
    )
    if not all(rests):
        raise ValueError(f"{project} before {until}: too few versions to learn every stage from")
    days = median(life.days for life in lives)
    with patch.object(scope, "RESTS", rests), patch.object(aging, "LIFE_DAYS", days):
        yield


def _lives(tracker: Tracker, data: Path, work: Path, project: str, until: date) -> Iterator[Life]:
    now = datetime.now(UTC)
    for world in tracker.worlds(data, work, "versions"):
        built = build_portfolio(world.settings, world.facts, now.date(), now=now)
        for milestone in built.portfolio.milestones.values():
            over = milestone.actual is not None and milestone.actual < until
            if milestone.project == project and over and milestone.life is not None:
                yield milestone.life
