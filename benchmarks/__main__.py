"""What a sync, an assessment and a scrape cost: seconds, and the ratio to a floor of the same run.

Seconds tell about the machine, ratios about slipwatch: the floor is the part that cannot be
saved. The simulated Jira runs in the same process and takes its share of both.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import yaml

from slipwatch.aggregator.assessment import to_json
from slipwatch.aggregator.reading import read_facts
from slipwatch.aggregator.store import Store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon import log
from slipwatch.daemon.pipeline import run_assessment, today
from slipwatch.daemon.syncing import sync_once
from slipwatch.daemon.wiring import connect, open_configured_store, read_settings
from slipwatch.demo import CLOUD_TOKEN, DemoServers, World, bulk_world
from slipwatch.exporters.prometheus.render import render
from slipwatch.exporters.web.landing import LandingPage

SOURCE = "jira"
Measured = tuple[str, float, str, float]
"""What was measured, its seconds, its floor, the floor's seconds."""


def main() -> None:
    """Measure, and print one line for each thing measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--projects", type=int, default=8)
    parser.add_argument("--issues", type=int, default=500, help="in each project")
    options = parser.parse_args()
    log.configure("warning", "text")
    os.environ["SLIPWATCH_BENCHMARK_TOKEN"] = CLOUD_TOKEN
    world = bulk_world(projects=options.projects, issues=options.issues)
    print(f"{options.projects} projects of {options.issues} issues\n")
    print(f"{'':28} {'seconds':>8}  {'ratio':>6}  floor")
    with ExitStack() as stack:
        servers = stack.enter_context(DemoServers(world))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = _settings(folder, servers.jira_cloud.url, sorted(world.jira_cloud.projects))
        store = stack.enter_context(open_configured_store(settings))
        for what, seconds, floor, least in _measure(settings, store, world):
            print(f"{what:28} {seconds:8.2f}  {seconds / least:6.1f}  {floor}: {least:.3f}")


def _settings(folder: Path, url: str, projects: list[str]) -> SlipwatchSettings:
    """Make every version of every project a milestone."""
    auth = {"email": "slipwatch@acme.example", "token": {"env": "SLIPWATCH_BENCHMARK_TOKEN"}}
    source = {"kind": "jira", "url": url, "auth": auth, "projects": projects}
    scopes = [
        {
            "id": key.lower(),
            "scope": [{"source": SOURCE, "project": key}],
            "discover": ["versions"],
        }
        for key in projects
    ]
    file = folder / "slipwatch.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "store": f"sqlite:///{folder / 'slipwatch.db'}",
                "sources": {SOURCE: source},
                "programs": [{"id": "bench", "projects": scopes}],
            }
        )
    )
    return read_settings(file)


def _measure(settings: SlipwatchSettings, store: Store, world: World) -> Iterator[Measured]:
    def now() -> datetime:
        return world.now

    def pull() -> None:
        connector = connect(settings, SOURCE, now=now)
        try:
            for scope in connector.scopes():
                for _ in connector.pull(scope, None):
                    pass
        finally:
            connector.close()

    def sync() -> None:
        result = sync_once(settings, store, SOURCE, now=now)
        if result.error is not None:
            raise RuntimeError(result.error)

    pulled = _seconds(pull)
    yield "first sync", _seconds(sync), "read and convert, store nothing", pulled
    yield "sync of nothing new", _seconds(sync), "first read", pulled
    read = _seconds(lambda: read_facts(store, past=False))
    day = today(settings, world.now)
    outcome = run_assessment(settings, store, as_of=day, now=world.now, remember=True)

    def assess() -> None:
        run_assessment(settings, store, as_of=day, now=world.now, remember=True)

    yield "assessment", _seconds(assess), "read the store", read
    assessment = outcome.assessment
    written = _seconds(lambda: to_json(assessment))
    page = LandingPage("benchmark")
    yield "metrics", _seconds(lambda: render(assessment)), "the same as JSON", written
    yield "landing page", _seconds(lambda: page.render(assessment)), "the same as JSON", written


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
