"""What slips cost: causes ranked by weight, and by the value they defer (DOMAIN.md 3.3)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ..assessment import MilestoneView
from ..benefits import formulas
from ..benefits.model import Benefit
from ..benefits.views import BenefitView, EnablesView, RankedCause
from .converting import Converter

WEEK, WORKWEEK = 7, 5
"""Slips count working days, and value accrues on all: a working week is a week."""
MOST = 20


def enables(
    benefits: Sequence[tuple[Benefit, BenefitView]], converters: Mapping[str, Converter]
) -> dict[str, tuple[EnablesView, ...]]:
    """Say by milestone which benefits it enables, and what its delay does to them.

    Amounts are counted in the currency of the benefit's program, whose ``converters`` are by id.
    """
    found: dict[str, list[EnablesView]] = defaultdict(list)
    for benefit, view in benefits:
        for enabler in view.enabled_by:
            own, currency = None, view.currency
            if view.annual_value is not None and view.currency is not None:
                whole = formulas.per_day(view.annual_value) * enabler.share
                own, currency = converters[benefit.program].counted(whole, view.currency)
            late = None if enabler.delay_days is None else max(0, enabler.delay_days)
            found[enabler.milestone].append(
                EnablesView(
                    benefit=benefit.id,
                    title=benefit.title,
                    share=enabler.share,
                    delay_days=enabler.delay_days,
                    currency=currency,
                    per_day=None if own is None else round(own, 2),
                    deferred_value=None if own is None or late is None else round(own * late, 2),
                )
            )
    return {milestone: tuple(views) for milestone, views in found.items()}


def ranked_causes(
    milestones: Sequence[MilestoneView], enabling: dict[str, tuple[EnablesView, ...]]
) -> tuple[RankedCause, ...]:
    """Rank what slipped by what it costs: value first where it is known, else weight by days.

    Over the commitments of a program, and the milestones of it that enable a benefit.
    """
    scores: dict[str, float] = defaultdict(float)
    costs: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for view in milestones:
        enabled = enabling.get(view.id, ())
        counts = view.dates.commitment is not None or enabled
        if view.dates.actual is not None or not counts:
            continue
        for cause in view.caused_by:
            if cause.but_for <= 0:
                continue
            if view.dates.commitment is not None:
                scores[cause.milestone] += view.weight * cause.but_for
            days = cause.but_for * WEEK / WORKWEEK
            for one in enabled:
                if one.per_day is not None and one.currency is not None:
                    costs[cause.milestone][one.currency] += one.per_day * days
    names = scores.keys() | costs.keys()
    comparable = len({currency for cost in costs.values() for currency in cost}) == 1

    def order(name: str) -> tuple[float, float, str]:
        value = sum(costs[name].values()) if comparable and name in costs else 0.0
        return -value, -scores.get(name, 0.0), name

    return tuple(
        RankedCause(
            milestone=name,
            score=round(scores.get(name, 0.0), 2),
            cost={
                currency: round(value, 2) for currency, value in sorted(costs.get(name, {}).items())
            },
        )
        for name in sorted(names, key=order)[:MOST]
    )
