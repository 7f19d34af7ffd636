"""A program's business case: flows by year, as planned and as it is now (DOMAIN.md 5.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ..benefits import formulas
from ..benefits.model import Benefit, BusinessCase
from ..benefits.views import BenefitView, CaseView, Worth
from .measuring import Profile, worth


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program costs, as planned and as estimated now."""

    planned: float
    estimated: float
    currency: str


def case_view(
    case: BusinessCase,
    benefits: Sequence[Benefit],
    views: Mapping[str, BenefitView],
    cost: Cost | None,
) -> CaseView:
    """Weigh benefits against cost; ``views`` are by the benefits' subjects.

    A year's flow is what the benefits bring in it, by their curves; the cost is spent at the
    beginning. Benefits without a value count for nothing; all must be in the currency of the cost.
    """
    valued = [one for one in benefits if worth(one) is not None]
    missing = tuple(_missing(valued, views, cost))
    starts = [one.start for one in valued if one.start is not None]
    begins = case.begins or min(starts, default=None)
    if missing or cost is None or begins is None:
        return CaseView(rate=case.rate, years=case.years, begins=begins, missing=missing)
    shifts = {one.id: views[one.id].shift_days or 0.0 for one in valued}
    return CaseView(
        rate=case.rate,
        years=case.years,
        begins=begins,
        currency=cost.currency,
        before=_worth(cost.planned, case, begins, valued, {}),
        after=_worth(cost.estimated, case, begins, valued, shifts),
    )


def _missing(
    valued: Sequence[Benefit], views: Mapping[str, BenefitView], cost: Cost | None
) -> list[str]:
    found: list[str] = []
    if not valued:
        found.append("a benefit with an `annual_value`")
    if cost is None:
        found.append("the program's cost: `business_case.cost`, or a budget")
    for one in valued:
        if Profile.of(one) is None:
            found.append(f"baseline, target and dates of {one.name}")
        elif views[one.id].shift_days is None:
            found.append(f"a forecast of what enables {one.name}")
        currency = one.annual_value.currency if one.annual_value is not None else ""
        if cost is not None and currency != cost.currency:
            found.append(f"the value of {one.name} in {cost.currency}")
    return found


def _worth(
    cost: float,
    case: BusinessCase,
    begins: date,
    valued: Sequence[Benefit],
    shifts: Mapping[str, float],
) -> Worth:
    flows = [-cost]
    for year in range(case.years):
        first, last = _anniversary(begins, year), _anniversary(begins, year + 1)
        flows.append(sum(_brought(one, first, last, shifts.get(one.id, 0.0)) for one in valued))
    return Worth(
        cost=round(cost, 2),
        flows=tuple(round(flow, 2) for flow in flows),
        npv=round(formulas.npv(case.rate, flows), 2),
        roi=_rounded(formulas.roi(sum(flows[1:]), cost)),
        payback_years=_rounded(formulas.payback(flows)),
    )


def _brought(benefit: Benefit, first: date, last: date, shift: float) -> float:
    """Give what a benefit brings between two days, none of it after its window."""
    profile, annual = Profile.of(benefit), worth(benefit)
    assert profile is not None
    assert annual is not None
    if benefit.expires_on is not None:
        last = min(last, benefit.expires_on)
    return annual * profile.accrued(first, last, shift)


def _anniversary(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
