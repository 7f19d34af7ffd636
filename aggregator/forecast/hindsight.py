"""What pace and age said of a finished milestone on days of its life, beside what came.

A replay of the two parts of the inside view from a milestone's life alone: cheap enough for every
assessment. On each day only what was finished by then teaches (rolling origin).
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..portfolio.lives import Life
from .aging import UNKNOWN, LifeSpan
from .experience import PACE_SURPRISE
from .prior import Weights
from .scope import ScopeProcess
from .share import Output, observed_share

_WINDOW: Final = 91
"""Calendar days by which a team's pace is told: a quarter, as in the forecast itself."""
_SHORTEST: Final = 7
"""Calendar days."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Hindsight:
    """One element for each day looked at; what was left is told as logarithms of calendar days."""

    by_pace: Floats
    """The median by the team's pace."""
    pace_variance: Floats
    share_variance: Floats
    """Of the milestone's share of its team."""
    by_age: Floats
    """The median by age."""
    age_variance: Floats
    surprise: Floats
    """The variance of what neither foresaw."""
    left: Floats
    """What was left in truth."""

    def inside(self, weights: Weights) -> tuple[Floats, Floats]:
        """Put both together: give the median and its variance."""
        pace, rest = weights.pace, 1 - weights.pace
        parts = pace**2 * (self.pace_variance + self.share_variance)
        parts = parts + rest**2 * self.age_variance + self.surprise
        middle = pace * self.by_pace + rest * self.by_age + weights.level
        return middle, weights.spread**2 * parts


def look_back(lives: Sequence[Life], team: Output) -> Iterator[Hindsight]:
    """Replay the lives that a team finished, oldest first.

    ``team`` is what it finished; its sizes are points, for lives that are told by them.
    """
    finishes = [life.finish for life in lives]
    taught: dict[int, tuple[ScopeProcess, LifeSpan]] = {}
    for life in lives:
        rows: list[tuple[float, ...]] = []
        output = _in_its_units(team, life)
        for at in range(len(life.looks)):
            known = bisect_left(finishes, life.looks[at].day)
            if known not in taught:
                taught[known] = ScopeProcess(lives[:known]), LifeSpan.learn(lives[:known])
            rows.append(_row(life, at, output, *taught[known]))
        yield Hindsight(*np.array(rows, dtype=np.float64).reshape(-1, 7).T)


def _row(
    life: Life, at: int, team: Output, process: ScopeProcess, span: LifeSpan
) -> tuple[float, ...]:
    look = life.looks[at]
    own = Output([date.fromordinal(day) for day in life.done], life.sizes)
    tomorrow = date.fromordinal(look.day + 1)
    share = observed_share(own, team, date.fromordinal(life.began), tomorrow)
    work, work_spread = process.outlook(*look.work)
    rate, rate_variance = _rate(team, tomorrow)
    age, age_spread = span.of_size(look.done + look.open).outlook(look.day - life.began)
    return (
        work - log(rate * share.value),
        work_spread**2 + rate_variance,
        share.spread**2,
        age,
        age_spread**2,
        (PACE_SURPRISE * span.spread / UNKNOWN.spread) ** 2,
        log(max(life.finish - look.day, 1)),
    )


def _in_its_units(team: Output, life: Life) -> Output:
    """Tell what a team finished in the usual items of a life, or in items as that is."""
    if life.usual is None:
        return Output(team.days)
    return Output(team.days, [points / life.usual for points in team.sizes])


def _rate(team: Output, until: date) -> tuple[float, float]:
    """Give a team's items per day, and the variance of its logarithm."""
    since = max(until - timedelta(days=_WINDOW), team.days[0]) if team.days else until
    items = team.between(since, until)
    return (items + 0.5) / max((until - since).days, _SHORTEST), 1 / (items + 1)
