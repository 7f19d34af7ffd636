"""Pulls a source into the store, batch by batch, several scopes at a time.

What goes wrong with a source is written down as its state and returned, so that the others are
read all the same. Only ``StoreError`` is raised: without a store there is nothing to go on with.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from . import joining
from .connector import (
    Connector,
    Followed,
    FollowsScopes,
    LeftScope,
    Retry,
    Skip,
    SourceError,
    Stop,
    go_on,
)
from .readers import Arrived, Ended, Readers
from .records import Batch, Cursor, Presence
from .remote import RemoteReaders
from .store import ErrorKind, Store, StoreError
from .store.model import Census
from .wire import RemoteBugError, place

log = structlog.stdlib.get_logger()

HOPELESS = 3
"""After this many failed scopes in a row, a source is taken to be down."""

MANY = 8
"""So many scopes, read from their beginning, are worth the second that a process takes to start."""

Cursors = Sequence[tuple[str, Cursor]]
Beside = Callable[[Readers, Cursors, Sequence[str] | None, int], RemoteReaders | None]
"""Starts a process that reads a source beside readers, given its cursors, the scopes that were
named, and how many items are stored together; None where there can be none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the pull of one scope has come."""

    source: str
    scope: str
    items: int
    """Items read so far, changed or not."""
    changed: int
    total: int | None
    """Items of the scope in all, where the source says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """How the sync of one source went."""

    source: str
    scopes: tuple[str, ...] = ()
    """Those that were read to the end."""
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])
    """Scopes that could not be read though the source could, and why."""
    items: int = 0
    """Items read, changed or not."""
    changed: int = 0
    """Items and tracker milestones that are different now."""
    warnings: tuple[str, ...] = ()
    error: str | None = None
    """Why not everything was read; None when nothing failed."""
    error_kind: ErrorKind | None = None
    retry_at: datetime | None = None
    stopped: bool = False
    """It was asked to stop before it was through."""
    censuses: tuple[Census, ...] = ()
    """Listings of all ids that were taken along."""
    left: Mapping[str, Presence] = field(default_factory=dict[str, Presence])
    """Of the skipped scopes those that are not where they were, and what their items are since."""


def ignore_progress(_progress: Progress) -> None:
    """Show nothing."""


def never() -> bool:
    """Go on to the end."""
    return False


def sync_source(
    connector: Connector,
    store: Store,
    *,
    now: Callable[[], datetime],
    on_progress: Callable[[Progress], None] = ignore_progress,
    stop: Callable[[], bool] = never,
    full: bool = False,
    scopes: Sequence[str] | None = None,
    more: Callable[[], Connector] | None = None,
    concurrency: int = 1,
    accept_missing: bool = False,
    together: int | None = None,
    cancel: Callable[[], None] = go_on,
    beside: Beside | None = None,
) -> SyncResult:
    """Pull all scopes of a source, or those named, from where the last pull ended.

    ``full`` begins each scope anew; nothing is deleted. ``stop`` is asked between batches: what
    is stored by then stays, and the next sync goes on behind it. Up to ``concurrency`` scopes
    are read at a time, each by a connector of its own that ``more`` makes; without it, one after
    the other. This thread alone writes to the store, ``together`` items at a time
    (``joining.ENOUGH``) where batches are smaller. ``cancel`` is called when it ends before its
    readers do, which are waited for. Where ``MANY`` scopes are read from their beginning,
    ``beside`` starts a process that reads as well. ``accept_missing`` believes an empty list of
    milestones where some were known. Raises ``StoreError``.
    """
    run = _Run(
        connector.name,
        store,
        now=now,
        on_progress=on_progress,
        stop=stop,
        full=full,
        accept_missing=accept_missing,
    )
    try:
        wanted = _follow(connector, store, scopes)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001  # a broken source must not harm the others
        run.fail(error)
    else:
        run.leave(wanted.left)
        enough = together or joining.ENOUGH
        own = Readers(connector, more, concurrency, together=enough, cancel=cancel)
        remote = None
        if beside is not None and len(wanted.scopes) >= MANY:
            cursors = list(store.cursors(connector.name))
            known = set[str]() if full else {scope for scope, _ in cursors}
            if len({*wanted.scopes} - known) >= MANY:
                remote = beside(own, cursors, scopes, enough)
        with remote or own as readers:
            run.read(wanted.scopes, readers)
    result = run.result()
    _record(store, result, at=now(), whole=scopes is None)
    _tell(result)
    return result


def _follow(connector: Connector, store: Store, scopes: Sequence[str] | None) -> Followed:
    """Name what is to be read; a source that follows its scopes is told where it was."""
    if isinstance(connector, FollowsScopes):
        return connector.follow(store.cursors(connector.name), scopes)
    return Followed(scopes=tuple(connector.scopes() if scopes is None else scopes))


def _tell(result: SyncResult) -> None:
    counts = {
        "source": result.source,
        "scopes": len(result.scopes),
        "skipped": len(result.skipped),
        "items": result.items,
        "changed": result.changed,
        "stopped": result.stopped,
    }
    if result.error is None:
        log.info("source synced", **counts)
    else:
        log.error("source failed", error=result.error, **counts)


def load_payload(
    connector: Connector, store: Store, payload: object, *, now: Callable[[], datetime]
) -> SyncResult:
    """Store recorded payloads as if they had just been pulled; cursors stay as they are.

    Raises ``ValueError`` for what is no payload of the source's API, and ``StoreError``.
    """
    batch = connector.convert(payload)
    applied = store.apply(connector.name, None, batch, observed_at=now())
    store.record_success(connector.name, at=now())
    return SyncResult(
        source=connector.name,
        items=applied.items,
        changed=applied.changed,
        warnings=batch.warnings,
    )


class _Run:
    """One sync while it is under way."""

    def __init__(
        self,
        source: str,
        store: Store,
        *,
        now: Callable[[], datetime],
        on_progress: Callable[[Progress], None],
        stop: Callable[[], bool],
        full: bool,
        accept_missing: bool,
    ) -> None:
        self._source = source
        self._store = store
        self._now = now
        self._on_progress = on_progress
        self._stop = stop
        self._full = full
        self._accept_missing = accept_missing
        self._done: list[str] = []
        self._skipped: dict[str, str] = {}
        self._warnings: list[str] = []
        self._items = 0
        self._changed = 0
        self._read: dict[str, tuple[int, int]] = {}
        self._broken: set[str] = set()
        self._failure: tuple[ErrorKind, str] | None = None
        self._failures_in_a_row = 0
        self._retry_at: datetime | None = None
        self._stopped = False
        self._left: dict[str, Presence] = {}

    def leave(self, scopes: Mapping[str, LeftScope]) -> None:
        """Take note of scopes that are left out."""
        for scope, left in scopes.items():
            self._skip(scope, left.reason)
            if left.presence is not None:
                self._left[scope] = left.presence

    def read(self, scopes: Sequence[str], readers: Readers | RemoteReaders) -> None:
        """Read scope after scope, until there is no point in going on."""
        waiting = deque(dict.fromkeys(scopes))
        under_way = 0
        while not self._stopped:
            while waiting and readers.wants(len(waiting)) and self._may_go_on():
                scope = waiting.popleft()
                cursor = None if self._full else self._store.cursor(self._source, scope)
                readers.begin(scope, cursor)
                under_way += 1
            if not under_way:
                return
            under_way -= self._hear(readers.take(), readers)

    def _hear(self, event: Arrived | Ended, readers: Readers | RemoteReaders) -> bool:
        """Store what has arrived, and keep none of it; say whether its scope has ended."""
        if isinstance(event, Arrived):
            self._take(event.scope, event.batch, readers)
            return False
        self._end(event.scope, event.error)
        return True

    def result(self) -> SyncResult:
        """Sum up."""
        failure = self._failure
        if failure is None and self._skipped and not self._done and not self._stopped:
            reason = next(iter(self._skipped.values()))
            failure = ErrorKind.SKIP, f"nothing of it can be read: {reason}"
        return SyncResult(
            source=self._source,
            scopes=tuple(self._done),
            skipped=self._skipped,
            items=self._items,
            changed=self._changed,
            warnings=tuple(self._warnings),
            error=failure[1] if failure else None,
            error_kind=failure[0] if failure else None,
            retry_at=self._retry_at,
            stopped=self._stopped,
            left=self._left,
        )

    def _may_go_on(self) -> bool:
        self._stopped = self._stopped or self._stop()
        return not self._stopped and not self._hopeless()

    def _take(self, scope: str, batch: Batch, readers: Readers | RemoteReaders) -> None:
        if scope in self._broken:
            return
        try:
            self._apply(scope, batch)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # a broken source must not harm the others
            self.fail(error, scope)
            self._broken.add(scope)
            readers.give_up(scope)
        else:
            self._stopped = self._stop()

    def _apply(self, scope: str, batch: Batch) -> None:
        applied = self._store.apply(
            self._source,
            scope,
            batch,
            observed_at=self._now(),
            accept_missing=self._accept_missing,
        )
        items, changed = self._read.get(scope, (0, 0))
        items, changed = items + applied.items, changed + applied.changed
        self._read[scope] = items, changed
        self._items += applied.items
        self._changed += applied.changed
        doubts = (
            f"{listing.scope}: its list of {listing.kind.value}s is empty, though some were known; "
            "if they were deleted, sync with --accept-missing"
            for listing in applied.doubted
        )
        for warning in (*batch.warnings, *doubts):
            log.warning("source warns", source=self._source, scope=scope, warning=warning)
            self._warnings.append(warning)
        self._on_progress(
            Progress(
                source=self._source, scope=scope, items=items, changed=changed, total=batch.total
            )
        )

    def _end(self, scope: str, error: BaseException | None) -> None:
        if isinstance(error, Skip):
            self._skip(scope, str(error))
            self._failures_in_a_row = 0
        elif error is not None:
            self.fail(error, scope)
        elif scope not in self._broken:
            self._failures_in_a_row = 0
            self._done.append(scope)

    def _skip(self, scope: str, reason: str) -> None:
        log.warning("scope skipped", source=self._source, scope=scope, reason=reason)
        self._skipped[scope] = reason

    def fail(self, error: BaseException, scope: str | None = None) -> None:
        """Write down why a scope, or all of the source, could not be read."""
        kind, message = explain(error)
        where = {"where": place(error)} if kind is ErrorKind.BUG else {}
        log.error("pull failed", source=self._source, scope=scope, error=message, **where)
        self._failures_in_a_row += 1
        if self._failure is None or kind is ErrorKind.STOP:
            self._failure = kind, message
        if isinstance(error, Retry) and error.retry_at is not None:
            self._retry_at = error.retry_at

    def _hopeless(self) -> bool:
        """Tell whether other scopes would fare no better.

        Limits, which name a time, and refusals are about the whole source; other failures
        may be about one scope until several have met them.
        """
        stopped = self._failure is not None and self._failure[0] is ErrorKind.STOP
        return stopped or self._retry_at is not None or self._failures_in_a_row >= HOPELESS


def explain(error: BaseException) -> tuple[ErrorKind, str]:
    """Say what has to happen next after an error of a connector, and in which words to say so."""
    match error:
        case Retry():
            return ErrorKind.RETRY, str(error)
        case Skip():
            return ErrorKind.SKIP, str(error)
        case Stop() | SourceError():
            return ErrorKind.STOP, str(error)
        case _:
            # Its text may quote the payload; its type and place do not.
            kind = error.kind if isinstance(error, RemoteBugError) else type(error).__name__
            return ErrorKind.BUG, f"{kind} in slipwatch itself: please report it"


def _record(store: Store, result: SyncResult, *, at: datetime, whole: bool) -> None:
    """Write down what the attempt says about the source as a whole."""
    about_all = whole or result.error_kind is ErrorKind.STOP or result.retry_at is not None
    if result.error is not None and result.error_kind is not None and about_all:
        store.record_failure(
            result.source,
            at=at,
            error=result.error,
            kind=result.error_kind,
            retry_at=result.retry_at,
            skipped=result.skipped or None,
        )
    elif result.error is None and whole and not result.stopped:
        store.record_success(result.source, at=at, skipped=result.skipped)
    else:
        store.record_attempt(result.source, at=at)
