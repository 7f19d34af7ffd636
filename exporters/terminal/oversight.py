"""Risks and gates of a milestone, in sentences."""

from slipwatch.aggregator.assessment import Assessment, MilestoneView
from slipwatch.aggregator.gates.views import GateView
from slipwatch.aggregator.percent import percent
from slipwatch.aggregator.register.views import RiskView

from ..wording import say_amount, say_days
from .text import plain, short


def risks_of(assessment: Assessment, milestone: MilestoneView) -> list[RiskView]:
    """List the open risks that point at a milestone, the gravest first; unmeasured ones last."""
    return [
        risk
        for program in assessment.programs
        if program.register is not None
        for risk in by_exposure(program.register.risks)
        if risk.open and milestone.id in risk.milestones
    ]


def by_exposure(risks: tuple[RiskView, ...]) -> list[RiskView]:
    """Sort risks by what they come to."""
    return sorted(risks, key=lambda risk: (-(risk.exposure or 0.0), risk.id))


def gates_of(assessment: Assessment, milestone: MilestoneView) -> list[GateView]:
    """List the gates before a milestone, or that ask for it."""
    return [
        gate
        for program in assessment.programs
        for gate in program.gates
        if milestone.id in gate.before
        or any(criterion.what == milestone.id for criterion in gate.criteria)
    ]


def say_risk(risk: RiskView) -> str:
    """Say what a risk is, what it comes to, and who does what about it."""
    size = ": its probability or its impact is not known"
    if risk.exposure is not None and risk.probability is not None and risk.impact is not None:
        size = (
            f" is {risk.band}, {percent(risk.probability)} of {say_amount(risk.impact)}: an "
            f"exposure of {say_amount(risk.exposure)}"
        )
    who = f"; owner {_short(risk.owner)}" if risk.owner else "; nobody owns it"
    what = f"; {risk.response}: {_short(risk.mitigation)}" if risk.mitigation else ""
    return f"{_short(risk.title)} ({_short(risk.id)}){size}{who}{what}."


def say_gate(gate: GateView) -> str:
    """Say whether a gate is open, and who decided that."""
    name = f"{_short(gate.title)} ({_short(gate.id)})"
    if gate.state != "pending":
        by = f" by {_short(', '.join(gate.by))}" if gate.by else ""
        where = f" ({_short(gate.reference)})" if gate.reference else ""
        return f"{name} was {gate.state}{by} on {gate.decided}{where}."
    due = f", its day is {gate.due}" if gate.due is not None else ""
    waited = f", asked {say_days(gate.waiting)} ago" if gate.waiting is not None else ""
    return f"{name} is not decided{due}{waited}."


def _short(text: str) -> str:
    return short(plain(text), 80)
