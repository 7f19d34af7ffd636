"""What rules about money have in common: whose money it is, and how amounts are put into words."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from slipwatch.aggregator.money.views import CostPoint, CostView

from .base import Rule, Unknown, Verdict
from .world import World

FOUR_WEEKS = timedelta(weeks=4)


@dataclass(frozen=True, slots=True)
class Account:
    """The money of a program or a project."""

    subject: str
    """``program/budget``, or ``program/project``."""
    name: str
    cost: CostView
    over: bool
    """Whether all of its milestones are done, or closed by their trackers."""

    @property
    def why_unknown(self) -> str:
        """Say what keeps its figures from being known."""
        return "; ".join(self.cost.unknown) or "nothing was spent or earned yet"

    def said(self, amount: float) -> str:
        """Write an amount."""
        return f"{amount:,.0f} {self.cost.currency}"


class CostRule(Rule):
    """A rule whose subjects are the programs and projects with a budget."""

    __slots__ = ()

    def judge(self, world: World) -> Iterator[Verdict]:
        """Answer for every program, then for every project."""
        for account in accounts(world):
            yield self.judge_account(world, account) or Unknown(
                account.subject, account.why_unknown
            )

    @abstractmethod
    def judge_account(self, world: World, account: Account) -> Verdict | None:
        """Answer for one of them; None where its figures are not known."""


def accounts(world: World) -> Iterator[Account]:
    """Give all that have a budget."""
    living = {m.model.project for m in world.milestones if not m.over}
    programs = {project.partition("/")[0] for project in living}
    for program in world.assessment.programs:
        if program.cost is not None:
            over = program.id not in programs
            yield Account(f"{program.id}/budget", program.title, program.cost, over)
    for project in world.assessment.projects:
        if project.cost is not None:
            yield Account(project.id, project.title, project.cost, project.id not in living)


def before(cost: CostView, day: date) -> CostPoint | None:
    """Find the figures of its curve as they were on a day, or shortly before."""
    return next((point for point in reversed(cost.curve) if point.day <= day), None)


def figures(cost: CostView) -> dict[str, Any]:
    """Give the numbers that every finding about money rests on."""
    names = ("currency", "bac", "pv", "ev", "ac", "cpi", "spi", "eac", "vac")
    return {name: getattr(cost, name) for name in names}
