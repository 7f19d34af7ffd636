"""Who works for which objective, and which project goes first (DOMAIN.md 4 and 5.2).

A project is traced to the objectives it names itself, and to those of the benefits that its
milestones enable. It does not inherit its program's: what a program is for does not say that each
of its projects is for that.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ..assessment import MilestoneView, ProjectView
from ..benefits import formulas
from ..benefits.model import Benefit
from ..benefits.views import BenefitView, Kpi, MoneyKpi, ObjectiveView, ProjectAimsView
from ..portfolio.model import Portfolio, Program, Project
from .converting import Converter

RankedBy = Literal["weighted score", "wsjf", "cost of delay"]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Projects in order, by the method that ranks at least two of them."""

    by: RankedBy | None
    ranks: Mapping[str, int]
    moves: Mapping[str, int]
    """The most places a rank moves when one weight is a fifth off; weighted scores only."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """What projects may cost, in one currency."""

    currency: str
    amounts: Mapping[str, float]
    """By project."""


def share(part: float, whole: float) -> Kpi:
    """Give a share with what it is a share of."""
    return Kpi(
        value=round(part / whole, 4) if whole else None,
        numerator=round(part, 2),
        denominator=round(whole, 2),
    )


def project_views(
    portfolio: Portfolio,
    projects: Sequence[ProjectView],
    milestones: Sequence[MilestoneView],
    benefits: Mapping[str, BenefitView],
    converters: Mapping[str, Converter],
) -> tuple[dict[str, ProjectAimsView], RankedBy | None]:
    """Say for each project what it works for, and by what projects are ranked.

    Money is counted in the currency of the benefit's program; ``converters`` are by its id.
    """
    enabled, own_milestones = _enabled(portfolio), _by_project(milestones)
    open_items = {view.id: _open_items(view, own_milestones.get(view.id, ())) for view in projects}
    active = {
        view.id: open_items[view.id] > 0 or _any_open(own_milestones.get(view.id, ()))
        for view in projects
    }
    delay_costs = {
        project.id: _delay_costs(project.id, enabled.get(project.id, ()), benefits, converters)
        for project in portfolio.projects
    }
    ranking = _rank(portfolio, own_milestones, delay_costs, active)
    found: dict[str, ProjectAimsView] = {}
    for project in portfolio.projects:
        own = enabled.get(project.id, ())
        served = (benefit.objective for benefit in own if benefit.objective is not None)
        aims = project.aims
        found[project.id] = ProjectAimsView(
            objectives=aims.objectives,
            traced_to=tuple(dict.fromkeys([*aims.objectives, *served])),
            benefits=tuple(benefit.id for benefit in own),
            open_items=open_items.get(project.id, 0),
            active=active.get(project.id, False),
            cost_of_delay_per_day=delay_costs[project.id],
            wsjf=_rounded(_wsjf(project)),
            score=_rounded(formulas.weighted_score(aims.scores, portfolio.strategy.weights)),
            rank=ranking.ranks.get(project.id),
            rank_moves=ranking.moves.get(project.id),
        )
    return found, ranking.by


def objective_views(
    portfolio: Portfolio,
    aims: Mapping[str, ProjectAimsView],
    funded: frozenset[str],
) -> tuple[ObjectiveView, ...]:
    """Say of each objective who works for it; ``funded`` are the projects that have a budget."""
    benefits = [one for program in portfolio.programs for one in program.aims.benefits]
    return tuple(
        ObjectiveView(
            id=objective.id,
            title=objective.title,
            owner=objective.owner,
            weight=objective.weight,
            projects=(working := _working_for(objective.id, aims)),
            benefits=tuple(one.id for one in benefits if one.objective == objective.id),
            funded=not funded.isdisjoint(working) if funded else None,
            programs=tuple(
                program.id
                for program in portfolio.programs
                if objective.id in _served_by(program, portfolio)
            ),
        )
        for objective in portfolio.strategy.objectives
    )


def aligned_work(aims: Iterable[ProjectAimsView]) -> Kpi:
    """Give the share of open items whose project is traced to an objective."""
    every = list(aims)
    traced = sum(one.open_items for one in every if one.traced_to)
    return share(traced, sum(one.open_items for one in every))


def aligned_budget(aims: Mapping[str, ProjectAimsView], budgets: Budgets | None) -> MoneyKpi | None:
    """Give the share of budgets whose project is traced to an objective."""
    known = {} if budgets is None else budgets.amounts
    own = {project: amount for project, amount in known.items() if project in aims}
    if budgets is None or not own:
        return None
    traced = sum(amount for project, amount in own.items() if aims[project].traced_to)
    found = share(traced, sum(own.values()))
    return MoneyKpi(
        value=found.value,
        numerator=found.numerator,
        denominator=found.denominator,
        currency=budgets.currency,
    )


def _served_by(program: Program, portfolio: Portfolio) -> set[str]:
    """Collect the objectives that a program names, itself or by its projects and benefits."""
    found = set(program.aims.objectives)
    found.update(one.objective for one in program.aims.benefits if one.objective is not None)
    for project in portfolio.projects:
        if project.program == program.id:
            found.update(project.aims.objectives)
    return found


def _working_for(objective: str, aims: Mapping[str, ProjectAimsView]) -> tuple[str, ...]:
    return tuple(
        project for project, view in aims.items() if view.active and objective in view.traced_to
    )


def _enabled(portfolio: Portfolio) -> Mapping[str, Sequence[Benefit]]:
    """Collect by project the benefits that its milestones enable."""
    found: dict[str, dict[str, Benefit]] = defaultdict(dict)
    for program in portfolio.programs:
        for benefit in program.aims.benefits:
            for enabler in benefit.enabled_by:
                found[enabler.milestone.rpartition("/")[0]][benefit.id] = benefit
    return {project: tuple(benefits.values()) for project, benefits in found.items()}


def _by_project(milestones: Iterable[MilestoneView]) -> Mapping[str, Sequence[MilestoneView]]:
    found: dict[str, list[MilestoneView]] = defaultdict(list)
    for one in milestones:
        found[f"{one.program}/{one.project}"].append(one)
    return found


def _open_items(view: ProjectView, own: Iterable[MilestoneView]) -> int:
    """Count what is left to do: its tracker items, or where it has none, what the file says."""
    if view.flow.todo + view.flow.doing + view.flow.done:
        return view.flow.todo + view.flow.doing
    return sum(one.scope.remaining for one in own)


def _any_open(milestones: Iterable[MilestoneView]) -> bool:
    return any(one.dates.actual is None for one in milestones)


def _delay_costs(
    project: str,
    own: Sequence[Benefit],
    benefits: Mapping[str, BenefitView],
    converters: Mapping[str, Converter],
) -> dict[str, float]:
    """Sum what a day of delay of all its enabling milestones costs, by currency."""
    costs: dict[str, float] = defaultdict(float)
    for benefit in own:
        view = benefits[benefit.id]
        if view.cost_of_delay_per_day is None or view.currency is None:
            continue
        part = sum(
            one.share for one in benefit.enabled_by if one.milestone.rpartition("/")[0] == project
        )
        counted = converters[benefit.program].counted(view.cost_of_delay_per_day, view.currency)
        costs[counted[1]] += part * counted[0]
    return {currency: round(cost, 2) for currency, cost in sorted(costs.items())}


def _wsjf(project: Project) -> float | None:
    own = project.aims.wsjf
    if own is None:
        return None
    return formulas.wsjf(own.value, own.time_criticality, own.risk_reduction, own.size)


def _rank(
    portfolio: Portfolio,
    milestones: Mapping[str, Sequence[MilestoneView]],
    delay_costs: Mapping[str, Mapping[str, float]],
    active: Mapping[str, bool],
) -> Ranking:
    weights = portfolio.strategy.weights
    ours = [project for project in portfolio.projects if active.get(project.id)]
    scores = {project.id: formulas.weighted_score(project.aims.scores, weights) for project in ours}
    jobs = {project.id: _wsjf(project) for project in ours}
    rates = {
        project.id: _delay_rate(
            delay_costs[project.id],
            _days_left(milestones.get(project.id, ()), portfolio.as_of),
        )
        for project in ours
    }
    if len({currency for costs in delay_costs.values() for currency in costs}) > 1:
        rates = {}
    methods: tuple[tuple[RankedBy, Mapping[str, float | None]], ...] = (
        ("weighted score", scores),
        ("wsjf", jobs),
        ("cost of delay", rates),
    )
    for name, values in methods:
        known = {project: value for project, value in values.items() if value is not None}
        if len(known) > 1:
            own = {project.id: project.aims.scores for project in ours}
            moves = formulas.sensitivity(own, weights) if name == "weighted score" else {}
            return Ranking(name, formulas.ranks(known), moves)
    return Ranking(None, {}, {})


def _days_left(milestones: Iterable[MilestoneView], as_of: date) -> int | None:
    """Count the days until the last of a project's open milestones is done at P50."""
    ends = [
        one.forecast.p50
        for one in milestones
        if one.dates.actual is None and one.forecast.p50 is not None
    ]
    return max((max(ends) - as_of).days, 1) if ends else None


def _delay_rate(costs: Mapping[str, float], days: int | None) -> float | None:
    """Give the cost of delay by the time that the work still takes, in money (Reinertsen)."""
    return None if not costs or days is None else sum(costs.values()) / days


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
