"""What APScheduler does to jobs that are late: it drops them, and says nothing."""

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
    sync: Callable[[], str], synced: Callable[[str], None] = lambda _: None
) -> Generator[schedule.Schedule[str]]:
    """Run a schedule of one source; nothing of it is left behind."""
    made = schedule.Schedule[str](
        sync=lambda _settings, _source: sync(),
        sync_named=lambda source: source,
        read_feeds=lambda _settings: "",
        on_synced=synced,
        on_busy=lambda _source: None,
        on_due=lambda: None,
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

    with capture_logs() as logs, running(sync) as made:
        begun.get(timeout=PATIENCE)
        made.sync_now(["plan"])
        eventually(lambda: [log for log in logs if "still under way" in log["event"]])
        assert begun.empty()
        may_end.set()
