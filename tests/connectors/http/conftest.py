"""A server that answers as it is told, one scripted answer after the other."""

import socket
import struct
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass(slots=True)
class Scripted:
    """Answers in the order they are given; the last one is repeated.

    An answer is status, headers and body. ``fault`` instead does to the connection what it is
    named after: ``reset``, ``truncate``, ``hang``.
    """

    url: str = ""
    answers: list[tuple[int, dict[str, str], bytes] | str] = field(
        default_factory=list[tuple[int, dict[str, str], bytes] | str]
    )
    asked: int = 0
    over: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def server() -> Generator[Scripted]:
    """Run a scripted server on loopback."""
    script = Scripted()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = script.answers[min(script.asked, len(script.answers) - 1)]
            script.asked += 1
            if isinstance(answer, str):
                faults[answer](self)
                return
            status, headers, body = answer
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
            """Keep quiet."""

    def reset(handler: Handler) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
        with suppress(OSError):
            handler.wfile.close()

    def truncate(handler: Handler) -> None:
        handler.send_response_only(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"issues": [')
        handler.close_connection = True

    def hang(handler: Handler) -> None:
        script.over.wait(10)
        handler.close_connection = True

    faults: dict[str, Callable[[Handler], None]] = {
        "reset": reset,
        "truncate": truncate,
        "hang": hang,
    }
    site = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.daemon_threads = True
    script.url = f"http://127.0.0.1:{site.server_port}"
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield script
    script.over.set()
    site.shutdown()
    thread.join()
    site.server_close()
