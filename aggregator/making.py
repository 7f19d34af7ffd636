"""From milestones, dependencies and sampled work to the activities and edges of a network."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import numpy as np

from .calendar import WorkCalendar
from .forecast.quantiles import Days
from .network.model import Activity, Edge
from .network.simulation import Before, Simulation
from .network.tables import DayTables
from .packed import MOST, Packed
from .portfolio.model import Dependency, Milestone, Portfolio
from .samples import Samples
from .work import UNKNOWN, Work


def commitment_instant(day: date) -> int:
    """Give the instant at which a committed day ends (DOMAIN.md 1.1)."""
    return day.toordinal() + 1


class Kept(NamedTuple):
    """What the next plan takes over of work that is as it was."""

    activities: Mapping[str, Activity]
    work: Mapping[str, Work]
    samples: Samples
    simulation: Simulation | None
    """What its network was simulated to, if it was."""

    def to_simulate(self, activities: Mapping[str, Activity], same: Iterable[str]) -> Before | None:
        """Give what the next simulation can take over of activities whose work is the ``same``."""
        if self.simulation is None:
            return None
        calendars = ((one, self.activities[one].calendar) for one in same)
        return Before(
            self.simulation,
            frozenset(one for one, known in calendars if known is activities[one].calendar),
        )


class Making:
    """Makes activities and edges with numbers at P50, and keeps the samples of all of them.

    Work that is None is as it was before.
    """

    def __init__(self, portfolio: Portfolio, samples: Samples, before: Kept | None) -> None:
        self._portfolio = portfolio
        self._as_of = portfolio.as_of.toordinal()
        self._samples = samples
        self._before = before
        self._overriding = {p.id for p in portfolio.programs if p.logic_override}
        self._tables: dict[str, DayTables] = {}
        self._incoming: dict[str, list[Dependency]] = {name: [] for name in portfolio.milestones}
        for dependency in portfolio.dependencies:
            self._incoming[dependency.downstream].append(dependency)

    def work(self, milestone: str, work: Work | None) -> Work:
        """Return what is known of a milestone's work, without its samples."""
        if work is None and self._before is not None:
            return self._before.work[milestone]
        return (work or UNKNOWN).without_samples()

    def activity(self, milestone: Milestone, work: Work | None) -> Activity:
        """Make the activity of a milestone.

        Work that lies beyond the horizon is of unknown length.
        """
        if work is None and self._before is not None:
            self._samples.take(milestone.id, self._before.samples.of(milestone.id))
            known = self._before.activities[milestone.id]
            return replace(known, calendar=self._calendar(milestone))
        work = work or UNKNOWN
        finished = None
        if milestone.actual is not None:
            start = min(milestone.started or milestone.actual, milestone.actual)
            finished = (start.toordinal(), commitment_instant(milestone.actual))
        own, released, duration = None if work.stalled else work.own, None, None
        earliest = set_date = _instant(milestone.start_no_earlier)
        if milestone.started is not None:  # it is past its set date
            earliest = set_date = None
        if work.released is not None:
            released = self._samples.promise(milestone.id, work.released)
        if own is not None:
            duration = self._samples.last(milestone.id, own)
            if work.days is not None and work.days is not own:
                turns = self._turns(milestone, work.days - own, set_date)
                earliest = self._samples.begin(milestone.id, turns)
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

    def edges(self, milestone: str, work: Work | None) -> Iterator[tuple[Dependency, Edge]]:
        """Make the edges of what a milestone waits for (still)."""
        for dependency in self._incoming[milestone]:
            if dependency.declared or (not dependency.broken and dependency.blocked_items):
                lag_calendar = dependency.lag.calendar
                yield (
                    dependency,
                    Edge(
                        dependency.upstream,
                        dependency.downstream,
                        type=dependency.type.value,
                        lag=dependency.lag.amount,
                        elapsed=dependency.lag.elapsed,
                        lag_calendar=(
                            self._portfolio.calendars[lag_calendar] if lag_calendar else None
                        ),
                        blocked=self._blocked(dependency, work),
                    ),
                )

    def _blocked(self, dependency: Dependency, work: Work | None) -> int | None:
        """Sample how long the blocked part of the downstream milestone takes."""
        if work is None and self._before is not None:
            return self._samples.take_block(dependency, self._before.samples.gate(dependency))
        remaining = self._portfolio.milestones[dependency.downstream].scope.remaining
        blocked = min(dependency.gated_items, remaining)
        if not blocked or work is None or work.own is None:
            return None
        if work.throughput is None:
            return self._samples.block(dependency, -(-work.own * blocked // remaining))
        first = work.throughput.first(blocked)
        return None if first is None else self._samples.block(dependency, first)

    def _turns(self, milestone: Milestone, workdays: Days, set_date: int | None) -> Packed:
        """Find after how many days its own work may go on: its set date, or its turn in the queue.

        Work that has begun still waits for its turn.
        """
        tables = self._tables.get(milestone.calendar)
        if tables is None:
            tables = DayTables(self._calendar(milestone), self._as_of)
            self._tables[milestone.calendar] = tables
        turns = tables.end(workdays)
        ahead = (set_date or 0) - self._as_of
        return np.maximum(turns, np.uint16(min(ahead, MOST))) if ahead > 0 else turns

    def _calendar(self, milestone: Milestone) -> WorkCalendar:
        return self._portfolio.calendars[milestone.calendar]


def _instant(day: date | None) -> int | None:
    return None if day is None else day.toordinal()
