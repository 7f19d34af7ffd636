"""slipwatch as an operator runs it: processes of its own, read over HTTP and by their output."""

import itertools
import os
import re
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families

from slipwatch.demo import DemoServers

from .warm import Warm

PATIENCE = 40.0
"""Seconds after which something that should happen is taken not to; two busy cores are slow."""

T = TypeVar("T")
Env = Mapping[str, str]


def eventually(probe: Callable[[], T | None], *, within: float = PATIENCE) -> T:
    """Ask until the answer is true and return it; fail when it never is."""
    until, pause = time.monotonic() + within, 0.01
    while True:
        answer = probe()
        if answer:
            return answer
        assert time.monotonic() < until, f"never came true: {probe}"
        time.sleep(pause)
        pause = min(1.5 * pause, 0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str
    peak: float
    """The most memory it ever held, in MiB."""


class Begun:
    """A command under way."""

    def __init__(self, warm: Warm, pid: int, out: Path, err: Path) -> None:
        self.pid = pid
        self._warm = warm
        self._out = out
        self._err = err

    def end(self) -> Done:
        """Wait for its end."""
        ended = eventually(lambda: self._warm.poll(self.pid))
        out = self._out.read_text(encoding="utf-8") if self._out.is_file() else ""
        err = self._err.read_text(encoding="utf-8")
        return Done(code=ended.code, out=out, err=err, peak=ended.peak)


class Commands:
    """Starts commands in a folder."""

    def __init__(self, warm: Warm, folder: Path) -> None:
        self.folder = folder
        self._warm = warm
        self._numbers = itertools.count()

    def __call__(self, *arguments: str, **env: str) -> Done:
        """Run one command to its end."""
        return self.begin(*arguments, env=env).end()

    def begin(self, *arguments: str, out: Path | None = None, env: Env | None = None) -> Begun:
        """Start a command; its output goes to a file, or to ``out``, such as a terminal."""
        home = self.folder / f"command{next(self._numbers)}"
        out, err = out or home.with_suffix(".out"), home.with_suffix(".err")
        pid = self._warm.start(self.folder, arguments, {**os.environ, **(env or {})}, out, err)
        return Begun(self._warm, pid, out, err)


def write_config(folder: Path, config: Mapping[str, Any]) -> Path:
    """Write slipwatch.yaml, so that nobody reads half of it."""
    path, draft = folder / "slipwatch.yaml", folder / "slipwatch.yaml.new"
    draft.write_text(yaml.safe_dump(dict(config), sort_keys=False))
    draft.replace(path)
    return path


class Running:
    """A service in a process of its own; a context manager that ends it."""

    def __init__(self, warm: Warm, folder: Path, *options: str, **env: str) -> None:
        self._warm = warm
        self._code: int | None = None
        number = sum(1 for _ in folder.glob("service*.err"))
        self._out, self._err = folder / f"service{number}.out", folder / f"service{number}.err"
        arguments = ("run", "--listen", "127.0.0.1:0", *options)
        self.pid = warm.start(folder, arguments, {**os.environ, **env}, self._out, self._err)
        self.address = eventually(self._announced)

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self._err.read_text(encoding="utf-8")

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self._out.read_text(encoding="utf-8")

    def _announced(self) -> str:
        assert self.code() is None, (self._code, self.log)
        found = re.search(r"http://\S+", self.output) if self._out.exists() else None
        return found[0] if found is not None else ""

    def code(self) -> int | None:
        """Give the exit code; None while it runs."""
        if self._code is None and (ended := self._warm.poll(self.pid)) is not None:
            self._code = ended.code
        return self._code

    def get(self, path: str) -> httpx.Response:
        """Ask for a page; to load certificates for that would take longer than the answer."""
        assert self.code() is None, (self._code, self.log)
        return httpx.get(f"{self.address}{path}", timeout=PATIENCE, verify=False)

    def post(self, path: str) -> httpx.Response:
        """Send nothing to a path."""
        return httpx.post(f"{self.address}{path}", timeout=PATIENCE, verify=False)

    def is_ready(self) -> bool:
        """Whether it has an assessment to show."""
        return self.get("/-/ready").status_code == 200

    def samples(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        """Give every sample of /metrics by name and labels, as it is now: with a query, that is."""
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(self.get("/metrics?now").text)
            for sample in family.samples
        }

    def metric(self, name: str, **labels: str) -> float | None:
        """Give the sum of the samples that have these labels; None where there is none."""
        wanted = set(labels.items())
        found = [
            value
            for (sample, has), value in self.samples().items()
            if sample == name and wanted <= has
        ]
        return sum(found) if found else None

    def status(self, milestone: str) -> str | None:
        """Give the colour of a milestone as /metrics has it."""
        for (name, labels), value in self.samples().items():
            has = dict(labels)
            if name == "slipwatch_milestone_status" and has["milestone"] == milestone and value:
                return has["status"]
        return None

    def holds(self) -> tuple[int, int]:
        """Count the threads and the open descriptors of the process."""
        home = Path(f"/proc/{self.pid}")
        return len(list((home / "task").iterdir())), len(list((home / "fd").iterdir()))

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to end; return its exit code and the seconds that it took."""
        began = time.monotonic()
        self.send(number)
        eventually(lambda: self.code() is not None)
        assert self._code is not None
        return self._code, time.monotonic() - began

    def close(self) -> None:
        """End it at once, unless it has ended."""
        if self.code() is None:
            self.end(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def sources(servers: DemoServers) -> dict[str, Any]:
    """Describe the three simulated sites; their tokens come from the environment."""
    return {
        "cloud": {
            "kind": "jira",
            "url": servers.jira_cloud.url,
            "auth": {"email": "slipwatch@acme.example", "token": {"env": "CLOUD_TOKEN"}},
            "projects": ["T000"],
        },
        "dc": {
            "kind": "jira",
            "url": servers.jira_dc.url,
            "auth": {"token": {"env": "DC_TOKEN"}},
            "projects": ["T000"],
        },
        "github": {
            "kind": "github",
            "url": servers.github.url,
            "auth": {"token": {"file": "github-token"}},
            "repositories": ["acme/r000"],
        },
    }


def programs() -> list[dict[str, Any]]:
    """Describe one program with a project for each of the three sites."""
    scopes: dict[str, dict[str, str]] = {
        "cloud": {"source": "cloud", "project": "T000"},
        "dc": {"source": "dc", "project": "T000"},
        "github": {"source": "github", "repository": "acme/r000"},
    }
    release = {"cloud": {"version": "2.0"}, "dc": {"version": "2.0"}, "github": {"milestone": "v2"}}
    return [
        {
            "id": "shop",
            "projects": [
                {
                    "id": name,
                    "scope": [scope],
                    "milestones": [{"id": "second", "from": [{**scope, **release[name]}]}],
                }
                for name, scope in scopes.items()
            ],
        }
    ]
