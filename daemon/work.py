"""What the service's workers do, each with its counters; nothing that goes wrong is raised."""

import threading
from collections.abc import Sequence
from datetime import datetime
from time import monotonic

import msgspec
import structlog

from slipwatch.aggregator.assessment import from_json
from slipwatch.aggregator.collector import collector_at_rest
from slipwatch.aggregator.connector import Named, RequestSeen
from slipwatch.aggregator.delay.learning import Learner
from slipwatch.aggregator.memory import Memory
from slipwatch.aggregator.reading import Reader
from slipwatch.aggregator.store import ErrorKind, Store, StoreError
from slipwatch.aggregator.sync import SyncResult
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.connectors.throttle import Throttles
from slipwatch.exporters.prometheus.monitor import Monitor

from .acknowledging import shown
from .board import LiveBoard
from .dispatching import Dispatcher
from .feeds import read_feeds
from .moving import Mover
from .pipeline import Outcome, run_assessment
from .stored import stored_portfolio, today
from .syncing import sync_once
from .wiring import Clock

log = structlog.get_logger(__name__)


class Work:
    """Syncs and assessments on one store."""

    def __init__(
        self,
        store: Store,
        board: LiveBoard,
        monitor: Monitor,
        *,
        now: Clock,
        stopping: threading.Event,
    ) -> None:
        self._store = store
        self._board = board
        self._monitor = monitor
        self._now = now
        self._stopping = stopping
        self._throttles = Throttles(now=now)
        self._mover = Mover(patient=True)
        self._dispatcher = Dispatcher(store, monitor)
        self._reader = Reader()
        self._learner = Learner()
        self._memory = Memory()

    def sync(
        self,
        settings: SlipwatchSettings,
        source: str,
        scopes: Sequence[str] | None = None,
        items: Named | None = None,
    ) -> SyncResult:
        """Sync one source, or scopes and items of it; waits end early when the service stops."""
        self._monitor.syncs.labels(source).inc()
        began = monotonic()
        result = self._sync(settings, source, scopes, items)
        if result.error is not None or result.skipped:
            self._monitor.sync_failures.labels(source).inc()
        self._monitor.sync_seconds.labels(source).observe(monotonic() - began)
        for census in result.censuses:
            outcome = "believed" if census.problem is None else "refused"
            self._monitor.censuses.labels(source, outcome).inc()
        return result

    def read_feeds(self, settings: SlipwatchSettings) -> bool:
        """Read what is measured and spent; return whether something of it is new."""
        try:
            return read_feeds(
                settings, self._store, now=self._now, sleep=self._sleep, stop=self._stopping.is_set
            )
        except StoreError as error:
            log.error("feeds not read", error=str(error))  # noqa: TRY400  # the message says all
        except Exception:
            log.exception("feeds not read")
        return False

    @collector_at_rest()
    def assess(self, settings: SlipwatchSettings) -> Outcome | None:
        """Assess what is stored and show it; on failure the last assessment stays on show."""
        self._monitor.assessments.inc()
        began, now = monotonic(), self._now()
        try:
            outcome = run_assessment(
                settings,
                self._store,
                as_of=today(settings, now),
                now=now,
                remember=True,
                reader=self._reader,
                learner=self._learner,
                mover=self._mover,
                memory=self._memory,
            )
            self._board.show_acknowledged(shown(self._store.acknowledgements(), settings))
            self._board.show(outcome.assessment, made_at=now, portfolio=outcome.portfolio)
        except StoreError as error:
            log.error("assessment failed", error=str(error))  # noqa: TRY400  # the message says all
        except Exception:
            log.exception("assessment failed")
        else:
            self._monitor.assessment_seconds.observe(monotonic() - began)
            return outcome
        self._monitor.assessment_failures.inc()
        return None

    def report(self, settings: SlipwatchSettings, outcome: Outcome) -> datetime | None:
        """Send the reports that are due; return when the next one is, None when nobody knows."""
        try:
            return self._dispatcher.send_due(settings, outcome, self._now())
        except StoreError as error:
            log.error("reports wait", error=str(error))  # noqa: TRY400  # the message says all
        except Exception:
            log.exception("reports wait")
        return None

    def explain_movements(self) -> None:
        """Find out why forecasts moved, where that takes too long to be shown with them at once."""
        self._mover.catch_up()

    def show_last(self, settings: SlipwatchSettings) -> None:
        """Show the last assessment until there is a new one, so that no alert falls and rises.

        The ledger that goes with it follows, which takes as long as it takes to read everything.
        """
        kept = self._store.assessment()
        if kept is None:
            return
        try:
            assessment = from_json(kept.body)
        except msgspec.DecodeError:
            log.warning("the last assessment is of another version: not shown", day=str(kept.day))
            return
        self._board.show_acknowledged(shown(self._store.acknowledgements(), settings))
        self._board.show(assessment, made_at=kept.generated_at)
        threading.Thread(
            target=self._show_ledger, args=(settings,), name="ledger", daemon=True
        ).start()

    def _show_ledger(self, settings: SlipwatchSettings) -> None:
        try:
            portfolio = stored_portfolio(settings, self._store, now=self._now())
        except Exception:  # the next assessment brings it
            if not self._stopping.is_set():
                log.exception("the ledger was not read")
        else:
            self._board.show_ledger(portfolio)

    def _sync(
        self,
        settings: SlipwatchSettings,
        source: str,
        scopes: Sequence[str] | None,
        items: Named | None,
    ) -> SyncResult:
        try:
            result = sync_once(
                settings,
                self._store,
                source,
                now=self._now,
                sleep=self._sleep,
                stop=self._stopping.is_set,
                on_request=self._count_request,
                scopes=scopes,
                items=items,
                throttles=self._throttles,
            )
            self._show_presence(source)
        except StoreError as error:
            log.error("sync failed", source=source, error=str(error))  # noqa: TRY400  # the same
            self._note(source, error)
            return SyncResult(source=source, error=str(error), error_kind=ErrorKind.RETRY)
        except BaseException:  # a connector of others may even call sys.exit()
            log.exception("sync failed", source=source)
            return SyncResult(source=source, error="a bug, see the log", error_kind=ErrorKind.BUG)
        return result

    def _show_presence(self, source: str) -> None:
        """Set what the store knows: it outlives this process, and most syncs take no census."""
        for presence, count in self._store.presences(source).items():
            self._monitor.absent_items.labels(source, presence.value).set(count)
        taken = [census.taken_at for census in self._store.censuses(source).values()]
        if taken:
            self._monitor.census_at.labels(source).set(min(taken).timestamp())

    def _note(self, source: str, error: StoreError) -> None:
        """Write a failure of the store into the store, which may be there again by now."""
        try:
            self._store.record_failure(
                source, at=self._now(), error=str(error), kind=ErrorKind.RETRY
            )
        except StoreError:
            log.warning("the store cannot even tell of that", source=source)

    def _sleep(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _count_request(self, seen: RequestSeen) -> None:
        self._monitor.requests.labels(seen.source, seen.code).inc()
        self._monitor.request_seconds.labels(seen.source).observe(seen.seconds)
        if seen.rate_limit_remaining is not None:
            self._monitor.rate_limit.labels(seen.source).set(seen.rate_limit_remaining)
