"""One sync of one source, from its settings to its recorded outcome."""

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass

import structlog

from slipwatch.aggregator.cancellation import Cancellation
from slipwatch.aggregator.census import Wish, take_censuses
from slipwatch.aggregator.connector import (
    Connector,
    Named,
    RequestSeen,
    SourceError,
    ignore_request,
)
from slipwatch.aggregator.named import read_named
from slipwatch.aggregator.readers import Readers
from slipwatch.aggregator.remote import RemoteReaders
from slipwatch.aggregator.store import ErrorKind, Store
from slipwatch.aggregator.sync import (
    Cursors,
    Progress,
    SyncResult,
    ignore_progress,
    never,
    sync_source,
)
from slipwatch.config.base import MissingSecretError
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import HttpSourceSettings, SourceSettings
from slipwatch.connectors.throttle import SharedThrottle, Throttles

from .priming import learn_structs
from .remote import read_beside
from .wiring import Clock, connect, priced_roles, system_clock

log = structlog.get_logger(__name__)


def sync_once(
    settings: SlipwatchSettings,
    store: Store,
    source: str,
    *,
    now: Clock,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = never,
    on_request: Callable[[RequestSeen], None] = ignore_request,
    on_progress: Callable[[Progress], None] = ignore_progress,
    full: bool = False,
    scopes: Sequence[str] | None = None,
    items: Named | None = None,
    census: bool = False,
    accept_missing: bool = False,
    throttles: Throttles | None = None,
) -> SyncResult:
    """Sync a source, or only some scopes of it, with ``items`` of those that have to be named.

    What goes wrong is recorded as the source's state and returned, never raised.

    Censuses that are due follow; with ``census`` or ``full`` all are. ``throttles`` are those of
    all who read the same sources. Only ``StoreError`` is raised: without the store there is nowhere
    to record.
    """
    site, concurrency = _site(settings.sources[source])
    way = _Way(
        settings,
        source,
        now=now,
        stop=stop,
        on_request=on_request,
        cancellation=Cancellation(sleep),
        throttle=(throttles or Throttles(now=now)).of(source, site, concurrency),
    )
    try:
        connector = way.connector()
        learn_structs()
    except Exception as error:  # noqa: BLE001  # one broken source must not harm the others
        return _not_connected(store, source, now, error)
    way.throttle.join()
    try:
        result = sync_source(
            connector,
            store,
            now=now,
            on_progress=on_progress,
            stop=stop,
            full=full,
            scopes=scopes,
            more=way.connector,
            concurrency=concurrency,
            cancel=way.cancellation.cancel,
            accept_missing=accept_missing,
            # The process beside knows no other clock.
            beside=way.beside if now is system_clock else None,
        )
        if scopes is not None:
            # Somebody waits for these.
            return read_named(connector, store, result, items or {}, now=now)
        wish = Wish(
            every=settings.sources[source].census_every or settings.sync.census_every,
            at_once=full or census or accept_missing,
            accept_missing=accept_missing,
        )
        return take_censuses(connector, store, result, wish, now=now, stop=stop)
    finally:
        way.throttle.leave()
        connector.close()


@dataclass(frozen=True, slots=True)
class _Way:
    """How a source is reached during one sync, by every connector that reads it."""

    settings: SlipwatchSettings
    source: str
    _: KW_ONLY
    now: Clock
    stop: Callable[[], bool]
    on_request: Callable[[RequestSeen], None]
    cancellation: Cancellation
    throttle: SharedThrottle

    def connector(self) -> Connector:
        """Make one more connector."""
        return connect(
            self.settings,
            self.source,
            now=self.now,
            sleep=self.cancellation.sleep,
            checkpoint=self.cancellation.checkpoint,
            on_request=self.on_request,
            throttle=self.throttle,
        )

    def beside(
        self, own: Readers, cursors: Cursors, named: Sequence[str] | None, together: int
    ) -> RemoteReaders | None:
        """Start a process that reads as well."""
        return read_beside(
            self.source,
            self.settings.sources[self.source],
            self.throttle,
            own,
            together=together,
            cursors=cursors,
            named=named,
            approvals=self.settings.approvals(self.source),
            roles=priced_roles(self.settings, self.source),
            on_request=self.on_request,
            stop=self.stop,
        )


def _site(settings: SourceSettings) -> tuple[SourceSettings, int]:
    """Give all that is set but ``concurrency``, and that."""
    if isinstance(settings, HttpSourceSettings):
        return settings.model_copy(update={"concurrency": 1}), settings.concurrency
    return settings, 1


def _not_connected(store: Store, source: str, now: Clock, error: Exception) -> SyncResult:
    kind, message = ErrorKind.STOP, str(error)
    if not isinstance(error, (MissingSecretError, SourceError)):
        # Its text may quote a secret that it was given; its type and place do not.
        kind, message = ErrorKind.BUG, f"{type(error).__name__} in its connector: please report it"
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        log.error("connector broken", where=[f"{f.filename}:{f.lineno} {f.name}" for f in frames])
    log.error("source failed", source=source, error=message)
    store.record_failure(source, at=now(), error=message, kind=kind)
    return SyncResult(source=source, error=message, error_kind=kind)
