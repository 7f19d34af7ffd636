"""docs/metrics.md: every metric by what it is about, written from the two tables."""

from collections.abc import Iterator
from dataclasses import dataclass

from .catalogue import METRICS, Metric
from .own import SELF_METRICS, SelfMetric


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A query that a dashboard or an alert needs, and what it answers."""

    question: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A kind of thing that metrics are about."""

    title: str
    prefixes: tuple[str, ...]
    joins: tuple[Join, ...] = ()


SUBJECTS: tuple[Subject, ...] = (
    Subject(
        title="Milestones",
        prefixes=("slipwatch_milestone_",),
        joins=(
            Join(
                question="The chance to keep each commitment, with title and link",
                query="slipwatch_milestone_on_time_probability\n"
                "* on (milestone) group_left (title, url) slipwatch_milestone_info",
            ),
            Join(
                question="Days until each commitment that is still open",
                query="(slipwatch_milestone_commitment_timestamp_seconds - time()) / 86400\n"
                "unless on (milestone) slipwatch_milestone_completed_timestamp_seconds",
            ),
            Join(
                question="Commitments that are missed in more than 15 of 100 cases",
                query='slipwatch_milestone_forecast_timestamp_seconds{quantile="0.85"}\n'
                "> on (milestone) slipwatch_milestone_commitment_timestamp_seconds",
            ),
            Join(
                question="What moved the forecasts of a program in seven days, in working days",
                query="sum by (program, part) (slipwatch_milestone_forecast_movement_workdays)",
            ),
            Join(
                question="The share of items that is done",
                query='slipwatch_milestone_items{state="done"}\n'
                "/ on (milestone) (sum by (milestone) (slipwatch_milestone_items) > 0)",
            ),
        ),
    ),
    Subject(
        title="Dependencies and what slips cost",
        prefixes=("slipwatch_dependency_", "slipwatch_slip_"),
        joins=(
            Join(
                question="Dependencies that are violated, the worst first",
                query="sort(\n"
                "  slipwatch_dependency_slack_workdays\n"
                "  and on (milestone, upstream, type)\n"
                '  (slipwatch_dependency_status{status="violated"} == 1)\n'
                ")",
            ),
            Join(
                question="By how much the milestones slip that others wait for, per dependency",
                query="slipwatch_dependency_info\n"
                "* on (upstream) group_left () label_replace(\n"
                '  slipwatch_milestone_slip_workdays{against="baseline"},\n'
                '  "upstream", "$1", "milestone", "(.*)"\n'
                ")",
            ),
            Join(
                question="The causes that cost commitments the most days",
                query="topk(5, sum by (cause) (slipwatch_slip_impact_workdays))",
            ),
        ),
    ),
    Subject(
        title="Teams",
        prefixes=("slipwatch_stream_",),
        joins=(
            Join(
                question="Teams that have promised more than they finish in a usual week",
                query="slipwatch_stream_needed_items_per_week\n"
                "> on (stream) slipwatch_stream_pace_items_per_week",
            ),
        ),
    ),
    Subject(
        title="Findings",
        prefixes=("slipwatch_finding", "slipwatch_item_finding", "slipwatch_rule_"),
        joins=(
            Join(
                question="Open findings about milestones, with title and link",
                query="label_replace(\n"
                '  slipwatch_finding_info, "milestone", "$1", "subject", "(.*)"\n'
                ")\n"
                "* on (milestone) group_left (title, url) slipwatch_milestone_info",
            ),
        ),
    ),
    Subject(
        title="Programs and projects",
        prefixes=("slipwatch_program_", "slipwatch_project_", "slipwatch_item_late_"),
        joins=(
            Join(
                question="Programs by status",
                query="count by (status) (slipwatch_program_status == 1)",
            ),
            Join(
                question="Red programs with their titles and who manages them",
                query="slipwatch_program_info\n"
                'and on (program) (slipwatch_program_status{status="red"} == 1)',
            ),
            Join(
                question="Weeks of work that each project has left at its pace of the last one",
                query="sum by (program, project) "
                '(slipwatch_project_items{state!="done"})\n'
                "/ on (program, project) (slipwatch_project_throughput_items > 0)",
            ),
            Join(
                question="The share of the items with a day that will probably miss it",
                query="slipwatch_project_likely_late_items / slipwatch_project_dated_items",
            ),
            Join(
                question="Projects in which more than half of what is finished is one person's",
                query="slipwatch_project_key_person_ratio > 0.5",
            ),
            Join(
                question="What each milestone counts in its program, with title and owner",
                query="slipwatch_milestone_weight\n"
                "/ on (program) group_left sum by (program) (slipwatch_milestone_weight)\n"
                "* on (milestone) group_left (title, milestone_owner) slipwatch_milestone_info",
            ),
        ),
    ),
    Subject(
        title="Risks, gates and evidence",
        prefixes=(
            "slipwatch_risk",
            "slipwatch_register_",
            "slipwatch_gates",
            "slipwatch_controls",
            "slipwatch_evidence",
            "slipwatch_poam_",
        ),
        joins=(
            Join(
                question="Controls of each program without current evidence",
                query='sum by (program) (slipwatch_controls{state=~"missing|incomplete|stale"})',
            ),
            Join(
                question="By how much risk exposure grew in 30 days, as a share",
                query="slipwatch_risk_exposure / (slipwatch_risk_exposure offset 30d > 0) - 1",
            ),
        ),
    ),
    Subject(
        title="Benefits and objectives",
        prefixes=("slipwatch_benefit_", "slipwatch_objective_"),
        joins=(
            Join(
                question="Benefits that are less than four fifths of what was due, with owner",
                query="(slipwatch_benefit_realisation_ratio < 0.8)\n"
                "* on (program, benefit) group_left (title, benefit_owner) slipwatch_benefit_info",
            ),
            Join(
                question="What a day of delay costs each program, and what delays defer by now",
                query="sum by (program, currency) (slipwatch_benefit_delay_cost_per_day)\n"
                "or sum by (program, currency) (slipwatch_benefit_deferred_value)",
            ),
            Join(
                question="The slips that defer the most value",
                query="topk by (currency) (5, slipwatch_slip_deferred_value)",
            ),
            Join(
                question="The share of open work that is for an objective",
                query="sum(slipwatch_program_aligned_items) / sum(slipwatch_program_open_items)",
            ),
        ),
    ),
    Subject(
        title="How forecasts held",
        prefixes=("slipwatch_forecast_",),
        joins=(
            Join(
                question="By how much P85 held more seldom than it promised",
                query='0.85 - slipwatch_forecast_coverage_ratio{quantile="0.85"}',
            ),
        ),
    ),
    Subject(
        title="Sources",
        prefixes=("slipwatch_source_", "slipwatch_sync", "slipwatch_hook_"),
        joins=(
            Join(
                question="Seconds since each source was last read without an error",
                query="time() - slipwatch_source_last_success_timestamp_seconds",
            ),
            Join(
                question="The share of syncs that fail",
                query="rate(slipwatch_sync_failures_total[6h]) / rate(slipwatch_syncs_total[6h])",
            ),
        ),
    ),
    Subject(
        title="Notifications and reports",
        prefixes=("slipwatch_notification", "slipwatch_report_"),
        joins=(
            Join(
                question="Channels for which messages wait",
                query="slipwatch_notifications_pending > 0",
            ),
            Join(
                question="Days since each audience last got a report",
                query="(time() - slipwatch_report_last_success_timestamp_seconds) / 86400",
            ),
        ),
    ),
    Subject(
        title="slipwatch itself",
        prefixes=(
            "slipwatch_assessment",
            "slipwatch_job",
            "slipwatch_metric_",
            "slipwatch_config_",
            "slipwatch_build_",
        ),
        joins=(
            Join(
                question="Age of what is shown, in seconds",
                query="time() - slipwatch_assessment_timestamp_seconds",
            ),
        ),
    ),
)

_INTRODUCTION = """\
# Metrics

What `/metrics` serves, in the text format of Prometheus or as OpenMetrics. The figures of the
programs are those of the latest assessment, rendered once and served from memory (cached); the
counters about syncs, requests and assessments are live.

- `program` is a program's id, `project` is `program/project`, `milestone` the full id
  `program/project/milestone`: one label joins.
- A value that does not exist is an absent series, never NaN.
- There are series per milestone, project and dependency. Those per item are served only where
  `metrics.items` asks for them, and never more of a metric than `metrics.most_items`.
- `metrics.allow` and `metrics.deny` choose metrics by name. One that cannot be computed is left out
  of the scrape, logged, and counted by `slipwatch_metric_failures_total`.
- Moments are Unix seconds, a day is its end in the program's time zone. Working days are signed,
  late positive.
- Titles and names of people are cut at 200 characters. In every label control characters, line
  breaks and characters that reorder text are spaces.
- Stages: an experimental metric may change with any version, a stable one only after it has been
  marked deprecated for two minor versions.

This page is written by `slipwatch.exporters.prometheus.pages`; a test compares it with the tables.
"""


def render_page() -> str:
    """Write the page; raises ``ValueError`` for a metric that is about nothing known."""
    about: dict[str, list[Metric | SelfMetric]] = {subject.title: [] for subject in SUBJECTS}
    metrics: list[Metric | SelfMetric] = [*METRICS, *SELF_METRICS]
    for metric in metrics:
        about[_subject_of(metric.name).title].append(metric)
    sections = [_section(subject, about[subject.title]) for subject in SUBJECTS]
    return "\n".join([_INTRODUCTION, *sections])


def _subject_of(name: str) -> Subject:
    for subject in SUBJECTS:
        if name.startswith(subject.prefixes):
            return subject
    raise ValueError(f"{name} fits no subject of docs/metrics.md: add one to SUBJECTS")


def _section(subject: Subject, metrics: list[Metric | SelfMetric]) -> str:
    return "\n".join(
        [
            f"## {subject.title}",
            "",
            "| Name | Type | Description | Labels | Stage |",
            "| --- | --- | --- | --- | --- |",
            *(_row(metric) for metric in metrics),
            "",
            *_joins(subject.joins),
        ]
    )


def _row(metric: Metric | SelfMetric) -> str:
    labels = " ".join(f"`{label}`" for label in metric.labels)
    stage: str = metric.stage
    if isinstance(metric, Metric) and metric.per_item:
        stage += ", with `metrics.items`"
    return f"| `{metric.name}` | {metric.kind} | {metric.help} | {labels} | {stage} |"


def _joins(joins: tuple[Join, ...]) -> Iterator[str]:
    for join in joins:
        yield from (f"{join.question}:", "", "```promql", join.query, "```", "")
