"""A program's business case: flows by year, as planned and as it is now (DOMAIN.md 5.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from ..benefits import formulas
from ..benefits.model import Benefit, BusinessCase
from ..benefits.views import BenefitView, CaseView, Worth
from .converting import Converter
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
    converter: Converter,
) -> CaseView:
    """Weigh benefits against cost; ``views`` are by the benefits' subjects.

    A year's flow is what the benefits bring in it, by their curves; the cost is spent at the
    beginning. Benefits without a value count for nothing. All of it is in the currency that the
    ``converter`` counts in, before and after at the same rates.
    """
    valued = [one for one in benefits if worth(one) is not None]
    missing = tuple(_missing(valued, views, cost, converter))
    starts = [one.start for one in valued if one.start is not None]
    begins = case.begins or min(starts, default=None)
    if missing or cost is None or begins is None:
        return CaseView(rate=case.rate, years=case.years, begins=begins, missing=missing)
    shifts = {one.id: views[one.id].shift_days or 0.0 for one in valued}
    planned, currency = converter.counted(cost.planned, cost.currency)
    estimated, _ = converter.counted(cost.estimated, cost.currency)

    def weighed(cost: float, shifts: Mapping[str, float]) -> Worth:
        brought = [
            sum(_brought(one, first, last, shifts.get(one.id, 0.0), converter) for one in valued)
            for first, last in _years(begins, case.years)
        ]
        return _worth(cost, case.rate, brought)

    return CaseView(
        rate=case.rate,
        years=case.years,
        begins=begins,
        currency=currency,
        before=weighed(planned, {}),
        after=weighed(estimated, shifts),
    )


def _missing(
    valued: Sequence[Benefit],
    views: Mapping[str, BenefitView],
    cost: Cost | None,
    converter: Converter,
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
    amounts = {one.annual_value.currency for one in valued if one.annual_value is not None}
    if cost is not None:
        amounts.add(cost.currency)
        found += [
            f"a rate from {currency} to {converter.currency} under `rates`, by {converter.day}"
            for currency in sorted(amounts)
            if converter.rate(currency) is None
        ]
    return found


def _worth(cost: float, rate: float, brought: Sequence[float]) -> Worth:
    flows = [-cost, *brought]
    return Worth(
        cost=round(cost, 2),
        flows=tuple(round(flow, 2) for flow in flows),
        npv=round(formulas.npv(rate, flows), 2),
        roi=_rounded(formulas.roi(sum(brought), cost)),
        payback_years=_rounded(formulas.payback(flows)),
    )


def _years(begins: date, years: int) -> list[tuple[date, date]]:
    days = [_anniversary(begins, year) for year in range(years + 1)]
    return list(pairwise(days))


def _brought(
    benefit: Benefit, first: date, last: date, shift: float, converter: Converter
) -> float:
    """Give what a benefit brings between two days, none of it after its window."""
    profile, annual = Profile.of(benefit), worth(benefit)
    assert profile is not None
    assert annual is not None
    assert benefit.annual_value is not None
    if benefit.expires_on is not None:
        last = min(last, benefit.expires_on)
    counted, _ = converter.counted(annual, benefit.annual_value.currency)
    return counted * profile.accrued(first, last, shift)


def _anniversary(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
