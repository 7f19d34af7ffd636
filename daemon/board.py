"""What the HTTP side shows: the latest assessment, rendered once, kept in memory."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.portfolio.model import Observation, Portfolio
from slipwatch.config.metrics import MetricsSettings
from slipwatch.exporters.ledger import LedgerLine
from slipwatch.exporters.prometheus.catalogue import METRICS
from slipwatch.exporters.prometheus.monitor import Monitor
from slipwatch.exporters.prometheus.render import Page, Rendered, Renderer, page
from slipwatch.exporters.web.acknowledging import Acknowledged

Ledger = Mapping[str, tuple[LedgerLine, ...]]


@dataclass(frozen=True, slots=True)
class _Shown:
    assessment: Assessment | None = None
    rendered: Rendered = field(default_factory=Rendered)
    ledger: Ledger | None = None
    """None until it has been read."""


class LiveBoard:
    """A board that the service fills; threads read it without a lock.

    One reference is swapped at a time, so that a page never mixes two assessments.
    """

    def __init__(self, monitor: Monitor, version: str, reload: Callable[[], None]) -> None:
        self._monitor = monitor
        self._version = version
        self._reload = reload
        self._shown = _Shown()
        self._acknowledged: Mapping[str, Acknowledged] = {}
        self._showing = threading.Lock()
        self._rendering = threading.Lock()
        self._renderer = Renderer()
        self._metrics = MetricsSettings()
        monitor.expect_metrics(metric.name for metric in METRICS)

    @property
    def version(self) -> str:
        """The version that runs."""
        return self._version

    def follow(self, metrics: MetricsSettings) -> None:
        """Serve the metrics that the settings want, with the next assessment at the latest."""
        self._metrics = metrics
        self._monitor.serve(metrics.wants)

    def show(
        self, assessment: Assessment, *, made_at: datetime, portfolio: Portfolio | None = None
    ) -> None:
        """Show an assessment from now on; of one kept from an earlier run the portfolio follows."""
        ledger = None if portfolio is None else ledger_of(portfolio)
        with self._rendering:
            rendered = self._renderer.render(assessment, self._metrics)
        for name in rendered.failed:
            self._monitor.metric_failures.labels(name).inc()
        for name, number in rendered.left_out.items():
            self._monitor.series_left_out.labels(name).set(number)
        with self._showing:
            self._shown = _Shown(assessment, rendered, ledger)
        self._monitor.assessed_at.set(made_at.timestamp())

    def show_acknowledged(self, acknowledged: Mapping[str, Acknowledged]) -> None:
        """Show from now on who knows of which finding, by fingerprint."""
        self._acknowledged = acknowledged

    def acknowledged(self) -> Mapping[str, Acknowledged]:
        """Give who knows of which finding, by fingerprint."""
        return self._acknowledged

    def show_ledger(self, portfolio: Portfolio) -> None:
        """Show the ledger beside the assessment of an earlier run, unless there is a new one."""
        ledger = ledger_of(portfolio)
        with self._showing:
            if self._shown.ledger is None:
                self._shown = replace(self._shown, ledger=ledger)

    def assessment(self) -> Assessment | None:
        """Give the assessment that is shown."""
        return self._shown.assessment

    def metrics(self, accept: str, accept_encoding: str) -> Page:
        """Give the metrics in the form asked for."""
        return page(accept, self._monitor.registry, self._shown.rendered, accept_encoding)

    def ledger(self, milestone: str) -> Sequence[LedgerLine] | None:
        """Give every observed value of a milestone's date."""
        shown = self._shown.ledger
        return None if shown is None else shown.get(milestone)

    def is_complete(self) -> bool:
        """Tell whether there is an assessment, and the ledger to it."""
        return self._shown.assessment is not None and self._shown.ledger is not None

    def reload(self) -> None:
        """Read the configuration file again."""
        self._reload()


def ledger_of(portfolio: Portfolio) -> Ledger:
    """Give every observed value of each milestone's date."""
    return {
        milestone.id: tuple(_lines(milestone.history, portfolio.calendars[milestone.calendar]))
        for milestone in portfolio.milestones.values()
    }


def _lines(history: Sequence[Observation], calendar: WorkCalendar) -> Iterator[LedgerLine]:
    before: date | None = None
    for seen in history:
        days = None
        if before is not None and seen.value is not None:
            days = calendar.between(before, seen.value)
        before = seen.value or before
        yield LedgerLine(seen.at, seen.value, days, seen.origin, seen.actor)
