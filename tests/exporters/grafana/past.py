"""Sixty days of the demo company, as a Prometheus would have them that scraped slipwatch all along.

The company's first four weeks are lived through day by day, with syncs and assessments as the
service makes them; the weeks before are assessed as of their days, from what the trackers keep.
"""

import os
import re
import subprocess
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from unittest.mock import patch

from slipwatch.aggregator.portfolio.calibration import Calibration
from slipwatch.aggregator.store.store import Store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.board import LiveBoard
from slipwatch.daemon.pipeline import run_assessment
from slipwatch.daemon.wiring import open_configured_store, read_settings
from slipwatch.daemon.work import Work
from slipwatch.demo import Company, DemoServers
from slipwatch.exporters.prometheus.monitor import Monitor
from tests.exporters.prometheus.servers import Prometheus, program, prometheus

DAYS = 60
LIVED = 28
STEP = 4
"""Days from one assessment to the next; each is scraped once a day."""
LOOKBACK = timedelta(hours=36).total_seconds()
"""For so long a value is seen unless it is scraped again: elsewhere that is five minutes."""

CALIBRATION = Calibration(
    as_of=date(2025, 11, 1), n=12, coverage_p50=0.5, coverage_p85=0.75, coverage_p95=0.92
)
"""What a back-test has found. The demo's own past is too short for one."""

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
_NAME = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")


@dataclass(frozen=True, slots=True)
class Past:
    """A Prometheus that holds the past."""

    server: Prometheus
    end: float

    @property
    def begin(self) -> float:
        """When the first scrape was."""
        return self.end - timedelta(days=DAYS).total_seconds()


@contextmanager
def past(folder: Path) -> Generator[Past]:
    """Run a Prometheus that holds it."""
    company = Company(start=date(2026, 1, 5))
    give_days(company)
    text = folder / "past.om"
    with patch.dict(os.environ, company.environment()), DemoServers(company.world) as servers:
        life = _Life(company, servers, folder)
        with text.open("w") as file:
            for at, scraped in life.scrapes():
                for line in scraped:
                    file.write(f"{line} {at.timestamp():.0f}\n")
            file.write("# EOF\n")
    blocks = ["tsdb", "create-blocks-from", "--max-block-duration=2048h", "openmetrics", "-q"]
    subprocess.run(
        [program("promtool", "prometheus"), *blocks, text, folder / "data"],
        check=True,
        capture_output=True,
    )
    kept = [f"--query.lookback-delta={LOOKBACK:.0f}s", "--storage.tsdb.retention.time=100y"]
    with prometheus(folder, None, kept) as server:
        yield Past(server, company.now().timestamp())


def give_days(company: Company) -> None:
    """Let what nobody has begun have due dates in one project: in the demo only epics have any."""
    site = company.world.jira_cloud
    due = company.start + timedelta(days=LIVED // 2)
    for issue in site.issues.values():
        if issue.project.key == "PAY" and issue.versions and issue.status.name == "To Do":
            site.set_due(issue, due, at=company.now(), by=issue.reporter)


class _Life:
    def __init__(self, company: Company, servers: DemoServers, folder: Path) -> None:
        self._company = company
        self._servers = servers
        self._folder = folder
        self._monitor = Monitor("0.1.0")
        self._board = LiveBoard(self._monitor, "0.1.0", lambda: None)

    def scrapes(self) -> Iterator[tuple[datetime, list[str]]]:
        """Give what each day's scrape brought, oldest first."""
        settings = self._settings()
        self._configured(settings)
        with open_configured_store(settings) as store:
            store.save_calibrations({"checkout": CALIBRATION})
            work = Work(
                store, self._board, self._monitor, now=self._company.now, stopping=threading.Event()
            )
            self._sync(work, settings)
            for ago in range(DAYS - LIVED, 0, -STEP):
                self._replay(settings, store, self._company.start - timedelta(days=ago))
                yield from self._scraped(self._company.start - timedelta(days=ago))
            for day in range(0, LIVED, STEP):
                if day:
                    settings = self._settings()
                    self._sync(work, settings)
                assert work.assess(settings)
                yield from self._scraped(self._company.now().date())
                for _ in range(STEP):
                    self._company.advance_day()
            settings = self._settings()
            self._sync(work, settings)
            assert work.assess(settings)
            yield self._company.now(), self._scrape()

    def _scraped(self, first: date) -> Iterator[tuple[datetime, list[str]]]:
        lines = self._scrape()
        for later in range(STEP):
            yield datetime.combine(first + timedelta(days=later), time(9), UTC), lines

    def _sync(self, work: Work, settings: SlipwatchSettings) -> None:
        for source in settings.sources:
            result = work.sync(settings, source)
            assert result.error is None, result.error
        work.read_feeds(settings)
        self._monitor.notifications.labels("steering").inc(2)
        self._monitor.hook_deliveries.labels("github").inc(7)

    def _replay(self, settings: SlipwatchSettings, store: Store, day: date) -> None:
        at = datetime.combine(day, time(9), UTC)
        self._monitor.assessments.inc()
        outcome = run_assessment(settings, store, as_of=day, now=at, remember=False)
        self._board.show(outcome.assessment, made_at=at)

    def _configured(self, settings: SlipwatchSettings) -> None:
        """Count from the beginning, as the service does when it has read its file."""
        self._monitor.expect(settings.sources)
        self._monitor.expect_hooks(["github"])
        self._monitor.notification_failures.labels("steering")
        self._monitor.notifications_pending.labels("steering").set(0)
        self._monitor.notifications_dead.labels("steering").set(0)
        self._monitor.reload_ok.set(1)
        self._monitor.reloaded_at.set(self._company.now().timestamp())

    def _settings(self) -> SlipwatchSettings:
        file = self._folder / "slipwatch.yaml"
        text = self._company.config(
            jira_cloud_url=self._servers.jira_cloud.url,
            jira_dc_url=self._servers.jira_dc.url,
            github_url=self._servers.github.url,
            store_url=f"sqlite:///{self._folder / 'slipwatch.db'}",
        )
        file.write_text(text)
        for name, sheet in self._company.files().items():
            (self._folder / name).write_text(sheet)
        read = read_settings(file)
        return read.model_copy(update={"assess": read.assess.model_copy(update={"trials": 200})})

    def _scrape(self) -> list[str]:
        """Read the metrics off, with the labels that Prometheus adds."""
        body = self._board.metrics(OPENMETRICS, "").body.decode()
        return [
            _with_target(line) for line in body.splitlines() if line and not line.startswith("#")
        ]


def _with_target(line: str) -> str:
    name, labels, value = _NAME.fullmatch(line).groups()  # type: ignore[union-attr]
    both = ",".join(filter(None, (labels, 'job="slipwatch",instance="slipwatch:10870"')))
    return f"{name}{{{both}}} {value}"
