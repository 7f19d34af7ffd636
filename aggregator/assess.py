"""The assessment of a portfolio: network, forecast, attribution and status put together.

Pure: the same portfolio, seed and number of trials give the same assessment.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Literal

from .assessment import (
    SCHEMA,
    Assessment,
    CycleView,
    DependencyView,
    MilestoneView,
    ProgramView,
    ProjectView,
    SourceView,
)
from .attributing import NOTHING, Attributed, attribute_portfolio
from .collector import collector_at_rest
from .confidence import waiting_for
from .forecast.quantiles import probability_by
from .interleaving import is_deadlock
from .making import commitment_instant
from .memory import Memory
from .network.criticality import NOT_SIMULATED
from .network.recall import Recall, Recalls
from .outlook import TRIALS, WINDOW, ForecastReader, forecast_portfolio
from .oversight import oversee
from .plan import Plan
from .portfolio.model import Dependency, Milestone, Portfolio
from .status import doubts, judge_program, judge_project, unseen
from .viewing import Place, Read, Said, Seen, Told, say, view_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """An assessment without findings, and what a baseline taken today would hold."""

    assessment: Assessment
    starts: Mapping[str, date]
    """The day from which each open milestone's own work could go on."""
    durations: Mapping[str, int | None]
    """P50 of what it takes from then, in working days."""


def assess(portfolio: Portfolio, as_of: date, seed: int = 0) -> Assessment:
    """Assess a portfolio as of its day; raises ``ValueError`` for another day."""
    if as_of != portfolio.as_of:
        raise ValueError(f"the portfolio is of {portfolio.as_of}, not of {as_of}")
    return assess_portfolio(portfolio, seed=seed).assessment


def assess_portfolio(
    portfolio: Portfolio,
    *,
    seed: int,
    trials: int = TRIALS,
    window: int = WINDOW,
    causes: bool = True,
    memory: Memory | None = None,
) -> Assessed:
    """Assess a portfolio with ``trials`` Monte Carlo trials over ``window`` weeks of history.

    Without ``causes`` nobody is told what a slip comes from and whom it hits, which takes time.
    What a ``memory`` holds of an earlier assessment is not computed again.
    """
    with collector_at_rest():
        if memory is not None:
            portfolio = memory.settled(portfolio)
        plan = forecast_portfolio(portfolio, seed=seed, trials=trials, window=window, memory=memory)
        attribute = attribute_portfolio if memory is None else memory.attribute
        attributed = attribute(plan) if causes else {}
        recalls = Recalls() if memory is None else memory.recalls
        assessor = _Assessor(portfolio, plan, attributed, recalls)
        assessment = oversee(portfolio, assessor.assessment(seed=seed, trials=trials))
        return Assessed(assessment=assessment, starts=plan.starts, durations=plan.durations)


class _Assessor:
    def __init__(
        self,
        portfolio: Portfolio,
        plan: Plan,
        attributed: Mapping[str, Attributed],
        recalls: Recalls,
    ) -> None:
        self.portfolio = portfolio
        self.plan = plan
        self.attributed = attributed
        self.recall = recalls.begin
        self.as_of = portfolio.as_of
        self.cycles = {member: cycle for cycle in plan.network.cycles for member in cycle}
        self.drivers = {name: plan.drivers(name) for name in portfolio.milestones}
        self.reader = ForecastReader(plan)
        self.doubts = {
            milestone.id: found
            for milestone in portfolio.milestones.values()
            if (found := tuple(doubts(milestone, portfolio.sources)))
        }
        self.unseen = {
            milestone.id: found
            for milestone in portfolio.milestones.values()
            if (found := unseen(milestone))
        }
        self.doubtful = waiting_for(plan.network, {*self.doubts, *self.unseen})

    def assessment(self, *, seed: int, trials: int) -> Assessment:
        milestones = tuple(self._milestones())
        by_project: dict[str, list[MilestoneView]] = defaultdict(list)
        by_program: dict[str, list[MilestoneView]] = defaultdict(list)
        for view in milestones:
            by_project[f"{view.program}/{view.project}"].append(view)
            by_program[view.program].append(view)
        return Assessment(
            schema=SCHEMA,
            as_of=self.as_of,
            generated_at=self.portfolio.data_time
            or datetime.combine(self.as_of, time(), tzinfo=UTC),
            timezone=self.portfolio.timezone,
            seed=seed,
            trials=trials,
            sources=tuple(
                SourceView(
                    name=source.name,
                    status=source.status.value,
                    last_success=source.last_success,
                    items=source.items,
                    invisible=source.invisible,
                )
                for source in self.portfolio.sources
            ),
            milestones=milestones,
            dependencies=tuple(self._dependency(d) for d in self.portfolio.dependencies),
            cycles=tuple(
                CycleView(
                    members=cycle,
                    kind="deadlock" if is_deadlock(self.portfolio, cycle) else "interleaved",
                )
                for cycle in self.plan.network.cycles
            ),
            projects=tuple(
                ProjectView(
                    id=project.id,
                    title=project.title,
                    program=project.program,
                    lead=project.lead,
                    status=judge_project(by_project[project.id]),
                    flow=project.flow,
                )
                for project in self.portfolio.projects
            ),
            programs=tuple(self._programs(by_program)),
        )

    def _programs(self, by_program: Mapping[str, list[MilestoneView]]) -> Iterator[ProgramView]:
        for program in self.portfolio.programs:
            judged = judge_program(by_program.get(program.id, []), red_weight=program.red_weight)
            yield ProgramView(
                id=program.id,
                title=program.title,
                sponsor=program.sponsor,
                manager=program.manager,
                status=judged.status,
                reasons=judged.reasons,
                calibration=program.calibration and program.calibration.shown,
            )

    def _milestones(self) -> Iterator[MilestoneView]:
        """View each milestone, those of which all is as it was before as they were viewed then."""
        milestones, reads = self.portfolio.milestones, self._reads()
        told = {name: self._told(one, reads[name]) for name, one in milestones.items()}
        seen = {name: Seen(one, self._place(name)) for name, one in told.items()}
        projects = {name: one.project for name, one in milestones.items()}
        said: Recall[Said] = self.recall("said", self.as_of, told)
        known: Recall[MilestoneView] = self.recall("views", (self.as_of, projects), seen)
        for name, each in seen.items():
            view = known.get(name)
            if view is None:
                words = said.kept(name, partial(say, each.told, self.as_of))
                view = view_of(each, words, projects)
                known.keep(name, view)
            yield view

    def _reads(self) -> dict[str, Read]:
        """Read the trials of each milestone, of those that are as they were before once."""
        milestones = self.portfolio.milestones
        origins = {name: self.reader.origin(one) for name, one in milestones.items()}
        known: Recall[Read] = self.recall("reads", self.as_of, origins)
        return {
            name: known.kept(name, partial(self._read, one)) for name, one in milestones.items()
        }

    def _read(self, milestone: Milestone) -> Read:
        samples = self.plan.finishes.get(milestone.id)
        due = milestone.plan or milestone.promise
        by_plan = None
        if samples is not None and due is not None:
            by_plan = probability_by(samples, commitment_instant(due))
        return Read(self.reader.forecast(milestone, samples), by_plan)

    def _told(self, milestone: Milestone, read: Read) -> Told:
        name, plan = milestone.id, self.plan
        return Told(
            milestone=milestone,
            calendar=self.portfolio.calendars[milestone.calendar],
            read=read,
            deadlocked=name in plan.network.deadlocked,
            stalled=milestone.actual is None and plan.work[name].stalled,
            doubts=self.doubts.get(name, ()),
            doubtful=self.doubtful.get(name, ()),
            unseen=self.unseen.get(name, ()),
            attributed=self.attributed.get(name, NOTHING),
        )

    def _place(self, name: str) -> Place:
        plan = self.plan
        return Place(
            early=plan.early.get(name),
            total_float=plan.floats.total.get(name),
            free_float=plan.floats.free.get(name),
            commitment_float=plan.floats.commitment.get(name),
            drag=plan.leverage.drag.get(name, 0),
            criticality=plan.criticality.get(name, NOT_SIMULATED).rounded(),
            latent=plan.leverage.latent.get(name, ()),
            path_test=plan.leverage.path_tests.get(name),
            drivers=self.drivers[name],
            cycle=self.cycles.get(name),
        )

    def _dependency(self, dependency: Dependency) -> DependencyView:
        upstream = self.portfolio.milestones.get(dependency.upstream)
        downstream = self.portfolio.milestones[dependency.downstream]
        slack = self.plan.slack(dependency)
        status: Literal["ok", "violated", "broken"] = "ok"
        if dependency.broken:
            status = "broken"
        elif self.plan.is_violated(dependency):
            status = "violated"
        return DependencyView(
            upstream=dependency.upstream,
            downstream=dependency.downstream,
            type=dependency.type.value,
            lag=str(dependency.lag),
            declared=dependency.declared,
            cross_project=upstream is None or upstream.project != downstream.project,
            status=status,
            slack=slack,
            driving=dependency.upstream in self.drivers[dependency.downstream],
            evidence=dependency.evidence,
        )
