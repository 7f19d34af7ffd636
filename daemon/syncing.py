"""One sync of one source, from its settings to its recorded outcome."""

import time
from collections.abc import Callable

from slipwatch.aggregator.connector import RequestSeen, SourceError, ignore_request
from slipwatch.aggregator.store import ErrorKind, Store
from slipwatch.aggregator.sync import Progress, SyncResult, ignore_progress, never, sync_source
from slipwatch.config.base import MissingSecretError
from slipwatch.config.settings import SlipwatchSettings

from .wiring import Clock, connect


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
) -> SyncResult:
    """Sync a source; what goes wrong is recorded as its state and returned, never raised.

    Only ``StoreError`` is raised: without the store there is nowhere to record.
    """
    try:
        connector = connect(settings, source, now=now, sleep=sleep, on_request=on_request)
    except (MissingSecretError, SourceError) as error:
        store.record_failure(source, at=now(), error=str(error), kind=ErrorKind.STOP)
        return SyncResult(source=source, error=str(error), error_kind=ErrorKind.STOP)
    try:
        return sync_source(connector, store, now=now, on_progress=on_progress, stop=stop, full=full)
    finally:
        connector.close()
