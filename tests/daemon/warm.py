"""Processes of slipwatch that begin at once, forked from one that has imported everything.

Run as a program it reads requests, one line of JSON each: ``["start", {…}]`` answers with the id
of the new process, ``["poll", id]`` with its exit code (or minus the signal) and the most memory
it ever held in KiB, null while it runs. The clock of the new process is the tests'.
"""

import gc
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.clock import AHEAD
from tests.forking import run_forked

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process ended: its exit code (or minus the signal), and its peak memory in MiB."""

    code: int
    peak: float


class Warm:
    """The process that the others are forked from."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(
        self, folder: Path, arguments: tuple[str, ...], env: Mapping[str, str], out: Path, err: Path
    ) -> int:
        """Start a command whose output goes to the ends of two files; return its process id."""
        options = {
            "arguments": arguments,
            "folder": str(folder),
            "env": dict(env),
            "out": str(out),
            "err": str(err),
            "ahead": AHEAD.total_seconds(),
        }
        return int(self._ask("start", options))

    def poll(self, process: int) -> Ended | None:
        """Say how a process has ended, None while it runs; to be asked no more afterwards."""
        answer = self._ask("poll", process)
        return None if answer is None else Ended(code=answer[0], peak=answer[1] / 1024)

    def _ask(self, *request: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._process.communicate()


def _serve() -> None:
    cli = importlib.import_module("slipwatch.daemon.cli")
    importlib.import_module("slipwatch.daemon.complaints")
    importlib.import_module("slipwatch.aggregator.store.upgrading")
    for kind in importlib.import_module("slipwatch.connectors.table").kinds().values():
        kind.load()
    cli.make_app()
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        what, subject = json.loads(line)
        if what == "poll":
            found, status, usage = os.wait4(subject, os.WNOHANG)
            _tell([os.waitstatus_to_exitcode(status), usage.ru_maxrss] if found else None)
            continue
        child = os.fork()
        if child == 0:
            _become(subject)
            run_forked(cli.main)
            return
        _tell(child)


def _become(options: dict[str, Any]) -> None:
    """Take the place, the variables and the streams of a process that was begun anew."""
    os.chdir(options["folder"])
    os.environ.clear()
    os.environ.update(options["env"])
    sys.path[1:1] = [path for path in os.environ.get("PYTHONPATH", "").split(":") if path]
    sys.argv = ["slipwatch", *options["arguments"]]
    _set_clock(timedelta(seconds=options["ahead"]))
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    streams = (os.devnull, os.O_RDONLY), (options["out"], flags), (options["err"], flags)
    for number, (path, mode) in enumerate(streams):
        opened = os.open(path, mode, 0o644)
        os.dup2(opened, number)
        os.close(opened)


def _set_clock(ahead: timedelta) -> None:
    """Let this process take another time than the machine's for the time of day."""

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + ahead

    clock: Any = importlib.import_module("slipwatch.daemon.clock")
    clock.datetime = Ahead


def _tell(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _serve()
