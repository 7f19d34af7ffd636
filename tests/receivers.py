"""Real receivers of notifications on loopback: one for HTTP, one for mail."""

import socketserver
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request."""

    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        """What the body says."""
        return msgspec.json.decode(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; without a status the connection ends instead."""

    status: int | None = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class _Server:
    """A server in a thread of its own; a context manager."""

    server: socketserver.BaseServer
    port: int

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


class HttpReceiver(_Server):
    """Takes what is posted, and answers as it is told to."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answer: Callable[[Received], Reply] = lambda _received: Reply()
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        server.daemon_threads = True
        self.server = server
        self.port = server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def reply_once(self, *replies: Reply) -> None:
        """Answer so to the next requests, one after the other, and then with 200."""
        waiting = list(replies)
        self.answer = lambda _received: waiting.pop(0) if waiting else Reply()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", "0"))
                received = Received(
                    path=self.path,
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=self.rfile.read(size),
                )
                served.received.append(received)
                reply = served.answer(received)
                if reply.status is None:
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Keep the test's output clean."""

        return Handler


class MailReceiver(_Server):
    """A mail server of the few commands that it takes to hand a mail over (RFC 5321)."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.replies: dict[str, bytes] = {}
        """What to answer instead, by command, such as ``{"RCPT": b"550 unknown"}``."""
        self.hangs_up_after_mail = False
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        server.daemon_threads = True
        self.server = server
        self.port = server.server_address[1]

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        served = self

        class Handler(_Conversation):
            receiver = served

        return Handler


class _Conversation(socketserver.StreamRequestHandler):
    """What is said on one connection."""

    receiver: MailReceiver

    def handle(self) -> None:
        with suppress(ConnectionError):  # a client may leave without a word
            self._talk()

    def _talk(self) -> None:
        self._say(b"220 test")
        recipients: list[str] = []
        while line := self.rfile.readline():
            command = line[:4].decode(errors="replace").strip().upper()
            if command == "RCPT":
                recipients.append(line.decode().partition("<")[2].partition(">")[0])
            if command == "DATA" and command not in self.receiver.replies:
                self._take(recipients)
                if self.receiver.hangs_up_after_mail:
                    return
                continue
            self._say(self.receiver.replies.get(command, b"250 ok"))
            if command == "QUIT":
                return

    def _take(self, recipients: list[str]) -> None:
        self._say(b"354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.receiver.mails.append(mail)
        self.receiver.recipients.append(recipients)
        self._say(b"250 taken")

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")
