"""Measures scrapes of many series while a sync and an assessment run in the same process.

``python -m benchmarks.scrapes``. A service is stood up in a process of its own: one thread syncs
a simulated site into an empty database, again and again; another assesses what was synced and
shows it, widened to as many series as are asked for; the real server serves. Beside it stands the
floor, a program that does nothing but send the same bytes to whoever asks; the two are asked in
turn, so that whatever else the machine does befalls both.
"""

import argparse
import http.client
import math
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import yaml
from rich.console import Console
from rich.table import Table

from tests.acceptance.worlds import SOURCE, Kind, Size, write_config

from .site import running

ROOT = Path(__file__).parent.parent
MOST_MILLISECONDS = 20.0
MOST_FLOORS = 2.0
"""Where the floor alone takes long, so does every server: so many times the floor."""
PAUSE = 0.05
"""Seconds between two scrapes."""

WARM_UP = 3.0
"""Seconds from the first scrape until answers in its form are made beforehand, and some."""

ACCEPT = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """How long scrapes took, in milliseconds."""

    what: str
    encoding: str
    size: int
    """Bytes that were sent."""
    times: Sequence[float]
    load: float
    """Of the machine, in the last minute."""

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
                    figures += _scrape(address, work, encoding, given.seconds)
    _show(figures, given.series)
    service, floor = (
        next(one for one in figures if (one.what, one.encoding) == (what, "gzip")).quantile(0.99)
        for what in ("busy", "floor of busy")
    )
    return 0 if service <= max(MOST_MILLISECONDS, MOST_FLOORS * floor) else 1


def _show(figures: list[Figure], series: int) -> None:
    table = Table(title=f"Scrapes of {series:,} series, milliseconds to the last byte")
    for column in ("Service", "Encoding", "MB", "Scrapes", "p50", "p90", "p99", "Longest", "Load"):
        table.add_column(column, justify="right")
    for one in figures:
        quantiles = (f"{one.quantile(share):.1f}" for share in (0.5, 0.9, 0.99, 1))
        table.add_row(
            one.what,
            one.encoding,
            f"{one.size / 1e6:.2f}",
            str(len(one.times)),
            *quantiles,
            f"{one.load:.1f}",
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


def _scrape(address: str, work: str, encoding: str, seconds: int) -> tuple[Figure, Figure]:
    """Scrape the service and its floor in turn, on one connection each, as Prometheus does."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or 0
    headers = {"Accept": ACCEPT, "Accept-Encoding": encoding}
    mine, floors, body = list[float](), list[float](), b""
    answer = _answer(host, port, headers)
    time.sleep(WARM_UP)
    with (
        _floor(answer) as bare,
        _Client(host, port) as service,
        _Client("127.0.0.1", bare) as floor,
    ):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for client, times in ((service, mine), (floor, floors)):
                began = time.perf_counter()
                body = client.get(headers)
                times.append(1000 * (time.perf_counter() - began))
                time.sleep(PAUSE)
    size, load = len(body), os.getloadavg()[0]
    return (
        Figure(what=work, encoding=encoding, size=size, times=mine, load=load),
        Figure(what=f"floor of {work}", encoding=encoding, size=size, times=floors, load=load),
    )


class _Client:
    """One connection, which is opened again where the server closed it."""

    def __init__(self, host: str, port: int) -> None:
        self._connection = http.client.HTTPConnection(host, port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, headers: Mapping[str, str]) -> bytes:
        self._connection.request("GET", "/metrics", headers=headers)
        return self._connection.getresponse().read()


def _answer(host: str, port: int, headers: Mapping[str, str]) -> bytes:
    """Give an answer of the service as it was sent."""
    connection = http.client.HTTPConnection(host, port)
    connection.request("GET", "/metrics", headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    lines = (f"{name}: {value}\r\n" for name, value in answer.getheaders() if name != "Connection")
    return f"HTTP/1.1 200 OK\r\n{''.join(lines)}\r\n".encode() + body


@contextmanager
def _floor(answer: bytes) -> Generator[int]:
    """Send the same to whoever asks, from a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = multiprocessing.get_context("fork").Process(
            target=_send_it, args=(listener, answer), daemon=True
        )
        process.start()
        yield listener.getsockname()[1]
        process.kill()
        process.join()


def _send_it(listener: socket.socket, answer: bytes) -> None:
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while connection.recv(1 << 16):
        connection.sendall(answer)


if __name__ == "__main__":
    sys.exit(main())
