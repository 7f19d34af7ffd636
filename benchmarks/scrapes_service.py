"""The service whose scrapes are measured: a program of its own, see ``scrapes``.

It is given a ``slipwatch.yaml``, a number of series, and ``busy`` or ``idle``. It prints its
address when there is something to scrape, works until its standard input ends,
and says what it did.
"""

import logging
import sys
import tempfile
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.portfolio.model import Portfolio
from slipwatch.aggregator.store import open_store
from slipwatch.daemon.board import LiveBoard
from slipwatch.daemon.pipeline import run_assessment
from slipwatch.daemon.serving import HttpServer
from slipwatch.daemon.stored import today
from slipwatch.daemon.syncing import sync_once
from slipwatch.daemon.wiring import open_configured_store, read_settings, system_clock
from slipwatch.exporters.prometheus.monitor import Monitor
from slipwatch.exporters.web.app import create_app
from tests.acceptance.worlds import SOURCE


class Wide(LiveBoard):
    """A board that shows each milestone many times over, until there are series enough."""

    def __init__(self, monitor: Monitor, series: int) -> None:
        super().__init__(monitor, "0", lambda: None)
        self._series = series
        self._times = 1

    def show(
        self, assessment: Assessment, *, made_at: datetime, portfolio: Portfolio | None = None
    ) -> None:
        """Show it, as wide as the last time or wider."""
        super().show(_times(assessment, self._times), made_at=made_at, portfolio=portfolio)
        while (found := self._found()) < self._series:
            self._times = self._times * self._series // found + 1
            super().show(_times(assessment, self._times), made_at=made_at, portfolio=portfolio)

    def _found(self) -> int:
        page = self.metrics("", "").body
        return page.count(b"\n") - page.count(b"\n# ")


def _times(assessment: Assessment, times: int) -> Assessment:
    """Repeat every milestone and dependency under other ids."""
    return msgspec.structs.replace(
        assessment,
        milestones=tuple(
            msgspec.structs.replace(one, id=f"{one.id}-{number}")
            for number in range(times)
            for one in assessment.milestones
        ),
        dependencies=tuple(
            msgspec.structs.replace(
                one, upstream=f"{one.upstream}-{number}", downstream=f"{one.downstream}-{number}"
            )
            for number in range(times)
            for one in assessment.dependencies
        ),
    )


def _serve(config: Path, series: int, *, busy: bool) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    settings = read_settings(config)
    board, stopping = Wide(Monitor("0"), series), threading.Event()
    with open_configured_store(settings) as store:
        if not store.source_states():
            sync_once(settings, store, SOURCE, now=system_clock)

        def assess() -> None:
            now = system_clock()
            outcome = run_assessment(
                settings, store, as_of=today(settings, now), now=now, remember=True
            )
            board.show(outcome.assessment, made_at=now, portfolio=outcome.portfolio)

        def sync() -> None:
            with (
                tempfile.TemporaryDirectory() as folder,
                open_store(f"sqlite:///{folder}/slipwatch.db") as empty,
            ):
                result = sync_once(settings, empty, SOURCE, now=system_clock, stop=stopping.is_set)
            if result.error is not None and not stopping.is_set():
                raise RuntimeError(result.error)

        assess()
        work = [_Again(assess, stopping), _Again(sync, stopping)] if busy else []
        with HttpServer(create_app(board), "127.0.0.1:0", metrics=board.metrics) as server:
            for one in work:
                one.start()
            sys.stdout.write(f"{server.address}\n")
            sys.stdout.flush()
            sys.stdin.read()
            stopping.set()
            for one in work:
                one.join()
    done = [f"{one.times} times {one.name}" for one in work]
    sys.stdout.write(", ".join(done or ["nothing else"]) + "\n")


class _Again(threading.Thread):
    """Does the same until it is told to stop, and counts."""

    def __init__(self, task: Callable[[], None], stopping: threading.Event) -> None:
        super().__init__(name=task.__name__)
        self._task = task
        self._stopping = stopping
        self.times = 0

    def run(self) -> None:
        while not self._stopping.is_set():
            self._task()
            self.times += 1


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]), busy=sys.argv[3] == "busy")
