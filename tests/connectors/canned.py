"""A server of canned answers, by path; as a proxy it answers for every host."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canned:
    """One answer; a body that is text is sent as a page."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class CannedServer:
    """Answers what it is told to, and 404 to all else; a context manager."""

    def __init__(self) -> None:
        self.answers: dict[str, Canned | Callable[[Query], Canned]] = {}
        """By path; hosts and queries do not matter."""
        self.asked: Counter[str] = Counter()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, path: str, body: Any, status: int = 200, **headers: str) -> None:
        """Set an answer; underscores in names of headers stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = Canned(body=body, status=status, headers=named)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                served.asked[parts.path] += 1
                found = served.answers.get(parts.path, Canned(body={"message": "?"}, status=404))
                canned = found if isinstance(found, Canned) else found(dict(parse_qsl(parts.query)))
                is_page = isinstance(canned.body, str)
                body = canned.body.encode() if is_page else json.dumps(canned.body).encode()
                self.send_response(canned.status)
                self.send_header("Content-Type", "text/html" if is_page else "application/json")
                self.send_header("Content-Length", str(len(body)))
                for name, value in canned.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its name
                """Keep quiet."""

        return Handler

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
        self._server.server_close()
        self._thread.join()
