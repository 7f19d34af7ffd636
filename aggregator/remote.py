"""Readers in another process beside those in this one, for the first sync of much.

Python runs one thread of a process at a time: what readers decode and convert waits for what is
being stored. So a process beside reads while this one stores, and this one reads as well, with
what time storing leaves. To the sync both are what threads are (``readers``): the same batches of
a scope in the same order, with the same errors.
"""

import selectors
import socket
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import structlog

from .connector import RequestSeen, Retry
from .readers import Arrived, Ended, Readers
from .records import Cursor
from .wire import (
    Asked,
    Begin,
    Came,
    GiveUp,
    Learned,
    Line,
    Order,
    Over,
    Ready,
    Report,
    WakeUp,
    error_of,
)

log = structlog.stdlib.get_logger()

_LOOK = 0.2
"""Seconds between two looks whether the program is stopping."""

_AHEAD = 3
"""Scopes that the process knows of beside those that it reads."""

_PATIENCE = 5.0
"""Seconds for a process to end by itself, when it has nobody to read for."""


@dataclass(slots=True, eq=False)
class ReadingProcess:
    """A process that reads some scopes of a source at a time.

    It needs nobody's help to end: it does so when this end of the line is closed, also by a
    ``kill -9``. Nothing is lost with it.
    """

    process: "subprocess.Popen[bytes]"
    line: Line[Report]
    readers: int
    """How many scopes it reads at a time."""
    scopes: dict[str, Cursor | None] = field(default_factory=dict[str, Cursor | None])
    """What it was given, and from where on."""
    ready: bool = False
    """Whether it has made its connector."""
    has_read: bool = False
    """Whether it has read a scope to its end."""
    gone: bool = False
    _speaking: threading.Lock = field(default_factory=threading.Lock)

    def say(self, order: Order) -> None:
        """Tell it something, if it is there; whether it is shows when it is listened to."""
        with self._speaking, suppress(OSError):
            self.line.send(order)

    def end(self) -> None:
        """Hang up and wait for its end; one that hangs, or has yet to begin, is killed."""
        self.line.close()
        if not self.ready:
            self.process.kill()
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class RemoteReaders:
    """Pulls scopes in another process and in this one; a context manager that ends both.

    This one goes on reading only while nothing that the other has read waits to be stored.
    """

    def __init__(
        self,
        source: str,
        process: ReadingProcess,
        own: Readers,
        *,
        on_request: Callable[[RequestSeen], None],
        learn: Callable[[int, float], None],
        stop: Callable[[], bool],
        on_end: Callable[[], None],
    ) -> None:
        """Take a process that was started, and readers that have nothing to read.

        One of these reads, and all of them when the process is gone. ``learn`` is told how many
        requests may be under way by what the process has learned, and for how many seconds none;
        ``stop`` ends the waits of readers; ``on_end`` is called when the process has ended.
        """
        self._source = source
        self.process = process
        self._own = own
        self._on_request = on_request
        self._learn = learn
        self._stop = stop
        self._on_end = on_end
        self._woken = False
        self._ended: deque[Ended] = deque()
        self._bell, self._ringer = socket.socketpair()
        self._ringer.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._selector.register(process.line, selectors.EVENT_READ)
        own.call(self._ring)

    def wants(self, waiting: int) -> bool:
        """Say whether to begin another scope, when so many wait."""
        if self.process.gone:
            return self._own.wants(waiting)
        return self._own.under_way == 0 or self._process_wants(waiting)

    def begin(self, scope: str, cursor: Cursor | None) -> None:
        """Let a scope be read by who has time for it."""
        process = self.process
        if process.gone or self._own.under_way == 0:
            self._own.begin(scope, cursor)
        else:
            process.scopes[scope] = cursor
            process.say(Begin(scope, cursor))

    def take(self) -> Arrived | Ended:
        """Wait for what comes next of any scope that was begun."""
        while (event := self._own.take_now() or self._heard()) is None:
            pass
        self._own.hold(held=True)
        return event

    def give_up(self, scope: str) -> None:
        """Read no further in a scope; its end still comes."""
        if scope in self.process.scopes:
            self.process.say(GiveUp(scope))
        else:
            self._own.give_up(scope)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._selector.close()
        self.process.end()
        self._own.__exit__(kind, error, trace)
        self._on_end()
        self._bell.close()
        self._ringer.close()

    def _process_wants(self, waiting: int) -> bool:
        """Let it know of some more, as nobody hears here that it is through while one is stored.

        Towards the end, who is through first takes the next. Until one was read to its end, the
        next may not be worth a request.
        """
        ahead = min(_AHEAD, waiting // (_AHEAD + 1)) if self.process.has_read else 0
        return len(self.process.scopes) < self.process.readers + ahead

    def _ring(self) -> None:
        with suppress(OSError):  # it rings already, or nobody listens any more
            self._ringer.send(b"\0")

    def _says_something(self) -> bool:
        heard = self._selector.select(0.0)
        return any(key.fileobj is self.process.line for key, _ in heard)

    def _wait(self) -> None:
        """Wait until there may be something to take; readers go on meanwhile."""
        self._own.hold(held=False)
        seconds = self._own.seconds_left
        heard = self._selector.select(_LOOK if seconds is None else min(_LOOK, seconds))
        if any(key.fileobj is self._bell for key, _ in heard):
            self._bell.recv(4096)
        if not heard and self._stop() and not self._woken:
            self._woken = True
            self.process.say(WakeUp())

    def _heard(self) -> Arrived | Ended | None:
        """Listen to the process if it says something, else wait for anybody."""
        if self._ended:
            return self._ended.popleft()
        if not self._says_something():
            self._wait()
            return None
        match self.process.line.receive():
            case Came(scope, batch):
                return Arrived(scope, batch)
            case Over(scope, trouble):
                del self.process.scopes[scope]
                self.process.has_read = self.process.has_read or trouble is None
                return Ended(scope, None if trouble is None else error_of(trouble))
            case Asked(requests):
                for seen in requests:
                    self._on_request(seen)
            case Learned(allowed, away):
                self._learn(allowed, away)
            case Ready():
                self.process.ready = True
            case None:
                self._lose()
        return None

    def _lose(self) -> None:
        """Go on without the process; what one was reading when it ended has failed."""
        process = self.process
        process.gone = True
        self._selector.unregister(process.line)
        process.end()
        code = process.process.returncode
        if not process.ready:
            log.warning("source is read without a process beside", source=self._source, code=code)
            for scope, cursor in process.scopes.items():
                self._own.begin(scope, cursor)
        else:
            error = Retry(
                f"{self._source}: a process that read it ended unexpectedly ({code}); "
                "the next sync goes on from what is stored"
            )
            self._ended.extend(Ended(scope, error) for scope in process.scopes)
        process.scopes.clear()
