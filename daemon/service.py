"""The background service: syncs when the schedule says so, assesses, serves, and ends cleanly.

The loop is flat: workers, signals and HTTP put messages into one inbox, and the main thread
works them off one by one. None of them takes it long, so that it is never late for a signal.
"""

import queue
import signal
import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from types import FrameType

import structlog

from slipwatch.aggregator.connector import Named
from slipwatch.aggregator.store import ErrorKind, Store
from slipwatch.aggregator.sync import SyncResult
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.prometheus.monitor import Monitor
from slipwatch.exporters.web.app import ReloadRefusedError, create_app

from .acknowledging import AcknowledgementDesk
from .board import LiveBoard
from .complaints import complaint
from .errands import Errands
from .feeds import feeds_in
from .messages import Assessed, Busy, Due, FeedsRead, Message, Nudge, Reload, Stop, Synced
from .messenger import Messenger
from .priming import prime_decoders
from .reception import Reception, Told
from .schedule import BUSY, FEEDS, NAMED, SOON, SYNC, Lost, Schedule
from .serving import HttpServer
from .settings import read_settings
from .web import WebConfig, guarded
from .wiring import Clock, open_configured_store
from .work import Work

log = structlog.get_logger(__name__)

LAST_WAIT = 3.0
"""Seconds that a stop waits for what is under way before it is left alone."""

RELOAD_WAIT = 10.0


class Service:
    """One running slipwatch."""

    def __init__(
        self, path: Path, *, now: Clock, listen: str | None = None, web: Path | None = None
    ) -> None:
        """Take the file, and a web config file for TLS and passwords.

        Raises ``ConfigError`` or ``TlsError`` for a broken one: a service never starts on it.
        """
        self._path = path
        self._now = now
        self._settings = read_settings(path)
        self._listen = listen or self._settings.listen
        self._web = WebConfig(web) if web is not None else None
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._monitor = Monitor(version("slipwatch"))
        self._board = LiveBoard(self._monitor, version("slipwatch"), self._reload_from_http)
        self._on_assessed: list[Callable[[], None]] = []
        self._errands = Errands()
        self._syncing: set[str] = set()
        self._reading: set[str] = set()
        self._looked_again: set[str] = set()
        self._failing: set[str] = set()
        self._changed = self._due = self._feeding = False
        self._assessing: threading.Thread | None = None

    @property
    def board(self) -> LiveBoard:
        """What is shown."""
        return self._board

    def on_assessed(self, callback: Callable[[], None]) -> None:
        """Call back after each assessment, in the main thread."""
        self._on_assessed.append(callback)

    def stop(self) -> None:
        """Ask the service to end; safe from any thread and from a signal handler."""
        self._inbox.put(Stop())

    def nudge(self) -> None:
        """Sync every source now; safe from any thread."""
        self._inbox.put(Nudge())

    def reload(self) -> None:
        """Read the file again; safe from any thread and from a signal handler."""
        self._inbox.put(Reload(lambda _problem: None))

    def run(self, on_listening: Callable[[str], None] = lambda _address: None) -> bool:
        """Run until stopped; return whether everything under way came to its end.

        Raises ``StoreError``, ``MissingSecretError`` and ``ListenError`` at the start.
        """
        with ExitStack() as stack:
            store = stack.enter_context(
                open_configured_store(self._settings, stopping=self._stopping.is_set)
            )
            self._install_signals(stack)
            prime_decoders()
            self._board.follow(self._settings.metrics)
            self._work = Work(
                store, self._board, self._monitor, now=self._now, stopping=self._stopping
            )
            self._work.show_last(self._settings)
            server = self._server = stack.enter_context(self._make_server(store))
            self._messenger = Messenger(store, self._monitor, now=self._now)
            self._schedule = self._make_schedule()
            self._follow(self._settings)
            self._respect_limits(store)
            on_listening(server.address)
            log.info("service started", listen=server.address, sources=len(self._settings.sources))
            self._schedule.start()
            try:
                self._loop()
            finally:
                self._stopping.set()
                server.begin_stop()
                ended = self._wait_for_workers()
            return ended

    def _make_server(self, store: Store) -> HttpServer:
        self._reception = Reception(
            self._settings, store, self._monitor, now=self._now, tell=self._inbox.put
        )
        self._desk = AcknowledgementDesk(
            self._settings, store, now=self._now, tell=self._board.show_acknowledged
        )
        pages = create_app(self._board, self._reception, store, self._desk, store, store)
        return HttpServer(
            guarded(pages, self._web), self._listen, self._web, metrics=self._board.metrics
        )

    def _make_schedule(self) -> Schedule[Synced | FeedsRead]:
        return Schedule(
            sync=self._sync,
            sync_named=self._sync_named,
            read_feeds=self._read_feeds,
            on_synced=self._inbox.put,
            on_busy=lambda source: self._inbox.put(Busy(source)),
            on_due=lambda: self._inbox.put(Due()),
            on_lost=self._note_lost,
        )

    def _loop(self) -> None:
        while True:
            match self._inbox.get():
                case Stop():
                    return
                case Due():
                    self._due = True
                case Synced() as synced:
                    self._take(synced)
                case FeedsRead(changed):
                    self._feeding = False
                    self._changed = self._changed or changed
                case Told(source, scopes, changed, items):
                    self._changed = self._changed or changed
                    self._run_errand(source, scopes, items)
                case Busy(source):
                    self._errand_is_over(source)
                    self._schedule.sync_soon(source, BUSY)
                case Assessed() as assessed:
                    self._has_assessed(assessed)
                case Reload(answer):
                    answer(self._reload())
                case Nudge():
                    self._sync_now(self._settings.sources.keys())
                    self._feeding = self._schedule.read_feeds_now()
            if self._inbox.empty():
                self._assess_if_needed()

    def _has_assessed(self, assessed: Assessed) -> None:
        self._assessing = None
        self._server.renew_answers()
        self._messenger.wake()
        if assessed.next_report is not None:
            self._schedule.assess_in(assessed.next_report - self._now())
        for callback in self._on_assessed if assessed.shown else ():
            callback()

    def _assess_if_needed(self) -> None:
        """Assess when something is new and nothing more is on its way.

        Sources that are still syncing would make the picture flicker, so only an assessment
        that is due by the clock does not wait for them.
        """
        coming = self._syncing or self._reading or self._feeding
        wanted = self._due or (self._changed and not coming)
        if self._assessing is not None or not wanted:
            return
        self._changed = self._due = False
        # Not in the main thread, which would hear a signal only afterwards.
        self._assessing = threading.Thread(
            target=self._assess, args=(self._settings,), name="assessment", daemon=True
        )
        self._assessing.start()

    def _assess(self, settings: SlipwatchSettings) -> None:
        outcome = self._work.assess(settings)
        due = self._work.report(settings, outcome) if outcome is not None else None
        self._inbox.put(Assessed(outcome is not None, due))
        self._work.explain_movements()

    def _sync(self, settings: SlipwatchSettings, source: str) -> Synced:
        return Synced(self._work.sync(settings, source), settings)

    def _read_feeds(self, settings: SlipwatchSettings) -> FeedsRead:
        return FeedsRead(self._work.read_feeds(settings))

    def _sync_named(self, source: str) -> Synced:
        """Sync what webhooks named of a source, as the settings are when it begins."""
        settings, scopes = self._settings, self._errands.take(source)
        if not scopes or source not in settings.sources:
            return Synced(SyncResult(source=source), settings, whole=False)
        items = self._errands.take_items(source)
        result = self._work.sync(settings, source, scopes, items)
        return Synced(result, settings, whole=False, items=items)

    def _run_errand(
        self, source: str, scopes: Collection[str] = (), items: Named | None = None
    ) -> None:
        """Read scopes of a source soon, with others that are named until then."""
        if source not in self._settings.sources:
            return
        self._errands.name(source, scopes, items)
        if self._errands.waiting(source) and self._schedule.sync_soon(source, SOON):
            self._reading.add(source)

    def _look_again(self, result: SyncResult, items: Named) -> None:
        """Read what webhooks named a second time where nothing was new in it."""
        name = result.source
        if name in self._looked_again:
            self._looked_again.discard(name)
        elif result.scopes and not result.changed:
            self._looked_again.add(name)
            told = Told(name, frozenset(result.scopes), changed=False, items=items)
            self._schedule.call_again(name, lambda: self._inbox.put(told))

    def _note_lost(self, lost: Lost) -> None:
        """Count a run that came to nothing, in its thread; nobody is to wait for it."""
        if lost.reason == "error":
            self._monitor.job_failures.labels(lost.task, lost.source).inc()
        else:
            self._monitor.jobs_left_out.labels(lost.task, lost.source, lost.reason).inc()
        if lost.reason == "busy":
            return  # the run that is under way tells of its end
        if lost.task == FEEDS:
            self._inbox.put(FeedsRead(changed=False))
        elif lost.task in (SYNC, NAMED):
            error = "its sync came to nothing, see the log"
            result = SyncResult(source=lost.source, error=error, error_kind=ErrorKind.BUG)
            self._inbox.put(Synced(result, self._settings, whole=lost.task == SYNC))

    def _errand_is_over(self, source: str) -> None:
        self._schedule.soon_is_over(source)
        self._reading.discard(source)

    def _sync_now(self, sources: Iterable[str]) -> None:
        names = list(sources)
        self._syncing.update(names)
        self._schedule.sync_now(names)

    def _take(self, synced: Synced) -> None:
        """Take the outcome of a sync in."""
        result, settings = synced.result, synced.settings
        name = result.source
        self._changed = True
        if synced.whole:
            self._errands.learn(result)
            self._syncing.discard(name)
            self._failing.discard(name)
        else:
            self._errand_is_over(name)
            self._look_again(result, synced.items)
        if name not in self._settings.sources:
            return
        if settings.sources.get(name) != self._settings.sources[name]:
            # It ran while the file was reloaded, and kept the new settings from being tried.
            self._sync_now([name])
        elif result.retry_at is not None:
            self._schedule.leave_alone(name, result.retry_at - self._now())
        elif result.error is not None:
            self._failing.add(name)
        self._run_errand(name)

    def _respect_limits(self, store: Store) -> None:
        """Leave sources alone that asked for it before a restart."""
        for name, state in store.source_states().items():
            if name in self._syncing and state.retry_at is not None:
                wait = state.retry_at - self._now()
                if wait > timedelta(0):
                    self._schedule.leave_alone(name, wait)
                    self._syncing.discard(name)
        if not self._syncing:
            # Nothing else would ask for the first assessment.
            self._inbox.put(Due())

    def _reload(self) -> str | None:
        """Put the file in force as it is now, or say what is wrong with it."""
        try:
            settings = read_settings(self._path)
        except Exception as error:
            # Whatever it is: a running service outlives it.
            self._monitor.reload_ok.set(0)
            problem = complaint(error)
            if problem is None:
                log.exception("configuration not reloaded")
                return f"{type(error).__name__} in slipwatch itself, see its log"
            log.warning("configuration not reloaded", problems=problem.splitlines())
            return problem
        old = self._settings
        if (old.store, old.listen) != (settings.store, settings.listen):
            log.warning("store and listen change only with a restart")
        self._changed = self._changed or settings != old
        self._follow(settings)
        # Somebody may have mended a token that the file only names.
        self._sync_now(self._failing & settings.sources.keys() - self._syncing)
        log.info("configuration reloaded", changed=settings != old)
        return None

    def _reload_from_http(self) -> None:
        answer: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._inbox.put(Reload(answer.put))
        try:
            problem = answer.get(timeout=RELOAD_WAIT)
        except queue.Empty:
            problem = "the service is ending"
        if problem is not None:
            raise ReloadRefusedError(problem)

    def _follow(self, settings: SlipwatchSettings) -> None:
        self._settings = settings
        self._syncing &= settings.sources.keys()
        self._reading &= settings.sources.keys()
        changed = self._schedule.follow(settings)
        self._syncing |= changed
        self._feeding = self._schedule.follow_feeds(settings, feeds_in(settings)) or self._feeding
        self._errands.follow(settings.sources, changed)
        self._reception.follow(settings)
        self._desk.follow(settings)
        self._board.follow(settings.metrics)
        self._messenger.follow(settings)
        self._monitor.expect(settings.sources)
        self._monitor.reload_ok.set(1)
        self._monitor.reloaded_at.set(self._now().timestamp())

    def _wait_for_workers(self) -> bool:
        """Let workers end: each stops at its next batch or wait, and no batch is half written."""
        log.info("service stops")
        until = monotonic() + LAST_WAIT
        ended = self._schedule.stop(LAST_WAIT)
        ended = self._messenger.stop(until - monotonic()) and ended
        assessing = self._assessing
        if assessing is not None:
            assessing.join(max(0.0, until - monotonic()))
            ended = ended and not assessing.is_alive()
        if not ended:
            log.warning("a request or an assessment is still under way; leaving it")
        return ended

    def _install_signals(self, stack: ExitStack) -> None:
        """Take signals over, which only a main thread can; a handler does no more than a put."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number, handler in (
            (signal.SIGTERM, self.stop),
            (signal.SIGINT, self.stop),
            (signal.SIGHUP, self.reload),
        ):
            previous = signal.signal(number, _calling(handler))
            stack.callback(signal.signal, number, previous)


def _calling(handler: Callable[[], None]) -> Callable[[int, FrameType | None], None]:
    def handle(_number: int, _frame: FrameType | None) -> None:
        handler()

    return handle
