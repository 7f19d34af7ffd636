"""Adds benefits, strategy and worth to an assessment."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import inf
from zoneinfo import ZoneInfo

import msgspec

from ..assessment import Assessment, MilestoneView, ProgramView, ProjectView
from ..benefits.model import Benefit
from ..benefits.views import (
    BenefitView,
    CloseView,
    EnablesView,
    ProgramAimsView,
    ProjectAimsView,
    StrategyView,
)
from ..money.exchange import Exchange
from ..portfolio.model import Portfolio, Program
from .alignment import Budgets, aligned_budget, aligned_work, objective_views, project_views
from .case import Cost, case_view
from .causes import enables, ranked_causes
from .converting import Converter, converter_for
from .indicators import indicators
from .measuring import benefit_view


def watch_benefits(portfolio: Portfolio, assessment: Assessment) -> Assessment:
    """Add what each program and project is for, what that is worth, and what delay costs."""
    benefits = _views(portfolio, assessment)
    views = {benefit.id: view for benefit, view in benefits}
    exchange = Exchange(portfolio.money.rates)
    known = {program.id: program for program in portfolio.programs}
    converters = _converters(portfolio, assessment, exchange)
    aims, ranked_by = project_views(
        portfolio, assessment.projects, assessment.milestones, views, converters
    )
    budgets = _budgets(portfolio, assessment, exchange)
    funded = frozenset(project.id for project in assessment.projects if _has_budget(project))
    enabling = enables(benefits, converters)
    own: dict[str, list[MilestoneView]] = defaultdict(list)
    for view in assessment.milestones:
        own[view.program].append(view)
    return msgspec.structs.replace(
        assessment,
        milestones=tuple(_enabling(view, enabling) for view in assessment.milestones),
        projects=tuple(
            msgspec.structs.replace(view, aims=aims[view.id]) for view in assessment.projects
        ),
        programs=tuple(
            _program(
                known[view.id],
                view,
                views,
                aims,
                own[view.id],
                enabling,
                portfolio.as_of,
                budgets,
                converters[view.id],
            )
            for view in assessment.programs
        ),
        strategy=StrategyView(
            objectives=objective_views(portfolio, aims, funded),
            aligned_work=aligned_work(aims.values()),
            aligned_budget=aligned_budget(aims, budgets),
            ranked_by=ranked_by,
        ),
    )


def _views(portfolio: Portfolio, assessment: Assessment) -> list[tuple[Benefit, BenefitView]]:
    milestones = {view.id: view for view in assessment.milestones}
    zone = ZoneInfo(portfolio.timezone)

    def day_of(moment: datetime) -> date:
        return moment.astimezone(zone).date()

    return [
        (benefit, benefit_view(benefit, milestones, portfolio.as_of, day_of))
        for program in portfolio.programs
        for benefit in program.aims.benefits
    ]


def _converters(
    portfolio: Portfolio, assessment: Assessment, exchange: Exchange
) -> dict[str, Converter]:
    """Give each program what turns money into its own currency."""
    known = {program.id: program for program in portfolio.programs}
    reporting = portfolio.money.currency
    return {
        view.id: converter_for(known[view.id], view, exchange, reporting, portfolio.as_of)
        for view in assessment.programs
    }


def _enabling(
    view: MilestoneView, enabling: Mapping[str, tuple[EnablesView, ...]]
) -> MilestoneView:
    found = enabling.get(view.id, ())
    return view if found == view.enables else msgspec.structs.replace(view, enables=found)


def _program(
    program: Program,
    view: ProgramView,
    benefits: Mapping[str, BenefitView],
    aims: Mapping[str, ProjectAimsView],
    milestones: Sequence[MilestoneView],
    enabling: dict[str, tuple[EnablesView, ...]],
    as_of: date,
    budgets: Budgets | None,
    converter: Converter,
) -> ProgramView:
    projects = {name: one for name, one in aims.items() if name.startswith(f"{program.id}/")}
    close = program.aims.close
    return msgspec.structs.replace(
        view,
        benefits=tuple(
            sorted(
                (benefits[one.id] for one in program.aims.benefits),
                key=lambda one: inf if one.priority is None else one.priority,
            )
        ),
        aims=ProgramAimsView(
            objectives=program.aims.objectives,
            currency=converter.currency,
            indicators=indicators(
                program.aims.benefits,
                benefits,
                projects,
                milestones,
                as_of,
                budgets,
                view.cost,
                converter,
            ),
            case=case_view(
                program.aims.case,
                program.aims.benefits,
                benefits,
                _cost(program, view, converter),
                converter,
            ),
            causes=ranked_causes(milestones, enabling),
            close=None
            if close is None
            else CloseView(
                day=close.day, review=close.review, reviewed=close.reviewed, by=close.by
            ),
        ),
    )


def _cost(program: Program, view: ProgramView, converter: Converter) -> Cost | None:
    """Give what a program was to cost, and what it is estimated to cost now.

    The file's business case says what was planned, or else the budget; where nobody can estimate,
    the plan stands.
    """
    stated, cost = program.aims.case.cost, view.cost
    if stated is None and (cost is None or cost.bac is None or not cost.currency):
        return None
    planned, currency = (
        (stated.amount, stated.currency)
        if stated is not None
        else (cost.bac or 0.0, cost.currency)
        if cost is not None
        else (0.0, "")
    )
    estimate = None if cost is None else cost.eac
    if cost is not None and estimate is not None and cost.currency != currency:
        ours, theirs = converter.rate(currency), converter.rate(cost.currency)
        estimate = None if ours is None or theirs is None else estimate * theirs / ours
    return Cost(planned, planned if estimate is None else estimate, currency)


def _has_budget(project: ProjectView) -> bool:
    return project.cost is not None and bool(project.cost.bac)


def _budgets(portfolio: Portfolio, assessment: Assessment, exchange: Exchange) -> Budgets | None:
    """Give budgets by project in one currency; None where there are none, or no rate adds them up.

    They go by the rate of the day of approval, as where costs are rolled up.
    """
    costs = {
        project.id: project.cost
        for project in assessment.projects
        if project.cost is not None and project.cost.bac is not None
    }
    used = {cost.currency for cost in costs.values()}
    target = used.pop() if len(used) == 1 else portfolio.money.currency
    if not costs or target is None:
        return None
    found: dict[str, float] = {}
    for project, cost in costs.items():
        day = cost.approved_on or portfolio.as_of
        counted, currency = Converter(exchange, target, day).counted(cost.bac or 0.0, cost.currency)
        if currency != target:
            return None
        found[project] = counted
    return Budgets(target, found)
