"""The assessment of a portfolio: network, forecast, attribution and status put together.

Pure: the same portfolio, seed and number of trials give the same assessment.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

from . import slips
from .assessment import (
    SCHEMA,
    Assessment,
    Cause,
    CycleView,
    Dates,
    DependencyView,
    Forecast,
    Hit,
    MilestoneView,
    ProgramView,
    ProjectView,
    ScopeView,
    Slip,
    SourceView,
)
from .assessment import (
    Network as NetworkView,
)
from .attributing import Attributed, attribute_portfolio
from .calendar import WorkCalendar
from .forecast.quantiles import Days, probability_by
from .interleaving import is_deadlock
from .making import commitment_instant
from .memory import Memory
from .network.criticality import NOT_SIMULATED
from .network.orders import Share
from .outlook import TRIALS, WINDOW, ForecastReader, forecast_portfolio
from .oversight import oversee
from .plan import Plan
from .portfolio.model import Dependency, Milestone, Portfolio
from .status import Judged, doubts, judge, judge_program, judge_project, temper, unseen


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
    plan = forecast_portfolio(portfolio, seed=seed, trials=trials, window=window, memory=memory)
    attributed = attribute_portfolio(plan) if causes else {}
    assessment = _Assessor(portfolio, plan, attributed).assessment(seed=seed, trials=trials)
    assessment = oversee(portfolio, assessment)
    return Assessed(assessment=assessment, starts=plan.starts, durations=plan.durations)


class _Assessor:
    def __init__(
        self,
        portfolio: Portfolio,
        plan: Plan,
        attributed: Mapping[str, Attributed],
    ) -> None:
        self.portfolio = portfolio
        self.plan = plan
        self.attributed = attributed
        self.as_of = portfolio.as_of
        self.cycles = {member: cycle for cycle in plan.network.cycles for member in cycle}
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
        self.doubtful = plan.waiting_for({*self.doubts, *self.unseen})

    def assessment(self, *, seed: int, trials: int) -> Assessment:
        milestones = tuple(self._milestone(m) for m in self.portfolio.milestones.values())
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

    def _milestone(self, milestone: Milestone) -> MilestoneView:
        samples = self.plan.finishes.get(milestone.id)
        forecast = self.reader.forecast(milestone, samples)
        judged = self._judge(milestone, forecast, samples)
        attributed = self.attributed.get(milestone.id, Attributed())
        return MilestoneView(
            id=milestone.id,
            title=milestone.title,
            program=milestone.program,
            project=milestone.project.partition("/")[2],
            url=milestone.url,
            owner=milestone.owner,
            weight=milestone.weight,
            status=judged.status,
            reasons=judged.reasons,
            dates=Dates(
                baseline=milestone.baseline.finish,
                plan=milestone.plan or milestone.promise,
                commitment=milestone.commitment,
                actual=milestone.actual,
            ),
            forecast=forecast,
            network=self._network(milestone),
            slip=self._slip(milestone, forecast),
            scope=ScopeView(
                done=milestone.scope.done,
                remaining=milestone.scope.remaining,
                baseline=milestone.scope.baseline,
                added=milestone.scope.added,
                removed=milestone.scope.removed,
            ),
            caused_by=_causes(attributed),
            concurrent=attributed.concurrent,
            undelayed=attributed.chances.undelayed if attributed.chances else None,
            hits=tuple(Hit(milestone=target, days=days) for target, days in attributed.hits),
            baselines=milestone.baselines,
        )

    def _calendar(self, milestone: Milestone) -> WorkCalendar:
        return self.portfolio.calendars[milestone.calendar]

    def _judge(self, milestone: Milestone, forecast: Forecast, samples: Days | None) -> Judged:
        due = milestone.plan or milestone.promise
        by_plan = None
        if samples is not None and due is not None:
            by_plan = probability_by(samples, commitment_instant(due))
        judged = judge(
            milestone,
            forecast,
            as_of=self.as_of,
            by_plan=by_plan,
            in_cycle=milestone.id in self.plan.network.deadlocked,
            stalled=milestone.actual is None and self.plan.work[milestone.id].stalled,
            doubts=self.doubts.get(milestone.id, ()),
            doubtful=self.doubtful.get(milestone.id, ()),
            stated_off=self._stated_off(milestone),
        )
        return temper(judged, self.unseen.get(milestone.id, ()))

    def _stated_off(self, milestone: Milestone) -> int:
        if milestone.actual is None or milestone.stated is None:
            return 0
        return self._calendar(milestone).between(milestone.actual, milestone.stated)

    def _network(self, milestone: Milestone) -> NetworkView:
        early = self.plan.early.get(milestone.id)
        floats = self.plan.floats
        total = floats.total.get(milestone.id)
        latent = self.plan.latent.get(milestone.id, ())
        found = self.plan.criticality.get(milestone.id, NOT_SIMULATED)
        return NetworkView(
            early_start=early[0] if early is not None else None,
            early_finish=early[1] if early is not None else None,
            total_float=total,
            free_float=floats.free.get(milestone.id),
            commitment_float=floats.commitment.get(milestone.id),
            critical=total == 0,
            drag=None if early is None else self.plan.drag.get(milestone.id, 0),
            criticality=found.index and round(found.index, 6),
            cruciality=found.cruciality and round(found.cruciality, 4),
            sensitivity=found.sensitivity and round(found.sensitivity, 4),
            latent_radius=None if early is None else len(latent),
            latent_projects=None if early is None else len(self._projects(milestone, latent)),
            path_test=self.plan.path_tests.get(milestone.id),
            drivers=self.plan.drivers(milestone.id),
            cycle=self.cycles.get(milestone.id),
        )

    def _projects(self, milestone: Milestone, others: Iterable[str]) -> set[str]:
        """Name the other projects that some milestones belong to."""
        known = self.portfolio.milestones
        return {known[other].project for other in others} - {milestone.project}

    def _slip(self, milestone: Milestone, forecast: Forecast) -> Slip:
        calendar = self._calendar(milestone)
        found = slips.count(milestone.history, calendar)

        def variance(reference: date | None, current: date | None) -> int | None:
            if reference is None or current is None:
                return None
            return calendar.between(reference, current)

        plan = milestone.plan or milestone.promise
        return Slip(
            plan_vs_baseline=variance(milestone.baseline.finish, plan),
            forecast_vs_baseline=variance(milestone.baseline.finish, forecast.p50),
            forecast_vs_commitment=variance(milestone.commitment, forecast.p50),
            moves=found.moves,
            slips=found.slips,
            gross=found.gross,
            net=found.net,
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
            driving=dependency.upstream in self.plan.drivers(dependency.downstream),
            evidence=dependency.evidence,
        )


def _causes(attributed: Attributed) -> tuple[Cause, ...]:
    chances = attributed.chances
    none = Share(mean=0.0, error=0.0)
    return tuple(
        Cause(
            milestone=cause.id,
            but_for=cause.but_for,
            shapley=round(cause.shapley, 4),
            own_slip=cause.own_slip,
            shapley_error=round(cause.error, 4) or None,
            probability=round(taken.mean, 4) if chances else None,
            probability_error=round(taken.error, 4) if chances else None,
        )
        for cause in attributed.causes
        for taken in [chances.taken.get(cause.id, none) if chances else none]
    )
