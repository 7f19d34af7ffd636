"""The network of a portfolio: scheduled once in all trials, and once at P50 durations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from itertools import chain
from typing import Final

import numpy as np

from .calendar import display_finish, display_start
from .collector import collector_at_rest
from .confidence import carried, least
from .finishes import Finishes, corrected
from .forecast.quantiles import Days
from .forecast.recalibration import Recalibration
from .forecast.stream import Confidence
from .making import Kept, Making, commitment_instant
from .network.baseline import Comparison
from .network.chances import TRIALS, Chances, chances
from .network.criticality import Criticality, criticality
from .network.drivers import Trace, trace
from .network.floats import Floats, floats
from .network.leverage import Leverage, leverage
from .network.model import Activity, Edge
from .network.placement import LocalState, bounds, current_state, place
from .network.recall import (
    Prints,
    Recall,
    Recaller,
    Recalls,
    folded,
    nothing_known,
    prints,
    recaller,
)
from .network.schedule import Network, Schedule
from .network.simulation import Simulation, simulate
from .network.variations import Moved, Question
from .packed import Few, Packed
from .portfolio.calibration import Calibration
from .portfolio.model import Dependency, Portfolio
from .samples import Samples
from .work import UNKNOWN, Work

_ESTIMATED: Final = frozenset({"throughput", "reference"})
"""Methods whose forecasts a back-test can prove wrong."""


class Plan:
    """What waits for what, and what follows from it for the dates."""

    def __init__(
        self,
        portfolio: Portfolio,
        work: Iterable[tuple[str, Work | None]],
        *,
        trials: int,
        before: Kept | None = None,
        recalls: Recalls | None = None,
    ) -> None:
        """Take in each open milestone's own work, one after the other; its samples are packed.

        Work that is None is as it was ``before``. What ``recalls`` knows is not found again; with
        it, the samples are kept for the plan after this one.
        """
        self.portfolio = portfolio
        self.as_of = portfolio.as_of.toordinal()
        self.recalls = recalls
        self._lost = {p.id for p in portfolio.programs if p.calibration and p.calibration.lost}
        absent = dict.fromkeys(
            d.upstream for d in portfolio.dependencies if d.upstream not in portfolio.milestones
        )
        self.samples = Samples(self.as_of, [*portfolio.milestones, *absent], trials)
        self.work: dict[str, Work] = {}
        """What is known of each open milestone's own work, without the samples."""
        same: set[str] = set()
        making = Making(portfolio, self.samples, before)
        done = ((m.id, UNKNOWN) for m in portfolio.milestones.values() if m.actual is not None)
        for name, known in chain(work, done):
            taken = making.take(portfolio.milestones[name], known)
            if known is None:
                same.add(name)
            if portfolio.milestones[name].actual is None:
                self.work[name] = taken
        found, self._edges = making.make()
        default = portfolio.calendars["default"]
        unknown = [Activity(id=name, calendar=default) for name in absent]
        activities = [*(found[name] for name in portfolio.milestones), *unknown]
        edges = tuple(self._edges.values())
        renewed = None if before is None else before.network.renewed(activities, edges)
        self.network = renewed or Network(activities, edges)
        self._sampled = self.network
        in_trials = [self.samples.in_trials(activity) for activity in activities]
        if in_trials != activities:
            self._sampled = Network(in_trials, edges)
        few = min(TRIALS, trials) // 2 * 2
        # Without recalls, finishes are written where the samples are.
        self._few = self.samples.first(few, copied=recalls is None)
        """The first trials, for what all would take too long for."""
        self._dependencies = {edge: d for d, edge in self._edges.items()}
        self._before = None if before is None else before.to_simulate(self.network.activities, same)

    @property
    def kept(self) -> Kept:
        """What the next plan can take over; ``recalls`` leave the samples as they are."""
        simulation = self.simulation if "simulation" in vars(self) else None
        return Kept(self.network, self._edges, self.work, self.samples, simulation)

    @cached_property
    def simulation(self) -> Simulation:
        """The network in all trials; from then on the samples are gone, but for the durations."""
        samples, before = self.samples, self._before
        self._before = None
        with collector_at_rest():
            return simulate(
                self._sampled,
                self.as_of,
                samples.table if self.recalls is None else np.empty_like(samples.table),
                sampled=samples.own,
                blocked=self._gate,
                before=before,
            )

    @cached_property
    def finishes(self) -> Mapping[str, Days]:
        """The finish instant of each open milestone that can be forecast, per trial."""
        simulation = self.simulation
        return Finishes(
            simulation,
            {
                name: self._recalibration(name)
                for name in self.portfolio.milestones
                if name in simulation and self._is_forecast(name)
            },
            self.as_of,
        )

    def mark(self, milestone: str) -> object:
        """Give the same for a milestone with the same ``finishes``; None for one without."""
        if milestone not in self.finishes:
            return None
        program = self.portfolio.milestones[milestone].program
        read_by = self._calibrations[program] if self._is_ours(milestone) else None
        return self.simulation.mark(milestone), read_by

    def sampled(self) -> Schedule:
        """Schedule all trials: 160 kB a milestone at 10,000 trials, which nobody keeps for long."""
        return self._unpacked.schedule(self.as_of)

    def finishes_of(self, sampled: Schedule) -> Mapping[str, Days]:
        """Read the finish of each open milestone that can be forecast from all trials."""
        finish = sampled.finish
        return {
            milestone: self._corrected(milestone, finish[milestone])
            for milestone in self.portfolio.milestones
            if milestone in finish and self._is_forecast(milestone)
        }

    def finish_after(self, earlier: Schedule, milestone: str) -> Days | None:
        """Sample when a milestone is done if what it waits for has the dates of another plan.

        None where it has no forecast, or something that it waits for had no dates there.
        """
        activity = self._unpacked.activities[milestone]
        held_by = self._unpacked.held_by[milestone]
        known = all(edge.upstream in earlier.placements for edge in held_by)
        if not known or activity.unknown or not self._is_forecast(milestone):
            return None
        bound = bounds(held_by, earlier.placements, activity.calendar)
        placed = place(current_state(activity, self.as_of), bound)
        return self._corrected(milestone, placed.finish)

    @cached_property
    def _unpacked(self) -> Network:
        """The network with all samples in it."""
        if self.recalls is None and "simulation" in vars(self):
            raise RuntimeError("the simulation has used the samples up: ask another plan")
        return Network(
            map(self.samples.put, self._sampled.activities.values()),
            [
                replace(edge, blocked=self._blocked_in(self.samples, edge))
                for edge in self._sampled.edges
            ],
        )

    def _corrected(self, milestone: str, finish: Days) -> Days:
        """Read a finish by how its program's forecasts held; what people declared stays.

        What is open is not over before today is, even if nothing of it is left to do.
        """
        return corrected(finish, self._recalibration(milestone), self.as_of)

    def corrected_by(self, recalibration: Recalibration, milestone: str, finish: Days) -> Days:
        """Read a finish by how some earlier forecasts held."""
        return corrected(finish, recalibration if self._is_ours(milestone) else None, self.as_of)

    def _recalibration(self, milestone: str) -> Recalibration | None:
        program = self.portfolio.milestones[milestone].program
        return self._recalibrations[program] if self._is_ours(milestone) else None

    def _is_ours(self, milestone: str) -> bool:
        return self.work.get(milestone, UNKNOWN).method in _ESTIMATED

    @cached_property
    def criticality(self) -> Mapping[str, Criticality]:
        """How often, and how much, each open milestone drives the end of its program."""
        return criticality(self.simulation, self._programs, self.samples.durations)

    def chances(
        self, comparison: Comparison, commitments: Mapping[str, int]
    ) -> Mapping[str, Chances]:
        """Share out what slips take from the probability to keep each commitment."""
        wanted = {node: t for node, t in commitments.items() if node in self._sampled.complete}
        few = self._few
        if not wanted or not few.table.size:
            return {}
        return chances(
            comparison,
            self.as_of,
            wanted,
            trials=few.table.shape[1],
            sampled=few.put,
            blocked=partial(self._blocked_in, few),
            recall=self._trial_recall(comparison),
        )

    def _trial_recall(self, comparison: Comparison) -> Recaller:
        """What begins passes over the trials that probabilities are shared out in."""
        if self.recalls is None:
            return nothing_known
        incoming = comparison.incoming
        # Work that was taken over is the same object, and so are its samples.
        given = {node: (self.work.get(node), edges) for node, edges in incoming.items()}
        marks: Recall[bytes] = self.recalls.begin("marks", self._few.table.shape[1], given)
        own = {
            node: self._prints[node] + marks.kept(node, partial(self._mark, node, edges))
            for node, edges in incoming.items()
        }
        return recaller(self.recalls, self.as_of, folded(comparison.order, incoming, own))

    def _mark(self, node: str, edges: Iterable[Edge]) -> bytes:
        return self._few.mark(node, [self._dependencies[edge] for edge in edges])

    @cached_property
    def recall(self) -> Recaller:
        """What begins passes over the network at P50."""
        if self.recalls is None:
            return nothing_known
        return recaller(self.recalls, self.as_of, self._prints)

    @cached_property
    def _prints(self) -> Prints:
        network = self.network
        order = tuple(node for node in network.order if node in network.complete)
        approved = {node: m.baseline for node, m in self.portfolio.milestones.items()}
        recalls = self.recalls or Recalls()
        return prints(order, network.activities, network.dated, approved, recalls)

    @cached_property
    def leverage(self) -> Leverage:
        """Where a day counts: what holds up the end of each program, and whom slips hit.

        Latent hits are those of open milestones, path tests those of open commitments.
        """
        return self._leverage(None)

    def ask(self, question: Question) -> Sequence[Moved]:
        """Answer a question about the network at P50 in the same pass as those of ``leverage``."""
        self.leverage = found = self._leverage(question)
        return found.beside

    def _leverage(self, beside: Question | None) -> Leverage:
        groups, targets = self._programs, self._commitments
        return leverage(
            self.schedule, self.trace, groups, targets, recall=self.recall, beside=beside
        )

    @cached_property
    def _programs(self) -> Mapping[str, str]:
        return {m.id: m.program for m in self.portfolio.milestones.values()}

    @cached_property
    def _commitments(self) -> Mapping[str, int]:
        return {
            m.id: commitment_instant(m.commitment)
            for m in self.portfolio.milestones.values()
            if m.commitment is not None and m.actual is None
        }

    @cached_property
    def _calibrations(self) -> Mapping[str, Calibration | None]:
        known = {program.id: program.calibration for program in self.portfolio.programs}
        programs = {milestone.program for milestone in self.portfolio.milestones.values()}
        return {program: known.get(program) for program in programs}

    @cached_property
    def _recalibrations(self) -> Mapping[str, Recalibration]:
        return {program: Recalibration(held) for program, held in self._calibrations.items()}

    @cached_property
    def schedule(self) -> Schedule:
        """The deterministic schedule at P50 durations."""
        if self.recalls is None:
            return self.network.schedule(self.as_of)
        states: Recall[LocalState] = self.recalls.begin(
            "states", self.as_of, self.network.activities
        )
        return self.network.schedule(self.as_of, states, self.recall("dates", None))

    @cached_property
    def trace(self) -> Trace:
        """Slack and drivers of the deterministic schedule."""
        return trace(self.schedule)

    @cached_property
    def floats(self) -> Floats:
        """Floats of the deterministic schedule; a network ends with its program."""
        return floats(self.schedule, groups=self._programs, commitments=self._commitments)

    @cached_property
    def lower_bounds(self) -> Mapping[str, int]:
        """Finish instants before which nothing can be done, at P50 of what is known."""
        finish = self.network.lower_bound(self.as_of).finish
        return {milestone: int(finish[milestone][0]) for milestone in self.portfolio.milestones}

    @cached_property
    def early(self) -> Mapping[str, tuple[date, date]]:
        """The early start and finish of each milestone, as days."""
        today = self.portfolio.as_of
        found: dict[str, tuple[date, date]] = {}
        for milestone, placed in self.schedule.placements.items():
            activity = self.network.activities[milestone]
            start, finish = int(placed.start[0]), int(placed.finish[0])
            first = display_start(start, finish, activity.calendar)
            last = display_finish(finish, activity.calendar)
            if activity.finished is None and last < today:
                first, last = today if start == finish else first, today
            found[milestone] = first, last
        return found

    @cached_property
    def durations(self) -> Mapping[str, int | None]:
        """P50 of what remains of each open milestone from ``starts`` on, in working days."""
        return {
            milestone: _number(self.network.activities[milestone].duration)
            for milestone in self.work
        }

    @cached_property
    def starts(self) -> Mapping[str, date]:
        """The day at P50 from which each open milestone's own work could go on."""
        return {
            milestone: date.fromordinal(
                max(_number(self.network.activities[milestone].earliest_start) or 0, self.as_of)
            )
            for milestone in self.work
        }

    def drivers(self, milestone: str) -> tuple[str, ...]:
        """Name the upstream milestones that hold a milestone's finish."""
        return self.trace.drivers(milestone)

    def slack(self, dependency: Dependency) -> int | None:
        """Give a dependency's slack in working days; None when it holds nothing."""
        edge = self._edges.get(dependency)
        return None if edge is None else self.trace.slack.get(edge)

    def is_violated(self, dependency: Dependency) -> bool:
        """Say whether actual dates break a dependency."""
        return bool(self._violations) and self._edges.get(dependency) in self._violations

    def confidence(self) -> Mapping[str, Confidence]:
        """Give each milestone the least confidence of itself and everything it waits for."""
        return carried(self.network, self._own_confidence)

    def _own_confidence(self, milestone: str) -> Confidence:
        """Trust no forecast of ours where those of its program did not hold.

        What the operator or a supplier states is none.
        """
        own = self.work.get(milestone)
        if own is None:
            return "full"
        program = self.portfolio.milestones[milestone].program
        lost = self._is_ours(milestone) and program in self._lost
        return least("low", own.confidence) if lost else own.confidence

    @cached_property
    def _violations(self) -> frozenset[Edge | None]:
        return frozenset(self.schedule.violations())

    def _blocked_in(self, samples: Samples, edge: Edge) -> int | Days:
        blocked = samples.blocked(self._dependencies[edge])
        return (edge.blocked or 0) if blocked is None else blocked

    def _gate(self, edge: Edge) -> int | Packed | Few:
        days = self.samples.gate(self._dependencies[edge])
        return (_number(edge.blocked) or 0) if days is None else days

    def _is_forecast(self, milestone: str) -> bool:
        done = self.portfolio.milestones[milestone].actual is not None
        return not done and not self._is_stalled(milestone)

    def _is_stalled(self, milestone: str) -> bool:
        return self.work.get(milestone, UNKNOWN).stalled


def _number(value: int | Days | None) -> int | None:
    """Read what holds in the one trial of the deterministic network."""
    return value if value is None or isinstance(value, int) else int(value[0])
