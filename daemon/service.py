"""The background service: syncs when APScheduler says so, assesses, serves, and ends cleanly.

The loop is flat: jobs and signals put messages into one inbox, and the main thread works them
off one by one. Only the main thread touches the scheduler's jobs, because a job that changes
jobs while the scheduler shuts down blocks both for ever (SOURCES.md section 4).
"""

import queue
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from types import FrameType

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from slipwatch.aggregator.assessment import from_json
from slipwatch.aggregator.connector import RequestSeen
from slipwatch.aggregator.store.store import Store
from slipwatch.aggregator.sync import SyncResult
from slipwatch.config.problems import ConfigError
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.prometheus.monitor import Monitor
from slipwatch.exporters.web.app import ReloadRefusedError, create_app

from .board import LiveBoard
from .pipeline import run_assessment, today
from .serving import HttpServer
from .syncing import sync_once
from .wiring import Clock, open_configured_store, program_version, read_settings

log = structlog.get_logger(__name__)

MAX_WORKERS = 8
LAST_WAIT = 4.0
"""Seconds that a stop waits for what is under way before the process ends regardless."""


@dataclass(frozen=True, slots=True)
class Synced:
    """A source's sync has ended."""

    result: SyncResult


@dataclass(frozen=True, slots=True)
class Reload:
    """New settings are to be put in force."""

    settings: SlipwatchSettings


@dataclass(frozen=True, slots=True)
class Due:
    """An assessment is due."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The service is to end."""


@dataclass(frozen=True, slots=True)
class Nudge:
    """Every source is to be synced now."""


@dataclass(frozen=True, slots=True)
class Hangup:
    """The file is to be read again (SIGHUP)."""


Message = Synced | Reload | Due | Stop | Nudge | Hangup


class Service:
    """One running slipwatch."""

    def __init__(self, path: Path, *, now: Clock, listen: str | None = None) -> None:
        """Raise ``ConfigError`` when the file is broken: a service never starts on a bad one."""
        self._path = path
        self._now = now
        self._settings = read_settings(path)
        self._listen = listen or self._settings.listen
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._syncing: set[str] = set()
        self._monitor = Monitor(program_version())
        self._monitor.expect(self._settings.sources)
        self._monitor.reload_ok.set(1)
        self._monitor.reloaded_at.set(now().timestamp())
        self._board = LiveBoard(self._monitor, program_version(), self._reload_from_http)
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(MAX_WORKERS)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        self._on_assessed: list[Callable[[], None]] = []

    @property
    def board(self) -> LiveBoard:
        """What is shown."""
        return self._board

    def on_assessed(self, callback: Callable[[], None]) -> None:
        """Call back after each assessment, in the main thread."""
        self._on_assessed.append(callback)

    def stop(self) -> None:
        """Ask the service to end; safe from any thread and from a signal handler."""
        self._stop.set()
        self._inbox.put(Stop())

    def nudge(self) -> None:
        """Sync every source now; safe from any thread."""
        self._inbox.put(Nudge())

    def reload(self) -> None:
        """Read the file again; safe from any thread and from a signal handler."""
        self._inbox.put(Hangup())

    def run(self, on_listening: Callable[[str], None] = lambda _address: None) -> None:
        """Run until stopped; raises ``StoreError`` and, for its address, ``OSError`` at the start."""
        with ExitStack() as stack:
            store = stack.enter_context(open_configured_store(self._settings))
            self._show_last(store)
            server = stack.enter_context(HttpServer(create_app(self._board), self._listen))
            on_listening(server.address)
            self._install_signals(stack)
            self._scheduler.add_listener(
                self._note_job, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES
            )
            self._store = store
            self._schedule_jobs()
            self._scheduler.start()
            log.info("service started", listen=server.address, sources=len(self._settings.sources))
            self._loop(store)
            self._shut_down()

    def _loop(self, store: Store) -> None:
        """Work off the inbox; assess when something is new and nothing more is on its way.

        Sources that are still syncing would make the picture flicker, so only an assessment
        that is due by the clock does not wait for them.
        """
        changed = due = False
        while True:
            match self._inbox.get():
                case Stop():
                    return
                case Due():
                    due = True
                case Synced(result):
                    self._syncing.discard(result.source)
                    self._postpone(result)
                    changed = True
                case Reload(settings):
                    self._put_in_force(settings)
                    changed = True
                case Hangup():
                    changed = self._reload_quietly() or changed
                case Nudge():
                    self._sync_all_now()
            if not self._inbox.empty():
                continue
            if due or (changed and not self._syncing):
                self._assess(store)
                changed = due = False

    def _assess(self, store: Store) -> None:
        self._monitor.assessments.inc()
        began = monotonic()
        now = self._now()
        try:
            outcome = run_assessment(
                self._settings, store, as_of=today(self._settings, now), now=now, remember=True
            )
            self._board.show(outcome.assessment, outcome.portfolio)
        except Exception as error:
            # The last good assessment stays on show, and its age is a metric.
            self._monitor.assessment_failures.inc()
            log.exception("assessment failed", error=type(error).__name__)
            return
        self._monitor.assessment_seconds.observe(monotonic() - began)
        for callback in self._on_assessed:
            callback()

    def _sync(self, source: str) -> None:
        """Sync one source; runs in a worker thread."""
        self._monitor.syncs.labels(source).inc()
        began = monotonic()
        result = SyncResult(source=source, error="it was broken off")
        try:
            result = sync_once(
                self._settings,
                self._store,
                source,
                now=self._now,
                sleep=self._sleep,
                stop=self._stop.is_set,
                on_request=self._count_request,
            )
        finally:
            if result.error is not None or result.skipped:
                self._monitor.sync_failures.labels(source).inc()
            self._monitor.sync_seconds.labels(source).observe(monotonic() - began)
            self._inbox.put(Synced(result))

    def _sleep(self, seconds: float) -> None:
        self._stop.wait(seconds)

    def _count_request(self, seen: RequestSeen) -> None:
        self._monitor.requests.labels(seen.source, seen.code).inc()
        self._monitor.request_seconds.labels(seen.source).observe(seen.seconds)
        if seen.rate_limit_remaining is not None:
            self._monitor.rate_limit.labels(seen.source).set(seen.rate_limit_remaining)

    def _schedule_jobs(self) -> None:
        self._scheduler.remove_all_jobs()
        first = datetime.now(UTC)
        for name, source in self._settings.sources.items():
            every = source.every or self._settings.sync.every
            self._syncing.add(name)
            self._scheduler.add_job(
                self._sync,
                "interval",
                args=[name],
                id=_job(name),
                seconds=every.total_seconds(),
                next_run_time=first,
            )
        # Without a source nothing would ask for the first assessment.
        due = first if not self._settings.sources else first + self._settings.assess.every
        self._scheduler.add_job(
            self._inbox.put,
            "interval",
            args=[Due()],
            id="assess",
            seconds=self._settings.assess.every.total_seconds(),
            next_run_time=due,
        )

    def _sync_all_now(self) -> None:
        for name in self._settings.sources:
            self._syncing.add(name)
            self._scheduler.modify_job(_job(name), next_run_time=datetime.now(UTC))

    def _postpone(self, result: SyncResult) -> None:
        """Leave a source alone until it wants to be asked again."""
        job = self._scheduler.get_job(_job(result.source))
        if result.retry_at is None or job is None:
            return
        wait = max(result.retry_at - self._now(), timedelta(0))
        later = datetime.now(UTC) + wait
        if job.next_run_time is None or later > job.next_run_time:
            self._scheduler.modify_job(job.id, next_run_time=later)

    def _read_again(self) -> SlipwatchSettings:
        try:
            settings = read_settings(self._path)
        except ConfigError:
            self._monitor.reload_ok.set(0)
            raise
        return settings

    def _reload_from_http(self) -> None:
        try:
            self._inbox.put(Reload(self._read_again()))
        except ConfigError as error:
            log.warning("configuration not reloaded", problems=str(error))
            raise ReloadRefusedError(str(error)) from None

    def _reload_quietly(self) -> bool:
        try:
            self._put_in_force(self._read_again())
        except ConfigError as error:
            log.warning("configuration not reloaded", problems=str(error))
            return False
        return True

    def _put_in_force(self, settings: SlipwatchSettings) -> None:
        old, self._settings = self._settings, settings
        self._monitor.expect(settings.sources)
        self._monitor.reload_ok.set(1)
        self._monitor.reloaded_at.set(self._now().timestamp())
        if (old.store, old.listen) != (settings.store, settings.listen):
            log.warning("store and listen change only with a restart")
        if (old.sources, old.sync, old.assess) != (
            settings.sources,
            settings.sync,
            settings.assess,
        ):
            self._syncing.clear()
            self._schedule_jobs()
        log.info("configuration reloaded")

    def _show_last(self, store: Store) -> None:
        """Show the last assessment until there is a new one, so that no alert falls and rises."""
        kept = store.assessment()
        if kept is not None:
            self._board.show(from_json(kept.body), None)

    def _note_job(self, event: object) -> None:
        """Log what APScheduler would pass over: errors, missed and overlapping runs."""
        exception = getattr(event, "exception", None)
        log.error(
            "job did not run as planned",
            job=getattr(event, "job_id", ""),
            error=type(exception).__name__ if exception is not None else "missed or still running",
        )

    def _install_signals(self, stack: ExitStack) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number, handler in (
            (signal.SIGTERM, self.stop),
            (signal.SIGINT, self.stop),
            (signal.SIGHUP, self.reload),
        ):
            previous = signal.signal(number, _calling(handler))
            stack.callback(signal.signal, number, previous)

    def _shut_down(self) -> None:
        """End the workers: each stops at its next batch or wait, and no batch is half written."""
        log.info("service stops")
        ended = threading.Thread(target=self._scheduler.shutdown, name="shutdown", daemon=True)
        ended.start()
        ended.join(LAST_WAIT)
        if ended.is_alive():
            log.warning("a request is still under way; leaving it")


def _calling(handler: Callable[[], None]) -> Callable[[int, FrameType | None], None]:
    def handle(_number: int, _frame: FrameType | None) -> None:
        handler()

    return handle


def _job(source: str) -> str:
    return f"sync {source}"
