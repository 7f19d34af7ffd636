"""How a service ends: soon, with 0, and with nothing lost, whatever is under way."""

import signal
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from slipwatch.aggregator.store import Store, open_store
from slipwatch.demo import DemoServers, bulk_world
from tests import clock

from .running import Commands, Running, eventually, sources, write_config

Start = Callable[..., Running]
Config = dict[str, Any]
Dump = Callable[[Store, str], list[str]]

SOON = 5.0


class Stall:
    """A fault that lets some searches through and then answers no more."""

    def __init__(self, after: int) -> None:
        self._left = after
        self._freed = threading.Event()
        self.stalled = threading.Event()

    def __call__(self, request: Request) -> None:
        if "/search" not in request.url.path:
            return
        self._left -= 1
        if self._left < 0:
            self.stalled.set()
            self._freed.wait()

    def free(self) -> None:
        """Answer again, if only to hear that nobody waits any more."""
        self._freed.set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_service_ends_at_once(start: Start, config: Config, number: signal.Signals) -> None:
    service = start(config)
    eventually(service.is_ready)

    code, seconds = service.end(number)

    assert code == 0
    assert seconds < SOON
    assert "service stops" in service.log
    assert "leaving it" not in service.log
    assert "Traceback" not in service.log


def test_the_middle_of_a_slow_sync_is_no_reason_to_wait_and_nothing_is_lost(
    start: Start,
    slipwatch: Commands,
    tmp_path: Path,
    dump: Dump,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = bulk_world(projects=0, data_center_projects=1, issues=200, now=clock.now())
    monkeypatch.setenv("DC_TOKEN", world.jira_dc.token)
    with DemoServers(world) as servers:
        site = {**sources(servers)["dc"], "page_size": 20}
        config = {"sync": {"every": "1h"}, "sources": {"dc": site}}
        stall = Stall(after=8)
        servers.jira_dc.fault = stall
        service = start({**config, "store": "sqlite:///stopped.db"})
        assert stall.stalled.wait(30)

        code, seconds = service.end()

        assert code == 0
        assert seconds < SOON
        assert "leaving it" in service.log
        stall.free()
        servers.jira_dc.fault = None
        with open_store(f"sqlite:///{tmp_path / 'stopped.db'}") as store:
            kept = len(list(store.items("dc")))
        assert 0 < kept < 200
        servers.jira_dc.requests.clear()
        assert slipwatch("sync").code == 0
        assert servers.jira_dc.requests.count("/search") < 10
        write_config(tmp_path, {**config, "store": "sqlite:///undisturbed.db"})
        assert slipwatch("sync").code == 0

    with (
        open_store(f"sqlite:///{tmp_path / 'stopped.db'}") as stopped,
        open_store(f"sqlite:///{tmp_path / 'undisturbed.db'}") as undisturbed,
    ):
        assert dump(stopped, "dc") == dump(undisturbed, "dc")


def under_way(service: Running) -> float:
    """Count the assessments that were begun and have not ended."""
    seen = service.samples()
    begun, ended, failed = (
        seen[f"slipwatch_assessment{name}", frozenset()]
        for name in ("s_total", "_duration_seconds_count", "_failures_total")
    )
    return begun - ended - failed


def test_an_assessment_that_cannot_go_on_is_no_reason_to_wait(
    start: Start, config: Config, tmp_path: Path
) -> None:
    service = start(config)
    eventually(service.is_ready)
    with closing(sqlite3.connect(tmp_path / "slipwatch.db", timeout=30)) as database:
        database.execute("BEGIN IMMEDIATE")
        eventually(lambda: under_way(service) == 1)

        code, seconds = service.end()

        assert code == 0
        assert seconds < SOON
        database.rollback()


def test_syncing_serving_and_reloading_leave_no_threads_and_no_sockets_behind(
    start: Start, config: Config
) -> None:
    service = start(config)

    def syncs() -> float:
        return service.metric("slipwatch_syncs_total") or 0

    def live(rounds: int) -> tuple[int, int]:
        """Let the service work; give the most threads and descriptors that it was seen with."""
        enough = syncs() + rounds
        seen = [service.holds()]

        def is_enough() -> bool:
            seen.append(service.holds())
            return syncs() >= enough

        for _ in range(20):
            service.get("/")
        service.post("/-/reload")
        eventually(is_enough)
        threads, descriptors = zip(*seen, strict=True)
        return max(threads), max(descriptors)

    # Some of what it keeps for good, such as a second connection to the store, it opens late.
    most = tuple(map(max, *(live(6) for _ in range(3))))
    for _ in range(2):
        live(6)

    def holds_no_more() -> bool:
        return all(now <= then for now, then in zip(service.holds(), most, strict=True))

    eventually(holds_no_more)
