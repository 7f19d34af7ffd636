"""A server between a connector and its API that counts, and fails as it is told to.

It is real HTTP on loopback in front of any server, so that an author needs no hook in his. The
``Host`` header goes through as it came: addresses that the server makes up lead back here.
"""

import http.client
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

_OF_ONE_HOP = frozenset({"connection", "keep-alive", "content-length", "transfer-encoding"})
_RUNAWAY = 2_000
"""Requests after which a connector that goes round in circles is cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as the connector made it; header names are lower-case."""

    number: int
    """0 for the first since the proxy was told to ``forget``."""
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    truncated: bool = False
    """Half of the body is sent, and the connection closed."""
    reset: bool = False
    """Nothing is sent, and the connection reset."""

    def json(self) -> Any:
        """Decode the body; raises ``ValueError`` for what is not JSON."""
        return json.loads(self.body)

    def with_json(self, payload: object) -> Self:
        """Put another body in; lone surrogates become escapes, as servers write them."""
        return replace(self, body=json.dumps(payload).encode())


Fault = Callable[[Call], Reply | None]
"""Answers instead of the server, or lets it answer by returning None."""

Alteration = Callable[[Call, Reply], Reply]
"""Changes what the server answered."""


class Proxy:
    """In front of one server; a context manager."""

    def __init__(self, upstream: str, *, page_parameter: str | None) -> None:
        self._upstream = urlsplit(upstream)
        self._page_parameter = page_parameter
        self._lock = threading.Lock()
        self._number = 0
        self.calls: list[Call] = []
        self.replies: list[Reply] = []
        self.fault: Fault | None = None
        self.alter: Alteration | None = None
        self.page_size: int | None = None
        """No page is larger, whatever is asked for: servers may give less."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=lambda: self._server.serve_forever(poll_interval=0.05), daemon=True
        )

    @property
    def url(self) -> str:
        """Where the connector finds it, with the path of the server's own address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{self._upstream.path}"

    def forget(self) -> None:
        """Count from nought again, and let the server answer as it likes."""
        with self._lock:
            self._number = 0
            self.calls, self.replies = [], []
            self.fault = self.alter = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, call: Call, connect: Callable[[], http.client.HTTPConnection]) -> Reply:
        """Answer one request, by a fault or by asking the server."""
        with self._lock:
            call = replace(call, number=self._number)
            self._number += 1
            self.calls.append(call)
            fault, alter = self.fault, self.alter
        if call.number >= _RUNAWAY:
            return Reply(status=500)
        reply = fault(call) if fault is not None else None
        if reply is None:
            reply = _asked(self._narrowed(call), connect())
            if alter is not None:
                reply = alter(call, reply)
        with self._lock:
            self.replies.append(reply)
        return reply

    def connection(self) -> http.client.HTTPConnection:
        """Connect to the server."""
        return http.client.HTTPConnection(
            self._upstream.hostname or "", self._upstream.port or 80, timeout=30
        )

    def _narrowed(self, call: Call) -> Call:
        """Lower the size of a page that a request asks for, in its query or its JSON."""
        if self.page_size is None or self._page_parameter is None:
            return call
        size, name = self.page_size, re.escape(self._page_parameter)
        query = re.sub(rf"(?<![^&]){name}=\d+", f"{self._page_parameter}={size}", call.query)
        pattern = rb'"' + name.encode() + rb'"\s*:\s*\d+'
        entry = f'"{self._page_parameter}":{size}'.encode()
        return replace(call, query=query, body=re.sub(pattern, entry, call.body))


def _asked(call: Call, connection: http.client.HTTPConnection) -> Reply:
    target = f"{call.path}?{call.query}" if call.query else call.path
    kept = {name: value for name, value in call.headers.items() if name not in _OF_ONE_HOP}
    kept["accept-encoding"] = "identity"
    if call.body:
        kept["content-length"] = str(len(call.body))
    connection.putrequest(call.method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in kept.items():
        connection.putheader(name, value)
    connection.endheaders(call.body or None)
    response = connection.getresponse()
    headers = {
        name.lower(): value
        for name, value in response.getheaders()
        if name.lower() not in _OF_ONE_HOP
    }
    return Reply(status=response.status, headers=headers, body=response.read())


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self._connection: http.client.HTTPConnection | None = None

        def finish(self) -> None:
            super().finish()
            if self._connection is not None:
                self._connection.close()

        def _connect(self) -> http.client.HTTPConnection:
            if self._connection is None:
                self._connection = proxy.connection()
            return self._connection

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            call = Call(
                number=0,
                method=self.command,
                path=parts.path,
                query=parts.query,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(int(self.headers.get("content-length", "0"))),
            )
            _send(self, proxy.answer(call, self._connect))

        do_GET = do_POST = do_HEAD = _answer  # noqa: N815  # the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Write nothing to standard error."""

    return Handler


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    if reply.reset:
        # Lingering for no time makes the close a reset.
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.connection.shutdown(socket.SHUT_RD)
        handler.close_connection = True
        return
    handler.send_response_only(reply.status)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    handler.send_header("content-length", str(len(reply.body)))
    handler.end_headers()
    body = reply.body[: len(reply.body) // 2] if reply.truncated else reply.body
    handler.wfile.write(body)
    handler.close_connection = handler.close_connection or reply.truncated


def objects(payload: object) -> list[dict[str, Any]]:
    """List every object within a payload, outermost first."""
    found: list[dict[str, Any]] = []
    queue = [payload]
    while queue:
        part = queue.pop(0)
        if isinstance(part, dict):
            inner = cast("dict[str, Any]", part)
            found.append(inner)
            queue += inner.values()
        elif isinstance(part, list):
            queue += cast("list[object]", part)
    return found
