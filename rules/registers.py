"""What rules about registers have in common."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

from slipwatch.aggregator.assessment import ProgramView
from slipwatch.aggregator.register.views import EntryView, RegisterView, RiskView

from .base import Rule, Verdict
from .world import World

GRAVE = ("high", "critical")


class RiskRule(Rule):
    """A rule whose subjects are the open risks."""

    def judge(self, world: World) -> Iterator[Verdict]:
        """Answer for every open risk."""
        for _, register in registers(world):
            for risk in register.risks:
                if risk.open:
                    yield self.judge_risk(world, register, risk)

    @abstractmethod
    def judge_risk(self, world: World, register: RegisterView, risk: RiskView) -> Verdict:
        """Answer for one risk."""


def registers(world: World) -> Iterator[tuple[ProgramView, RegisterView]]:
    """Give the programs that keep registers."""
    for program in world.assessment.programs:
        if program.register is not None:
            yield program, program.register


def named(entry: EntryView) -> str:
    """Name an entry by its title on one line, or else by its id."""
    return " ".join(entry.title.split()) or entry.id


def links(entry: EntryView) -> tuple[str, ...]:
    """Give its page, if it has one."""
    return (entry.url,) if entry.url else ()


def measured(risk: RiskView) -> dict[str, Any]:
    """Give a risk as evidence shows it."""
    return {
        "risk": risk.id,
        "title": risk.title,
        "owner": risk.owner,
        "probability": risk.probability,
        "impact": risk.impact,
        "exposure": risk.exposure,
        "band": risk.band,
        "milestones": list(risk.milestones),
    }
