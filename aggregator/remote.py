"""Readers in processes of their own, for the first sync of much.

Python runs one thread of a process at a time: what readers decode and convert waits for what is
being stored. Processes beside read while this one stores. To the sync they are what threads are
(``readers``): the same batches of a scope in the same order, with the same errors.
"""

import selectors
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from .connector import RequestSeen, Retry
from .readers import Arrived, Ended
from .records import Cursor
from .wire import (
    Asked,
    Begin,
    Came,
    GiveUp,
    Line,
    Order,
    Over,
    Ready,
    Report,
    StayAway,
    WakeUp,
    error_of,
)

_LOOK = 0.2
"""Seconds between two looks whether the program is stopping."""

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
    capacity: int
    """How many scopes, and so requests."""
    allowed: int
    """How many requests it lets through at a time by what it has learned."""
    scopes: list[str] = field(default_factory=list[str])

    def is_ready(self, on_request: Callable[[RequestSeen], None]) -> bool:
        """Wait until it has made its connector, or has given up.

        A connector that lists its scopes itself makes requests for that, which are told of.
        """
        while isinstance(report := self.line.receive(), Asked):
            for seen in report.requests:
                on_request(seen)
        return isinstance(report, Ready)

    def say(self, order: Order) -> None:
        """Tell it something, if it is there; whether it is shows when it is listened to."""
        with suppress(OSError):
            self.line.send(order)

    def end(self) -> None:
        """Hang up and wait for its end; one that hangs is killed."""
        self.line.close()
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class RemoteReaders:
    """Pulls scopes in other processes; a context manager that ends them."""

    def __init__(
        self,
        source: str,
        processes: Sequence[ReadingProcess],
        *,
        on_request: Callable[[RequestSeen], None],
        learn: Callable[[int, float], None],
        stop: Callable[[], bool],
    ) -> None:
        """Take processes that are ready.

        ``learn`` is told how many requests may be under way by what they have learned, and for
        how many seconds none; ``stop`` ends the waits of readers.
        """
        self._source = source
        self.processes = processes
        self._on_request = on_request
        self._learn = learn
        self._stop = stop
        self._woken = False
        self._selector = selectors.DefaultSelector()
        for each in processes:
            self._selector.register(each.line, selectors.EVENT_READ, each)

    @property
    def capacity(self) -> int:
        """How many scopes can be read at a time."""
        return sum(each.capacity for each in self.processes)

    def begin(self, scope: str, cursor: Cursor | None) -> None:
        """Let a scope be read, by the process with the most room."""
        chosen = max(self.processes, key=lambda each: each.capacity - len(each.scopes))
        chosen.scopes.append(scope)
        chosen.say(Begin(scope, cursor))

    def take(self) -> Arrived | Ended:
        """Wait for what comes next of any scope that was begun."""
        while True:
            process = self._next()
            match process.line.receive():
                case Came(scope, batch):
                    return Arrived(scope, batch)
                case Over() as over:
                    return self._over(process, over)
                case Asked(requests):
                    for seen in requests:
                        self._on_request(seen)
                case StayAway(seconds):
                    self._stay_away(process, seconds)
                case None if process.scopes:
                    return Ended(process.scopes.pop(), self._lost(process))
                case None:
                    self._selector.unregister(process.line)
                case Ready():
                    raise AssertionError("a process is ready once")

    def give_up(self, scope: str) -> None:
        """Read no further in a scope; its end still comes."""
        for each in self.processes:
            if scope in each.scopes:
                each.say(GiveUp(scope))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._selector.close()
        for each in self.processes:
            each.end()

    def _next(self) -> ReadingProcess:
        """Wait for a process that says something, or has gone."""
        while not (heard := self._selector.select(_LOOK)):
            if self._stop() and not self._woken:
                self._woken = True
                for each in self.processes:
                    each.say(WakeUp())
        process: ReadingProcess = heard[0][0].data
        return process

    def _over(self, process: ReadingProcess, over: Over) -> Ended:
        process.scopes.remove(over.scope)
        process.allowed = over.allowed
        self._learn(self._allowed(), 0.0)
        error = None if over.trouble is None else error_of(over.trouble)
        return Ended(over.scope, error)

    def _stay_away(self, told: ReadingProcess, seconds: float) -> None:
        self._learn(self._allowed(), seconds)
        for each in self.processes:
            if each is not told:
                each.say(StayAway(seconds))

    def _allowed(self) -> int:
        return sum(each.allowed for each in self.processes)

    def _lost(self, process: ReadingProcess) -> Retry:
        return Retry(
            f"{self._source}: a process that read it ended unexpectedly "
            f"({process.process.wait()}); the next sync goes on from what is stored"
        )
