"""Lines of the exposition format, beside those of the client library."""

import math
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.core import GaugeMetricFamily, Sample
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from slipwatch.exporters.prometheus.lines import Lines, Values, clean

NAME = "slipwatch_thing"
LABELS = ("title", "milestone", "lead")
TEXTS = st.text(st.characters() | st.sampled_from('\\"\n{},= '), max_size=12)
VALUES = st.floats() | st.sampled_from([0.0, -0.0, 1e6, 1234567.5, math.inf, math.nan])
SAMPLES = st.lists(st.tuples(st.tuples(TEXTS, TEXTS, TEXTS), VALUES), max_size=6)


class One(Collector):
    """A registry of one metric."""

    def __init__(self, samples: list[tuple[Values, float]], labels: tuple[str, ...]) -> None:
        self._family = GaugeMetricFamily(NAME, "A thing.")
        for values, value in samples:
            told = {one: clean(one, text) for one, text in zip(labels, values, strict=True)}
            self._family.samples.append(Sample(NAME, told, value))

    def collect(self) -> Iterator[Family]:
        """Give it."""
        yield self._family


@pytest.mark.parametrize("generate", [generate_latest, generate_openmetrics])
@given(samples=SAMPLES)
def test_lines_are_those_of_the_client_library_in_both_formats(
    generate: Callable[[Collector], bytes], samples: list[tuple[Values, float]]
) -> None:
    theirs = generate(One(samples, LABELS)).decode().splitlines(keepends=True)

    ours = Lines().write(NAME, LABELS, samples)

    assert ours == [line for line in theirs if not line.startswith("#")]


def test_a_metric_without_labels_has_a_line_without_braces() -> None:
    assert Lines().write(NAME, (), [((), 2.0)]) == [f"{NAME} 2.0\n"]


def test_metrics_with_the_same_values_keep_labels_of_their_own() -> None:
    lines = Lines()

    assert lines.write("a", ("x",), [(("1",), 1.0)]) == ['a{x="1"} 1.0\n']
    assert lines.write("b", ("y",), [(("1",), 1.0)]) == ['b{y="1"} 1.0\n']
    assert lines.write("c", ("x",), [(("1",), 2.0)]) == ['c{x="1"} 2.0\n']
