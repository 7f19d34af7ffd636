"""``slipwatch demo --live``: the simulated company by the real clock."""

import os
import re
import signal
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests import clock
from tests.clock import TODAY

from .running import PATIENCE, Commands, eventually


def test_a_live_demo_tells_the_time_of_the_real_clock(slipwatch: Commands) -> None:
    out = slipwatch.folder / "demo.out"
    began = clock.now()
    demo = slipwatch.begin("demo", "--live", "--listen", "127.0.0.1:0", out=out)
    try:
        said = eventually(lambda: welcome(out))
        (address,) = re.findall(r"^slipwatch +(http://\S+)", said, re.MULTILINE)
        eventually(
            lambda: (
                httpx.get(f"{address}/-/ready", timeout=PATIENCE, verify=False).is_success or None
            )
        )
        assessment = httpx.get(f"{address}/api/v1/assessment", timeout=PATIENCE).json()
        metrics = httpx.get(f"{address}/metrics", timeout=PATIENCE).text
    finally:
        os.kill(demo.pid, signal.SIGTERM)
        ended = demo.end()

    assert assessment["as_of"] == str(TODAY)
    read = [
        sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.name == "slipwatch_source_last_success_timestamp_seconds"
    ]
    assert len(read) == 3
    assert all(began.timestamp() <= moment <= clock.now().timestamp() for moment in read)
    assert "A day passes at 9:00 UTC." in said
    assert (ended.code, ended.err) == (0, "")


def welcome(out: Path) -> str:
    """Give what the demo says first; empty until all of it is said."""
    said = out.read_text() if out.exists() else ""
    return said if "Ctrl-C" in said else ""
