"""How money is put into words."""

from slipwatch.aggregator.assessment import Assessment, MilestoneView
from slipwatch.aggregator.money.views import CostView
from slipwatch.aggregator.percent import percent

from .wording import say_amount, say_days

WORKDAYS = 5
"""Of a week, to tell what a working day costs from what a week does."""


def say_index(index: float | None) -> str:
    """Write an index with two places."""
    return "unknown" if index is None else f"{index:.2f}"


def say_cost(cost: CostView) -> str:
    """Sum a budget up in a line; what is not known is said to be unknown."""
    if cost.bac is None:
        return "; ".join(("unknown", *cost.unknown))
    share = "an unknown part" if cost.complete is None else percent(cost.complete)
    budget = say_amount(cost.bac, cost.currency)
    ends = f"{say_amount(cost.eac, cost.currency)} in the end" if cost.eac is not None else ""
    parts = (
        f"{say_amount(cost.ac, cost.currency)} of {budget} spent for {share} of the work",
        f"CPI {say_index(cost.cpi)}, SPI {say_index(cost.spi)}",
        ends,
    )
    return "; ".join(filter(None, parts))


def say_delay_cost(assessment: Assessment, milestone: MilestoneView) -> str:
    """Say what a day costs that a milestone takes longer; empty where that is not known.

    That is what its project has spent in a working day lately: its team is paid until it is done.
    """
    project = f"{milestone.program}/{milestone.project}"
    cost = next((view.cost for view in assessment.projects if view.id == project), None)
    if cost is None or not cost.burn_per_week or milestone.dates.actual is not None:
        return ""
    daily = cost.burn_per_week / WORKDAYS
    said = (
        f"Each working day that it takes longer costs about {say_amount(daily, cost.currency)}: "
        "so much its project has spent in one lately"
    )
    slip = milestone.slip.forecast_vs_baseline
    if slip is None or slip <= 0:
        return f"{said}."
    worth = say_amount(daily * slip, cost.currency)
    return f"{said}. {say_days(slip)} against the baseline are {worth}."
