"""The program that reads a source for a process that stores: run with the number of a socket.

It does nothing else, and imports nothing else. All that it says goes through the socket; when that
is closed, nobody waits for it any more and it ends, whatever it is doing: nothing is lost with it.
"""

import gc
import os
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NoReturn

from slipwatch.aggregator.connector import Connector, Context, FollowsScopes, RequestSeen
from slipwatch.aggregator.readers import Arrived, Readers
from slipwatch.aggregator.wire import (
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
    Task,
    WakeUp,
    trouble_of,
)
from slipwatch.connectors.table import kind_of
from slipwatch.connectors.throttle import SharedThrottle

from .priming import learn_structs


class _Voice:
    """Says one thing at a time; what was asked waits for no other, and goes along with it."""

    def __init__(self, line: Line[Order]) -> None:
        self._line = line
        self._turn = threading.Lock()
        self._asked: deque[RequestSeen] = deque()

    def say(self, report: Report) -> None:
        """Say all that was asked by now, then this."""
        with self._turn:
            self._tell_asked()
            self._line.send(report)

    def count(self, seen: RequestSeen) -> None:
        """Tell of a request, at once where nothing else is being said."""
        self._asked.append(seen)
        if self._turn.acquire(blocking=False):
            try:
                self._tell_asked()
            finally:
                self._turn.release()

    def _tell_asked(self) -> None:
        requests: list[RequestSeen] = []
        while self._asked:
            requests.append(self._asked.popleft())
        if requests:
            self._line.send(Asked(requests))


class _Throttle(SharedThrottle):
    """Tells the other processes of the same source when they are to stay away."""

    def __init__(self, most: int, tell: Callable[[StayAway], None]) -> None:
        super().__init__(most, now=_now)
        self._tell = tell

    def end(self, turn: int, *, limited: bool, away: float | None) -> None:
        """Give the turn back."""
        super().end(turn, limited=limited, away=away)
        if away is not None:
            self._tell(StayAway(away))


def read(connection: socket.socket) -> NoReturn:
    """Read what is asked for, until the other end is closed."""
    task = Line[Task](connection, Task).receive()
    if task is None:
        sys.exit()
    line = Line[Order](connection, Order)
    voice, woken = _Voice(line), threading.Event()
    throttle = _Throttle(task.concurrency, voice.say)
    throttle.learn(task.allowed, 0.0)
    kind = kind_of(task.kind)
    settings = kind.settings.model_validate(task.settings)
    context = Context(
        now=_now,
        sleep=lambda seconds: _wait(woken, seconds),
        on_request=voice.count,
        throttle=throttle,
        approvals=task.approvals,
        roles=task.roles,
    )

    def make() -> Connector:
        return kind.load()(task.source, settings, context)

    first = make()
    learn_structs()
    if isinstance(first, FollowsScopes):
        first.follow(task.cursors, task.named)
    # What is loaded by now stays; payloads and records are not followed anyway.
    gc.freeze()
    voice.say(Ready())
    readers = Readers(first, make, task.concurrency, together=task.together, cancel=_leave)
    orders = threading.Thread(target=_obey, args=(line, readers, throttle, woken), name="orders")
    orders.start()
    while True:
        event = readers.take()
        if isinstance(event, Arrived):
            voice.say(Came(event.scope, event.batch))
        else:
            trouble = None if event.error is None else trouble_of(event.error)
            voice.say(Over(scope=event.scope, trouble=trouble, allowed=throttle.allowed))


def _obey(
    line: Line[Order], readers: Readers, throttle: SharedThrottle, woken: threading.Event
) -> NoReturn:
    while (order := line.receive()) is not None:
        match order:
            case Begin(scope, cursor):
                readers.begin(scope, cursor)
            case GiveUp(scope):
                readers.give_up(scope)
            case StayAway(seconds):
                throttle.learn(throttle.allowed, seconds)
            case WakeUp():
                woken.set()
    _leave()


def _wait(woken: threading.Event, seconds: float) -> None:
    woken.wait(seconds)


def _now() -> datetime:
    return datetime.now(UTC)


def _leave() -> NoReturn:
    """End without a word: threads that wait for a tracker are not waited for."""
    os._exit(0)


if __name__ == "__main__":
    try:
        read(socket.socket(fileno=int(sys.argv[1])))
    finally:
        # The threads would wait for the other end, and that for this one.
        os._exit(1)
