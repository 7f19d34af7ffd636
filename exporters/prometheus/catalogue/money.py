"""Metrics of money and earned value, of programs and of projects."""

from collections.abc import Callable, Iterator

from slipwatch.aggregator.money.views import CostView

from ..costs import earned, of_programs, of_projects
from .metric import PROJECT, Metric

_WEEK = 7 * 86_400.0
"""Seconds."""

_AMOUNTS: tuple[tuple[str, str, Callable[[CostView], float | None]], ...] = (
    ("planned_value", "What was to be spent by now, by its plan.", lambda cost: cost.pv),
    ("earned_value", "The part of its budget that goes with the work done.", lambda cost: cost.ev),
    ("actual_cost", "What was spent by now.", lambda cost: cost.ac),
    ("budget_at_completion", "What it may cost, without contingency.", lambda cost: cost.bac),
    (
        "estimate_at_completion",
        "What it costs in the end if the rest costs as the past did.",
        lambda cost: cost.eac,
    ),
    (
        "contingency_left",
        "Money kept beside its budget that is not used up.",
        lambda cost: None if cost.contingency is None else cost.contingency - (cost.drawn or 0.0),
    ),
)


def _amounts() -> Iterator[Metric]:
    for name, text, value in _AMOUNTS:
        yield Metric(f"slipwatch_program_{name}", text, ("program", "currency"), of_programs(value))
    for name, text, value in _AMOUNTS:
        yield Metric(f"slipwatch_project_{name}", text, (*PROJECT, "currency"), of_projects(value))


METRICS: tuple[Metric, ...] = (
    *_amounts(),
    Metric(
        "slipwatch_project_earned_schedule_seconds",
        "Earned Schedule: how long the work that is done was to take by its baseline.",
        PROJECT,
        earned(lambda view: view.es * _WEEK),
    ),
    Metric(
        "slipwatch_project_schedule_performance_ratio",
        "Earned Schedule by the time that went by, SPI(t): below 1 is behind its baseline.",
        PROJECT,
        earned(lambda view: view.spi_t),
    ),
)
