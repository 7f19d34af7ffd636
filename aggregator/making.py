"""From milestones, dependencies and sampled work to the activities and edges of a network."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import NamedTuple

import numpy as np

from .calendar import WorkCalendar
from .forecast.quantiles import Days
from .network.model import Activity, Edge
from .network.schedule import Network
from .network.simulation import Before, Simulation
from .network.tables import DayTables
from .packed import MOST, Packed
from .portfolio.model import Dependency, Milestone, Portfolio
from .samples import Middles, Samples
from .work import UNKNOWN, Work


def commitment_instant(day: date) -> int:
    """Give the instant at which a committed day ends (DOMAIN.md 1.1)."""
    return day.toordinal() + 1


class Kept(NamedTuple):
    """What the next plan takes over of work that is as it was."""

    network: Network
    """At P50."""
    edges: Mapping[Dependency, Edge]
    work: Mapping[str, Work]
    samples: Samples
    simulation: Simulation | None
    """What its network was simulated to, if it was."""

    def to_simulate(
        self, activities: Mapping[str, Activity], same: Collection[str]
    ) -> Before | None:
        """Give what the next simulation can take over of activities whose work is the ``same``."""
        if self.simulation is None or not same:
            return None
        calendars = ((one, self.network.activities[one].calendar) for one in same)
        return Before(
            self.simulation,
            frozenset(one for one, known in calendars if known is activities[one].calendar),
        )


class Making:
    """Keeps the samples of activities and of the gates before them, and makes both of them.

    Work that is None is as it was before. All of it is taken in before anything is made.
    """

    def __init__(self, portfolio: Portfolio, samples: Samples, before: Kept | None) -> None:
        self._portfolio = portfolio
        self._as_of = portfolio.as_of.toordinal()
        self._samples = samples
        self._before = before
        self._taken: dict[str, bool] = {}
        """Whether the work of each milestone is as it was before."""
        self._overriding = {p.id for p in portfolio.programs if p.logic_override}
        self._tables: dict[str, DayTables] = {}
        self._incoming: dict[str, list[Dependency]] = {name: [] for name in portfolio.milestones}
        for dependency in portfolio.dependencies:
            if dependency.declared or (not dependency.broken and dependency.blocked_items):
                self._incoming[dependency.downstream].append(dependency)

    def take(self, milestone: Milestone, work: Work | None) -> Work:
        """Take in a milestone's work; return what is known of it, without its samples."""
        self._taken[milestone.id] = work is None and self._before is not None
        if work is None and self._before is not None:
            return self._before.work[milestone.id]
        work = work or UNKNOWN
        own = None if work.stalled else work.own
        if work.released is not None:
            self._samples.promise(milestone.id, work.released)
        if own is not None:
            self._samples.last(milestone.id, own)
            if work.days is not None and work.days is not own:
                self._samples.begin(milestone.id, self._turns(milestone, work.days - own))
        for dependency in self._incoming[milestone.id]:
            blocked = self._blocked(dependency, milestone, work)
            if blocked is not None:
                self._samples.block(dependency, blocked)
        return work.without_samples()

    def make(self) -> tuple[Mapping[str, Activity], Mapping[Dependency, Edge]]:
        """Make the activity of each milestone, and the edges of what it waits for (still)."""
        new = [name for name, is_taken in self._taken.items() if not is_taken]
        middles = self._samples.middles(new, self._gates(new))
        known = [name for name, is_taken in self._taken.items() if is_taken]
        # Samples before may be of another number of trials, and then none of them is taken.
        if known and self._before is not None:
            self._samples.take(known, self._before.samples.of(known, self._gates(known)))
        activities: dict[str, Activity] = {}
        edges: dict[Dependency, Edge] = {}
        for name in self._taken:
            activities[name] = self._activity(self._portfolio.milestones[name], middles)
            for dependency in self._incoming[name]:
                edges[dependency] = self._edge(dependency, middles.gates)
        return activities, edges

    def _activity(self, milestone: Milestone, middles: Middles) -> Activity:
        """Make the activity of a milestone.

        Work that lies beyond the horizon is of unknown length.
        """
        if self._taken[milestone.id] and self._before is not None:
            known = self._before.network.activities[milestone.id]
            calendar = self._calendar(milestone)
            return known if known.calendar is calendar else replace(known, calendar=calendar)
        finished = None
        if milestone.actual is not None:
            start = min(milestone.started or milestone.actual, milestone.actual)
            finished = (start.toordinal(), commitment_instant(milestone.actual))
        released, duration = None, middles.days.get(milestone.id)
        earliest = _set_date(milestone)
        if self._samples.is_promised(milestone.id):
            released = middles.dates[milestone.id]
        elif milestone.id in middles.dates:
            earliest = middles.dates[milestone.id]
            duration = None if earliest is None else duration
        return Activity(
            id=milestone.id,
            calendar=self._calendar(milestone),
            duration=duration,
            earliest_start=earliest,
            started=_instant(milestone.started) if finished is None else None,
            finished=finished,
            released=released,
            must_start=_instant(milestone.must_start_on),
            must_finish=(
                None
                if milestone.must_finish_on is None
                else commitment_instant(milestone.must_finish_on)
            ),
            override=milestone.program in self._overriding,
        )

    def _edge(self, dependency: Dependency, gates: Mapping[Hashable, int | None]) -> Edge:
        lag = dependency.lag
        calendar = self._portfolio.calendars[lag.calendar] if lag.calendar else None
        if self._taken[dependency.downstream] and self._before is not None:
            known = self._before.edges[dependency]
            if known.lag_calendar is calendar:
                return known
            return replace(known, lag_calendar=calendar)
        return Edge(
            dependency.upstream,
            dependency.downstream,
            type=dependency.type.value,
            lag=lag.amount,
            elapsed=lag.elapsed,
            lag_calendar=calendar,
            blocked=gates.get(dependency),
        )

    def _gates(self, milestones: Iterable[str]) -> Sequence[Dependency]:
        into = chain.from_iterable(self._incoming[name] for name in milestones)
        return [dependency for dependency in into if dependency.gated_items]

    def _blocked(self, dependency: Dependency, milestone: Milestone, work: Work) -> Days | None:
        """Sample how long the blocked part of the downstream milestone takes."""
        remaining = milestone.scope.remaining
        blocked = min(dependency.gated_items, remaining)
        if not blocked or work.own is None:
            return None
        if work.throughput is None:
            return -(-work.own * blocked // remaining)
        return work.throughput.first(blocked)

    def _turns(self, milestone: Milestone, workdays: Days) -> Packed:
        """Find after how many days its own work may go on: its set date, or its turn in the queue.

        Work that has begun still waits for its turn.
        """
        tables = self._tables.get(milestone.calendar)
        if tables is None:
            tables = DayTables(self._calendar(milestone), self._as_of)
            self._tables[milestone.calendar] = tables
        turns = tables.end(workdays)
        ahead = (_set_date(milestone) or 0) - self._as_of
        return np.maximum(turns, np.uint16(min(ahead, MOST))) if ahead > 0 else turns

    def _calendar(self, milestone: Milestone) -> WorkCalendar:
        return self._portfolio.calendars[milestone.calendar]


def _set_date(milestone: Milestone) -> int | None:
    """Return the day before which its work cannot begin; what has begun is past it."""
    return None if milestone.started is not None else _instant(milestone.start_no_earlier)


def _instant(day: date | None) -> int | None:
    return None if day is None else day.toordinal()
