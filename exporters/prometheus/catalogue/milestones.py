"""Metrics of a milestone: its dates, its forecast, its scope, and how they moved."""

from ...movement import parts_of
from .. import samples
from .metric import MILESTONE, Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "slipwatch_milestone_info",
        "What a milestone is called, where it is and who answers for it; always 1.",
        (*MILESTONE, "title", "url", "milestone_owner"),
        samples.milestone_info,
    ),
    Metric(
        "slipwatch_milestone_weight",
        "How much the milestone counts against others.",
        MILESTONE,
        samples.per_milestone(lambda milestone: milestone.weight),
    ),
    Metric(
        "slipwatch_milestone_baseline_timestamp_seconds",
        "End of the milestone's baseline day: its approved or first known date.",
        MILESTONE,
        samples.day_of(lambda milestone: milestone.dates.baseline),
    ),
    Metric(
        "slipwatch_milestone_plan_timestamp_seconds",
        "End of the milestone's plan day: what its tracker says today.",
        MILESTONE,
        samples.day_of(lambda milestone: milestone.dates.plan),
    ),
    Metric(
        "slipwatch_milestone_commitment_timestamp_seconds",
        "End of the day that was committed to.",
        MILESTONE,
        samples.day_of(lambda milestone: milestone.dates.commitment),
    ),
    Metric(
        "slipwatch_milestone_completed_timestamp_seconds",
        "End of the day on which the milestone was done.",
        MILESTONE,
        samples.day_of(lambda milestone: milestone.dates.actual),
    ),
    Metric(
        "slipwatch_milestone_forecast_timestamp_seconds",
        "End of the day by which the milestone is done with the probability of the quantile.",
        (*MILESTONE, "quantile"),
        samples.forecasts,
        kind="summary",  # Prometheus keeps the label quantile for summaries
    ),
    Metric(
        "slipwatch_milestone_earliest_timestamp_seconds",
        "End of the day before which the milestone is not done, whatever nobody knows of it.",
        MILESTONE,
        samples.day_of(lambda milestone: milestone.forecast.lower_bound),
    ),
    Metric(
        "slipwatch_milestone_on_time_probability",
        "Probability from 0 to 1 that the milestone is done by its commitment.",
        MILESTONE,
        samples.per_milestone(lambda milestone: milestone.forecast.p_on_time),
    ),
    Metric(
        "slipwatch_milestone_status",
        "1 for the milestone's status, 0 for the others.",
        (*MILESTONE, "status"),
        samples.milestone_status,
    ),
    Metric(
        "slipwatch_milestone_slip_workdays",
        "Forecast P50 against the baseline or the commitment, in working days, late positive.",
        (*MILESTONE, "against"),
        samples.parts_of_milestone(
            lambda milestone: {
                "baseline": milestone.slip.forecast_vs_baseline,
                "commitment": milestone.slip.forecast_vs_commitment,
            }
        ),
    ),
    Metric(
        "slipwatch_milestone_plan_slip_workdays",
        "The tracker's date against the baseline, in working days, late positive.",
        MILESTONE,
        samples.per_milestone(lambda milestone: milestone.slip.plan_vs_baseline),
    ),
    Metric(
        "slipwatch_milestone_date_moves_total",
        "How often the milestone's date was seen to move.",
        (*MILESTONE, "direction"),
        samples.parts_of_milestone(
            lambda milestone: {
                "later": milestone.slip.slips,
                "earlier": milestone.slip.moves - milestone.slip.slips,
            }
        ),
        kind="counter",
    ),
    Metric(
        "slipwatch_milestone_items",
        "Items of the milestone by state.",
        (*MILESTONE, "state"),
        samples.parts_of_milestone(
            lambda milestone: {
                "done": milestone.scope.done,
                "remaining": milestone.scope.remaining,
            }
        ),
    ),
    Metric(
        "slipwatch_milestone_baseline_items",
        "Items the milestone had when its baseline was recorded.",
        MILESTONE,
        samples.per_milestone(lambda milestone: milestone.scope.baseline),
    ),
    Metric(
        "slipwatch_milestone_scope_changes",
        "Items that came to the milestone or left it since its baseline.",
        (*MILESTONE, "change"),
        samples.parts_of_milestone(
            lambda milestone: {
                "added": milestone.scope.added,
                "removed": milestone.scope.removed,
            }
        ),
    ),
    Metric(
        "slipwatch_milestone_float_workdays",
        "Working days the milestone may slip before a commitment does; negative when too late.",
        MILESTONE,
        samples.per_milestone(lambda milestone: milestone.network.commitment_float),
    ),
    Metric(
        "slipwatch_milestone_forecast_movement_workdays",
        "By how much each part moved P50 in seven days, in working days, later positive.",
        (*MILESTONE, "part"),
        samples.parts_of_milestone(
            lambda milestone: (
                parts_of(milestone.movement.p50) if milestone.movement is not None else {}
            )
        ),
    ),
    Metric(
        "slipwatch_milestone_on_time_probability_movement",
        "By how much each part moved the probability to be on time in seven days.",
        (*MILESTONE, "part"),
        samples.parts_of_milestone(
            lambda milestone: (
                parts_of(milestone.movement.p_on_time) if milestone.movement is not None else {}
            )
        ),
    ),
)
