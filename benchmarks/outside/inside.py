"""Scores the weights of the inside view on the public milestones that choices may be made on."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from slipwatch.aggregator.backtest.past import unspoilt
from slipwatch.aggregator.forecast.prior import Inside
from slipwatch.aggregator.forecast.weights import Lesson
from slipwatch.aggregator.lessons import Lessons
from slipwatch.aggregator.portfolio.build import build_portfolio, end_of_day

from ..backtest.histories import Tracker
from ..backtest.sets import DURASPACE, TIDEV

PARTS: Final = ((TIDEV, "aloy", date(2014, 1, 1)), (DURASPACE, "duracloud", date(2011, 8, 1)))
"""Versions of these projects that were over before a day: the train parts of the test sets."""

_PACES = (0.4, 0.55, 0.7, 0.85, 1.0)
"""With less, a milestone whose work doubles would hardly get later, and people plan by its work."""
_LEVELS = (-1.0, -0.8, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6)
_SPREADS = (0.3, 0.42, 0.6, 0.8, 1.0, 1.3, 1.7)
_STRENGTH = 6.0
_SHORTEST = 28
"""Days, as of the versions that forecasts are tested on."""


def inside_view(data: Path, work: Path) -> tuple[Inside, int]:
    """Score every combination of weights; return them, and on how many milestones."""
    grid = Inside(paces=_PACES, levels=_LEVELS, spreads=_SPREADS, losses=(), strength=_STRENGTH)
    found = [each for part in PARTS for each in _lessons(grid, data, work, *part)]
    mean = np.array([each.losses for each in found]).mean(axis=0).round(4)
    losses = tuple(tuple(tuple(map(float, row)) for row in rows) for rows in mean)
    return msgspec.structs.replace(grid, losses=losses), len(found)


def _lessons(
    grid: Inside, data: Path, work: Path, tracker: Tracker, project: str, until: date
) -> Iterator[Lesson]:
    now = datetime.now(UTC)
    for world in tracker.worlds(data, work, "versions"):
        if all(each.id != project for each in world.settings.programs[0].projects):
            continue
        facts = unspoilt(world.facts, end_of_day(until, ZoneInfo(world.settings.timezone)))
        built = build_portfolio(world.settings, facts, until, now=now)
        taught = Lessons(built.portfolio, grid)
        for stream in built.portfolio.streams:
            for lesson in taught.lessons(stream):
                if lesson.life.days >= _SHORTEST:
                    yield lesson
