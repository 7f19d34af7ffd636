"""From a team's throughput and the queue before it to the remaining days of each milestone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..cached import in_cache
from ..calendar import WorkCalendar
from ..portfolio.lives import begun
from ..portfolio.model import Stream
from .aging import LifeInProgress, LifeSpan
from .cadence import SprintBootstrap, coming_sprints, find_sprints
from .capacity import Leave
from .history import (
    MAX_WEEKS,
    WeeklyHistory,
    coming_periods,
    declared_periods,
    drift_per_week,
    since_change,
    weekly_history,
)
from .path import Path
from .quantiles import CENSORED, Days, censored_share
from .sampling import Bootstrap, Declared, Drift, FittedLevel, Ranks, generator, ranks
from .scope import Floats, ScopeProcess
from .share import Output, observed_share, split
from .views import Method
from .weights import Weighing

DEFAULT_WINDOW: Final = 13
MIN_WINDOW: Final = 4  # also the fewest weeks that say anything about a team's pace
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
    sizes: tuple[float, ...] = ()
    """What each of these counts, by points in usual items; one each where there are none."""
    open_size: float | None = None
    """What the open items count in usual ones; None where items are counted."""
    done_size: float | None = None
    """Likewise the done ones."""
    recent: float | None = None
    """Its items finished in the last weeks; for its share where capacity is shared."""
    ranked: bool = False
    """Its place in the queue is stated: it waits for its turn even when work on it has begun."""
    gated: frozenset[int] = frozenset()
    """How many of its items are behind a partial gate, for each gate that it has."""

    def parts(self, items: int) -> tuple[float, float, float]:
        """Tell what is done, what is open and what so many open items are of that."""
        done = self.done if self.done_size is None else self.done_size
        if self.open_size is None:
            return done, self.remaining, items
        whole = items == self.remaining
        part = self.open_size if whole else self.open_size * items / self.remaining
        return done, self.open_size, part


@dataclass(frozen=True, slots=True)
class Experience:
    """What finished milestones teach about the open ones of a team."""

    scope: ScopeProcess
    span: LifeSpan
    weighing: Weighing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Draw:
    """How a milestone draws on its team's output, per trial."""

    queued: Queued
    path: Path | None
    """None when the team is stalled."""
    trials: int
    seed: int
    leave: Leave
    share: float | NDArray[np.float64] = 1.0
    """Of the team's output; above 0."""
    process: ScopeProcess | None = None
    """What becomes of its scope; without one it stays as it is."""
    life: LifeInProgress | None = None
    """Of a milestone that has begun."""

    def ranks(self) -> Ranks:
        """Draw which of all that can become of its scope becomes of it, per trial."""
        drawn: Ranks = ranks(generator(self.seed, "scope", self.queued.id), self.trials)[0]
        return drawn


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
    parts: Mapping[int, Days] = field(default_factory=dict[int, Days])
    """Likewise of the first of its items, for each number of them that is gated."""

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
        if self.draw is None:
            return None
        if not items:
            return np.zeros(self.draw.trials, dtype=np.int32)
        if self.own is None or items == self.draw.queued.remaining:
            return self.own
        if items in self.parts:
            return self.parts[items]
        ((_, days),) = _parts([(self.draw, items)], {self.draw.queued.id: self.own}, 1)
        return days


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreamForecast:
    """The forecast of a team's milestones, with its path (2 to 3 MB at 10,000 trials)."""

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
    sizes = stream.sizes()
    past = weekly_history(stream.finished, stream.since, calendar, as_of, stream.away, sizes)
    recent = (past if experience is None else since_change(past)).last(window)
    step = _step(stream, recent)
    idle = not any(stream.samples) if step is Step.DECLARED else not recent.done.any()
    stalled = idle and step is not Step.REFERENCE
    draws: dict[str, _Draw] = {}
    if step is not Step.REFERENCE:
        path = None if stalled else _path(stream, step, past, recent, calendar, as_of, trials, seed)
        draws = _draws(stream, queue, path, experience, calendar, as_of, pace, trials, seed)
    days, own = (_proportional if stream.proportional else _sequential)(queue, draws, trials)
    parts: dict[str, dict[int, Days]] = {}
    gated = [(draws[name], items) for name in own for items in draws[name].queued.gated]
    for (draw, items), part in _parts(gated, own, trials):
        parts.setdefault(draw.queued.id, {})[items] = part
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
                parts=parts.get(queued.id, {}),
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
    sprints = find_sprints(stream, recent.weeks, calendar, as_of) if step is Step.FULL else None
    if sprints is not None:
        periods, parts = coming_sprints(sprints, calendar, as_of)
        return Path(SprintBootstrap(sprints, parts, drift, trials, rng), periods, trials)
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
    wanting = {queued.id: queued.recent for queued in queue if queued.remaining}
    shares = split(wanting, trials, seed) if stream.proportional else {}
    taught = None if stream.samples else experience
    workdays = calendar.normal_week / 7
    leave = Leave(calendar, stream.away, as_of)
    team = Output(stream.finished, stream.sizes())
    draws: dict[str, _Draw] = {}
    for queued in queue:
        share: float | NDArray[np.float64] = shares.get(queued.id, 1.0)
        life = None
        began = begun(queued.finished, queued.done + queued.remaining)
        if taught is not None and began is not None:
            unsure = 0.0
            if not queued.ranked:
                own = Output(queued.finished, queued.sizes)
                seen = observed_share(own, team, began, as_of)
                share, unsure = seen.value, seen.spread
            life = LifeInProgress(
                span=taught.span.of_size(queued.done + queued.remaining),
                age=(as_of - began).days,
                unsure=unsure,
                workdays=workdays,
                weights=taught.weighing.at((as_of - began).days, queued.done + queued.remaining),
            )
        draws[queued.id] = _Draw(
            queued=queued,
            path=path,
            trials=trials,
            seed=seed,
            share=share * pace,
            process=None if taught is None else taught.scope,
            life=life,
            leave=leave,
        )
    return draws


def _sequential(
    queue: Sequence[Queued], draws: Mapping[str, _Draw], trials: int
) -> tuple[dict[str, Days], dict[str, Days]]:
    """Let each milestone wait until everything before it is done; tell its own days as well.

    One that has begun, and whose place nobody stated, goes on beside the others instead.
    """
    drawing = [draws[queued.id] for queued in queue if queued.remaining and queued.id in draws]
    days: dict[str, Days] = {}
    own: dict[str, Days] = {}
    ahead: Floats | None = None
    for some in in_cache(drawing, trials):
        scopes = _scopes([(draw, draw.queued.remaining) for draw in some])
        own |= zip((draw.queued.id for draw in some), _days(some, scopes), strict=True)
        for scope in scopes:
            if ahead is not None:
                scope += ahead
            ahead = scope
        waiting = [
            n
            for n, draw in enumerate(some)
            if draw is not drawing[0] and (draw.life is None or draw.queued.ranked)
        ]
        behind = [some[n] for n in waiting]
        turns = _days(behind, scopes if len(behind) == len(some) else scopes[waiting])
        days |= zip((draw.queued.id for draw in behind), turns, strict=True)
    return own | days, own


def _proportional(
    queue: Sequence[Queued], draws: Mapping[str, _Draw], trials: int
) -> tuple[dict[str, Days], dict[str, Days]]:
    days: dict[str, Days] = {}
    for some in in_cache([draws[queued.id] for queued in queue if queued.id in draws], trials):
        scopes = _scopes([(draw, draw.queued.remaining) for draw in some])
        days |= zip((draw.queued.id for draw in some), _days(some, scopes), strict=True)
    return days, days


def _parts(
    gated: Sequence[tuple[_Draw, int]], own: Mapping[str, Days], trials: int
) -> Iterator[tuple[tuple[_Draw, int], Days]]:
    """Sample the days that so many items take by pace alone, at most those of the whole."""
    for some in in_cache(gated, trials):
        scopes = _scopes(some)
        draws = [draw for draw, _ in some]
        days = draws[0].leave.days(_by_pace(draws, scopes))
        for one, row in zip(some, days, strict=True):
            yield one, np.minimum(row, own[one[0].queued.id])


def _scopes(some: Sequence[tuple[_Draw, int]]) -> Floats:
    """Sample the items still to be done for so many that are open, a row for each."""
    first, _ = some[0]
    if first.process is None:
        open_ = np.array([draw.queued.parts(items)[2] for draw, items in some], np.float32)
        return np.repeat(open_[:, None], first.trials, axis=1)
    drawn = np.array([draw.ranks() for draw, _ in some])
    parts = [draw.queued.parts(items) for draw, items in some]
    return first.process.work_of_each(parts, drawn)


def _days(draws: Sequence[_Draw], scopes: Floats) -> Days:
    """Sample the working days until so much of each is done, a row for each."""
    days = _by_pace(draws, scopes)
    for row, draw in zip(days, draws, strict=True):
        if draw.life is not None and draw.path is not None:
            row[:] = draw.life.blend(row, generator(draw.seed, "life", draw.queued.id))
    return draws[0].leave.days(days) if draws else days


def _by_pace(draws: Sequence[_Draw], scopes: Floats) -> Days:
    """Sample the working days that the team's pace alone tells, a row for each."""
    if not draws or draws[0].path is None:
        return np.where(scopes > 0, CENSORED, 0).astype(np.int32)
    if all(isinstance(draw.share, float) and draw.share == 1.0 for draw in draws):
        return draws[0].path.days(scopes)
    need = np.empty_like(scopes)
    for row, scope, draw in zip(need, scopes, draws, strict=True):
        np.divide(scope, draw.share, out=row, casting="same_kind")
    return draws[0].path.days(need)
