"""What each dimension is measured by (DOMAIN.md 5.4).

A measure gives the colour of one dimension of one place with the numbers it stands on, or nothing
where nothing of it is kept. Bounds are those of the OMB dashboard, 10 and 30 % (GAO-10-701), where
no other source is named.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from ..assessment import MilestoneView, ProgramView
from ..benefits.views import BenefitView
from ..health.views import WORST_FIRST, Dimension, HealthReason, Status, worst
from ..money.views import CostView
from ..percent import percent
from ..status import AMBER_FROM, GREEN_FROM
from .measured import COVERED_FROM, Measured, lacking
from .places import Place
from .risks import risk

OVERRUN = (0.10, 0.30)
"""Estimate at completion over the budget from which the cost is amber, and red."""
EFFICIENCY = 1.10
"""What the rest of a budget may have to earn: above it the cost is amber (Lipke, TCPI)."""
REALISED = (0.8, 0.5)
"""Share of the change that was due under which a benefit is amber, and red."""
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
        reasons = (*reasons, lacking(text, coverage))
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
        return Measured(status="grey", reasons=(lacking(text, 0.0),), coverage=0.0)
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
        reasons = (reason, lacking(text, coverage))
        status = "grey" if status == "green" else status
    return Measured(status=status, reasons=reasons, coverage=coverage)


def cost(place: Place, _covered: Mapping[str, float]) -> Measured | None:
    """Judge by what is over the budget at completion, and by what the rest would have to earn."""
    money = place.view.cost
    if money is None:
        return None
    reasons = (_overrun(money), *_efficiency(money))
    return Measured(status=worst([one.status for one in reasons]), reasons=reasons)


def benefits(place: Place, _covered: Mapping[str, float]) -> Measured | None:
    """Judge each benefit by the change that came of what was due; the worst of them decides.

    It tells nothing of what is due later, which findings speak of.
    """
    if not isinstance(place.view, ProgramView) or not place.view.benefits:
        return None
    reasons = tuple(
        sorted(
            (_by_benefit(one, place.as_of) for one in place.view.benefits),
            key=lambda reason: WORST_FIRST.index(reason.status),
        )
    )
    return Measured(status=reasons[0].status, reasons=reasons, whole=False)


MEASURES: Mapping[Dimension, Measure] = {
    "schedule": schedule,
    "cost": cost,
    "scope": scope,
    "benefits": benefits,
    "risk": risk,
}


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


def _overrun(money: CostView) -> HealthReason:
    if not money.bac or money.eac is None:
        return HealthReason(status="grey", text="its estimate at completion is not known")
    over = round(money.eac / money.bac - 1, 4)
    status = banded(over, *OVERRUN)
    return HealthReason(
        status=status,
        text=f"its estimate at completion is {percent(abs(over))} "
        f"{'over' if over >= 0 else 'under'} the budget",
        value=over,
        threshold=OVERRUN[status == "red"],
    )


def _efficiency(money: CostView) -> Iterator[HealthReason]:
    """Say what the rest would have to earn, where that is more than ever succeeds."""
    if money.bac is None or money.ev is None or money.ac is None or money.ev >= money.bac:
        return
    if money.ac >= money.bac:
        text = "its budget is used up, and work is left"
        yield HealthReason(status="amber", text=text, threshold=EFFICIENCY)
    elif money.tcpi_bac is not None and money.tcpi_bac > EFFICIENCY:
        yield HealthReason(
            status="amber",
            text=f"the rest of the budget would have to earn {money.tcpi_bac:.2f} for each 1 spent",
            value=money.tcpi_bac,
            threshold=EFFICIENCY,
        )


def _by_benefit(benefit: BenefitView, as_of: date) -> HealthReason:
    """Judge one benefit, from one cadence after its start on, as BEN-003 does.

    Of a disbenefit, more than was planned is what is bad.
    """
    title = " ".join(benefit.title.split()) or benefit.id
    ratio = benefit.realisation_ratio
    if benefit.start is not None and (as_of - benefit.start).days <= benefit.cadence_days:
        text = f"{title}: nothing of it is due yet"
        return HealthReason(status="green", text=text, subject=benefit.subject)
    if ratio is None:
        text = f"{title}: nobody can tell what came of what was due"
        return HealthReason(status="grey", text=text, subject=benefit.subject)
    harms = benefit.kind == "disbenefit"
    kept = round(2 - ratio, 4) if harms else ratio
    amber, red = REALISED
    status: Status = "green" if kept >= amber else "amber" if kept >= red else "red"
    bound = red if status == "red" else amber
    return HealthReason(
        status=status,
        text=f"{title}: {percent(ratio)} of the change that was due has come",
        subject=benefit.subject,
        value=ratio,
        threshold=2 - bound if harms else bound,
    )


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
