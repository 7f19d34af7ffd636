"""Keeps slipwatch's own metrics: how its syncs, assessments and configuration are doing."""

import platform
from collections.abc import Callable, Iterable
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.metrics import MetricWrapperBase

from .own import SELF_METRICS

SYNC_SECONDS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0)
REQUEST_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
ASSESSMENT_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)

T = TypeVar("T", bound=MetricWrapperBase)


_TABLE = {metric.name: metric for metric in SELF_METRICS}


class Monitor:
    """Keeps slipwatch's own metrics in a registry of its own."""

    def __init__(self, version: str) -> None:
        disable_created_metrics()
        self.registry = CollectorRegistry()
        self._collectors: dict[str, MetricWrapperBase] = {}
        self._served: set[str] = set()
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
        self.job_failures = self._counter("slipwatch_job_failures_total")
        self.jobs_left_out = self._counter("slipwatch_jobs_left_out_total")
        self.assessments = self._counter("slipwatch_assessments_total")
        self.assessment_failures = self._counter("slipwatch_assessment_failures_total")
        self.assessment_seconds = self._histogram(
            "slipwatch_assessment_duration_seconds", ASSESSMENT_SECONDS
        )
        self.assessed_at = self._gauge("slipwatch_assessment_timestamp_seconds")
        self.metric_failures = self._counter("slipwatch_metric_failures_total")
        self.series_left_out = self._gauge("slipwatch_metric_series_left_out")
        self.notifications = self._counter("slipwatch_notifications_total")
        self.notification_failures = self._counter("slipwatch_notification_failures_total")
        self.notifications_pending = self._gauge("slipwatch_notifications_pending")
        self.notifications_dead = self._gauge("slipwatch_notifications_dead")
        self.reported_at = self._gauge("slipwatch_report_last_success_timestamp_seconds")
        self.report_due = self._gauge("slipwatch_report_due_timestamp_seconds")
        self.report_failures = self._counter("slipwatch_report_failures_total")
        self.reload_ok = self._gauge("slipwatch_config_last_reload_successful")
        self.reloaded_at = self._gauge("slipwatch_config_last_reload_success_timestamp_seconds")
        self._gauge("slipwatch_build_info").labels(version, platform.python_version()).set(1)

    def serve(self, wants: Callable[[str], bool]) -> None:
        """Serve the metrics that are wanted from now on; the others count on unseen."""
        for name, collector in self._collectors.items():
            if wants(name) and name not in self._served:
                self.registry.register(collector)
                self._served.add(name)
            elif not wants(name) and name in self._served:
                self.registry.unregister(collector)
                self._served.remove(name)

    def expect_metrics(self, names: Iterable[str]) -> None:
        """Start the counters of metrics that may fail at 0."""
        for name in names:
            self.metric_failures.labels(name)

    def expect(self, sources: Iterable[str]) -> None:
        """Start the counters of known sources at 0, so that a first failure shows as a rise."""
        for task in ("feeds", "assessment"):
            self.job_failures.labels(task, "")
        for source in sources:
            self.job_failures.labels("sync", source)
            self.jobs_left_out.labels("sync", source, "busy")
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
        return self._serve(name, Counter(name, metric.help, metric.labels, registry=None))

    def _gauge(self, name: str) -> Gauge:
        metric = _TABLE[name]
        return self._serve(name, Gauge(name, metric.help, metric.labels, registry=None))

    def _histogram(self, name: str, buckets: tuple[float, ...]) -> Histogram:
        metric = _TABLE[name]
        made = Histogram(name, metric.help, metric.labels, buckets=buckets, registry=None)
        return self._serve(name, made)

    def _serve(self, name: str, collector: T) -> T:
        self._collectors[name] = collector
        self._served.add(name)
        self.registry.register(collector)
        return collector
