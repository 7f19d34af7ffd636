"""The indicators of a program, each with its denominator (DOMAIN.md 4)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import median

from ..assessment import MilestoneView
from ..benefits.model import Benefit
from ..benefits.views import BenefitView, Indicators, Kpi, ProjectAimsView, Savings
from ..money.views import CostView
from .alignment import Budgets, aligned_budget, aligned_work, share
from .converting import Converter
from .measuring import Profile, worth


def indicators(
    benefits: Sequence[Benefit],
    views: Mapping[str, BenefitView],
    aims: Mapping[str, ProjectAimsView],
    milestones: Sequence[MilestoneView],
    as_of: date,
    budgets: Budgets | None,
    cost: CostView | None,
    converter: Converter,
) -> Indicators:
    """Count what a program brought and kept.

    ``views`` are by the benefits' subjects, ``aims`` by project. Money is counted by the
    ``converter``.
    """
    came, due = _realised(benefits, views, as_of, converter)
    variances = [
        view.slip.forecast_vs_baseline
        for view in milestones
        if view.dates.actual is not None and view.slip.forecast_vs_baseline is not None
    ]
    return Indicators(
        benefits_realised={
            currency: share(came[currency], every) for currency, every in due.items()
        },
        aligned_work=aligned_work(aims.values()),
        aligned_budget=aligned_budget(aims, budgets),
        kept_baselines=_kept(milestones, as_of, against_baseline=True),
        kept_commitments=_kept(milestones, as_of, against_baseline=False),
        median_finish_variance=float(median(variances)) if variances else None,
        finished=len(variances),
        savings=_savings(came, due, cost, converter),
    )


def _savings(
    came: Mapping[str, float],
    due: Mapping[str, float],
    cost: CostView | None,
    converter: Converter,
) -> Savings | None:
    """Set what came against what was spent, and what was due against what was to be spent.

    None where the cost to date is unknown, or a benefit's value cannot be counted in its currency.
    """
    if cost is None or cost.ac is None or not cost.currency:
        return None
    spent, currency = converter.counted(cost.ac, cost.currency)
    if due.keys() - {currency}:
        return None
    planned = None
    if cost.pv is not None:
        planned = round(due.get(currency, 0.0) - converter.counted(cost.pv, cost.currency)[0], 2)
    return Savings(
        currency=currency, value=round(came.get(currency, 0.0) - spent, 2), planned=planned
    )


def _realised(
    benefits: Sequence[Benefit],
    views: Mapping[str, BenefitView],
    as_of: date,
    converter: Converter,
) -> tuple[dict[str, float], dict[str, float]]:
    """Sum by currency the value that came, and the value that was due by now.

    A benefit that was due and was never read brought nothing that anybody could show. More than was
    due counts as what was due; disbenefits are no part of it.
    """
    came: list[tuple[float, str]] = []
    every: list[tuple[float, str]] = []
    for benefit in benefits:
        profile, annual = Profile.of(benefit), worth(benefit)
        if profile is None or annual is None or benefit.kind == "disbenefit":
            continue
        due = annual * profile.accrued(profile.start, as_of + timedelta(days=1))
        if due <= 0 or benefit.annual_value is None:
            continue
        ratio = views[benefit.id].realisation_ratio or 0.0
        currency = benefit.annual_value.currency
        came.append((due * min(max(ratio, 0.0), 1.0), currency))
        every.append((due, currency))
    return converter.whole(came), converter.whole(every)


def _kept(milestones: Sequence[MilestoneView], as_of: date, *, against_baseline: bool) -> Kpi:
    """Count committed milestones whose date is over, and those of them that were done by then."""
    due = kept = 0
    for view in milestones:
        day = view.dates.commitment
        if day is not None and against_baseline:
            day = view.dates.baseline or day
        if day is None or day >= as_of:
            continue
        due += 1
        kept += view.dates.actual is not None and view.dates.actual <= day
    return share(kept, due)
