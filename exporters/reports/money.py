"""The money of a program in a report: a line for it and for each project with a budget."""

from collections.abc import Iterator

from slipwatch.aggregator.assessment import Assessment, ProgramView
from slipwatch.aggregator.money.views import CostView
from slipwatch.aggregator.percent import percent

from ..money import say_index
from ..notifications.describing import clean
from ..wording import say_amount
from .drawing import MoneySheet
from .model import Cost

LONGEST_NAME = 80
LONGEST_REASON = 160


def costs_of(assessment: Assessment, program: ProgramView) -> tuple[Cost, ...]:
    """Say what was planned, earned and spent; nothing of a program without a budget."""
    return tuple(_costs(assessment, program))


def _costs(assessment: Assessment, program: ProgramView) -> Iterator[Cost]:
    if program.cost is not None:
        yield _cost(program.title or program.id, program.cost)
    for project in assessment.projects:
        if project.program == program.id and project.cost is not None:
            yield _cost(project.title or project.id, project.cost)


def _cost(title: str, cost: CostView) -> Cost:
    reserve = ""
    if cost.contingency is not None:
        left = cost.contingency - (cost.drawn or 0.0)
        whole = say_amount(cost.contingency, cost.currency)
        reserve = f"{say_amount(left, cost.currency)} of {whole} contingency left"
    return Cost(
        title=clean(title, LONGEST_NAME),
        budget=say_amount(cost.bac, cost.currency),
        spent=say_amount(cost.ac, cost.currency),
        share="" if cost.spent is None else percent(cost.spent),
        done="unknown" if cost.complete is None else percent(cost.complete),
        cpi=say_index(cost.cpi),
        spi=say_index(cost.spi),
        end=say_amount(cost.eac, cost.currency),
        reserve=reserve,
        unknown=tuple(clean(reason, LONGEST_REASON) for reason in cost.unknown[:2]),
    )


def money_sheet(assessment: Assessment, program: str) -> MoneySheet | None:
    """Say what is to be drawn of a program's money; None without a curve."""
    view = next((one for one in assessment.programs if one.id == program), None)
    cost = None if view is None else view.cost
    if cost is None or len(cost.curve) < 2:
        return None
    return MoneySheet(
        title="Money",
        description=f"Planned, earned and actual cost in {cost.currency} over time. As of "
        f"{assessment.as_of}: planned {say_amount(cost.pv, '')}, earned {say_amount(cost.ev, '')}, "
        f"spent {say_amount(cost.ac, '')}; budget {say_amount(cost.bac, '')}, in the end "
        f"{say_amount(cost.eac, '')}.",
        today=assessment.as_of,
        currency=cost.currency,
        budget=cost.bac,
        planned=tuple((one.day, one.pv) for one in cost.curve if one.pv is not None),
        earned=tuple((one.day, one.ev) for one in cost.curve if one.ev is not None),
        spent=tuple((one.day, one.ac) for one in cost.curve if one.ac is not None),
    )
