"""Metrics that are rendered after others are those that are rendered anew."""

import gzip
import sys

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from slipwatch.aggregator.assessment import Assessment
from slipwatch.config.metrics import MetricsSettings
from slipwatch.exporters.prometheus.catalogue import METRICS
from slipwatch.exporters.prometheus.compression import SMALL, Deflater, deflate, gzip_parts
from slipwatch.exporters.prometheus.lines import Lines
from slipwatch.exporters.prometheus.render import Renderer, render

PARTS = st.lists(st.sampled_from([b"", b"a", b"b" * SMALL, b"c" * 2 * SMALL, b"d" * (SMALL - 1)]))


def unpacked(deflater: Deflater, parts: list[bytes]) -> bytes:
    return gzip.decompress(b"".join(gzip_parts(deflater.deflate(parts), b"end")))


@given(texts=st.lists(PARTS, max_size=5), turns=st.booleans())
def test_texts_compressed_after_others_are_read_as_they_were_written(
    texts: list[list[bytes]], turns: bool
) -> None:
    deflater = Deflater()

    for parts in texts:
        assert unpacked(deflater, parts) == b"".join(parts) + b"end"
        if turns:
            deflater.turn()


def test_small_parts_are_compressed_together() -> None:
    parts = [f"slipwatch_metric_{number} 1\n".encode() for number in range(100)]

    assert len(Deflater().deflate(parts).data) == len(deflate(b"".join(parts)).data)


def test_assessments_rendered_one_after_the_other_are_as_rendered_anew(
    assessment: Assessment,
) -> None:
    fewer = msgspec.structs.replace(assessment, milestones=assessment.milestones[:1])
    settings, renderer = MetricsSettings(items=True), Renderer()

    for one in (assessment, fewer, assessment, assessment):
        assert renderer.render(one, settings) == render(one, settings)


def test_labels_that_no_assessment_has_any_more_are_let_go_of() -> None:
    lines, values = Lines(), (str(len(METRICS)),)
    lines.write("a", ("x",), [(values, 1.0)])
    lines.turn()
    lines.write("a", ("x",), [(("api",), 1.0)])
    held = sys.getrefcount(values)
    lines.turn()

    assert sys.getrefcount(values) == held - 1
