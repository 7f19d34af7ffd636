"""Adds benefits, strategy and worth to an assessment."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from ..assessment import Assessment, MilestoneView, ProgramView
from ..benefits.model import Benefit
from ..benefits.views import (
    BenefitView,
    CloseView,
    EnablesView,
    ProgramAimsView,
    ProjectAimsView,
    StrategyView,
)
from ..portfolio.model import Portfolio, Program
from .alignment import aligned_budget, aligned_work, objective_views, project_views
from .case import Cost, case_view
from .causes import enables, ranked_causes
from .indicators import indicators
from .measuring import benefit_view


def watch_benefits(portfolio: Portfolio, assessment: Assessment) -> Assessment:
    """Add what each program and project is for, what that is worth, and what delay costs."""
    by_id = {view.id: view for view in assessment.milestones}
    zone = ZoneInfo(portfolio.timezone)

    def day_of(moment: datetime) -> date:
        return moment.astimezone(zone).date()

    benefits: list[tuple[Benefit, BenefitView]] = [
        (benefit, benefit_view(benefit, by_id, portfolio.as_of, day_of))
        for program in portfolio.programs
        for benefit in program.aims.benefits
    ]
    views = {benefit.id: view for benefit, view in benefits}
    aims, ranked_by = project_views(portfolio, assessment.projects, assessment.milestones, views)
    budgets = _budgets(assessment)
    enabling = enables(benefits)
    own: dict[str, list[MilestoneView]] = defaultdict(list)
    for view in assessment.milestones:
        own[view.program].append(view)
    known = {program.id: program for program in portfolio.programs}
    return msgspec.structs.replace(
        assessment,
        milestones=tuple(
            msgspec.structs.replace(view, enables=enabling.get(view.id, ()))
            for view in assessment.milestones
        ),
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
            )
            for view in assessment.programs
        ),
        strategy=StrategyView(
            objectives=objective_views(portfolio, aims, budgets),
            aligned_work=aligned_work(aims.values()),
            aligned_budget=aligned_budget(aims, budgets),
            ranked_by=ranked_by,
        ),
    )


def _program(
    program: Program,
    view: ProgramView,
    benefits: Mapping[str, BenefitView],
    aims: Mapping[str, ProjectAimsView],
    milestones: Sequence[MilestoneView],
    enabling: dict[str, tuple[EnablesView, ...]],
    as_of: date,
    budgets: Mapping[str, float],
) -> ProgramView:
    projects = {name: one for name, one in aims.items() if name.startswith(f"{program.id}/")}
    close = program.aims.close
    return msgspec.structs.replace(
        view,
        benefits=tuple(benefits[one.id] for one in program.aims.benefits),
        aims=ProgramAimsView(
            objectives=program.aims.objectives,
            indicators=indicators(
                program.aims.benefits, benefits, projects, milestones, as_of, budgets, _spent(view)
            ),
            case=case_view(
                program.aims.case, program.aims.benefits, benefits, _cost(program, view)
            ),
            causes=ranked_causes(milestones, enabling),
            close=None
            if close is None
            else CloseView(
                day=close.day, review=close.review, reviewed=close.reviewed, by=close.by
            ),
        ),
    )


def _cost(program: Program, view: ProgramView) -> Cost | None:
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
    estimate = None if cost is None or cost.currency != currency else cost.eac
    return Cost(planned, planned if estimate is None else estimate, currency)


def _budgets(assessment: Assessment) -> dict[str, float]:
    """Give approved budgets by project; none where they are in several currencies."""
    known = {
        project.id: project.cost
        for project in assessment.projects
        if project.cost is not None and project.cost.bac is not None
    }
    if len({cost.currency for cost in known.values()}) != 1:
        return {}
    return {project: cost.bac or 0.0 for project, cost in known.items()}


def _spent(view: ProgramView) -> dict[str, float]:
    """Give a program's cost to date by currency, where it is known."""
    cost = view.cost
    return {cost.currency: cost.ac} if cost is not None and cost.ac and cost.currency else {}
