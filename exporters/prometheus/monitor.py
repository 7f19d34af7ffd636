"""slipwatch's own metrics: how its syncs, assessments and configuration are doing."""

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

SYNC_SECONDS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0)
REQUEST_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
ASSESSMENT_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)


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
_TABLE = {metric.name: metric for metric in SELF_METRICS}


class Monitor:
    """Keeps slipwatch's own metrics in a registry of its own."""

    def __init__(self, version: str) -> None:
        disable_created_metrics()
        self.registry = CollectorRegistry()
        self.syncs = self._counter("slipwatch_syncs_total")
        self.sync_failures = self._counter("slipwatch_sync_failures_total")
        self.sync_seconds = self._histogram("slipwatch_sync_duration_seconds", SYNC_SECONDS)
        self.requests = self._counter("slipwatch_source_requests_total")
        self.request_seconds = self._histogram(
            "slipwatch_source_request_duration_seconds", REQUEST_SECONDS
        )
        self.rate_limit = self._gauge("slipwatch_source_rate_limit_remaining")
        self.hook_deliveries = self._counter("slipwatch_hook_deliveries_total")
        self.hook_replays = self._counter("slipwatch_hook_replays_total")
        self.hook_refusals = self._counter("slipwatch_hook_refusals_total")
        self.censuses = self._counter("slipwatch_source_censuses_total")
        self.census_at = self._gauge("slipwatch_source_census_timestamp_seconds")
        self.absent_items = self._gauge("slipwatch_source_absent_items")
        self.assessments = self._counter("slipwatch_assessments_total")
        self.assessment_failures = self._counter("slipwatch_assessment_failures_total")
        self.assessment_seconds = self._histogram(
            "slipwatch_assessment_duration_seconds", ASSESSMENT_SECONDS
        )
        self.assessed_at = self._gauge("slipwatch_assessment_timestamp_seconds")
        self.reload_ok = self._gauge("slipwatch_config_last_reload_successful")
        self.reloaded_at = self._gauge("slipwatch_config_last_reload_success_timestamp_seconds")
        self._gauge("slipwatch_build_info").labels(version, platform.python_version()).set(1)

    def expect(self, sources: Iterable[str]) -> None:
        """Start the counters of known sources at 0, so that a first failure shows as a rise."""
        for source in sources:
            self.syncs.labels(source)
            self.sync_failures.labels(source)
            for outcome in ("believed", "refused"):
                self.censuses.labels(source, outcome)

    def expect_hooks(self, sources: Iterable[str]) -> None:
        """Start the counters of sources with webhooks at 0."""
        for source in sources:
            self.hook_deliveries.labels(source)
            self.hook_replays.labels(source)
            self.hook_refusals.labels(source, "401")

    def _counter(self, name: str) -> Counter:
        metric = _TABLE[name]
        return Counter(name, metric.help, metric.labels, registry=self.registry)

    def _gauge(self, name: str) -> Gauge:
        metric = _TABLE[name]
        return Gauge(name, metric.help, metric.labels, registry=self.registry)

    def _histogram(self, name: str, buckets: tuple[float, ...]) -> Histogram:
        metric = _TABLE[name]
        return Histogram(name, metric.help, metric.labels, buckets=buckets, registry=self.registry)
