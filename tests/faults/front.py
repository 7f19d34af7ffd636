"""A simulated site behind a socket of its own, which can do to an answer whatever a wire can do.

An ASGI server keeps HTTP's rules; this one breaks them when it is told to: it resets, stalls,
sends half of a header, promises more than it sends.
"""

import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import unquote

from slipwatch.demo import DemoServer

End = Literal["keep", "close", "reset", "stall", "trickle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request."""

    method: str
    path: str
    """As it was sent: not unquoted."""
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer that keeps the rules."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    def wire(self) -> bytes:
        """Write it as HTTP, with the length of its body."""
        kept = {name: value for name, value in self.headers.items() if name != "content-length"}
        return head(self.status, {**kept, "content-length": str(len(self.body))}) + self.body


@dataclass(frozen=True, slots=True)
class Wire:
    """Bytes to send, whatever they are, and what becomes of the connection then.

    Until the other side gives up, ``stall`` sends nothing more, and ``trickle`` little.
    """

    data: bytes
    then: End = "close"


Site = Callable[[Asked], Reply]
Meddle = Callable[[Asked, Site], Reply | Wire]
"""Answers a request, with the help of the site or not."""


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """Write the head of an answer."""
    lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class Front:
    """Answers for a site on a free port of 127.0.0.1; a context manager."""

    def __init__(self, server: DemoServer) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open: set[socket.socket] = set()
        self._pace = threading.Event()
        self.meddle: Meddle | None = None

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end."""
        host, port = self._listener.getsockname()
        return f"http://{host}:{port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="front", daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def ask(self, asked: Asked) -> Reply:
        """Let the site itself answer."""
        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": asked.method,
            "scheme": "http",
            "path": unquote(asked.path),
            "raw_path": asked.path.encode(),
            "query_string": asked.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in asked.headers.items()],
        }
        said: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": asked.body}

        async def send(message: Any) -> None:
            said.append(message)

        # Nothing here ever waits, so that no event loop is needed.
        answering = self._server(scope, receive, send)
        with suppress(StopIteration):
            answering.send(None)
        return Reply(
            status=said[0]["status"],
            headers={name.decode(): value.decode("latin-1") for name, value in said[0]["headers"]},
            body=b"".join(message.get("body", b"") for message in said[1:]),
        )

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.add(connection)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # Both sides close when they like; what was to be told by then has been told.
        with suppress(OSError), connection, connection.makefile("rb") as reader:
            for asked in _requests(reader):
                said = self.meddle(asked, self.ask) if self.meddle else self.ask(asked)
                wire = Wire(said.wire(), "keep") if isinstance(said, Reply) else said
                connection.sendall(wire.data)
                if wire.then == "reset":
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                if wire.then == "stall":
                    reader.read(1)
                while wire.then == "trickle":
                    connection.sendall(b" ")
                    self._pace.wait(0.02)
                if wire.then != "keep":
                    break
            self._open.discard(connection)


def _requests(reader: Any) -> Iterator[Asked]:
    while line := reader.readline():
        method, target, _ = line.decode("latin-1").split()
        path, _, query = target.partition("?")
        headers: dict[str, str] = {}
        while (field_line := reader.readline().strip()) != b"":
            name, _, value = field_line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = reader.read(int(headers.get("content-length", "0")))
        yield Asked(method=method, path=path, query=query, headers=headers, body=body)


def shrunk(asked: Asked, size: int) -> Asked:
    """Ask for small pages, whatever was asked for: a server may always give less.

    A changelog has a hundred entries even here.
    """
    if "changelog" in asked.path:
        return asked
    query = re.sub(r"\b(per_page|maxResults)=\d+", rf"\1={size}", asked.query)
    body = re.sub(rb'("(?:maxResults|first)": ?)\d+', rb"\g<1>%d" % size, asked.body)
    headers = {**asked.headers, **({"content-length": str(len(body))} if body else {})}
    return Asked(method=asked.method, path=asked.path, query=query, headers=headers, body=body)
