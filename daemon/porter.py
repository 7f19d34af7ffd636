"""Stands at the door of the service, as a process: it answers scrapes and hands on the rest.

A scrape that the service answers waits at each step until the threads that sync and assess let go
of the interpreter. This program has an interpreter to itself, and answers that are made beforehand.
It judges nothing: whatever is not plainly a scrape it knows the answer to goes to the service, as a
file descriptor with what was read of it. It is run by its path and imports nothing of ours, so that
it starts at once and stays small.

One line, a socket of packets, leads to the service. From there come answers: an index in JSON as
the first file, and the files that it names by number; or word that they still hold. There goes
``CONNECTION``, what was read, and the descriptor; and ``ASKED`` with the headers of a scrape that
no answer was made for.
"""

import json
import os
import re
import selectors
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

CONNECTION, ASKED = b"C", b"A"
REQUEST_SECONDS = 10.0
"""From the connection, or the answer before, until the head of a request has arrived."""
ANSWER_SECONDS = 60.0
"""From the head of a request until the client has taken the answer."""
FRESH_SECONDS = 30.0
"""For so long answers count without a word of the service: one that hangs is not covered up."""
LAST_SECONDS = 1.0
"""For answers that are under way when the service ends."""
MOST = 256
"""Open connections; of more, the one that has waited longest is dropped."""
MOST_HEAD = 16 * 1024
MOST_MESSAGE = 128 * 1024
"""Bytes, of what was read of a connection and is handed on with it."""
PIECE = 1024 * 1024
"""Bytes that are sent at a time: a large answer keeps no other waiting."""

_SCRAPE = b"GET /metrics HTTP/1.1\r\n"
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x1f\x7f]*?)[ \t]*")
_NEEDS_THE_SERVICE = {b"content-length", b"transfer-encoding", b"expect", b"upgrade"}

Headers = dict[bytes, bytes]
Key = tuple[bytes, bytes]
"""``Accept`` and ``Accept-Encoding``, as they were sent."""


class File:
    """A file that is closed when nobody is to be sent it any more."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.size = os.fstat(number).st_size

    def __del__(self) -> None:
        os.close(self.number)


@dataclass(slots=True)
class Part:
    """What is left to send of a file."""

    file: File
    offset: int
    size: int


@dataclass(slots=True, eq=False)
class Client:
    """A connection, and how far its present step is."""

    socket: socket.socket
    since: float
    """When its present step began: waiting for a request, or for the answer to be taken."""
    read: bytes = b""
    unsent: deque[bytes | Part] = field(default_factory=deque)
    last: bool = False
    """Whether the client asked for the connection to be closed after this answer."""
    events: int = selectors.EVENT_READ

    def is_late(self, now: float) -> bool:
        """Whether its present step takes too long."""
        return now - self.since > (ANSWER_SECONDS if self.unsent else REQUEST_SECONDS)


class Porter:
    """Takes every connection in, until the service hangs up."""

    def __init__(self, listener: socket.socket, line: socket.socket) -> None:
        self._listener, self._line = listener, line
        self._selector = selectors.DefaultSelector()
        self._clients = dict[Client, None]()
        self._handed = deque[tuple[socket.socket, bytes]]()
        self._answers: dict[Key, tuple[bytes | File, ...]] = {}
        self._heard = 0.0
        self._serving = True
        listener.setblocking(False)
        line.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._selector.register(line, selectors.EVENT_READ, self._hear)

    def run(self) -> None:
        """Serve; come back when the service has hung up and all have their answer."""
        while self._serving:
            self._turn()
        self._selector.unregister(self._listener)
        until = time.monotonic() + LAST_SECONDS
        for client in [client for client in self._clients if not client.unsent]:
            self._drop(client)
        while self._clients and time.monotonic() < until:
            self._turn()

    def _turn(self) -> None:
        for key, _ in self._selector.select(1.0 if self._clients else None):
            act: Callable[[], None] = key.data
            act()
        now = time.monotonic()
        for client in [client for client in self._clients if client.is_late(now)]:
            self._drop(client)

    def _accept(self) -> None:
        try:
            accepted, _ = self._listener.accept()
        except BlockingIOError:
            return
        except OSError:  # no descriptor is left, or the client has gone already
            self._make_room()
            return
        accepted.setblocking(False)
        client = Client(accepted, time.monotonic())
        self._clients[client] = None
        self._selector.register(accepted, client.events, lambda: self._serve(client))
        if len(self._clients) > MOST:
            self._make_room()

    def _make_room(self) -> None:
        if self._clients:
            self._drop(min(self._clients, key=lambda client: client.since))

    def _serve(self, client: Client) -> None:
        if client not in self._clients:  # dropped in this turn, to make room
            return
        try:
            if client.unsent:
                self._send(client)
            elif received := client.socket.recv(4 * MOST_HEAD):
                client.read += received
                self._decide(client)
            else:
                self._drop(client)
        except BlockingIOError:
            pass
        except OSError:
            self._drop(client)

    def _decide(self, client: Client) -> None:
        """Answer, hand on, or wait for more."""
        read = client.read
        if read[: len(_SCRAPE)] != _SCRAPE[: len(read)]:
            self._hand_on(client, read)
            return
        head, end, rest = read.partition(b"\r\n\r\n")
        if not end:
            if len(read) > MOST_HEAD:
                self._hand_on(client, read)
            return
        headers = _headers(head[len(_SCRAPE) :])
        if rest or headers is None or _NEEDS_THE_SERVICE & headers.keys():
            self._hand_on(client, read)
            return
        key = headers.get(b"accept", b""), headers.get(b"accept-encoding", b"")
        fresh = time.monotonic() - self._heard < FRESH_SECONDS
        answer = self._answers.get(key) if fresh else None
        if answer is None:
            self._hand_on(client, _closing(headers))
            # Last: a service that cannot make the answer hangs up as soon as it hears this.
            self._tell(ASKED + b"\n".join(key))
            return
        client.read = b""
        client.last = headers.get(b"connection", b"").lower() == b"close"
        client.since = time.monotonic()
        client.unsent.extend(_pieces(answer, last=client.last))
        self._send(client)

    def _send(self, client: Client) -> None:
        """Send until the client takes no more for now, or all is sent."""
        with suppress(BlockingIOError):
            _send_some(client)
        if client.unsent:
            self._watch(client, selectors.EVENT_WRITE)
            return
        if client.last:
            self._drop(client)
            return
        client.since = time.monotonic()
        self._watch(client, selectors.EVENT_READ)

    def _watch(self, client: Client, events: int) -> None:
        if client.events != events:
            client.events = events
            self._selector.modify(client.socket, events, lambda: self._serve(client))

    def _drop(self, client: Client) -> None:
        self._forget(client)
        client.socket.close()

    def _forget(self, client: Client) -> None:
        del self._clients[client]
        self._selector.unregister(client.socket)

    def _hand_on(self, client: Client, read: bytes) -> None:
        self._forget(client)
        self._handed.append((client.socket, read))
        if len(self._handed) > MOST:
            self._handed.popleft()[0].close()
        self._pass_on()

    def _pass_on(self) -> None:
        """Pass connections on, as fast as the service takes them."""
        events = selectors.EVENT_READ
        while self._handed:
            connection, read = self._handed[0]
            try:
                socket.send_fds(self._line, [CONNECTION + read], [connection.fileno()])
            except BlockingIOError:
                events |= selectors.EVENT_WRITE
                break
            except OSError:  # it has hung up
                break
            self._handed.popleft()
            connection.close()
        self._selector.modify(self._line, events, self._hear)

    def _tell(self, message: bytes) -> None:
        with suppress(OSError):  # if this gets lost, the next such scrape says it again
            self._line.send(message)

    def _hear(self) -> None:
        """Take new answers; those that are being sent stay open until they are."""
        if self._handed:
            self._pass_on()
        try:
            message, numbers, _, _ = socket.recv_fds(self._line, 16, MOST)
        except BlockingIOError:
            return
        except OSError:
            message, numbers = b"", []
        if not message:
            self._serving = False
            return
        self._heard = time.monotonic()
        if not numbers:  # nothing has changed
            return
        index, *files = [File(number) for number in numbers]
        self._answers = {
            (accept.encode("latin-1"), encoding.encode("latin-1")): tuple(
                files[piece] if isinstance(piece, int) else piece.encode("latin-1")
                for piece in pieces
            )
            for accept, encoding, pieces in json.loads(os.pread(index.number, index.size, 0))
        }


def _headers(head: bytes) -> Headers | None:
    """Read the headers of a request; None when there is anything unusual about them."""
    found: Headers = {}
    for line in head.split(b"\r\n"):
        match = _HEADER.fullmatch(line)
        if match is None or match[1].lower() in found:
            return None
        found[match[1].lower()] = match[2]
    return found if b"host" in found else None


def _closing(headers: Headers) -> bytes:
    """Write a request so that its connection ends with the answer: the next comes in here."""
    lines = (name + b": " + value + b"\r\n" for name, value in headers.items())
    kept = b"".join(line for line in lines if not line.startswith(b"connection:"))
    return _SCRAPE + kept + b"connection: close\r\n\r\n"


def _pieces(answer: tuple[bytes | File, ...], *, last: bool) -> Iterator[bytes | Part]:
    """Give what is to be sent, in few pieces; of the head the last lines are wanting."""
    head, *body = answer
    assert isinstance(head, bytes)
    date = time.strftime("Date: %a, %d %b %Y %H:%M:%S GMT\r\n", time.gmtime()).encode()
    waiting = head + date + (b"Connection: close\r\n\r\n" if last else b"\r\n")
    for piece in body:
        if isinstance(piece, bytes):
            waiting += piece
        else:
            yield waiting
            yield Part(piece, 0, piece.size)
            waiting = b""
    if waiting:
        yield waiting


def _send_some(client: Client) -> None:
    """Send one piece of a file at most; raises ``BlockingIOError`` when no more is taken."""
    while client.unsent:
        piece = client.unsent[0]
        if isinstance(piece, bytes):
            sent = client.socket.send(piece, socket.MSG_MORE if len(client.unsent) > 1 else 0)
            left: bytes | Part = piece[sent:]
            size = len(piece) - sent
        else:
            sent = os.sendfile(
                client.socket.fileno(), piece.file.number, piece.offset, min(PIECE, piece.size)
            )
            size = piece.size - sent
            left = Part(piece.file, piece.offset + sent, size)
        if size:
            client.unsent[0] = left
            if isinstance(piece, Part):
                return
        else:
            client.unsent.popleft()


if __name__ == "__main__":
    Porter(socket.socket(fileno=int(sys.argv[1])), socket.socket(fileno=int(sys.argv[2]))).run()
