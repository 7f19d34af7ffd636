"""Measures scrapes of many series while a sync and an assessment run in the same process.

``python -m benchmarks.scrapes``. A service is stood up in a process of its own: one thread syncs
a simulated site into an empty database, again and again; another assesses what was synced and
shows it, widened to as many series as are asked for; the real server serves. Beside that stands
the floor: the same page and the same server with neither.
"""

import argparse
import http.client
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from rich.console import Console
from rich.table import Table

from tests.acceptance.worlds import SOURCE, Kind, Size, write_config

from .site import running

ROOT = Path(__file__).parent.parent
MOST_MILLISECONDS = 20.0
PAUSE = 0.05
"""Seconds between two scrapes."""

ACCEPT = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """How long scrapes took, in milliseconds."""

    what: str
    encoding: str
    size: int
    """Bytes that were sent."""
    times: Sequence[float]

    def quantile(self, share: float) -> float:
        """Give the time that a share of the scrapes took at most."""
        return sorted(self.times)[math.ceil(share * len(self.times)) - 1]


def main() -> int:
    """Print the figures; 1 when the promise does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scrapes", description=__doc__)
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=60, help="of each row; default 60")
    given = parser.parse_args()
    size = Size(kind=Kind.CLOUD, scopes=10, issues=1000)
    figures = list[Figure]()
    with running(size) as site, tempfile.TemporaryDirectory() as folder:
        config = _config(Path(folder), size, site.url)
        for work in ("idle", "busy"):
            with _service(config, given.series, work) as address:
                for encoding in ("gzip", "identity"):
                    figures.append(_scrape(address, work, encoding, given.seconds))
    _show(figures, given.series)
    promised = next(one for one in figures if (one.what, one.encoding) == ("busy", "gzip"))
    return 0 if promised.quantile(0.99) <= MOST_MILLISECONDS else 1


def _show(figures: list[Figure], series: int) -> None:
    table = Table(title=f"Scrapes of {series:,} series, milliseconds to the last byte")
    for column in ("Service", "Encoding", "MB", "Scrapes", "p50", "p90", "p99", "Longest"):
        table.add_column(column, justify="right")
    for one in figures:
        quantiles = (f"{one.quantile(share):.1f}" for share in (0.5, 0.9, 0.99, 1))
        table.add_row(
            one.what, one.encoding, f"{one.size / 1e6:.2f}", str(len(one.times)), *quantiles
        )
    Console(width=120).print(table)


def _config(folder: Path, size: Size, url: str) -> Path:
    """Watch every version of every project of the site."""
    path = write_config(folder, size.kind, url, size.names())
    projects = [
        {
            "id": name.lower(),
            "scope": [{"source": SOURCE, "project": name}],
            "discover": ["versions"],
        }
        for name in size.names()
    ]
    programs = [{"id": "all", "projects": projects}]
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "programs": programs}))
    return path


@contextmanager
def _service(config: Path, series: int, work: str) -> Generator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.scrapes_service", str(config), str(series), work],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        address = process.stdout.readline().strip()
        if not address:
            raise RuntimeError("the service has ended")
        yield address
        process.stdin.close()
        sys.stdout.write(f"{work}: {process.stdout.read()}")


def _scrape(address: str, work: str, encoding: str, seconds: int) -> Figure:
    """Scrape on one connection, as Prometheus does."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    headers = {"Accept": ACCEPT, "Accept-Encoding": encoding}
    times, body = list[float](), b""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        connection.request("GET", "/metrics", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        times.append(1000 * (time.perf_counter() - began))
        time.sleep(PAUSE)
    connection.close()
    return Figure(what=work, encoding=encoding, size=len(body), times=times)


if __name__ == "__main__":
    sys.exit(main())
