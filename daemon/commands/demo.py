"""demo: a company to try slipwatch on, over real HTTP, with days that go by."""

import os
import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from slipwatch.aggregator.assessment import Assessment, MilestoneView
from slipwatch.aggregator.benefits.model import Reading
from slipwatch.aggregator.benefits.profiles import subject
from slipwatch.aggregator.percent import percent
from slipwatch.aggregator.store import Store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.demo import Company, DemoServers
from slipwatch.exporters.terminal.explain import explain
from slipwatch.exporters.terminal.printing import print_wide
from slipwatch.exporters.terminal.tables import assessment_tables
from slipwatch.exporters.terminal.text import plain

from ..baselining import Approval, Rebaseliner
from ..feeds import read_feeds
from ..pipeline import run_assessment
from ..service import Service
from ..stored import today
from ..syncing import sync_once
from ..wiring import open_configured_store, read_settings, system_clock
from .options import (
    SOURCE_FAILED,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
    out,
)
from .service import Listen

DAY_SECONDS = 5.0
REBASELINED = "platform/api/v2"
APPROVAL = Approval(approver="dana", reason="two partners more", reference="steering minutes 11")
LIVE_SECONDS = 60.0
"""How often it is looked whether a day is over that lasts as long as it does."""


def demo(
    listen: Listen = None,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Sync and assess once, print, and end.")
    ] = False,
    day_seconds: Annotated[
        float, typer.Option("--day-seconds", min=0.2, help="How long a simulated day lasts.")
    ] = DAY_SECONDS,
    live: Annotated[
        bool, typer.Option("--live", help="Begin today, and let days last as long as they do.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another company.")] = 0,
    prometheus: Annotated[
        str | None,
        typer.Option(
            help="A Prometheus that scrapes this demo: one more benefit is measured by it."
        ),
    ] = None,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Start simulated Jira and GitHub servers and the whole service against them."""
    begin(log_level, log_format)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slipwatch-demo-")))
        stage = _Stage(stack, folder, seed, live=live, prometheus=prometheus)
        if once:
            stage.play_once()
        else:
            stage.play(listen, day_seconds)


class _Stage:
    """The simulated company, its servers and the file that describes them.

    Its trackers tell the time of the morning of its day. So does the service's clock, unless it is
    ``live``: then it is the real one, and the company's days keep up with it.
    """

    def __init__(
        self, stack: ExitStack, folder: Path, seed: int, *, live: bool, prometheus: str | None
    ) -> None:
        self._company = Company(start=system_clock().date(), seed=seed)
        self._live = live
        self._prometheus = prometheus
        self._told = 0
        while live and self._is_over():
            self._company.advance_day()
        self._servers = stack.enter_context(DemoServers(self._company.world))
        self._file = folder / "slipwatch.yaml"
        self._store = f"sqlite:///{folder / 'slipwatch.db'}"
        self._stop = threading.Event()
        self._assessed = threading.Event()
        self._rebaselined = False
        self._write_file()
        os.environ.update(self._company.environment())

    def play_once(self) -> None:
        """Sync all, assess, print the tables and what is behind the gravest commitment."""
        settings = read_settings(self._file)
        now = self._now
        with open_configured_store(settings) as store:
            results = [sync_once(settings, store, name, now=now) for name in settings.sources]
            _rebaseline(settings, store, now())
            self._tell_readings(store)
            read_feeds(settings, store, now=now)
            self._assess(settings, store)
            # That recorded the baselines, by which this one tells what is earned.
            assessment = self._assess(settings, store)
        print_wide(out(), assessment_tables(assessment))
        gravest = _gravest(assessment)
        if gravest is not None:
            typer.echo(f"\n{explain(assessment, gravest)}", nl=False)
        failed = any(source.status != "ok" for source in assessment.sources)
        if failed or any(result.error is not None for result in results):
            raise typer.Exit(SOURCE_FAILED)

    def _assess(self, settings: SlipwatchSettings, store: Store) -> Assessment:
        day = today(settings, self._now())
        return run_assessment(settings, store, as_of=day, now=self._now(), remember=True).assessment

    def play(self, listen: str | None, day_seconds: float) -> None:
        """Run the service while days go by, until it is told to stop."""
        with open_configured_store(read_settings(self._file)) as store:
            self._tell_readings(store)
        service = Service(self._file, now=self._now, listen=listen)
        service.on_assessed(lambda: self._tell(service))
        service.on_assessed(lambda: self._rebaseline_once(service))
        service.on_assessed(self._assessed.set)
        ticker = threading.Thread(
            target=self._tick,
            args=(service, LIVE_SECONDS if self._live else day_seconds),
            name="days",
            daemon=True,
        )

        def begin_days(address: str) -> None:
            self._welcome(address, day_seconds)
            ticker.start()

        try:
            service.run(on_listening=begin_days)
        finally:
            self._stop.set()

    def _now(self) -> datetime:
        return system_clock() if self._live else self._company.now()

    def _is_over(self) -> bool:
        """Say whether the company's next morning has come by the machine's clock."""
        return self._company.now() + timedelta(days=1) <= system_clock()

    def _tick(self, service: Service, seconds: float) -> None:
        """Let a day go by, but never before the last one has been assessed."""
        while not self._stop.wait(seconds):
            if self._live and not self._is_over():
                continue
            if not self._assessed.wait(timeout=1):
                continue
            self._assessed.clear()
            self._company.advance_day()
            self._write_file()
            if len(self._company.told()) > self._told:
                with open_configured_store(read_settings(self._file)) as store:
                    self._tell_readings(store)
            service.nudge()
            service.reload()

    def _write_file(self) -> None:
        """Write the file, and the sheets beside it, so that nobody reads half of one."""
        text = self._company.config(
            jira_cloud_url=self._servers.jira_cloud.url,
            jira_dc_url=self._servers.jira_dc.url,
            github_url=self._servers.github.url,
            store_url=self._store,
            prometheus_url=self._prometheus,
        )
        for name, sheet in self._company.files().items():
            _replace(self._file.with_name(name), sheet)
        _replace(self._file, text)

    def _tell_readings(self, store: Store) -> None:
        """Tell what people counted, as they would with `slipwatch reading add`."""
        told = self._company.told()
        for benefit, day, value, by in told[self._told :]:
            at = datetime.combine(day, time(), tzinfo=UTC)
            reading = Reading(value=value, at=at, fetched_at=self._now(), source="manual", by=by)
            store.record_readings(subject("checkout", benefit), [reading])
        self._told = len(told)

    def _welcome(self, address: str, day_seconds: float) -> None:
        typer.echo(f"slipwatch      {address}  (metrics: {address}/metrics)")
        for name, server in (
            ("Jira Cloud", self._servers.jira_cloud),
            ("Jira DC", self._servers.jira_dc),
            ("GitHub", self._servers.github),
        ):
            typer.echo(f"{name:<14} {server.url}  (simulated)")
        typer.echo(f"settings       {self._file}")
        typer.echo(f"explain        slipwatch explain MILESTONE --config {self._file}")
        pace = "at 9:00 UTC" if self._live else f"every {day_seconds:g} seconds"
        typer.echo(f"A day passes {pace}. Ctrl-C ends it.\n")

    def _rebaseline_once(self, service: Service) -> None:
        assessment = service.board.assessment()
        whole = assessment is not None and all(one.status == "ok" for one in assessment.sources)
        if self._rebaselined or not whole:
            return
        self._rebaselined = True
        settings = read_settings(self._file)
        with open_configured_store(settings) as store:
            _rebaseline(settings, store, self._now())

    def _tell(self, service: Service) -> None:
        assessment = service.board.assessment()
        if assessment is not None:
            typer.echo(_headline(assessment))


def _rebaseline(settings: SlipwatchSettings, store: Store, now: datetime) -> None:
    """Let the steering committee approve the plan of one milestone anew, as on the first day."""
    Rebaseliner(settings, store, now=now).approve([REBASELINED], APPROVAL)


def _replace(path: Path, text: str) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _headline(assessment: Assessment) -> str:
    """Sum a day up in a line: the day, and every open commitment that is not green."""
    titles = {view.id: plain(view.title) for view in assessment.milestones}
    bad = [
        f"{titles[view.id]} {view.status}{_why(view, titles)}"
        for view in assessment.milestones
        if view.dates.commitment is not None
        and view.dates.actual is None
        and view.status != "green"
    ]
    return f"{assessment.as_of:%a %Y-%m-%d}  {'; '.join(bad) or 'all commitments are green'}"


def _why(view: MilestoneView, titles: Mapping[str, str]) -> str:
    chance = "" if view.forecast.p_on_time is None else f" {percent(view.forecast.p_on_time)}"
    causes = [cause for cause in view.caused_by if cause.but_for > 0]
    cause = (
        f" because of {titles[causes[0].milestone]} (+{causes[0].but_for} days)" if causes else ""
    )
    return f"{chance}{cause}"


def _gravest(assessment: Assessment) -> MilestoneView | None:
    def gravity(view: MilestoneView) -> tuple[bool, float, float]:
        return bool(view.caused_by), view.weight, -(view.forecast.p_on_time or 0.0)

    red = [
        view
        for view in assessment.milestones
        if view.status == "red" and view.dates.commitment is not None and not view.dates.actual
    ]
    return max(red, key=gravity, default=None)
