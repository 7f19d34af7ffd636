"""Threads that pull scopes, a batch ahead of the one thread that stores.

While a batch is stored the next ones are fetched, converted and gathered into one, of each scope.
A reader whose scope has gathered enough waits until that is taken, so that memory does not grow
when the store is the slower side.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from .connector import Connector, Retry, Stop, go_on
from .joining import Gathering
from .records import Batch, Cursor


@dataclass(frozen=True, slots=True)
class Arrived:
    """A batch of a scope, to be stored before any later one of it."""

    scope: str
    batch: Batch


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more comes of a scope; ``error`` is why, None when it was read to its end."""

    scope: str
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class _Order:
    scope: str
    cursor: Cursor | None


class Readers:
    """Pulls scopes in threads, each with a connector of its own; a context manager.

    The first thread uses ``first``, which stays the caller's to close; the others make theirs
    with ``make`` and close them. Once one has met what concerns all of the source, no scope that
    waits is asked for: it ends with the same error. Leaving the context ends all threads and waits
    for the request that each may have under way, except for Ctrl-C, which waits for nothing.
    """

    def __init__(
        self,
        first: Connector,
        make: Callable[[], Connector] | None,
        concurrency: int,
        *,
        together: int,
        cancel: Callable[[], None],
    ) -> None:
        """Begin with nothing to read; batches of ``together`` items are handed on as one.

        ``cancel`` is called where the context is left while scopes are being read.
        """
        self._first = first
        self._make = make
        self._together = together
        self._cancel = cancel
        self.under_way = 0
        self._capacity = max(1, concurrency) if make is not None else 1
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()
        self._orders: deque[_Order] = deque()
        self._gathered: dict[str, Gathering] = {}
        self._ended: deque[Ended] = deque()
        self._given_up: set[str] = set()
        self._refusal: BaseException | None = None
        self._idle = 0
        self._closed = False
        self._held = False
        self._ring = go_on

    def wants(self, _waiting: int) -> bool:
        """Say whether to begin another scope, when so many wait."""
        return self.under_way < self._capacity

    def begin(self, scope: str, cursor: Cursor | None) -> None:
        """Let a scope be read; starts a thread if all are busy and another is allowed."""
        with self._changed:
            self._orders.append(_Order(scope, cursor))
            self.under_way += 1
            if self._idle < len(self._orders) and len(self._threads) < self._capacity:
                self._start()
            self._changed.notify_all()

    def grow(self) -> None:
        """Let one more scope be read at a time."""
        with self._changed:
            self._capacity += 1
            if self._idle < len(self._orders):
                self._start()

    def take(self) -> Arrived | Ended:
        """Wait for what comes next of any scope that was begun."""
        with self._changed:
            while (result := self.take_now()) is None:
                self._changed.wait(self.seconds_left)
            return result

    def take_now(self) -> Arrived | Ended | None:
        """Give what is to be taken at this moment."""
        with self._changed:
            result = self._next()
            if result is not None:
                self.under_way -= isinstance(result, Ended)
                self._changed.notify_all()
            return result

    @property
    def seconds_left(self) -> float | None:
        """How long until what was read by now is to be taken; None while there is nothing."""
        with self._changed:
            return min((each.seconds_left for each in self._gathered.values()), default=None)

    def call(self, ring: Callable[[], None]) -> None:
        """Call it from now on where something more is to be taken."""
        self._ring = ring

    def hold(self, *, held: bool) -> None:
        """Let readers go on only with the batches that they read, or let them go on again."""
        with self._changed:
            self._held = held
            self._changed.notify_all()

    def give_up(self, scope: str) -> None:
        """Read no further in a scope; its end still comes."""
        with self._changed:
            self._given_up.add(scope)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self.under_way:
            self._cancel()
        if kind is None or issubclass(kind, Exception):
            for thread in self._threads:
                thread.join()

    def _start(self) -> None:
        is_first = not self._threads
        thread = threading.Thread(
            target=self._run, args=(is_first,), name=f"reader-{self._first.name}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _run(self, is_first: bool) -> None:
        connector = self._first if is_first else None
        try:
            while (order := self._next_order()) is not None:
                if self._refusal is not None:
                    self._end(Ended(order.scope, self._refusal))
                    continue
                try:
                    connector = connector or self._another()
                    self._pull(connector, order)
                except BaseException as error:  # noqa: BLE001  # a thread that just ends is waited for
                    self._end(Ended(order.scope, error))
                    if connector is None:  # the scopes that wait are left to those who have one
                        return
                else:
                    self._end(Ended(order.scope))
        finally:
            if connector is not None and not is_first:
                connector.close()

    def _another(self) -> Connector:
        assert self._make is not None
        return self._make()

    def _pull(self, connector: Connector, order: _Order) -> None:
        for batch in connector.pull(order.scope, order.cursor):
            if not self._gather(order.scope, batch):
                return
            del batch  # it is stored while the next one is made

    def _next_order(self) -> _Order | None:
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._closed or (self._orders and not self._held))
            self._idle -= 1
            return None if self._closed else self._orders.popleft()

    def _gather(self, scope: str, batch: Batch) -> bool:
        """Add a batch to what is to be taken, once it may; False when no more is wanted."""
        with self._changed:
            gathering = self._gathered.get(scope)
            if gathering is not None and not gathering.takes(batch):
                gathering.close()
                self._changed.notify_all()
                self._ring()
                self._changed.wait_for(lambda: scope not in self._gathered or self._closed)
            if self._closed or scope in self._given_up:
                return False
            self._gathered.setdefault(scope, Gathering(self._together)).add(batch)
            self._changed.notify_all()
            self._ring()
            self._changed.wait_for(lambda: self._closed or not self._held)
            return not self._closed

    def _end(self, ended: Ended) -> None:
        """Tell of a scope's end, after all that was gathered of it."""
        with self._changed:
            if ended.scope in self._gathered:
                self._gathered[ended.scope].close()
            self._ended.append(ended)
            if _concerns_all(ended.error):
                self._refusal = ended.error
            self._changed.notify_all()
            self._ring()

    def _next(self) -> Arrived | Ended | None:
        """Give what is to be taken at this moment."""
        for scope, gathering in self._gathered.items():
            if gathering.seconds_left == 0.0:
                del self._gathered[scope]
                return Arrived(scope, gathering.joined())
        return self._ended.popleft() if self._ended else None


def _concerns_all(error: BaseException | None) -> bool:
    """Tell a refusal, or a limit that names a time, from trouble that one scope may have alone."""
    return isinstance(error, Stop) or (isinstance(error, Retry) and error.retry_at is not None)
