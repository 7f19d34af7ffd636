"""From an assessment to the text that Prometheus scrapes: rendered once, served many times."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Sample,
    SummaryMetricFamily,
)
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import choose_encoder, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from slipwatch.aggregator.assessment import Assessment

from .catalogue import METRICS, Metric

_EOF = b"# EOF\n"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_FAMILIES = {
    "gauge": GaugeMetricFamily,
    "counter": CounterMetricFamily,
    "summary": SummaryMetricFamily,
}
_FREE_TEXT = {"title", "milestone_owner"}
MAX_TEXT = 200
"""Titles are written by anybody; longer ones are cut. Ids never are: joins go by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one scrape gets."""

    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The metrics of one assessment, in both formats, without an end mark."""

    text: bytes = b""
    openmetrics: bytes = b""


def render(assessment: Assessment) -> Rendered:
    """Render every metric of the catalogue."""
    registry = CollectorRegistry()
    registry.register(_Assessed(assessment))
    return Rendered(
        text=generate_latest(registry),
        openmetrics=generate_openmetrics(registry).removesuffix(_EOF),
    )


def page(accept: str, live: CollectorRegistry, rendered: Rendered) -> Page:
    """Join the live self-monitoring with the rendered assessment, in the format asked for."""
    encoder, content_type = choose_encoder(accept)
    body = encoder(live)
    if content_type.startswith("application/openmetrics-text"):
        return Page(
            content_type=content_type,
            body=body.removesuffix(_EOF) + rendered.openmetrics + _EOF,
        )
    return Page(content_type=content_type, body=body + rendered.text)


def clean(label: str, value: str) -> str:
    """Make text of a tracker fit for a label: no control characters, no endless titles.

    Quotes, backslashes and line breaks are escaped by the exposition itself.
    """
    flat = _CONTROL.sub(" ", value)
    if label not in _FREE_TEXT or len(flat) <= MAX_TEXT:
        return flat
    return flat[: MAX_TEXT - 1] + "…"


class _Assessed(Collector):
    def __init__(self, assessment: Assessment) -> None:
        self._assessment = assessment

    def describe(self) -> Iterator[Family]:
        return iter(())

    def collect(self) -> Iterator[Family]:
        for metric in METRICS:
            yield _family(metric, self._assessment)


def _family(metric: Metric, assessment: Assessment) -> Family:
    family: Family = _FAMILIES[metric.kind](metric.name, metric.help)
    for values, value in metric.samples(assessment):
        labels = {
            label: clean(label, text) for label, text in zip(metric.labels, values, strict=True)
        }
        family.samples.append(Sample(metric.name, labels, value))
    return family
