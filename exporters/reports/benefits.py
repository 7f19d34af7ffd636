"""What a report says of benefits: where each stands, what delay costs, what it is all worth."""

from collections.abc import Iterator
from datetime import date

from slipwatch.aggregator.assessment import Assessment, ProgramView
from slipwatch.aggregator.benefits.views import BenefitView, Indicators, Point, RankedCause
from slipwatch.aggregator.percent import percent

from ..notifications.describing import clean
from ..wording import say_amount
from .drawing import BenefitCurve, BenefitSheet
from .model import Benefit, Material

MOST_CURVES = 3
MOST_SLIPS = 3
LONGEST_NAME = 60
LONGEST_CURVE = 26


def benefits_of(program: ProgramView) -> Iterator[Benefit]:
    """Say of each benefit where it stands."""
    for view in program.benefits:
        unit = clean(view.unit, 12)
        yield Benefit(
            title=clean(view.title or view.id, LONGEST_NAME),
            owner=_who(view),
            now=_amount(view.value, unit) or "never measured",
            read_on=view.read_on,
            due=_amount(view.expected, unit) or "not yet",
            target=_amount(view.target, unit),
            target_date=view.target_date,
            ratio="" if view.realisation_ratio is None else percent(view.realisation_ratio),
            late=_late(view),
        )


def worth_of(assessment: Assessment, program: ProgramView) -> Iterator[str]:
    """Say what the program is worth, what of its value came, and how much of it has a purpose."""
    aims = program.aims
    if aims is None:
        return
    for currency, found in aims.indicators.benefits_realised.items():
        if found.value is not None:
            yield (
                f"Benefits worth {say_amount(found.denominator, currency)} were due by now; "
                f"{percent(found.value)} of that came."
            )
    savings = aims.indicators.savings
    if savings is not None and aims.indicators.benefits_realised:
        planned = (
            ""
            if savings.planned is None
            else f", planned {say_amount(savings.planned, savings.currency)}"
        )
        yield (
            f"Benefits that came less cost to date: "
            f"{say_amount(savings.value, savings.currency)}{planned}."
        )
    case = aims.case
    if case.before is not None and case.after is not None:
        yield (
            f"Net present value over {case.years} years: "
            f"{say_amount(case.after.npv, case.currency)}, planned "
            f"{say_amount(case.before.npv, case.currency)}."
        )
    if aims.objectives:
        yield _aligned(aims.indicators, _titles(assessment, aims.objectives))
    costly = [one for one in aims.causes if any(cost > 0 for cost in one.cost.values())]
    if costly:
        yield f"Slips that cost most: {', '.join(map(_costly, costly[:MOST_SLIPS]))}."
    close = aims.close
    if close is not None:
        review = "none is planned" if close.review is None else f"planned for {close.review}"
        held = review if close.reviewed is None else f"held on {close.reviewed}"
        yield f"The program closes on {close.day}; the review of its benefits: {held}."


def benefit_sheet(material: Material) -> BenefitSheet | None:
    """Say what is to be drawn of benefits: the change due, and the change that came."""
    programs = (p for p in material.assessment.programs if p.id == material.program)
    views = [view for program in programs for view in program.benefits if view.planned]
    curves = [
        BenefitCurve(
            title=clean(view.title or view.id, LONGEST_CURVE),
            planned=_shares(view, view.planned),
            shifted=_shares(view, view.shifted),
            readings=_shares(view, view.readings),
        )
        for view in views[:MOST_CURVES]
    ]
    if not any(curve.readings for curve in curves):
        return None
    told = (
        f"{curve.title}: {curve.readings[-1][1]:.0%} of the change as of {curve.readings[-1][0]}"
        for curve in curves
        if curve.readings
    )
    return BenefitSheet(
        title="Benefits",
        description=f"Change that was due, and change that came. {'; '.join(told)}.",
        today=material.assessment.as_of,
        curves=tuple(curves),
    )


def _shares(view: BenefitView, points: tuple[Point, ...]) -> tuple[tuple[date, float], ...]:
    base, target = view.baseline, view.target
    if base is None or target is None or base == target:
        return ()
    return tuple((one.day, round((one.value - base) / (target - base), 4)) for one in points)


def _amount(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.4g} {unit}".rstrip()


def _who(view: BenefitView) -> str:
    owner, responsible = clean(view.owner or "", 40), clean(view.responsible or "", 40)
    return f"{owner or 'nobody'}, by {responsible}" if responsible else owner


def _late(view: BenefitView) -> str:
    if view.shift_days is None:
        return "nobody knows whether it begins on time"
    if round(view.shift_days) <= 0:
        return ""
    days = f"{view.shift_days:.0f} day{'' if round(view.shift_days) == 1 else 's'} late"
    if not view.deferred_value or view.deferred_value < 0:
        return days
    return f"{days}, defers {say_amount(view.deferred_value, view.currency)}"


def _costly(cause: RankedCause) -> str:
    told = " and ".join(
        say_amount(cost, currency) for currency, cost in cause.cost.items() if cost > 0
    )
    return f"{clean(cause.milestone, LONGEST_NAME)} defers {told}"


def _titles(assessment: Assessment, objectives: tuple[str, ...]) -> tuple[str, ...]:
    """Name objectives as people know them."""
    known = assessment.strategy.objectives if assessment.strategy is not None else ()
    titles = {one.id: one.title for one in known}
    return tuple(titles.get(one) or one for one in objectives)


def _aligned(numbers: Indicators, objectives: tuple[str, ...]) -> str:
    names = ", ".join(clean(one, 40) for one in objectives)
    work, money = numbers.aligned_work, numbers.aligned_budget
    shares = [
        f"{percent(found.value)} of {whole}"
        for found, whole in (
            (work, f"its {work.denominator:.0f} open items"),
            (money, "its projects' budgets"),
        )
        if found is not None and found.value is not None
    ]
    if not shares:
        return f"The program is for {names}."
    return (
        f"The program is for {names}; {' and '.join(shares)} are in projects that are traced to an "
        "objective."
    )
