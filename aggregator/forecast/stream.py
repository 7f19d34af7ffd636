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
from ..portfolio.lives import begun, stage_of
from ..portfolio.model import Stream
from .aging import LifeInProgress, LifeSpan
from .history import (
    MAX_WEEKS,
    WeeklyHistory,
    coming_periods,
    declared_periods,
    drift_per_week,
    normal_week,
    since_change,
    weekly_history,
)
from .path import Path
from .quantiles import CENSORED, Days, censored_share
from .sampling import Bootstrap, Declared, Drift, FittedLevel, generator
from .scope import Floats, ScopeProcess
from .share import observed_share

DEFAULT_WINDOW: Final = 13
MIN_WINDOW: Final = 4
"""Also the fewest weeks that say anything about a team's pace."""
FULL_WEEKS: Final = 8
FULL_ITEMS: Final = 20

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
    finished: tuple[date, ...] = ()
    """The day of each of its done items, oldest first."""
    recent: int | None = None
    """Its items finished in the last weeks; for its share where capacity is shared."""
    ranked: bool = False
    """Its place in the queue is stated: it waits for its turn even when work on it has begun."""


@dataclass(frozen=True, slots=True)
class Experience:
    """What finished milestones teach about the open ones of a team."""

    scope: ScopeProcess
    span: LifeSpan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Draw:
    """How a milestone draws on its team's output, per trial."""

    queued: Queued
    path: Path | None
    """None when the team is stalled."""
    trials: int
    seed: int
    share: float | NDArray[np.float64] = 1.0
    """Of the team's output; above 0."""
    process: ScopeProcess | None = None
    """What becomes of its scope; without one it stays as it is."""
    life: LifeInProgress | None = None
    """Of a milestone that has begun."""

    def scope(self, items: int) -> Floats:
        """Sample the items still to be done for so many that are open."""
        if self.process is None or not items:
            return np.full(self.trials, items, dtype=np.float32)
        uniform = generator(self.seed, "scope", self.queued.id).random(self.trials, np.float32)
        stage = stage_of(self.queued.done, self.queued.remaining)
        return self.process.work(stage, items, uniform)

    def days(self, scope: Floats) -> Days:
        """Sample the working days until so much of it is done, from now on."""
        days = self.by_pace(scope)
        if self.life is None or self.path is None:
            return days
        return self.life.blend(days, generator(self.seed, "life", self.queued.id))

    def by_pace(self, scope: Floats) -> Days:
        """Sample the working days that the team's pace alone tells."""
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
    own: Days | None = None
    """What ``days`` would be with nothing before it; the same trials and change of scope."""

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

        The same trials and the same change of scope as ``days``: for the blocked part behind a
        partial gate, whose team starts on it when the gate opens (DOMAIN.md 3.1).
        """
        draw = self.draw
        if draw is None:
            return None
        if not items:
            return np.zeros(draw.trials, dtype=np.int32)
        if self.own is None or items == draw.queued.remaining:
            return self.own
        return np.minimum(draw.by_pace(draw.scope(items)), self.own)


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
    experience: Experience | None = None,
    window: int = DEFAULT_WINDOW,
    pace: float = 1.0,
) -> StreamForecast:
    """Sample the remaining working days of each milestone in a team's queue (DOMAIN.md 2.2).

    The queue is in the order of work: a milestone waits for all before it. A proportional stream
    works on all of them at once instead, and a share that becomes free is not handed on. With
    ``experience`` scope changes as that of finished milestones did, what has begun lasts as they
    did, and weeks before a change of pace do not count; without it, and where throughput is
    declared, the open items are the work.
    ``pace`` multiplies the throughput in the same trials, for what-if. Raises ValueError for a
    window outside 4 to 26 weeks or a pace that is not above 0.
    """
    if not MIN_WINDOW <= window <= MAX_WEEKS:
        raise ValueError(f"window: {window} weeks; give {MIN_WINDOW} to {MAX_WEEKS}")
    if pace <= 0:
        raise ValueError(f"pace: {pace:g}; give a factor above 0, such as 0.8")
    past = weekly_history(stream.finished, stream.since, calendar, as_of)
    recent = (past if experience is None else since_change(past)).last(window)
    step = _step(stream, recent)
    idle = not any(stream.samples) if step is Step.DECLARED else recent.items == 0
    stalled = idle and step is not Step.REFERENCE
    draws: dict[str, _Draw] = {}
    if step is not Step.REFERENCE:
        path = None if stalled else _path(stream, step, past, recent, calendar, as_of, trials, seed)
        draws = _draws(stream, queue, path, experience, calendar, as_of, pace, trials, seed)
    days, own = (_proportional if stream.proportional else _sequential)(queue, draws)
    nothing = np.zeros(trials, dtype=np.int32)
    return StreamForecast(
        milestones={
            queued.id: Durations(
                days=days.get(queued.id) if queued.remaining else nothing,
                own=own.get(queued.id) if queued.remaining else nothing,
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
    experience: Experience | None,
    calendar: WorkCalendar,
    as_of: date,
    pace: float,
    trials: int,
    seed: int,
) -> dict[str, _Draw]:
    """Say of each milestone how it draws on the team: a declared throughput is taken as it is."""
    shares = _shares(queue, trials, seed) if stream.proportional else {}
    taught = None if stream.samples else experience
    workdays = normal_week(calendar, as_of) / 7
    draws: dict[str, _Draw] = {}
    for queued in queue:
        share: float | NDArray[np.float64] = shares.get(queued.id, 1.0)
        life = None
        began = begun(queued.finished, queued.done + queued.remaining)
        if taught is not None and began is not None:
            unsure = 0.0
            if not queued.ranked:
                seen = observed_share(queued.finished, stream.finished, began, as_of)
                share, unsure = seen.value, seen.spread
            life = LifeInProgress(
                span=taught.span,
                age=(as_of - began).days,
                unsure=unsure,
                workdays=workdays,
            )
        draws[queued.id] = _Draw(
            queued=queued,
            path=path,
            trials=trials,
            seed=seed,
            share=share * pace,
            process=None if taught is None else taught.scope,
            life=life,
        )
    return draws


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


def _sequential(
    queue: Sequence[Queued], draws: Mapping[str, _Draw]
) -> tuple[dict[str, Days], dict[str, Days]]:
    """Let each milestone wait until everything before it is done; tell its own days as well.

    One that has begun, and whose place nobody stated, goes on beside the others instead.
    """
    days: dict[str, Days] = {}
    own: dict[str, Days] = {}
    ahead: Floats | None = None
    for queued in queue:
        if queued.remaining and (draw := draws.get(queued.id)):
            scope = draw.scope(queued.remaining)
            days[queued.id] = own[queued.id] = draw.days(scope)
            waits = ahead is not None and (draw.life is None or queued.ranked)
            ahead = scope if ahead is None else ahead + scope
            if waits:
                days[queued.id] = draw.days(ahead)
    return days, own


def _proportional(
    queue: Sequence[Queued], draws: Mapping[str, _Draw]
) -> tuple[dict[str, Days], dict[str, Days]]:
    days = {
        queued.id: draw.days(draw.scope(queued.remaining))
        for queued in queue
        if (draw := draws.get(queued.id))
    }
    return days, days
