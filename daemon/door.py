"""The service's side of the porter: starts it, gives it answers, takes what it hands on."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

import structlog

from slipwatch.exporters.prometheus.render import Page
from slipwatch.exporters.web.app import SECURITY
from slipwatch.exporters.web.scrape import head

from . import porter

log = structlog.get_logger(__name__)

EVERY = 1.0
"""Seconds between two looks at what a scrape would get: slipwatch's own counters never rest."""

MOST_ASKED = 4
"""Forms that answers are kept ready in. A Prometheus asks for one, and all of a version alike."""

IN_A_FILE = 32 * 1024
"""Bytes; larger parts of an answer are passed in a file that is written once."""

Key = tuple[str, str]
Metrics = Callable[[str, str], Page]
"""From ``Accept`` and ``Accept-Encoding`` to what a scrape gets."""


class Taker(Protocol):
    """What the porter hands connections to, in the event loop."""

    def take(self, connection: socket.socket, read: bytes) -> None:
        """Serve a connection of which some bytes have been read."""
        ...

    def take_all(self) -> None:
        """Serve all that come from now on: the porter has gone."""
        ...


class Post:
    """Takes answers to the porter, and keeps in mind what it has."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._said = b""
        self._files: dict[int, tuple[bytes, int]] = {}
        """By the identity of what is in them, which is kept so that it stays the only one."""

    def give(self, pages: Mapping[Key, Page]) -> None:
        """Let scrapes get these from now on."""
        before, self._files = self._files, {}
        numbers = list[int]()
        answers = list[tuple[str, str, list[str | int]]]()
        for (accept, encoding), page in pages.items():
            pieces: list[str | int] = [head(page, SECURITY).decode("latin-1")]
            for part in page.parts:
                if len(part) < IN_A_FILE:
                    pieces.append(part.decode("latin-1"))
                    continue
                number = self._file(part, before)
                if number not in numbers:
                    numbers.append(number)
                pieces.append(numbers.index(number))
            answers.append((accept, encoding, pieces))
        said = json.dumps([answers, numbers]).encode()
        if said == self._said:
            with suppress(OSError):  # it has enough to do, or has gone
                self._line.send(b"the same")
        elif self._send(json.dumps(answers).encode(), numbers):
            self._said = said
        _close(before)

    def close(self) -> None:
        """Hang up; what the porter has got it keeps until it has sent it."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        _close(self._files)

    def _file(self, part: bytes, before: dict[int, tuple[bytes, int]]) -> int:
        if id(part) not in self._files:
            found = before.pop(id(part), None)
            self._files[id(part)] = found or (part, _written(part))
        return self._files[id(part)][1]

    def _send(self, index: bytes, numbers: list[int]) -> bool:
        number = _written(index)
        try:
            socket.send_fds(self._line, [b"answers"], [number, *numbers])
        except OSError:  # it is busy, and gets them the next time; or it has gone
            return False
        finally:
            os.close(number)
        return True


class Door:
    """A porter at a listening socket."""

    def __init__(self, listener: socket.socket, metrics: Metrics) -> None:
        """Start it. Raises ``OSError`` when that cannot be done."""
        self._metrics = metrics
        self._asked: tuple[Key, ...] = ()
        self._look = threading.Event()
        self._closing = False
        self._line, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            numbers = listener.fileno(), other.fileno()
            try:
                self._process = subprocess.Popen(  # noqa: S603  # our own file
                    [sys.executable, "-I", "-S", porter.__file__, *map(str, numbers)],
                    pass_fds=numbers,
                    env={},  # what the service may know is no business of its porter
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,  # a Ctrl-C is for the service
                )
            except OSError:
                self._line.close()
                raise
        self._line.setblocking(False)
        self._post = Post(self._line)
        self._thread = threading.Thread(target=self._keep_ready, name="answers", daemon=True)

    def open(self, loop: asyncio.AbstractEventLoop, taker: Taker) -> None:
        """Give what it hands on to a taker, from now on."""
        loop.add_reader(self._line, self._hear, loop, taker)
        self._thread.start()

    def look(self) -> None:
        """Look now at what a scrape would get: much of it has changed."""
        self._look.set()

    def hang_up(self) -> None:
        """Ask it to end; it takes no more connections, and answers under way have a second."""
        self._closing = True
        self._look.set()
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Wait for its end, when the event loop has ended."""
        self.hang_up()
        if self._thread.ident is not None:
            self._thread.join()
        self._post.close()
        self._line.close()
        try:
            self._process.wait(2 * porter.LAST_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _hear(self, loop: asyncio.AbstractEventLoop, taker: Taker) -> None:
        try:
            message, numbers, _, _ = socket.recv_fds(
                self._line, porter.MOST_MESSAGE, 1, socket.MSG_CMSG_CLOEXEC
            )
        except BlockingIOError:
            return
        except OSError:
            message, numbers = b"", []
        match message[:1]:
            case porter.CONNECTION:
                for number in numbers:  # none when there was no descriptor left for it
                    taker.take(socket.socket(fileno=number), message[1:])
            case porter.ASKED:
                accept, _, encoding = message[1:].decode("latin-1").partition("\n")
                self._expect(accept, encoding)
            case _:
                loop.remove_reader(self._line)
                if not self._closing:
                    log.warning("porter lost: the service answers scrapes itself")
                    self.hang_up()
                    taker.take_all()

    def _expect(self, accept: str, encoding: str) -> None:
        others = tuple(key for key in self._asked if key != (accept, encoding))
        self._asked = (*others[-MOST_ASKED + 1 :], (accept, encoding))
        self._look.set()

    def _keep_ready(self) -> None:
        while not self._closing:
            self._look.wait(EVERY)
            self._look.clear()
            try:
                pages = {key: self._metrics(*key) for key in self._asked}
            except Exception:
                # Without an answer the porter hands scrapes on, and the service says what is wrong.
                log.exception("no answers for scrapes")
                pages = {}
            try:
                self._post.give(pages)
            except OSError as error:
                log.warning("answers cannot be passed on", reason=str(error))
                with suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)
                return


def _close(files: Mapping[int, tuple[bytes, int]]) -> None:
    for _, number in files.values():
        os.close(number)


def _written(content: bytes) -> int:
    """Write a file that is nowhere but in memory; give its descriptor."""
    number = os.memfd_create("slipwatch")
    with open(number, "wb", closefd=False) as file:
        file.write(content)
    return number
