"""One sync in a process of its own: its time, its computing, the most memory it ever held.

Run as a program, this module is such a process; it is given a ``slipwatch.yaml``. Starting it
is not part of the times; the memory is all that the process ever had, libraries included.
"""

import logging
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import structlog

from slipwatch.daemon.syncing import sync_once
from slipwatch.daemon.wiring import (
    connect,
    open_configured_store,
    read_settings,
    system_clock,
)
from tests.acceptance.commands import peak_memory
from tests.acceptance.worlds import SOURCE

ROOT = Path(__file__).parent.parent


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one sync took."""

    seconds: float
    cpu: float
    peak: float
    """MiB."""
    items: int


def run(config: Path) -> Measured:
    """Sync the source of a file; raises ``RuntimeError`` when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.measured", str(config)],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode())
    return msgspec.json.decode(done.stdout, type=Measured)


def _measure(config: Path) -> Measured:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    settings = read_settings(config)
    with open_configured_store(settings) as store:
        # What is loaded once for all syncs of the service is loaded before.
        connect(settings, SOURCE, now=system_clock).close()
        store.source_states()
        began, computed = time.monotonic(), time.process_time()
        result = sync_once(settings, store, SOURCE, now=system_clock)
        seconds, cpu = time.monotonic() - began, time.process_time() - computed
    if result.error is not None:
        raise RuntimeError(result.error)
    return Measured(seconds=seconds, cpu=cpu, peak=peak_memory() / 1024, items=result.items)


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(_measure(Path(sys.argv[1]))))
