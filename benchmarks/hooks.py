"""Measures how long it takes from a webhook to /metrics: ``python -m benchmarks.hooks --help``.

A service runs beside three simulated sites. Milestones are moved on GitHub, which tells of it by
a signed webhook; the clock stops when a scrape shows the new date.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import httpx

from slipwatch.demo import DemoServers, bulk_world
from tests.daemon.running import programs, sources, write_config
from tests.daemon.test_service_hooks import GITHUB, PLAN, SECRET, move_milestone

BOUND = 3.0
_PATIENCE = 120.0
_SLIPWATCH = "from slipwatch.daemon.cli import main; main()"
_LINE = re.compile(rf'^{PLAN}{{[^}}]*milestone="{GITHUB}"[^}}]*}} (\S+)$', re.MULTILINE)
_UP = re.compile(r"^slipwatch_source_up{[^}]*} 1\.0$", re.MULTILINE)


def main() -> int:
    """Print the times and the machine's load; 1 when one of them is beyond the bound."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hooks", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="webhooks; default 20")
    parser.add_argument("--issues", type=int, default=300, help="of each site; default 300")
    given = parser.parse_args()
    world = bulk_world(
        projects=1,
        data_center_projects=1,
        repositories=1,
        issues=given.issues,
        now=datetime.now(UTC),
    )
    with DemoServers(world) as servers, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "github-token").write_text(world.github.token)
        watched = sources(servers)
        watched["github"]["webhook"] = {"secret": {"env": "HOOK_SECRET"}}
        pace = {"sync": {"every": "1h"}, "assess": {"every": "1h"}}
        write_config(folder, {**pace, "sources": watched, "programs": programs()})
        secrets = {
            "CLOUD_TOKEN": world.jira_cloud.token,
            "DC_TOKEN": world.jira_dc.token,
            "HOOK_SECRET": SECRET,
        }
        with subprocess.Popen(
            [sys.executable, "-c", _SLIPWATCH, "run", "--listen", "127.0.0.1:0"],
            cwd=folder,
            env={**os.environ, **secrets},
            stdout=subprocess.PIPE,
            text=True,
        ) as service:
            assert service.stdout is not None
            found = re.search(r"http://\S+", service.stdout.readline())
            assert found is not None
            address = found[0]
            _until(lambda: len(_UP.findall(_scrape(address))) == len(watched))
            took: list[float] = []
            for _ in range(given.times):
                told, after = move_milestone(world, timedelta(days=1))
                began = time.monotonic()
                told.send(f"{address}/hooks/github")
                _until(_planning(address, after))
                took.append(time.monotonic() - began)
            service.terminate()
    sys.stdout.write(
        f"{len(took)} webhooks, seconds until a scrape shows it: median {median(took):.2f}, "
        f"most {max(took):.2f}; bound {BOUND:.0f}; load {os.getloadavg()[0]:.1f}\n"
    )
    return 0 if max(took) < BOUND else 1


def _planning(address: str, day: date) -> Callable[[], bool]:
    def shows() -> bool:
        end = _LINE.search(_scrape(address))
        return end is not None and datetime.fromtimestamp(float(end[1]) - 1, UTC).date() == day

    return shows


def _scrape(address: str) -> str:
    return httpx.get(f"{address}/metrics", timeout=_PATIENCE).text


def _until(probe: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not probe():
        if time.monotonic() > end:
            raise RuntimeError("nothing came of it")
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())
