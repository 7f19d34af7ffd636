"""What each dimension is measured by (DOMAIN.md 5.4).

A measure gives the colour of one dimension of one place with the numbers it stands on, or nothing
where nothing of it is kept. Bounds are those of the OMB dashboard, 10 and 30 % (GAO-10-701), where
no other source is named.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..assessment import MilestoneView
from ..health.views import Dimension, HealthReason, Status
from ..percent import percent
from ..status import AMBER_FROM, GREEN_FROM
from .places import Place

COVERED_FROM = 0.8
"""Where less of it is known, nothing green can be said."""
OVERRUN = (0.10, 0.30)
"""Estimate at completion over the budget from which the cost is amber, and red."""
GROWN = (0.10, 0.30)
"""Growth of the scope from which it is amber, and red."""

FAMILIES: Mapping[str, Dimension] = {
    "SCH": "schedule",
    "DEP": "schedule",
    "FLOW": "schedule",
    "BUD": "cost",
    "BEN": "benefits",
    "RISK": "risk",
    "GOV": "governance",
    "CMP": "governance",
    "RES": "people",
    "COM": "communication",
}
"""Which dimension a rule speaks of, by the first part of its id; others speak of none."""
ELSEWHERE: Mapping[str, Dimension] = {"FLOW-004": "scope"}
"""Rules that speak of another dimension than their family."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The colour of a dimension by its numbers alone."""

    status: Status
    reasons: tuple[HealthReason, ...]
    coverage: float | None = None


Measure = Callable[[Place, Mapping[str, float]], Measured | None]
"""From a place, and how much of what each open milestone waits for can be forecast."""


def dimension_of(rule: str) -> Dimension | None:
    """Name the dimension that a rule speaks of."""
    return ELSEWHERE.get(rule) or FAMILIES.get(rule.partition("-")[0])


def schedule(place: Place, covered: Mapping[str, float]) -> Measured | None:
    """Judge the dates: by the chance to keep what is promised, as far as it is known."""
    deciding = place.deciding
    if not deciding:
        text = "all of it is done" if place.milestones else "it has no milestones"
        status = place.view.status
        return Measured(status=status, reasons=(HealthReason(status=status, text=text),))
    status = place.view.status
    bad = sorted((m for m in deciding if m.status != "green"), key=lambda m: (-m.weight, m.id))
    closest = min(deciding, key=lambda m: (_chance(m), m.id))
    reasons = tuple(_by_milestone(m) for m in bad or [closest])
    coverage = min(covered[m.id] for m in deciding)
    if coverage < COVERED_FROM:
        text = f"only {percent(coverage)} of what a commitment waits for can be forecast"
        reasons = (*reasons, _lacking(text, coverage))
        status = "grey" if status == "green" else status
    return Measured(status=status, reasons=reasons, coverage=coverage)


def scope(place: Place, _covered: Mapping[str, float]) -> Measured | None:
    """Judge how much what is promised has grown since its baseline, in items."""
    tracked = [m for m in place.promised if m.scope.done + m.scope.remaining > 0]
    if not tracked:
        return None
    known = [m.scope for m in tracked if m.scope.baseline and m.scope.added is not None]
    coverage = round(len(known) / len(tracked), 4)
    if not known:
        text = "none of its milestones has a baseline that growth could be told from"
        return Measured(status="grey", reasons=(_lacking(text, 0.0),), coverage=0.0)
    then = sum(one.baseline or 0 for one in known)
    added = sum(one.added or 0 for one in known)
    removed = sum(one.removed or 0 for one in known)
    growth = (added - removed) / then
    status = banded(growth, *GROWN)
    reason = HealthReason(
        status=status,
        text=f"{percent(abs(growth))} {'more' if growth >= 0 else 'less'} than the {then} items of "
        f"the baseline: {added} added, {removed} removed",
        value=round(growth, 4),
        threshold=GROWN[status == "red"],
    )
    reasons: tuple[HealthReason, ...] = (reason,)
    if coverage < COVERED_FROM:
        text = f"only {percent(coverage)} of its milestones have a baseline"
        reasons = (reason, _lacking(text, coverage))
        status = "grey" if status == "green" else status
    return Measured(status=status, reasons=reasons, coverage=coverage)


def cost(place: Place, _covered: Mapping[str, float]) -> Measured | None:
    """Judge by how much the estimate at completion is over the budget."""
    money = place.view.cost
    if money is None:
        return None
    if not money.bac or money.eac is None:
        reason = HealthReason(status="grey", text="its estimate at completion is not known")
        return Measured(status="grey", reasons=(reason,))
    over = round(money.eac / money.bac - 1, 4)
    status = banded(over, *OVERRUN)
    reason = HealthReason(
        status=status,
        text=f"its estimate at completion is {percent(abs(over))} "
        f"{'over' if over >= 0 else 'under'} the budget",
        value=over,
        threshold=OVERRUN[status == "red"],
    )
    return Measured(status=status, reasons=(reason,))


MEASURES: Mapping[Dimension, Measure] = {"schedule": schedule, "cost": cost, "scope": scope}


def banded(value: float, amber_from: float, red_from: float) -> Status:
    """Give the colour of a number that is worse the larger it is."""
    if value >= red_from:
        return "red"
    return "amber" if value >= amber_from else "green"


def distribution(milestones: Iterable[MilestoneView]) -> dict[str, float]:
    """Add up weights by colour."""
    found: dict[str, float] = {}
    for milestone in milestones:
        found[milestone.status] = found.get(milestone.status, 0.0) + milestone.weight
    return dict(sorted(found.items()))


def _lacking(text: str, coverage: float) -> HealthReason:
    return HealthReason(status="grey", text=text, value=coverage, threshold=COVERED_FROM)


def _chance(milestone: MilestoneView) -> float:
    found = milestone.forecast.p_on_time
    return 1.0 if found is None else found


def _by_milestone(milestone: MilestoneView) -> HealthReason:
    title = " ".join(milestone.title.split()) or milestone.id
    chance = milestone.forecast.p_on_time
    bound = AMBER_FROM if milestone.status == "red" else GREEN_FROM
    return HealthReason(
        status=milestone.status,
        text=f"{title} is {milestone.status}: {'; '.join(milestone.reasons)}",
        subject=milestone.id,
        value=chance,
        threshold=None if chance is None else bound,
    )
