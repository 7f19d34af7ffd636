"""From the portfolio to the work that the network schedules: durations, promises, gates.

Every milestone becomes an activity whose duration is sampled once; the deterministic pass
takes the P50 of the same samples.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from .calendar import WorkCalendar
from .forecast.cadence import Sprints, find_sprints
from .forecast.combine import combine
from .forecast.declared import declared_days
from .forecast.estimates import GRID
from .forecast.lastitem import FEW, CycleTimes, LastItem, last_item
from .forecast.outside import OutsideView, Remaining
from .forecast.promise import promise_finish
from .forecast.quantiles import CENSORED, Days
from .forecast.reference import reference_class
from .forecast.sampling import generator, stratified
from .forecast.scope import LEAST
from .forecast.stream import (
    Confidence,
    Durations,
    Queued,
    Step,
    StreamForecast,
    forecast_stream,
)
from .forecast.views import Method
from .lessons import Lessons
from .network.recall import Marks
from .portfolio.model import Dependency, Milestone, Portfolio
from .records import MilestoneKind

RECENT = timedelta(weeks=13)
_PROVEN = 0.5
"""From when on the ends of a team's own sprints tell more than those of strangers."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Work:
    """What is known of a milestone's own work, before anything it waits for."""

    method: Method
    confidence: Confidence
    days: Days | None = None
    """Working days until its work is done, its turn in the team's queue waited for, per trial."""
    own: Days | None = None
    """Working days of its own work alone, per trial."""
    released: Days | None = None
    """The instant from which it is done, per trial, where others deliver it."""
    stalled: bool = False
    throughput: Durations | None = None
    last: LastItem | None = None
    """The item that it waits for, where that is longer than its team's pace alone would take."""
    sprints: Sprints | None = None
    """Of its team, where that closes its work at the end of them."""

    def without_samples(self) -> "Work":
        """Keep what is known of the work, and let go of its numbers: 200 kB at 10,000 trials."""
        return Work(
            method=self.method,
            confidence=self.confidence,
            stalled=self.stalled,
            last=self.last,
            sprints=self.sprints,
        )

    def delayed(self, by: int, calendar: WorkCalendar) -> "Work":
        """Let its own work take so many working days more or, negative, less, but never below 0.

        Its turn in the team's queue stays, and so do the turns of those behind it.
        """
        if not by:
            return self
        own = None if self.own is None else _longer(self.own, by)
        days = self.days
        if days is not None and self.own is not None and own is not None:
            days = days - self.own + own
        released = None if self.released is None else calendar.add(self.released, by)
        return replace(self, own=own, days=days, released=released)


UNKNOWN = Work(method="none", confidence="none")


class WorkSampler:
    """Samples the work of every milestone of a portfolio."""

    def __init__(self, portfolio: Portfolio, *, seed: int, trials: int, window: int) -> None:
        self._portfolio = portfolio
        self._as_of = portfolio.as_of
        self._seed = seed
        self._trials = trials
        self._window = window
        done = (m for m in portfolio.milestones.values() if m.actual is not None)
        self._finished = sorted(done, key=lambda m: (m.actual or date.max, m.id))
        self._lessons = Lessons(portfolio)
        self._shifts: dict[str, float] = {}
        self._found_sprints: dict[str, Sprints | None] = {}
        self._outside = OutsideView(portfolio)
        self._gated: dict[str, set[int]] = {}
        for dependency in portfolio.dependencies:
            items = dependency.gated_items
            if items:
                self._gated.setdefault(dependency.downstream, set()).add(items)

    def sample(self, known: Container[str] = ()) -> Iterator[tuple[str, Work | None]]:
        """Sample each milestone that is not done, one team after the other.

        Whoever lets go of a milestone before asking for the next holds one team's path at a time,
        2 to 3 MB at 10,000 trials. Of those that are ``known`` there is None.
        """
        queues, others = self._queues()
        for stream, queue in queues.items():
            forecast = None
            if any(milestone.id not in known for milestone in queue):
                forecast = self._forecast_stream(stream, queue)
            for milestone in queue:
                yield milestone.id, None if forecast is None else self._delayed(milestone, forecast)
        for milestone in others:
            sampled = milestone.id not in known
            yield milestone.id, self._delayed(milestone, None) if sampled else None

    def origins(self) -> Mapping[str, object]:
        """Give what the samples of each milestone come from: the same gives the same."""
        marks = Marks()
        calendars = {name: marks.of(c) for name, c in self._portfolio.calendars.items()}
        incoming: dict[str, list[Dependency]] = defaultdict(list)
        for dependency in self._portfolio.dependencies:
            incoming[dependency.downstream].append(dependency)
        given = (
            self._as_of,
            self._seed,
            self._trials,
            self._window,
            [(milestone, calendars[milestone.calendar]) for milestone in self._finished],
            self._lessons.origins,
            [(p.id, p.logic_override) for p in self._portfolio.programs],
        )
        queues, others = self._queues()
        found: dict[str, object] = {}
        for stream, queue in [*queues.items(), *((None, [one]) for one in others)]:
            team = None if stream is None else self._portfolio.streams[stream]
            origin = (
                given,
                team,
                None if team is None else calendars[team.calendar],
                [(one, calendars[one.calendar], incoming[one.id]) for one in queue],
            )
            found.update((milestone.id, origin) for milestone in queue)
        return found

    def _queues(self) -> tuple[Mapping[str, list[Milestone]], list[Milestone]]:
        queues: dict[str, list[Milestone]] = defaultdict(list)
        others: list[Milestone] = []
        for milestone in self._portfolio.milestones.values():
            if milestone.actual is not None:
                continue
            queued = not milestone.external and milestone.duration is None
            known = (milestone.stream or "") in self._portfolio.streams
            (queues[milestone.stream or ""] if queued and known else others).append(milestone)
        return queues, others

    def _delayed(self, milestone: Milestone, stream: StreamForecast | None) -> Work:
        calendar = self._portfolio.calendars[milestone.calendar]
        return self._work(milestone, stream).delayed(milestone.delay, calendar)

    def _work(self, milestone: Milestone, stream: StreamForecast | None) -> Work:
        if milestone.duration is not None or milestone.spread is not None:
            declared = declared_days(
                milestone.duration, milestone.spread, self._trials, self._rng(milestone)
            )
            return Work(method="plan", confidence="full", days=declared, own=declared)
        if milestone.external:
            return self._promised(milestone)
        if milestone.closed:
            nothing = np.zeros(self._trials, np.int32)
            return Work(method="plan", confidence="full", days=nothing, own=nothing)
        if milestone.kind is MilestoneKind.SPRINT:
            # What is not done by its end is moved out of it, and holds it up no more.
            boxed = self._by_plan(milestone)
            if boxed is not None:
                return boxed
        if stream is not None and (milestone.scope.remaining or milestone.scope.done):
            found = stream.milestones[milestone.id]
            if found.days is not None:
                return self._paced(milestone, found, found.days)
        return self._referred(milestone)

    def _rng(self, milestone: Milestone) -> np.random.Generator:
        """Return the milestone's own random numbers."""
        return generator(self._seed, "work", milestone.id)

    def _paced(self, milestone: Milestone, found: Durations, days: Days) -> Work:
        """Take the pace of its team, together with what its plan date is worth.

        A pace that is declared is certain, and nothing is left to be said of what is all done.
        """
        remaining = milestone.scope.remaining
        own = found.own
        stalled = found.stalled and remaining > 0
        last = None
        if remaining and not stalled and own is not None and found.step is not Step.DECLARED:
            days = self._with_outside(milestone, days)
            own = np.minimum(own, days)
            held = self._last_item(milestone)
            if held is not None:
                last = held[0] if np.median(days) < held[0].left else None
                days, own = np.maximum(days, held[1]), np.maximum(own, held[1])
        return Work(
            method="throughput",
            confidence=found.confidence,
            days=days,
            own=own,
            stalled=stalled,
            throughput=found,
            last=last,
            sprints=self._sprints(milestone.stream or "", found) if remaining else None,
        )

    def _last_item(self, milestone: Milestone) -> tuple[LastItem, Days] | None:
        """Find the item that a milestone with few left waits for, and how long."""
        stream = self._portfolio.streams[milestone.stream or ""]
        if milestone.scope.remaining > FEW:
            return None
        cycles = CycleTimes.learn(stream.spells, self._as_of)
        if cycles is None:
            return None
        calendar = self._portfolio.calendars[milestone.calendar]
        given = milestone.open_items, cycles, calendar, self._as_of, self._trials, self._seed
        return last_item(*given)

    def _sprints(self, stream: str, found: Durations) -> Sprints | None:
        """Find the sprints at whose ends a team closes its work, as its pace was sampled."""
        if found.step is not Step.FULL:
            return None
        if stream not in self._found_sprints:
            team = self._portfolio.streams[stream]
            calendar = self._portfolio.calendars[team.calendar]
            self._found_sprints[stream] = find_sprints(team, found.weeks, calendar, self._as_of)
        return self._found_sprints[stream]

    def _with_outside(self, milestone: Milestone, days: Days) -> Days:
        """Combine the days by a team's pace with those by the plan date."""
        outside = self._outside.remaining(milestone) if self._outside.is_proven else None
        if outside is None or not outside.trust:
            return days
        calendar = self._portfolio.calendars[milestone.calendar]
        by_plan = calendar.workdays(self._as_of.toordinal(), self._instants(outside))
        return combine(
            days,
            np.maximum(by_plan, 1).astype(np.float64),
            self._rng(milestone),
            off=self._outside.pace_off,
            trust=outside.trust,
            shift=self._shift(milestone.program),
        )

    def _shift(self, program: str) -> float:
        shift = self._shifts.get(program)
        if shift is None:
            shift = self._shifts[program] = self._lessons.shift(program, self._outside)
        return shift

    def _by_plan(self, milestone: Milestone) -> Work | None:
        """Take its plan date alone for what it is worth."""
        outside = self._outside.remaining(milestone)
        if outside is None:
            return None
        middle = stratified(self._rng(milestone), self._trials) - 0.5 / self._trials
        sampled = self._instants(outside)[(middle * GRID).astype(np.int64)]
        sampled = self._portfolio.calendars[milestone.calendar].reopened(sampled)
        proven = milestone.kind is MilestoneKind.SPRINT and outside.trust >= _PROVEN
        return Work(method="reference", confidence="full" if proven else "low", released=sampled)

    def _instants(self, outside: Remaining) -> Days:
        return (self._as_of.toordinal() + np.maximum(np.rint(outside.days), 1)).astype(np.int32)

    def _promised(self, milestone: Milestone) -> Work:
        promise = milestone.promise or milestone.plan
        if promise is None:
            return UNKNOWN
        finish = promise_finish(
            promise,
            milestone.promise_heard(self._as_of),
            self._earlier_slips(milestone),
            self._portfolio.calendars[milestone.calendar],
            self._as_of,
            self._trials,
            self._rng(milestone),
        )
        return Work(method="promise", confidence="full", released=finish)

    def _earlier_slips(self, milestone: Milestone) -> list[int]:
        """List by how much the same party's earlier promises slipped."""
        return [
            self._portfolio.calendars[other.calendar].between(first, other.actual)
            for other in self._portfolio.milestones.values()
            if other.external and other.owner == milestone.owner and other.actual is not None
            for first in [_first_date(other)]
            if first is not None
        ]

    def _referred(self, milestone: Milestone) -> Work:
        plan = milestone.plan or milestone.commitment
        if plan is None or not milestone.tracked:
            return UNKNOWN
        by_plan = self._by_plan(milestone)
        if by_plan is not None:
            return by_plan
        slips = [
            self._portfolio.calendars[other.calendar].between(other.baseline.finish, other.actual)
            for other in self._portfolio.milestones.values()
            if other.program == milestone.program
            and other.actual is not None
            and other.baseline.finish is not None
        ]
        finish = reference_class(
            plan,
            slips,
            self._portfolio.calendars[milestone.calendar],
            self._as_of,
            self._trials,
            self._rng(milestone),
        )
        if finish is None:
            return UNKNOWN
        return Work(method="reference", confidence="low", released=finish)

    def _forecast_stream(self, stream_id: str, queue: Sequence[Milestone]) -> StreamForecast:
        stream = self._portfolio.streams[stream_id]
        return forecast_stream(
            stream,
            [self._queued(m) for m in sorted(queue, key=_turn)],
            self._portfolio.calendars[stream.calendar],
            self._as_of,
            self._trials,
            self._seed,
            experience=self._lessons.experience(stream_id, {m.program for m in queue}),
            window=self._window,
            pace=stream.pace,
        )

    def _queued(self, milestone: Milestone) -> Queued:
        recent = None
        if milestone.tracked:
            before = bisect_left(milestone.finished, self._as_of - RECENT)
            recent = len(milestone.finished) - before
        queued = Queued(
            id=milestone.id,
            remaining=milestone.scope.remaining,
            done=milestone.scope.done,
            finished=milestone.finished,
            recent=recent,
            ranked=milestone.rank is not None,
            gated=frozenset(
                items
                for items in self._gated.get(milestone.id, ())
                if items < milestone.scope.remaining
            ),
        )
        usual = self._portfolio.streams[milestone.stream or ""].usual
        return queued if usual is None else _sized(queued, milestone, usual)


def _sized(queued: Queued, milestone: Milestone, usual: float) -> Queued:
    """Tell it by points, in usual items; each is one where its points are not known."""
    points = milestone.scope.points
    if points is None:
        return replace(queued, open_size=float(queued.remaining), done_size=float(queued.done))
    sizes = tuple(each / usual for each in milestone.points)
    recent = None if queued.recent is None else sum(sizes[len(sizes) - int(queued.recent) :])
    return replace(
        queued,
        sizes=sizes,
        recent=recent,
        open_size=max(points.remaining / usual, LEAST) if queued.remaining else 0.0,
        done_size=points.done / usual,
    )


def _longer(days: Days, by: int) -> Days:
    """Add working days; what does not end within the horizon still does not."""
    return np.where(days < CENSORED, np.maximum(days + by, 0), days).astype(np.int32)


def _turn(milestone: Milestone) -> tuple[bool, int, date, str]:
    """Order a team's queue: by rank, then by date, then by id; the unranked come last."""
    due = milestone.commitment or milestone.plan or date.max
    return milestone.rank is None, milestone.rank or 0, due, milestone.id


def _first_date(milestone: Milestone) -> date | None:
    seen = next((o.value for o in milestone.history if o.value is not None), None)
    return milestone.baseline.finish or seen or milestone.promise
