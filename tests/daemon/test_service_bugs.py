"""What a running service shows of a bug of its own."""

import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import httpx
import pytest

from slipwatch.daemon.service import Service
from slipwatch.daemon.work import Work
from tests import clock

from .running import PATIENCE, eventually, write_config

FAILED = 'slipwatch_job_failures_total{source="plan",task="sync"}'


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run a service whose syncs raise, here and not in a process of its own."""

    def sync(*_: object) -> None:
        raise KeyError("of the code")

    monkeypatch.setattr(Work, "sync", sync)
    (tmp_path / "plan.csv").write_text("id,title\n")
    path = write_config(
        tmp_path,
        {
            "store": f"sqlite:///{tmp_path}/slipwatch.db",
            "sources": {"plan": {"kind": "file", "path": str(tmp_path / "plan.csv")}},
        },
    )
    service = Service(path, now=clock.now, listen="127.0.0.1:0")
    listening = SimpleQueue[str]()
    running = threading.Thread(target=service.run, args=(listening.put,))
    running.start()
    yield listening.get(timeout=PATIENCE)
    service.stop()
    running.join(PATIENCE)
    assert not running.is_alive()


def test_a_sync_that_raises_is_counted_and_keeps_no_assessment_waiting(address: str) -> None:
    def metrics() -> list[str]:
        return httpx.get(f"{address}/metrics?now", timeout=PATIENCE).text.splitlines()

    eventually(lambda: f"{FAILED} 1.0" in metrics())
    eventually(lambda: httpx.get(f"{address}/-/ready", timeout=PATIENCE).status_code == 200)
