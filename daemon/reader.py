"""What reads a source for a process that stores, in a program of its own (``beside``).

It imports nothing else. All that it says goes through the socket; when that is closed, nobody waits
for it any more and it ends, whatever it is doing: nothing is lost with it.
"""

import os
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic, process_time
from typing import NoReturn

from slipwatch.aggregator.collector import collect_seldom
from slipwatch.aggregator.connector import Connector, Context, FollowsScopes, RequestSeen
from slipwatch.aggregator.readers import Arrived, Readers
from slipwatch.aggregator.wire import (
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
    Task,
    WakeUp,
    trouble_of,
)
from slipwatch.connectors.table import kind_of
from slipwatch.connectors.throttle import SharedThrottle
from slipwatch.connectors.turns import SharedTurns

from .clock import system_clock
from .priming import learn_structs

AHEAD = 2 * 2**20
"""Bytes that may wait to be said, a few thousand issues: the other end reads as well, and may take
nothing while it does."""

FEW = 2
"""Readers at first: each holds a page, and more of them read no faster while they compute for most
of the time."""

BUSY = 0.8
"""The part of the time that readers compute for, above which no more are added."""

SOON = 0.5
"""Seconds without a word after which a request is told of by itself."""


class _Voice:
    """Says one thing after the other, from a thread of its own: what it says may have to wait."""

    def __init__(self, line: Line[Order]) -> None:
        self._line = line
        self._waiting: deque[bytearray] = deque()
        self._size = 0
        self._asked: list[RequestSeen] = []
        self._told_at = monotonic()
        self._changed = threading.Condition()

    def say(self, report: Report) -> None:
        """Say all that was asked by now, then this, once not too much waits to be said."""
        message = self._line.written(report)
        with self._changed:
            self._changed.wait_for(lambda: self._size < AHEAD)
            self._tell_asked()
            self._add(message)

    def tell(self, allowed: int, away: float) -> None:
        """Say at once what was learned, before all that waits."""
        message = self._line.written(Learned(allowed, away))
        with self._changed:
            self._waiting.appendleft(message)
            self._size += len(message)
            self._changed.notify_all()

    def count(self, seen: RequestSeen) -> None:
        """Tell of a request, with what is said next or before long."""
        with self._changed:
            self._asked.append(seen)
            if monotonic() - self._told_at > SOON:
                self._tell_asked()

    def speak(self) -> NoReturn:
        """Say what is to be said, for as long as somebody listens."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                message = self._waiting.popleft()
            self._line.send_written(message)
            with self._changed:
                self._size -= len(message)
                self._changed.notify_all()

    def _add(self, message: bytearray) -> None:
        self._waiting.append(message)
        self._size += len(message)
        self._changed.notify_all()

    def _tell_asked(self) -> None:
        self._told_at = monotonic()
        if self._asked:
            self._add(self._line.written(Asked(self._asked)))
            self._asked = []


class _Pace:
    """Tells whether readers wait for the source for most of their time: more of them can."""

    def __init__(self) -> None:
        self._elapsed = 0.0
        self._computed = 0.0

    @contextmanager
    def reading(self) -> Generator[None]:
        """Measure what passes while nothing holds readers up."""
        began, computed = monotonic(), process_time()
        yield
        self._elapsed += monotonic() - began
        self._computed += process_time() - computed

    def idles(self) -> bool:
        """Judge each second anew."""
        if self._elapsed < 1.0:
            return False
        idles = self._computed < BUSY * self._elapsed
        self._elapsed = self._computed = 0.0
        return idles


def read(connection: socket.socket, turns: int) -> NoReturn:
    """Read what is asked for, until the other end is closed; ``turns`` is the file of turns."""
    task = Line[Task](connection, Task).receive()
    if task is None:
        sys.exit()
    line = Line[Order](connection, Order)
    voice, woken = _Voice(line), threading.Event()
    throttle = SharedThrottle(task.concurrency, now=system_clock)
    throttle.learn(task.allowed, 0.0)
    throttle.share(SharedTurns(turns), voice.tell)
    _begin(voice.speak)
    kind = kind_of(task.kind)
    settings = kind.settings.model_validate(task.settings)
    context = Context(
        now=system_clock,
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
    collect_seldom()
    if isinstance(first, FollowsScopes):
        first.follow(task.cursors, task.named)
    voice.say(Ready())
    count, pace = min(FEW, task.readers), _Pace()
    readers = Readers(first, make, count, together=task.together, cancel=_leave)
    _begin(lambda: _obey(line, readers, throttle, woken))
    while True:
        voice.say(_next_of(readers, pace))
        if count < task.readers and pace.idles():
            count += 1
            readers.grow()


def _next_of(readers: Readers, pace: _Pace) -> Came | Over:
    with pace.reading():
        event = readers.take()
    if isinstance(event, Arrived):
        return Came(event.scope, event.batch)
    return Over(event.scope, None if event.error is None else trouble_of(event.error))


def _obey(
    line: Line[Order], readers: Readers, throttle: SharedThrottle, woken: threading.Event
) -> NoReturn:
    while (order := line.receive()) is not None:
        match order:
            case Begin(scope, cursor):
                readers.begin(scope, cursor)
            case GiveUp(scope):
                readers.give_up(scope)
            case Learned(allowed, away):
                throttle.learn(allowed, away)
            case WakeUp():
                woken.set()
    _leave()


def _begin(work: Callable[[], object]) -> None:
    """Do it in a thread; when that ends, nobody is spoken or listened to any more."""

    def run() -> None:
        try:
            work()
        finally:
            _leave()

    threading.Thread(target=run, daemon=True).start()


def _wait(woken: threading.Event, seconds: float) -> None:
    woken.wait(seconds)


def _leave() -> NoReturn:
    """End without a word: threads that wait for a tracker are not waited for."""
    os._exit(0)
