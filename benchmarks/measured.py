"""Syncs in a process of their own: their time, their computing, the most memory it ever held.

Run as a program, this module is such a process; it reads the names of files like
``slipwatch.yaml``, one a line, and syncs each. Starting it is not part of the times, but starting
the processes that read for it is; the memory is all that a process ever had, libraries included.
"""

import logging
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import structlog

from slipwatch.aggregator.collector import collect_seldom
from slipwatch.daemon.cli import make_app
from slipwatch.daemon.syncing import sync_once
from slipwatch.daemon.wiring import (
    connect,
    open_configured_store,
    read_settings,
    system_clock,
)
from tests.acceptance.commands import peak_memory

ROOT = Path(__file__).parent.parent
_LOOK = 0.1
"""Seconds between two looks at the memory of processes."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one sync took."""

    seconds: float
    cpu: float
    peak: float
    """MiB, of the process that stores."""
    whole: float
    """MiB, of that and of the processes that read for it: what each held at its peak."""
    items: int


Run = Callable[[Path], Measured]
"""Syncs the source of a file; raises ``RuntimeError`` when that fails."""


@contextmanager
def measuring() -> Generator[Run]:
    """Start a process; the imports are not measured, and done once for all syncs in it."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.measured"],
        cwd=ROOT,
        # An installation keeps its bytecode; where none may be written, every process compiles.
        env={name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        asked, told = process.stdin, process.stdout
        assert asked is not None
        assert told is not None

        def run_there(config: Path) -> Measured:
            asked.write(f"{config}\n".encode())
            asked.flush()
            line = told.readline()
            if not line:
                raise RuntimeError(f"the sync of {config} failed")
            return msgspec.json.decode(line, type=Measured)

        yield run_there


def run(config: Path) -> Measured:
    """Sync the source of a file in a fresh process; raises ``RuntimeError`` when that fails."""
    with measuring() as run_there:
        return run_there(config)


def _measure(config: Path) -> Measured:
    settings = read_settings(config)
    (source,) = settings.sources
    with open_configured_store(settings) as store:
        # What is loaded once for all syncs of the service is loaded before.
        connect(settings, source, now=system_clock).close()
        store.source_states()
        collect_seldom()  # As the command does.
        with _watching() as peaks:
            began, computed = time.monotonic(), _computed()
            result = sync_once(settings, store, source, now=system_clock)
            seconds, cpu = time.monotonic() - began, _computed() - computed
    if result.error is not None:
        raise RuntimeError(result.error)
    peak = peak_memory() / 1024
    return Measured(
        seconds=seconds,
        cpu=cpu,
        peak=peak,
        whole=peak + sum(peaks.values()) / 1024,
        items=result.items,
    )


@contextmanager
def _watching() -> Generator[dict[str, int]]:
    """Note the peaks in KiB of the processes that this one starts, by their numbers."""
    peaks: dict[str, int] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK):
            for threads in Path("/proc/self/task").glob("*/children"):
                with suppress(OSError, RuntimeError):  # one of them has just ended
                    for number in threads.read_text().split():
                        peaks[number] = peak_memory(number)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def _computed() -> float:
    """Give seconds of CPU, those of processes that have ended included.

    ``os.times`` would tell them in hundredths of a second, which is what forty issues cost.
    """
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    make_app(["sync"])  # What the command holds is what is measured.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    for line in sys.stdin:
        sys.stdout.buffer.write(msgspec.json.encode(_measure(Path(line.rstrip()))) + b"\n")
        sys.stdout.buffer.flush()
