"""How a gate stands as of the day of an assessment."""

from collections.abc import Container
from datetime import date

from ..calendar import WorkCalendar
from .model import Gate
from .views import GateView


def standing(gate: Gate, as_of: date, calendar: WorkCalendar, begun: Container[str]) -> GateView:
    """Work a gate out; ``begun`` are the milestones that work on has begun."""
    waiting = None
    if gate.state == "pending" and gate.asked is not None:
        waiting = calendar.between(gate.asked, as_of)
    return GateView(
        id=gate.id,
        title=gate.title,
        url=gate.url,
        state=gate.state,
        by=gate.by,
        decided=gate.decided,
        reference=gate.reference,
        due=gate.due,
        asked=gate.asked,
        waiting=waiting,
        ready=_ready(gate),
        criteria=gate.criteria,
        before=gate.before,
        begun=tuple(name for name in gate.before if name in begun),
        regulated=gate.regulated,
        workers=len(gate.implementers),
        conflict=gate.conflict,
    )


def _ready(gate: Gate) -> bool | None:
    met = [criterion.met for criterion in gate.criteria]
    if False in met:
        return False
    return None if None in met else True
