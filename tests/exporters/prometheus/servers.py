"""Real servers for tests: Prometheus, Alertmanager, and somebody who gets the messages."""

import json
import queue
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 60.0


def program(name: str, package: str) -> str:
    """Find a program, or skip."""
    found = shutil.which(name) or shutil.which(name.removeprefix("prometheus-"))
    if found is None:
        pytest.skip(f"no {name}: apt-get install {package}")
    return found


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus."""

    address: str

    def ask(self, query: str, at: float | None = None) -> list[Any]:
        """Give the series that a query finds now, or at a moment."""
        return self._ask("query", query=query, **({} if at is None else {"time": at}))

    def ask_between(self, query: str, begin: float, end: float, step: float) -> list[Any]:
        """Give the series that a query finds over time."""
        return self._ask("query_range", query=query, start=begin, end=end, step=step)

    def _ask(self, how: str, **parameters: str | float) -> list[Any]:
        query = urllib.parse.urlencode(parameters)
        found: list[Any] = get(f"http://{self.address}/api/v1/{how}?{query}")["data"]["result"]
        return found

    def knows_alertmanager(self) -> bool:
        """Say whether alerts have somewhere to go; that takes some seconds from the start."""
        return bool(
            get(f"http://{self.address}/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
        )


@contextmanager
def prometheus(
    folder: Path,
    target: str | None,
    flags: Sequence[str] = (),
    **config: Mapping[str, Any] | Sequence[Any],
) -> Generator[Prometheus]:
    """Run a Prometheus server that scrapes the target every second, or nothing.

    It has what is in ``data`` below the folder, and its files are there.
    """
    binary = program("prometheus", "prometheus")
    every = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    targets = [] if target is None else [target.removeprefix("http://")]
    scrape = {"job_name": "slipwatch", "static_configs": [{"targets": targets}]}
    file = folder / "prometheus.yml"
    file.write_text(json.dumps({"global": every, "scrape_configs": [scrape], **config}))
    command = [
        binary,
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--web.listen-address=127.0.0.1:0",
        *flags,
    ]
    with _running(command) as address:
        _until_ready(address)
        yield Prometheus(address)


@contextmanager
def alertmanager(folder: Path, config: Mapping[str, Any]) -> Generator[str]:
    """Run an Alertmanager; give its host and port."""
    binary = program("prometheus-alertmanager", "prometheus-alertmanager")
    file = folder / "alertmanager.yml"
    file.write_text(json.dumps(config))
    command = [
        binary,
        f"--config.file={file}",
        f"--storage.path={folder / 'alertmanager'}",
        "--web.listen-address=127.0.0.1:0",
        "--cluster.listen-address=",
    ]
    with _running(command) as address:
        yield address


@contextmanager
def mailbox() -> Generator[tuple[str, queue.SimpleQueue[tuple[str, Any]]]]:
    """Take webhook messages; give the address, and a queue of path and message."""
    taken: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()
            taken.put((self.path, json.loads(body)))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def get(url: str) -> Any:
    """Get what a server has as JSON."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return json.load(answer)


def _until_ready(address: str) -> None:
    """Wait until a Prometheus that listens answers, too: it opens its data in between."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://{address}/-/ready", timeout=PATIENCE):
                return
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
        time.sleep(0.02)
    pytest.fail("Prometheus never got ready")


@contextmanager
def _running(command: Sequence[str]) -> Generator[str]:
    """Run a server of the Prometheus family until it is done with; give its host and port."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        drain = threading.Thread(target=server.stderr.read)
        said: list[str] = []
        try:
            for line in server.stderr:
                said.append(line)
                match = re.search(r'msg="Listening on" address=(\S+)', line)
                if match is not None:
                    break
            else:
                pytest.fail("".join(said[-5:]))
            drain.start()
            yield match[1]
        finally:
            server.terminate()
            server.wait(PATIENCE)
            if drain.ident is not None:
                drain.join(PATIENCE)
