"""What an assessment says of money: the figures of every program and project that has some.

A program that has no budget of its own goes by those of its projects. Earned Schedule needs no
budget: where there is none, it goes by the items of the baselines and the dates in these.
"""

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from .assessment import Assessment
from .money.measuring import Account, Work, open_account, work_of
from .money.model import Money, Package
from .money.rollup import roll_up
from .money.views import CostView, EarnedView
from .portfolio.model import Portfolio


def account(portfolio: Portfolio, assessment: Assessment) -> Assessment:
    """Add cost and earned value to programs and projects."""
    money, as_of = portfolio.money, portfolio.as_of
    accounts: dict[str, list[Account]] = {}
    packages: dict[str, list[Package]] = {}
    projects = []
    for project in assessment.projects:
        own = money.packages.get(project.id, ())
        packages.setdefault(project.program, []).extend(own)
        opened, work = _open(money, project.id, own)
        if opened is not None:
            accounts.setdefault(project.program, []).append(opened)
        cost = None if opened is None else opened.view(as_of)
        projects.append(replace(project, cost=cost, earned=_earned(work, as_of)))
    programs = []
    for program in assessment.programs:
        opened, work = _open(money, program.id, packages.get(program.id, ()))
        cost = _program_cost(program.id, opened, accounts.get(program.id, []), money, as_of)
        programs.append(replace(program, cost=cost, earned=_earned(work, as_of)))
    return replace(assessment, projects=tuple(projects), programs=tuple(programs))


def _open(
    money: Money, subject: str, packages: Sequence[Package]
) -> tuple[Account | None, Work | None]:
    budget = money.budgets.get(subject)
    if budget is not None:
        return open_account(budget, packages)
    work = work_of(packages)
    return None, None if isinstance(work, str) else work


def _earned(work: Work | None, as_of: date) -> EarnedView | None:
    return None if work is None else work.earned_view(as_of)


def _program_cost(
    program: str, own: Account | None, parts: list[Account], money: Money, as_of: date
) -> CostView | None:
    """Take a program's own budget, with what its projects spent where nothing else tells that."""
    if own is None:
        return roll_up(program, parts, money, as_of) if parts else None
    view = own.view(as_of)
    if own.budget.source is not None or not parts:
        return view
    return own.paid_by(parts, money, as_of).view(as_of)
