"""The indicators of a program, each with its denominator (DOMAIN.md 4)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import median

from ..assessment import MilestoneView
from ..benefits.model import Benefit
from ..benefits.views import BenefitView, Indicators, Kpi, ProjectAimsView
from .alignment import aligned_budget, aligned_work, share
from .measuring import Profile, worth


def indicators(
    benefits: Sequence[Benefit],
    views: Mapping[str, BenefitView],
    aims: Mapping[str, ProjectAimsView],
    milestones: Sequence[MilestoneView],
    as_of: date,
    budgets: Mapping[str, float],
    spent: Mapping[str, float],
) -> Indicators:
    """Count what a program brought and kept.

    ``views`` are by the benefits' subjects; ``aims`` and ``budgets`` (approved) by project;
    ``spent`` is the cost to date by currency.
    """
    realised = _realised(benefits, views, as_of)
    variances = [
        view.slip.forecast_vs_baseline
        for view in milestones
        if view.dates.actual is not None and view.slip.forecast_vs_baseline is not None
    ]
    return Indicators(
        benefits_realised={
            currency: share(came, due) for currency, (came, due) in sorted(realised.items())
        },
        aligned_work=aligned_work(aims.values()),
        aligned_budget=aligned_budget(aims, budgets),
        kept_baselines=_kept(milestones, as_of, against_baseline=True),
        kept_commitments=_kept(milestones, as_of, against_baseline=False),
        median_finish_variance=float(median(variances)) if variances else None,
        finished=len(variances),
        savings={
            currency: round(realised.get(currency, (0.0, 0.0))[0] - cost, 2)
            for currency, cost in sorted(spent.items())
        },
    )


def _realised(
    benefits: Sequence[Benefit], views: Mapping[str, BenefitView], as_of: date
) -> dict[str, tuple[float, float]]:
    """Sum by currency the value that came, and the value that was due by now.

    A benefit that was due and was never read brought nothing that anybody could show. More than was
    due counts as what was due; disbenefits are no part of it.
    """
    sums: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for benefit in benefits:
        profile, annual = Profile.of(benefit), worth(benefit)
        if profile is None or annual is None or benefit.kind == "disbenefit":
            continue
        due = annual * profile.accrued(profile.start, as_of + timedelta(days=1))
        if due <= 0 or benefit.annual_value is None:
            continue
        ratio = views[benefit.id].realisation_ratio or 0.0
        came, every = sums[benefit.annual_value.currency]
        sums[benefit.annual_value.currency] = (
            came + due * min(max(ratio, 0.0), 1.0),
            every + due,
        )
    return dict(sums)


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
