"""What a forecast has to beat (DOMAIN.md 2.6): simple ways to say when a milestone is done.

Each is a function of what was known on the day, and gives working days from then: sorted samples,
one where it names a single day, or None where it cannot tell. Another one is another row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from ..calendar import WorkCalendar
from ..forecast.history import weekly_history
from ..forecast.promise import slipped_finish
from ..forecast.sampling import generator
from ..portfolio.model import Milestone, Stream
from .cases import HORIZON_DAYS, distribution, point
from .scores import Samples

WINDOW: Final = 13
"""Weeks from which the pace is taken."""
BAND: Final = 0.1
"""By which Jira's version report widens the pace for its optimist and its pessimist."""
FEWEST_SLIPS: Final = 3
_WEEKS_AHEAD: Final = 104
_BAND_SAMPLES: Final = 41
_ROUNDING: Final = 1e-6
"""By which the slope of a line may be another one on another machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A milestone as it stood on a day."""

    milestone: Milestone
    stream: Stream
    calendar: WorkCalendar
    as_of: date
    joined: Sequence[date]
    """Since when each of its items belongs to it."""
    slips: Sequence[int]
    """Working days by which earlier milestones of the program missed their first plan."""
    trials: int
    seed: int

    @property
    def remaining(self) -> int:
        """How many of its items are open."""
        return self.milestone.scope.remaining

    @property
    def today(self) -> int:
        """The day as an instant."""
        return self.as_of.toordinal()


Baseline = Callable[[Standing], Samples | None]


def plan(known: Standing) -> Samples | None:
    """B0: it is done on the day that the plan says."""
    due = _due(known.milestone)
    if due is None:
        return None
    return point(known.calendar.workdays(known.today, due.toordinal() + 1))


def version_report(known: Standing) -> Samples | None:
    """B1: Jira's version report: its own pace since it began, give or take 10 per cent."""
    done = known.milestone.finished
    began = known.milestone.started or (done[0] if done else None)
    if began is None or not done:
        return None
    worked = max(known.calendar.workdays(began.toordinal(), known.today + 1), 1)
    paces = len(done) / worked * np.linspace(1 - BAND, 1 + BAND, _BAND_SAMPLES)
    return np.sort(np.minimum(known.remaining / paces, HORIZON_DAYS))


def mean_throughput(known: Standing) -> Samples | None:
    """B2: what is open, at the mean pace of its team."""
    recent = _recent(known, known.stream.finished, known.stream.since)
    if recent is None:
        return None
    return point(known.remaining / recent.mean() * known.calendar.normal_week)


def linear(known: Standing) -> Samples | None:
    """B3: where the straight lines through its scope and what is done of it meet (burn-up)."""
    done = known.milestone.finished
    if not done or not known.joined:
        return None
    first = done[0].toordinal()
    weeks = np.arange(first, known.today + 1, 7)[-2 * WINDOW :]
    if weeks.size < 3:
        return None
    finished = np.searchsorted([day.toordinal() for day in done], weeks, side="right")
    scope = np.searchsorted(sorted(day.toordinal() for day in known.joined), weeks, side="right")
    pace, done_0 = np.polyfit(weeks - known.today, finished, 1)
    growth, scope_0 = np.polyfit(weeks - known.today, scope, 1)
    if pace - growth < _ROUNDING:
        return None
    days = int(min((scope_0 - done_0) / (pace - growth), 2 * HORIZON_DAYS) + _ROUNDING)
    return point(known.calendar.workdays(known.today, known.today + max(days, 0)))


def outside(known: Standing) -> Samples | None:
    """B4: the plan, and as much later as earlier milestones of the program were."""
    due = _due(known.milestone)
    if due is None or len(known.slips) < FEWEST_SLIPS:
        return None
    slipped = slipped_finish(due, np.array(sorted(known.slips)), known.calendar, known.as_of)
    return distribution(known.calendar.workdays(known.today, slipped))


def plain_bootstrap(known: Standing) -> Samples | None:
    """The textbook Monte Carlo: what is open, at weeks drawn from its team's last thirteen."""
    return _bootstrap(known, _recent(known, known.stream.finished, known.stream.since))


def own_bootstrap(known: Standing) -> Samples | None:
    """The same with weeks of the milestone itself, since its first item was done."""
    return _bootstrap(known, _recent(known, known.milestone.finished, None))


BASELINES: Final[Mapping[str, Baseline]] = {
    "plan": plan,
    "version_report": version_report,
    "mean_throughput": mean_throughput,
    "linear": linear,
    "outside": outside,
    "plain_bootstrap": plain_bootstrap,
    "own_bootstrap": own_bootstrap,
}


def _due(milestone: Milestone) -> date | None:
    return milestone.plan or milestone.promise or milestone.commitment


def _recent(
    known: Standing, finished: Sequence[date], since: date | None
) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    """Give the items per normal week of the last complete weeks; None for none at all."""
    history = weekly_history(finished, since, known.calendar, known.as_of).last(WINDOW)
    return history.rates if history.items else None


def _bootstrap(
    known: Standing, weeks: np.ndarray[tuple[int], np.dtype[np.float64]] | None
) -> Samples | None:
    if weeks is None:
        return None
    rng = generator(known.seed, "baseline", known.milestone.id)
    drawn = weeks[rng.integers(weeks.size, size=(_WEEKS_AHEAD, known.trials))]
    total = np.cumsum(drawn, axis=0)
    whole = (total < known.remaining).sum(axis=0)
    last = np.minimum(whole, _WEEKS_AHEAD - 1)
    trial = np.arange(known.trials)
    gained = drawn[last, trial]
    missing = known.remaining - (total[last, trial] - gained)
    within = np.divide(missing, gained, out=np.zeros_like(missing), where=gained > 0)
    days = np.ceil((last + within) * known.calendar.normal_week)
    return np.sort(np.where(whole == _WEEKS_AHEAD, HORIZON_DAYS, days))
