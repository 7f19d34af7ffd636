"""The table of metrics that an assessment is exported as (docs/metrics.md is made from it).

A metric is a record with a pure function from the assessment to its samples. There are series per
milestone, project and dependency; series per item only where the operator asks for them.
"""

from dataclasses import dataclass
from typing import Literal

from ..movement import parts_of
from . import delays, samples
from .causes import root_causes, slip_paths
from .samples import Samples

MILESTONE = ("program", "project", "milestone")
TIE = ("milestone", "upstream", "type")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: what it is called, what it means, and how to read it off an assessment."""

    name: str
    help: str
    labels: tuple[str, ...]
    samples: Samples
    kind: Literal["gauge", "counter", "summary"] = "gauge"
    stage: Literal["experimental", "stable", "deprecated"] = "experimental"
    per_item: bool = False
    """Whether there is a series per item: only where ``metrics.items`` asks, and capped."""


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
    Metric(
        "slipwatch_dependency_info",
        "The milestone waits for the upstream one; always 1.",
        (*TIE, "cross_project"),
        samples.dependency_info,
    ),
    Metric(
        "slipwatch_dependency_status",
        "1 for the dependency's status, 0 for the others.",
        (*TIE, "status"),
        samples.dependency_status,
    ),
    Metric(
        "slipwatch_dependency_slack_workdays",
        "Working days between the upstream milestone and the need for it; negative when violated.",
        TIE,
        samples.dependency_slack,
    ),
    Metric(
        "slipwatch_dependency_driving",
        "1 when the upstream milestone decides when the milestone can be done.",
        TIE,
        samples.dependency_driving,
    ),
    Metric(
        "slipwatch_dependency_cycles",
        "Circles of dependencies: those that can never be worked off, and those that can.",
        ("kind",),
        samples.cycles,
    ),
    Metric(
        "slipwatch_slip_impact_workdays",
        "By how many working days a commitment would be earlier without the cause's own slip.",
        ("cause", "milestone"),
        samples.impacts,
    ),
    Metric(
        "slipwatch_milestone_root_cause_info",
        "The milestone whose own slip costs this one the most working days; always 1.",
        (*MILESTONE, "root_cause"),
        root_causes,
    ),
    Metric(
        "slipwatch_slip_path_info",
        "The milestones along which a slip reaches a commitment; always 1.",
        ("cause", "milestone", "path"),
        slip_paths,
    ),
    Metric(
        "slipwatch_findings",
        "Findings by rule, severity and state.",
        ("program", "rule", "severity", "state"),
        samples.findings,
    ),
    Metric(
        "slipwatch_finding_info",
        "An open finding about a milestone, a dependency or a source; always 1.",
        ("program", "rule", "severity", "subject"),
        samples.finding_info,
    ),
    Metric(
        "slipwatch_finding_waived_info",
        "A finding that is waived and what it is about, unless that is an item; always 1.",
        ("program", "rule", "subject"),
        samples.finding_waived_info,
    ),
    Metric(
        "slipwatch_item_finding_info",
        "An open finding about an item; always 1.",
        ("program", "rule", "severity", "item"),
        samples.item_finding_info,
        per_item=True,
    ),
    Metric(
        "slipwatch_rule_verdicts",
        "How often a rule passed, failed, could not tell, or did not apply.",
        ("rule", "verdict"),
        samples.rule_verdicts,
    ),
    Metric(
        "slipwatch_program_info",
        "What a program is called, who pays for it and who manages it; always 1.",
        ("program", "title", "sponsor", "manager"),
        samples.program_info,
    ),
    Metric(
        "slipwatch_program_status",
        "1 for the program's status, 0 for the others.",
        ("program", "status"),
        samples.program_status,
    ),
    Metric(
        "slipwatch_forecast_coverage_ratio",
        "Share of finished milestones that were done by the quantile of their forecasts.",
        ("program", "quantile"),
        samples.coverage,
        kind="summary",
    ),
    Metric(
        "slipwatch_forecast_coverage_milestones",
        "Finished milestones of the program that were forecast again to tell that share.",
        ("program",),
        samples.per_program(lambda held: held.n),
    ),
    Metric(
        "slipwatch_forecast_calibration_lost",
        "1 when P85 held for fewer than 70 of 100 finished milestones, and not by accident.",
        ("program",),
        samples.per_program(lambda held: held.lost),
    ),
    Metric(
        "slipwatch_project_info",
        "What a project is called and who leads it; always 1.",
        ("program", "project", "title", "lead"),
        samples.project_info,
    ),
    Metric(
        "slipwatch_project_status",
        "1 for the project's status, 0 for the others.",
        ("program", "project", "status"),
        samples.project_status,
    ),
    Metric(
        "slipwatch_project_items",
        "Items of the project: not begun, in work, and done; dropped ones do not count.",
        ("program", "project", "state"),
        samples.project_items,
    ),
    Metric(
        "slipwatch_project_blocked_items",
        "Open items of the project that are flagged or wait for another open item.",
        ("program", "project"),
        samples.per_project(lambda flow: flow.blocked),
    ),
    Metric(
        "slipwatch_project_aging_items",
        "Items in work for longer than 85 of the project's last 100 finished items were.",
        ("program", "project"),
        samples.per_project(lambda flow: flow.aging),
    ),
    Metric(
        "slipwatch_project_throughput_items",
        "Items of the project that were finished in the last seven days.",
        ("program", "project"),
        samples.per_project(lambda flow: flow.finished_lately),
    ),
    Metric(
        "slipwatch_project_cycle_time_seconds",
        "How long the project's last 100 finished items were in work, counted in whole days.",
        ("program", "project", "quantile"),
        samples.cycle_times,
        kind="summary",
    ),
    Metric(
        "slipwatch_project_people",
        "How many people have open items of the project.",
        ("program", "project"),
        samples.per_project(lambda flow: flow.people),
    ),
    Metric(
        "slipwatch_project_doing_items_per_person",
        "Items in work for each person who has any, on average.",
        ("program", "project"),
        samples.per_project(lambda flow: flow.doing_per_person),
    ),
    Metric(
        "slipwatch_project_recently_done_items",
        "Items of the project that were finished in the last eight weeks.",
        ("program", "project"),
        samples.per_project(lambda flow: flow.finished_in_eight_weeks),
    ),
    Metric(
        "slipwatch_project_key_person_ratio",
        "The largest share of those that is one person's; absent with fewer than 20.",
        ("program", "project"),
        samples.per_project(lambda flow: flow.key_person_share),
    ),
    Metric(
        "slipwatch_project_dated_items",
        "Open items of the project's milestones that have a due date or are in a sprint.",
        ("program", "project"),
        delays.per_project(lambda found: found.dated),
    ),
    Metric(
        "slipwatch_project_expected_late_items",
        "How many of those are late in the end, by the sum of their probabilities.",
        ("program", "project"),
        delays.per_project(lambda found: found.expected),
    ),
    Metric(
        "slipwatch_project_likely_late_items",
        "How many of those will rather be late than not.",
        ("program", "project"),
        delays.per_project(lambda found: found.likely),
    ),
    Metric(
        "slipwatch_item_late_probability",
        "Probability from 0 to 1 that an open item misses its day; the likeliest 200.",
        ("item",),
        delays.per_item,
        per_item=True,
    ),
    Metric(
        "slipwatch_source_up",
        "1 when the source's data is fresh and its last sync succeeded.",
        ("source",),
        samples.sources_up,
    ),
    Metric(
        "slipwatch_source_last_success_timestamp_seconds",
        "When the source was last synced without an error.",
        ("source",),
        samples.sources_success,
    ),
    Metric(
        "slipwatch_source_items",
        "Items known from the source.",
        ("source",),
        samples.source_items,
    ),
    Metric(
        "slipwatch_source_invisible_items",
        "Items that were known and can no longer be seen.",
        ("source",),
        samples.source_invisible,
    ),
)
