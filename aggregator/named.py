"""Reads the items that a webhook named, where the tracker calls nothing a change of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog

from .connector import Connector, Named, ReadsItems, Retry
from .store import ErrorKind, Store, StoreError
from .sync import SyncResult, explain
from .wire import place

log = structlog.stdlib.get_logger()


def read_named(
    connector: Connector,
    store: Store,
    result: SyncResult,
    items: Named,
    *,
    now: Callable[[], datetime],
) -> SyncResult:
    """Read items of scopes that were read to the end, and count what is different now.

    What goes wrong is returned; the next census finds what was not read. Raises ``StoreError``.
    """
    if not isinstance(connector, ReadsItems) or result.error is not None or result.stopped:
        return result
    for scope in result.scopes:
        wanted = items.get(scope)
        if not wanted:
            continue
        try:
            for batch in connector.read(scope, wanted, store.cursor(result.source, scope)):
                applied = store.apply(result.source, None, batch, observed_at=now())
                relinked = applied.links_added + applied.links_removed
                result = replace(
                    result,
                    items=result.items + applied.items,
                    changed=result.changed + applied.changed + relinked,
                )
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # a broken source must not harm the others
            return _failed(result, scope, error)
    return result


def _failed(result: SyncResult, scope: str, error: Exception) -> SyncResult:
    kind, message = explain(error)
    where = {"where": place(error)} if kind is ErrorKind.BUG else {}
    log.error("items not read", source=result.source, scope=scope, error=message, **where)
    retry_at = error.retry_at if isinstance(error, Retry) else None
    return replace(result, error=message, error_kind=kind, retry_at=retry_at)
