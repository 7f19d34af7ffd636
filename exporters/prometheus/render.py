"""From an assessment to what Prometheus scrapes: made and compressed once, served many times."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import choose_encoder, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from slipwatch.aggregator.assessment import Assessment
from slipwatch.config.metrics import MetricsSettings

from .catalogue import METRICS, Metric
from .compression import Deflated, Deflater, deflate, gzip_parts, takes_gzip
from .lines import Lines

log = structlog.get_logger(__name__)

_EOF = b"# EOF\n"
_FAMILIES = {
    "gauge": GaugeMetricFamily,
    "counter": CounterMetricFamily,
    "summary": SummaryMetricFamily,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one scrape gets."""

    content_type: str
    parts: tuple[bytes, ...]
    """Of the body. The largest is shared by all scrapes of one assessment."""
    encoding: str = ""
    """The ``Content-Encoding``; empty for none."""

    @property
    def size(self) -> int:
        """Give the length of the body in bytes."""
        return sum(map(len, self.parts))

    @property
    def body(self) -> bytes:
        """Give the body as one."""
        return b"".join(self.parts)


@dataclass(frozen=True, slots=True)
class Body:
    """The metrics of one assessment in one format, plain and compressed."""

    plain: bytes = b""
    deflated: Deflated = field(default_factory=lambda: deflate(b""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The metrics of one assessment, in both formats, without an end mark."""

    text: Body = field(default_factory=Body)
    openmetrics: Body = field(default_factory=Body)
    failed: tuple[str, ...] = ()
    """Metrics that could not be computed, and are left out."""
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])
    """Series per item that were too many, by metric."""


def render(
    assessment: Assessment,
    settings: MetricsSettings | None = None,
    metrics: Sequence[Metric] = METRICS,
) -> Rendered:
    """Render every metric that the settings want; one that fails is left out and logged."""
    return Renderer(metrics).render(assessment, settings or MetricsSettings())


class Renderer:
    """Renders one assessment after the other; what is as it was is not written again.

    It serves one assessment after the other, not two at once.
    """

    def __init__(self, metrics: Sequence[Metric] = METRICS) -> None:
        self._metrics = metrics
        self._lines = Lines()
        self._deflater = Deflater()

    def render(self, assessment: Assessment, settings: MetricsSettings) -> Rendered:
        """Render every metric that the settings want; one that fails is left out and logged."""
        text, openmetrics = list[bytes](), list[bytes]()
        failed, left_out = list[str](), dict[str, int]()
        for metric in self._metrics:
            if not settings.wants(metric.name) or (metric.per_item and not settings.items):
                continue
            try:
                samples = metric.samples(assessment)
                series = self._lines.write(metric.name, metric.labels, samples)
                if metric.per_item:
                    left_out[metric.name] = max(0, len(series) - settings.most_items)
                    del series[settings.most_items :]
                written = "".join(series).encode()
            except Exception:
                log.exception("metric failed", metric=metric.name)
                failed.append(metric.name)
            else:
                heads = _heads(metric.kind, metric.name, metric.help)
                text += (heads[0], written)
                openmetrics += (heads[1], written)
        bodies = [Body(b"".join(it), self._deflater.deflate(it)) for it in (text, openmetrics)]
        self._lines.turn()
        self._deflater.turn()
        return Rendered(
            text=bodies[0], openmetrics=bodies[1], failed=tuple(failed), left_out=left_out
        )


def page(
    accept: str, live: CollectorRegistry, rendered: Rendered, accept_encoding: str = ""
) -> Page:
    """Join the rendered assessment with the live self-monitoring, in the form asked for."""
    encoder, content_type = choose_encoder(accept)
    own = encoder(live)
    is_open = content_type.startswith("application/openmetrics-text")
    body = rendered.openmetrics if is_open else rendered.text
    if takes_gzip(accept_encoding):
        parts = gzip_parts(body.deflated, own)
        return Page(content_type=content_type, parts=parts, encoding="gzip")
    return Page(content_type=content_type, parts=(body.plain, own))


class _One(Collector):
    """A registry of one metric."""

    def __init__(self, family: Family) -> None:
        self._family = family

    def collect(self) -> Iterator[Family]:
        yield self._family


@cache
def _heads(kind: str, name: str, told: str) -> tuple[bytes, bytes]:
    """Write what stands before the series of a metric, in both formats."""
    head = _One(_FAMILIES[kind](name, told))
    return generate_latest(head), generate_openmetrics(head).removesuffix(_EOF)
