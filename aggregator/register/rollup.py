"""What a program's registers come to, as of the day of an assessment."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ..calendar import WorkCalendar
from .model import Action, Entry, Exposure, Register, Risk
from .views import ActionView, DecisionView, IssueView, RegisterView, RiskView

SHOWN = timedelta(days=90)


def roll_up(register: Register, as_of: date, calendar: WorkCalendar) -> RegisterView:
    """Work a register out."""
    actions: dict[str, list[Action]] = defaultdict(list)
    for action in register.actions:
        actions[action.about or ""].append(action)

    def common(entry: Entry) -> dict[str, Any]:
        return _common(entry, as_of, calendar)

    risks = tuple(
        _risk(risk, register, common(risk), actions.get(risk.id, [])) for risk in register.risks
    )
    open_risks = [risk for risk in risks if risk.open]
    exposure = sum(risk.exposure for risk in open_risks if risk.exposure is not None)
    decided = [one.done for one in register.decisions if one.done is not None]
    today = Exposure(day=as_of, exposure=exposure, risks=len(open_risks))
    return RegisterView(
        bands=register.bands,
        exposure=exposure,
        unmeasured=sum(risk.exposure is None for risk in open_risks),
        risks=risks,
        issues=tuple(IssueView(**common(one), severity=one.severity) for one in register.issues),
        actions=tuple(ActionView(**common(one), about=one.about) for one in register.actions),
        decisions=tuple(
            DecisionView(**common(one), by=one.by, outcome=one.outcome)
            for one in register.decisions
        ),
        steering=register.steering,
        last_steered=max((*register.steered, *decided), default=None),
        last_met=register.steered[-1] if register.steered else None,
        minutes=register.minutes,
        exposures=(
            *(one for one in register.exposures if as_of - SHOWN <= one.day < as_of),
            today,
        ),
    )


def _risk(
    risk: Risk, register: Register, common: Mapping[str, Any], actions: list[Action]
) -> RiskView:
    exposure = risk.exposure
    return RiskView(
        **common,
        probability=risk.probability,
        impact=risk.impact,
        exposure=exposure,
        band=None if exposure is None else register.bands.of(exposure),
        response=risk.response,
        mitigation=risk.mitigation,
        actions=tuple(action.id for action in actions),
        helpers=tuple(sorted({a.owner for a in actions if a.done is None and a.owner is not None})),
        reviewed=risk.reviewed,
        approver=risk.approver,
        expires=risk.expires,
    )


def _common(entry: Entry, as_of: date, calendar: WorkCalendar) -> dict[str, Any]:
    until = entry.done or as_of
    late = entry.done is None and entry.due is not None and entry.due < as_of
    return {
        "id": entry.id,
        "title": entry.title,
        "url": entry.url,
        "owner": entry.owner,
        "open": entry.done is None,
        "raised": entry.raised,
        "due": entry.due,
        "done": entry.done,
        "milestones": entry.milestones,
        "age": None if entry.raised is None else calendar.between(entry.raised, until),
        "overdue": calendar.between(entry.due, as_of) if late and entry.due is not None else 0,
    }
