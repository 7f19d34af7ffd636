"""Records of registers, gates, controls and baselines, as tables have them."""

from collections.abc import Iterator

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.compliance.views import ControlView
from slipwatch.aggregator.gates.views import GateView
from slipwatch.aggregator.portfolio.versions import BaselineVersion
from slipwatch.aggregator.register.views import (
    ActionView,
    DecisionView,
    IssueView,
    RegisterView,
    RiskView,
)


def registers(assessment: Assessment) -> Iterator[RegisterView]:
    """Give those of the programs that keep any."""
    for program in assessment.programs:
        if program.register is not None:
            yield program.register


def risks(assessment: Assessment) -> list[RiskView]:
    return [entry for register in registers(assessment) for entry in register.risks]


def issues(assessment: Assessment) -> list[IssueView]:
    return [entry for register in registers(assessment) for entry in register.issues]


def actions(assessment: Assessment) -> list[ActionView]:
    return [entry for register in registers(assessment) for entry in register.actions]


def decisions(assessment: Assessment) -> list[DecisionView]:
    return [entry for register in registers(assessment) for entry in register.decisions]


def gates(assessment: Assessment) -> list[GateView]:
    return [gate for program in assessment.programs for gate in program.gates]


def controls(assessment: Assessment, _: object) -> Iterator[tuple[str, ControlView]]:
    for program in assessment.programs:
        if program.compliance is not None:
            for control in program.compliance.controls:
                yield program.id, control


def baselines(assessment: Assessment, _: object) -> Iterator[tuple[str, BaselineVersion]]:
    for view in assessment.milestones:
        for version in view.baselines:
            yield view.id, version
