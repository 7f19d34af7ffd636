"""What APScheduler does to jobs that are late: it drops them, and says nothing."""

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue

import pytest
from structlog.testing import capture_logs

from slipwatch.config.settings import SlipwatchSettings
from slipwatch.connectors.file.settings import FileSettings
from slipwatch.daemon import schedule

from .running import PATIENCE, eventually

PLAN = FileSettings(kind="file", path=Path("plan.csv"), every=timedelta(hours=1))
SETTINGS = SlipwatchSettings().model_copy(update={"sources": {"plan": PLAN}})


class HourBehind(datetime):
    """A clock by which everything was to be done an hour ago."""

    @classmethod
    def now(cls, tz: object = None) -> "HourBehind":
        late = datetime.now(UTC) - timedelta(minutes=59)
        return cls.fromtimestamp(late.timestamp(), UTC)


@contextmanager
def running(
    sync: Callable[[], str],
    synced: Callable[[str], None] = lambda _: None,
    lost: Callable[[schedule.Lost], None] = lambda _: None,
) -> Generator[schedule.Schedule[str]]:
    """Run a schedule of one source; nothing of it is left behind."""
    made = schedule.Schedule[str](
        sync=lambda _settings, _source: sync(),
        sync_named=lambda source: source,
        read_feeds=lambda _settings: "",
        on_synced=synced,
        on_busy=lambda _source: None,
        on_due=lambda: None,
        on_lost=lost,
    )
    made.follow(SETTINGS)
    made.start()
    yield made
    assert made.stop(PATIENCE)


def test_a_sync_that_is_late_is_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = SimpleQueue[str]()
    monkeypatch.setattr(schedule, "datetime", HourBehind)
    with running(lambda: "late", heard.put):
        monkeypatch.undo()
        assert heard.get(timeout=PATIENCE) == "late"


def test_a_sync_is_not_begun_while_it_is_under_way_and_that_is_said() -> None:
    begun, may_end = SimpleQueue[str](), threading.Event()

    def sync() -> str:
        begun.put("sync")
        may_end.wait(PATIENCE)
        return ""

    heard = SimpleQueue[schedule.Lost]()
    with capture_logs() as logs, running(sync, lost=heard.put) as made:
        begun.get(timeout=PATIENCE)
        made.sync_now(["plan"])
        eventually(lambda: [log for log in logs if "still under way" in log["event"]])
        assert begun.empty()
        may_end.set()
    assert heard.get(timeout=PATIENCE) == schedule.Lost("sync", "plan", "busy")


def test_a_sync_that_raises_is_told_of_without_what_it_says() -> None:
    def sync() -> str:
        raise RuntimeError("the token is s3cret")

    heard = SimpleQueue[schedule.Lost]()
    with capture_logs() as logs, running(sync, lost=heard.put):
        assert heard.get(timeout=PATIENCE) == schedule.Lost("sync", "plan", "error")
    (said,) = [log for log in logs if log["event"] == "job failed"]
    assert (said["log_level"], said["job"], said["error"]) == ("error", "sync plan", "RuntimeError")
    assert any(place.startswith("test_schedule.py:") for place in said["where"])
    assert "s3cret" not in str(logs)


def test_a_sync_that_exits_is_told_of_as_well() -> None:
    heard = SimpleQueue[schedule.Lost]()
    with running(sys.exit, lost=heard.put) as made:
        assert heard.get(timeout=PATIENCE).reason == "error"
        made.sync_now(["plan"])
        assert heard.get(timeout=PATIENCE).reason == "error"


def test_a_run_that_is_left_out_for_being_late_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = SimpleQueue[schedule.Lost]()
    monkeypatch.setattr(schedule, "GRACE", 1)
    monkeypatch.setattr(schedule, "datetime", HourBehind)
    with capture_logs() as logs, running(lambda: "", lost=heard.put):
        monkeypatch.undo()
        assert heard.get(timeout=PATIENCE) == schedule.Lost("sync", "plan", "late")
    assert "sync plan" in [log["job"] for log in logs if log["event"] == "late, run left out"]
