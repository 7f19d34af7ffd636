"""The table of metrics that an assessment is exported as (docs/metrics.md is made from it).

A metric is a record with a pure function from the assessment to its samples. Optional values are
absent series, never NaN; there is a series per milestone and project, never per issue.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from slipwatch.aggregator.assessment import Assessment, MilestoneView

from .causes import root_causes, slip_paths

Sample = tuple[tuple[str, ...], float]
"""Label values in the order of the metric's labels, and the value."""

STATUSES = ("green", "amber", "red", "grey")
MILESTONE = ("program", "project", "milestone")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: what it is called, what it means, and how to read it off an assessment."""

    name: str
    help: str
    labels: tuple[str, ...]
    samples: Callable[[Assessment], Iterator[Sample]]
    kind: Literal["gauge", "counter", "summary"] = "gauge"
    stage: Literal["experimental", "stable"] = "experimental"


def end_of_day(day: date, zone: ZoneInfo) -> float:
    """Give the Unix time at which a day ends, for the last day of the calendar too.

    Where clocks go back at midnight the last second comes twice; the second one ends the day.
    """
    return datetime.combine(day, time(23, 59, 59, fold=1), tzinfo=zone).timestamp() + 1


def _key(milestone: MilestoneView) -> tuple[str, str, str]:
    return milestone.program, f"{milestone.program}/{milestone.project}", milestone.id


def _per_milestone(
    value: Callable[[MilestoneView], float | None],
) -> Callable[[Assessment], Iterator[Sample]]:
    def samples(assessment: Assessment) -> Iterator[Sample]:
        for milestone in assessment.milestones:
            found = value(milestone)
            if found is not None:
                yield _key(milestone), float(found)

    return samples


def _day_of(
    day: Callable[[MilestoneView], date | None],
) -> Callable[[Assessment], Iterator[Sample]]:
    def samples(assessment: Assessment) -> Iterator[Sample]:
        zone = ZoneInfo(assessment.timezone)
        for milestone in assessment.milestones:
            found = day(milestone)
            if found is not None:
                yield _key(milestone), end_of_day(found, zone)

    return samples


def _milestone_info(assessment: Assessment) -> Iterator[Sample]:
    for milestone in assessment.milestones:
        yield (*_key(milestone), milestone.title, milestone.url, milestone.owner or ""), 1.0


def _forecasts(assessment: Assessment) -> Iterator[Sample]:
    zone = ZoneInfo(assessment.timezone)
    for milestone in assessment.milestones:
        forecast = milestone.forecast
        for quantile, day in (
            ("0.5", forecast.p50),
            ("0.85", forecast.p85),
            ("0.95", forecast.p95),
        ):
            if day is not None:
                yield (*_key(milestone), quantile), end_of_day(day, zone)


def _milestone_status(assessment: Assessment) -> Iterator[Sample]:
    for milestone in assessment.milestones:
        for status in STATUSES:
            yield (*_key(milestone), status), float(milestone.status == status)


def _slips(assessment: Assessment) -> Iterator[Sample]:
    for milestone in assessment.milestones:
        for against, days in (
            ("baseline", milestone.slip.forecast_vs_baseline),
            ("commitment", milestone.slip.forecast_vs_commitment),
        ):
            if days is not None:
                yield (*_key(milestone), against), float(days)


def _moves(assessment: Assessment) -> Iterator[Sample]:
    for milestone in assessment.milestones:
        slip = milestone.slip
        yield (*_key(milestone), "later"), float(slip.slips)
        yield (*_key(milestone), "earlier"), float(slip.moves - slip.slips)


def _items(assessment: Assessment) -> Iterator[Sample]:
    for milestone in assessment.milestones:
        yield (*_key(milestone), "done"), float(milestone.scope.done)
        yield (*_key(milestone), "remaining"), float(milestone.scope.remaining)


def _scope_changes(assessment: Assessment) -> Iterator[Sample]:
    for milestone in assessment.milestones:
        for change, number in (
            ("added", milestone.scope.added),
            ("removed", milestone.scope.removed),
        ):
            if number is not None:
                yield (*_key(milestone), change), float(number)


def _dependencies(assessment: Assessment) -> Iterator[Sample]:
    # Two milestones may be tied twice by the same type, with different lags.
    edges = dict.fromkeys(
        (edge.downstream, edge.upstream, edge.type, "true" if edge.cross_project else "false")
        for edge in assessment.dependencies
    )
    for labels in edges:
        yield labels, 1.0


def _impacts(assessment: Assessment) -> Iterator[Sample]:
    for milestone in assessment.milestones:
        if milestone.dates.commitment is None:
            continue
        for cause in milestone.caused_by:
            if cause.but_for:
                yield (cause.milestone, milestone.id), float(cause.but_for)


def _findings(assessment: Assessment) -> Iterator[Sample]:
    counts = Counter(
        (finding.program, finding.rule, finding.severity, finding.state)
        for finding in assessment.findings
    )
    for labels, number in sorted(counts.items()):
        yield labels, float(number)


def _finding_info(assessment: Assessment) -> Iterator[Sample]:
    for finding in assessment.findings:
        if finding.state == "open":
            yield (finding.program, finding.rule, finding.severity, finding.subject), 1.0


def _finding_waived_info(assessment: Assessment) -> Iterator[Sample]:
    for finding in assessment.findings:
        if finding.state == "waived":
            yield (finding.program, finding.rule, finding.subject), 1.0


def _program_status(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        for status in STATUSES:
            yield (program.id, status), float(program.status == status)


def _project_status(assessment: Assessment) -> Iterator[Sample]:
    for project in assessment.projects:
        for status in STATUSES:
            yield (project.program, project.id, status), float(project.status == status)


def _sources_up(assessment: Assessment) -> Iterator[Sample]:
    for source in assessment.sources:
        yield (source.name,), float(source.status == "ok")


def _sources_success(assessment: Assessment) -> Iterator[Sample]:
    for source in assessment.sources:
        if source.last_success is not None:
            yield (source.name,), source.last_success.timestamp()


def _source_items(assessment: Assessment) -> Iterator[Sample]:
    for source in assessment.sources:
        yield (source.name,), float(source.items)


def _source_invisible(assessment: Assessment) -> Iterator[Sample]:
    for source in assessment.sources:
        yield (source.name,), float(source.invisible)


METRICS: tuple[Metric, ...] = (
    Metric(
        "slipwatch_milestone_info",
        "What a milestone is called, where it is and who answers for it; always 1.",
        (*MILESTONE, "title", "url", "milestone_owner"),
        _milestone_info,
    ),
    Metric(
        "slipwatch_milestone_weight",
        "How much the milestone counts against others.",
        MILESTONE,
        _per_milestone(lambda milestone: milestone.weight),
    ),
    Metric(
        "slipwatch_milestone_baseline_timestamp_seconds",
        "End of the milestone's baseline day: its approved or first known date.",
        MILESTONE,
        _day_of(lambda milestone: milestone.dates.baseline),
    ),
    Metric(
        "slipwatch_milestone_plan_timestamp_seconds",
        "End of the milestone's plan day: what its tracker says today.",
        MILESTONE,
        _day_of(lambda milestone: milestone.dates.plan),
    ),
    Metric(
        "slipwatch_milestone_commitment_timestamp_seconds",
        "End of the day that was committed to.",
        MILESTONE,
        _day_of(lambda milestone: milestone.dates.commitment),
    ),
    Metric(
        "slipwatch_milestone_completed_timestamp_seconds",
        "End of the day on which the milestone was done.",
        MILESTONE,
        _day_of(lambda milestone: milestone.dates.actual),
    ),
    Metric(
        "slipwatch_milestone_forecast_timestamp_seconds",
        "End of the day by which the milestone is done with the probability of the quantile.",
        (*MILESTONE, "quantile"),
        _forecasts,
        kind="summary",  # Prometheus keeps the label quantile for summaries
    ),
    Metric(
        "slipwatch_milestone_on_time_probability",
        "Probability from 0 to 1 that the milestone is done by its commitment.",
        MILESTONE,
        _per_milestone(lambda milestone: milestone.forecast.p_on_time),
    ),
    Metric(
        "slipwatch_milestone_status",
        "1 for the milestone's status, 0 for the others.",
        (*MILESTONE, "status"),
        _milestone_status,
    ),
    Metric(
        "slipwatch_milestone_slip_workdays",
        "Forecast P50 against the baseline or the commitment, in working days, late positive.",
        (*MILESTONE, "against"),
        _slips,
    ),
    Metric(
        "slipwatch_milestone_date_moves_total",
        "How often the milestone's date was seen to move.",
        (*MILESTONE, "direction"),
        _moves,
        kind="counter",
    ),
    Metric(
        "slipwatch_milestone_items",
        "Items of the milestone by state.",
        (*MILESTONE, "state"),
        _items,
    ),
    Metric(
        "slipwatch_milestone_baseline_items",
        "Items the milestone had when its baseline was recorded.",
        MILESTONE,
        _per_milestone(lambda milestone: milestone.scope.baseline),
    ),
    Metric(
        "slipwatch_milestone_scope_changes",
        "Items that came to the milestone or left it since its baseline.",
        (*MILESTONE, "change"),
        _scope_changes,
    ),
    Metric(
        "slipwatch_milestone_float_workdays",
        "Working days the milestone may slip before a commitment does; negative when too late.",
        MILESTONE,
        _per_milestone(lambda milestone: milestone.network.commitment_float),
    ),
    Metric(
        "slipwatch_dependency_info",
        "The milestone waits for the upstream one; always 1.",
        ("milestone", "upstream", "type", "cross_project"),
        _dependencies,
    ),
    Metric(
        "slipwatch_slip_impact_workdays",
        "By how many working days a commitment would be earlier without the cause's own slip.",
        ("cause", "milestone"),
        _impacts,
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
        _findings,
    ),
    Metric(
        "slipwatch_finding_info",
        "An open finding and what it is about; always 1.",
        ("program", "rule", "severity", "subject"),
        _finding_info,
    ),
    Metric(
        "slipwatch_finding_waived_info",
        "A finding that is waived and what it is about; always 1.",
        ("program", "rule", "subject"),
        _finding_waived_info,
    ),
    Metric(
        "slipwatch_program_status",
        "1 for the program's status, 0 for the others.",
        ("program", "status"),
        _program_status,
    ),
    Metric(
        "slipwatch_project_status",
        "1 for the project's status, 0 for the others.",
        ("program", "project", "status"),
        _project_status,
    ),
    Metric(
        "slipwatch_source_up",
        "1 when the source's data is fresh and its last sync succeeded.",
        ("source",),
        _sources_up,
    ),
    Metric(
        "slipwatch_source_last_success_timestamp_seconds",
        "When the source was last synced without an error.",
        ("source",),
        _sources_success,
    ),
    Metric(
        "slipwatch_source_items",
        "Items known from the source.",
        ("source",),
        _source_items,
    ),
    Metric(
        "slipwatch_source_invisible_items",
        "Items that were known and can no longer be seen.",
        ("source",),
        _source_invisible,
    ),
)
