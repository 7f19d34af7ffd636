"""From the file, the feeds and the hours to what is known of money as of a day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from slipwatch.config.money import BudgetSettings, WorklogCostSettings
from slipwatch.config.programs import ProgramSettings, ProjectSettings
from slipwatch.config.settings import SlipwatchSettings

from .exchange import Exchange, UnknownRateError
from .model import (
    Budget,
    CostReading,
    Effort,
    Money,
    Package,
    Posting,
    Rate,
    actuals_feed,
    plan_feed,
)

Hours = Mapping[str, Sequence[Effort]]
"""What was logged, by ``program/project``; a project that no source tells of is not in it."""
Readings = Mapping[str, Sequence[CostReading]]
"""By feed, oldest first."""


def money_of(
    settings: SlipwatchSettings,
    readings: Readings,
    hours: Hours,
    packages: Mapping[str, tuple[Package, ...]],
) -> Money:
    """Bring together what is known of money; pure."""
    rates = tuple(
        Rate(day=rate.date, source=rate.from_, target=rate.to, value=rate.rate)
        for rate in settings.rates
    )
    exchange = Exchange(rates)
    budgets: dict[str, Budget] = {}
    for program in settings.programs:
        for budget in _budgets(program, readings, hours, exchange):
            budgets[budget.subject] = budget
    return Money(
        budgets=budgets,
        packages=packages,
        rates=rates,
        currency=settings.reporting_currency,
    )


def _budgets(
    program: ProgramSettings, readings: Readings, hours: Hours, exchange: Exchange
) -> Iterator[Budget]:
    """Make the budgets of a program and its projects; of the latter some go by its actuals."""
    whole = None
    if program.budget is not None:
        cost = _cost_of(program.budget, program.id, program.projects, hours)
        whole = _budget(program.id, program.budget, readings, cost)
        yield whole
    for project in program.projects:
        if project.budget is None:
            continue
        subject = f"{program.id}/{project.id}"
        cost = _cost_of(project.budget, program.id, [project], hours)
        budget = _budget(subject, project.budget, readings, cost)
        if budget.source is None and whole is not None:
            budget = _told(whole, budget, project.id, exchange)
        yield budget


def _told(whole: Budget, budget: Budget, project: str, exchange: Exchange) -> Budget:
    """Add what a program's actuals say of a project; nothing where they tell none apart.

    What was spent in another currency counts at the rate of its day; without one it is unknown.
    """
    if whole.actuals is None or all(posting.project is None for posting in whole.actuals):
        return budget
    try:
        own = tuple(
            replace(
                posting,
                amount=posting.amount * exchange.rate(whole.currency, budget.currency, posting.day),
            )
            for posting in whole.actuals
            if posting.project == project
        )
    except UnknownRateError as error:
        return replace(budget, source=whole.source, actuals_error=str(error))
    return replace(budget, source=whole.source, actuals=own, actuals_error=whole.actuals_error)


def _budget(
    subject: str,
    settings: BudgetSettings,
    readings: Readings,
    logged: tuple[Posting, ...] | None,
) -> Budget:
    approved, contingency, actuals = settings.approved, settings.contingency, settings.actuals
    planned = _Said.of(readings.get(plan_feed(subject), ()))
    spent = _Said.of(readings.get(actuals_feed(subject), ()))
    by_hours = actuals is not None and actuals.worklogs is not None
    return Budget(
        subject=subject,
        currency=settings.currency,
        bac=settings.bac,
        approved_by=approved.by if approved is not None else None,
        approved_on=approved.date if approved is not None else None,
        start=settings.start,
        has_plan=settings.plan is not None,
        plan=planned.postings if settings.plan is not None else None,
        plan_error=planned.error,
        source=actuals.kind if actuals is not None else None,
        actuals=logged if by_hours else spent.postings if actuals is not None else None,
        actuals_error=None if by_hours else spent.error,
        contingency=contingency.amount if contingency is not None else None,
        drawn=contingency.drawn if contingency is not None else 0.0,
        estimate=settings.estimate,
        earned_by=settings.earned_by,
    )


class _Said:
    """What a feed says: what it held when it could last be read, and why it cannot be now."""

    def __init__(self, postings: tuple[Posting, ...] | None, error: str | None) -> None:
        self.postings = postings
        self.error = error

    @classmethod
    def of(cls, readings: Sequence[CostReading]) -> "_Said":
        held = [reading.postings for reading in readings if reading.postings is not None]
        return cls(held[-1] if held else None, readings[-1].error if readings else None)


def _cost_of(
    budget: BudgetSettings, program: str, projects: Iterable[ProjectSettings], hours: Hours
) -> tuple[Posting, ...] | None:
    """Price the hours that were logged; None where they are not what counts, or nobody tells."""
    rates = budget.actuals.worklogs if budget.actuals is not None else None
    if rates is None:
        return None
    told = [project for project in projects if f"{program}/{project.id}" in hours]
    if not told:
        return None
    return tuple(
        posting
        for project in told
        for posting in _priced(project, rates, hours[f"{program}/{project.id}"])
    )


def _priced(
    project: ProjectSettings, rates: WorklogCostSettings, logged: Sequence[Effort]
) -> Iterator[Posting]:
    for day, hours, role in logged:
        hourly = rates.hourly(project.id, stream=project.stream, role=role)
        yield Posting(day, hours * hourly, project.id)
