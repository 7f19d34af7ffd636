"""The table of the metrics that slipwatch keeps about itself."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SelfMetric:
    """A metric that slipwatch keeps about itself."""

    name: str
    help: str
    labels: tuple[str, ...]
    kind: Literal["counter", "gauge", "histogram"]
    stage: Literal["experimental", "stable"] = "experimental"


SELF_METRICS: tuple[SelfMetric, ...] = (
    SelfMetric("slipwatch_syncs_total", "Syncs that were started.", ("source",), "counter"),
    SelfMetric(
        "slipwatch_sync_failures_total",
        "Syncs that ended with an error, partial ones included.",
        ("source",),
        "counter",
    ),
    SelfMetric(
        "slipwatch_sync_duration_seconds", "How long a sync took.", ("source",), "histogram"
    ),
    SelfMetric(
        "slipwatch_source_requests_total",
        "HTTP exchanges with a source, by status code; error when no answer came.",
        ("source", "code"),
        "counter",
    ),
    SelfMetric(
        "slipwatch_source_request_duration_seconds",
        "How long a source took to answer.",
        ("source",),
        "histogram",
    ),
    SelfMetric(
        "slipwatch_source_rate_limit_remaining",
        "Requests left before the source's rate limit, as it last said.",
        ("source",),
        "gauge",
    ),
    SelfMetric(
        "slipwatch_hook_deliveries_total",
        "Webhook deliveries that were taken, replays included.",
        ("source",),
        "counter",
    ),
    SelfMetric(
        "slipwatch_hook_replays_total",
        "Webhook deliveries that had come before and changed nothing.",
        ("source",),
        "counter",
    ),
    SelfMetric(
        "slipwatch_hook_refusals_total",
        "Webhook deliveries that were refused, by the status they were answered with.",
        ("source", "code"),
        "counter",
    ),
    SelfMetric(
        "slipwatch_source_censuses_total",
        "Listings of all ids of a project or repository, by whether they were believed.",
        ("source", "outcome"),
        "counter",
    ),
    SelfMetric(
        "slipwatch_source_census_timestamp_seconds",
        "When the source's ids were last listed; of its scopes, the one that waits longest.",
        ("source",),
        "gauge",
    ),
    SelfMetric(
        "slipwatch_source_absent_items",
        "Known items that are listed no more: missed once, gone, moved away, or invisible.",
        ("source", "presence"),
        "gauge",
    ),
    SelfMetric(
        "slipwatch_job_failures_total",
        "Scheduled work that ended with an error of slipwatch itself.",
        ("task", "source"),
        "counter",
    ),
    SelfMetric(
        "slipwatch_jobs_left_out_total",
        "Scheduled work that was not begun: the last run was still busy, or it was too late.",
        ("task", "source", "reason"),
        "counter",
    ),
    SelfMetric("slipwatch_assessments_total", "Assessments that were started.", (), "counter"),
    SelfMetric(
        "slipwatch_assessment_failures_total",
        "Assessments that ended with an error.",
        (),
        "counter",
    ),
    SelfMetric(
        "slipwatch_assessment_duration_seconds", "How long an assessment took.", (), "histogram"
    ),
    SelfMetric(
        "slipwatch_assessment_timestamp_seconds",
        "When the assessment that is served was made.",
        (),
        "gauge",
    ),
    SelfMetric(
        "slipwatch_metric_failures_total",
        "How often a metric was left out because computing it failed.",
        ("metric",),
        "counter",
    ),
    SelfMetric(
        "slipwatch_metric_series_left_out",
        "Series per item that are not served because the metric has too many.",
        ("metric",),
        "gauge",
    ),
    SelfMetric(
        "slipwatch_notifications_total",
        "Attempts to deliver a notification.",
        ("channel",),
        "counter",
    ),
    SelfMetric(
        "slipwatch_notification_failures_total",
        "Attempts that the channel did not answer, or answered with an error.",
        ("channel",),
        "counter",
    ),
    SelfMetric(
        "slipwatch_notifications_pending",
        "Notifications that are still to be delivered.",
        ("channel",),
        "gauge",
    ),
    SelfMetric(
        "slipwatch_notifications_dead",
        "Dead letters: notifications that are tried no more, see slipwatch notify list.",
        ("channel",),
        "gauge",
    ),
    SelfMetric(
        "slipwatch_report_last_success_timestamp_seconds",
        "When a channel last took a report to this audience.",
        ("program", "audience"),
        "gauge",
    ),
    SelfMetric(
        "slipwatch_report_due_timestamp_seconds",
        "When the next report to this audience is due; in the past while it cannot be written.",
        ("program", "audience"),
        "gauge",
    ),
    SelfMetric(
        "slipwatch_report_failures_total",
        "Reports that were due and could not be written; it is tried with each assessment.",
        ("program", "audience"),
        "counter",
    ),
    SelfMetric(
        "slipwatch_config_last_reload_successful",
        "1 when the configuration file could be read the last time.",
        (),
        "gauge",
    ),
    SelfMetric(
        "slipwatch_config_last_reload_success_timestamp_seconds",
        "When the configuration that is in force was read.",
        (),
        "gauge",
    ),
    SelfMetric(
        "slipwatch_build_info",
        "The version that runs; always 1.",
        ("version", "pythonversion"),
        "gauge",
    ),
)
