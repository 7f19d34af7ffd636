"""From a team's throughput and the queue before it to the remaining days of each milestone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..assessment import Method
from ..calendar import WorkCalendar
from ..portfolio.model import Stream
from .history import (
    MAX_WEEKS,
    WeeklyHistory,
    coming_periods,
    declared_periods,
    drift_per_week,
    weekly_history,
)
from .path import Path
from .quantiles import CENSORED, Days, censored_share
from .sampling import Bootstrap, Declared, Drift, FittedLevel, generator, resample

DEFAULT_WINDOW: Final = 13
MIN_WINDOW: Final = 4
"""Also the fewest weeks that say anything about a team's pace."""
FULL_WEEKS: Final = 8
FULL_ITEMS: Final = 20
MIN_GROWTH_HISTORY: Final = 10

Confidence = Literal["full", "low", "none"]


class Step(IntEnum):
    """The rung of the fallback ladder (DOMAIN.md 2.2) that a forecast stands on."""

    DECLARED = 0
    """The operator states the throughput."""
    FULL = 1
    """At least 8 complete weeks and 20 finished items: weeks are resampled."""
    LEVEL = 2
    """4 to 7 weeks, or few items: a level is fitted."""
    REFERENCE = 3
    """Less than 4 weeks: only the plan and how far the program's plans slipped can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A milestone in the queue of its team."""

    id: str
    remaining: int
    """Open items."""
    done: int = 0
    recent: int | None = None
    """Its items finished in the last weeks; for its share where capacity is shared."""
    growth: tuple[float, ...] = ()
    """Final scope over scope at this stage, of finished milestones of the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draw:
    """How a milestone draws on its team's output, per trial."""

    path: Path | None
    """None when the team is stalled."""
    growth: NDArray[np.float64]
    share: NDArray[np.float64]
    """Of the team's output; above 0."""

    def scope(self, items: int) -> NDArray[np.float64]:
        return np.ceil(items * self.growth)

    def days(self, scope: NDArray[np.float64]) -> Days:
        if self.path is None:
            return np.where(scope > 0, CENSORED, 0).astype(np.int32)
        return self.path.days(scope / self.share)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Durations:
    """When a milestone's own work is done, as far as its team's throughput tells."""

    days: Days | None
    """Working days of the stream's calendar from as_of, waiting in the queue included; None when
    the history is too short (step ``REFERENCE``) and items remain."""
    step: Step
    stalled: bool
    """Nothing was finished in the whole window: every trial is censored."""
    weeks: int
    """Complete weeks of history behind it."""
    items: int
    """Items finished in them."""
    draw: _Draw | None
    """None when the history is too short."""

    @property
    def method(self) -> Method:
        """What the days rest on."""
        return "none" if self.days is None else "throughput"

    @property
    def confidence(self) -> Confidence:
        """How far the days can be believed."""
        if self.days is None:
            return "none"
        return "full" if self.step <= Step.FULL and not self.stalled else "low"

    @property
    def censored(self) -> float:
        """The share of trials that do not finish within the horizon."""
        return 0.0 if self.days is None else censored_share(self.days)

    def first(self, items: int) -> Days | None:
        """Return the days that the first ``items`` of it take when nothing is before them.

        The same trials and the same growth of scope as ``days``: for the blocked part behind a
        partial gate, whose team starts on it when the gate opens (DOMAIN.md 3.1).
        """
        return None if self.draw is None else self.draw.days(self.draw.scope(items))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreamForecast:
    """The forecast of every milestone that one team works on.

    It keeps the team's sampled path (2 to 3 MB at 10,000 trials) for ``first``.
    """

    milestones: Mapping[str, Durations]
    """By id, in the order of the queue."""
    step: Step
    stalled: bool
    weeks: int
    items: int


def forecast_stream(
    stream: Stream,
    queue: Sequence[Queued],
    calendar: WorkCalendar,
    as_of: date,
    trials: int,
    seed: int,
    *,
    window: int = DEFAULT_WINDOW,
    pace: float = 1.0,
) -> StreamForecast:
    """Sample the remaining working days of each milestone in a team's queue (DOMAIN.md 2.2).

    The queue is in the order of work: a milestone waits for all before it. A proportional stream
    works on all of them at once instead, and a share that becomes free is not handed on.
    ``pace`` multiplies the throughput in the same trials, for what-if. Raises ValueError for a
    window outside 4 to 26 weeks or a pace that is not above 0.
    """
    if not MIN_WINDOW <= window <= MAX_WEEKS:
        raise ValueError(f"window: {window} weeks; give {MIN_WINDOW} to {MAX_WEEKS}")
    if pace <= 0:
        raise ValueError(f"pace: {pace:g}; give a factor above 0, such as 0.8")
    past = weekly_history(stream.finished, stream.since, calendar, as_of)
    recent = past.last(window)
    step = _step(stream, recent)
    idle = not any(stream.samples) if step is Step.DECLARED else recent.items == 0
    stalled = idle and step is not Step.REFERENCE
    draws: dict[str, _Draw] = {}
    if step is not Step.REFERENCE:
        path = None if stalled else _path(stream, step, past, recent, calendar, as_of, trials, seed)
        draws = _draws(stream, queue, path, pace, trials, seed)
    days = _proportional(queue, draws) if stream.proportional else _sequential(queue, draws)
    return StreamForecast(
        milestones={
            queued.id: Durations(
                days=days.get(queued.id) if queued.remaining else np.zeros(trials, dtype=np.int32),
                step=step,
                stalled=stalled,
                weeks=recent.weeks,
                items=recent.items,
                draw=draws.get(queued.id),
            )
            for queued in queue
        },
        step=step,
        stalled=stalled,
        weeks=recent.weeks,
        items=recent.items,
    )


def _step(stream: Stream, recent: WeeklyHistory) -> Step:
    if stream.samples:
        return Step.DECLARED
    if recent.weeks >= FULL_WEEKS and recent.items >= FULL_ITEMS:
        return Step.FULL
    return Step.LEVEL if recent.weeks >= MIN_WINDOW else Step.REFERENCE


def _path(
    stream: Stream,
    step: Step,
    past: WeeklyHistory,
    recent: WeeklyHistory,
    calendar: WorkCalendar,
    as_of: date,
    trials: int,
    seed: int,
) -> Path:
    rng = generator(seed, "throughput", stream.id)
    if step is Step.DECLARED:
        periods = declared_periods(calendar, as_of, weekly=stream.samples_per_week)
        return Path(Declared(stream.samples, trials, rng), periods, trials)
    drift = Drift(drift_per_week(past), trials, generator(seed, "drift", stream.id))
    model = Bootstrap if step is Step.FULL else FittedLevel
    return Path(model(recent, drift, trials, rng), coming_periods(calendar, as_of), trials)


def _draws(
    stream: Stream,
    queue: Sequence[Queued],
    path: Path | None,
    pace: float,
    trials: int,
    seed: int,
) -> dict[str, _Draw]:
    shares = _shares(queue, trials, seed) if stream.proportional else {}
    whole = np.ones(trials)
    return {
        queued.id: _Draw(
            path=path,
            growth=whole if stream.samples else _growth(queued, trials, seed),
            share=_paced(shares.get(queued.id, whole), pace),
        )
        for queued in queue
    }


def _paced(share: NDArray[np.float64], pace: float) -> NDArray[np.float64]:
    """Scale a share; at the usual pace of 1 all milestones keep one array (80 kB each)."""
    return share if pace == 1 else share * pace


def _growth(queued: Queued, trials: int, seed: int) -> NDArray[np.float64]:
    """Sample how much the open scope still grows (DOMAIN.md 2.2)."""
    uniform = generator(seed, "growth", queued.id).random(trials)
    if len(queued.growth) >= MIN_GROWTH_HISTORY:
        return resample(np.array(queued.growth), 1 - uniform)
    early = queued.done < queued.remaining
    return 1 + uniform * (0.3 if early else 0.1)


def _shares(queue: Sequence[Queued], trials: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """Split the capacity among the milestones with open items, by what each got lately.

    Dirichlet(recent + 1) per trial, from one Gamma per milestone so that each keeps its own
    numbers; equal shares when a milestone's recent completions are not known.
    """
    open_ones = [queued for queued in queue if queued.remaining]
    weights: dict[str, NDArray[np.float64]] = {}
    for queued in open_ones:
        if queued.recent is None:
            return {one.id: np.full(trials, 1 / len(open_ones)) for one in open_ones}
        rng = generator(seed, "share", queued.id)
        weights[queued.id] = rng.standard_gamma(queued.recent + 1, trials)
    total = np.sum(list(weights.values()), axis=0)
    return {name: weight / total for name, weight in weights.items()}


def _sequential(queue: Sequence[Queued], draws: Mapping[str, _Draw]) -> dict[str, Days]:
    """Let each milestone wait until everything before it is done."""
    days: dict[str, Days] = {}
    ahead: NDArray[np.float64] | float = 0.0
    for queued in queue:
        if queued.remaining and (draw := draws.get(queued.id)):
            ahead = ahead + draw.scope(queued.remaining)
            days[queued.id] = draw.days(ahead)
    return days


def _proportional(queue: Sequence[Queued], draws: Mapping[str, _Draw]) -> dict[str, Days]:
    return {
        queued.id: draw.days(draw.scope(queued.remaining))
        for queued in queue
        if (draw := draws.get(queued.id))
    }
