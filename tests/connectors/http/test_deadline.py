"""An answer that trickles in comes to an end, however patient each of its reads is."""

import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.connector import Context, Retry
from slipwatch.connectors.github.client import GitHubClient
from slipwatch.connectors.github.settings import GitHubSettings
from slipwatch.connectors.gitlab.client import GitLabClient
from slipwatch.connectors.gitlab.settings import GitLabSettings
from slipwatch.connectors.jira.client import JiraClient
from slipwatch.connectors.jira.settings import JiraSettings

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TIMEOUT = 0.1
PAUSE = 0.01

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BODY = b"[" + b" " * 100 + b"]"
PLAIN = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY)
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNKS = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"

TRICKLES = {
    "head": (b"", HEAD + b"X-Padding: 1\r\n" * 3 + PLAIN.removeprefix(HEAD) + BODY),
    "body": (PLAIN, BODY),
    "chunks": (CHUNKED, CHUNKS),
}
"""What comes at once, and what comes byte by byte; together they are a sound answer."""

CLIENTS: dict[str, tuple[type[Any], type[Any], dict[str, Any], Callable[[Any], Any]]] = {
    "github": (
        GitHubClient,
        GitHubSettings,
        {"repositories": ["acme/api"]},
        lambda client: client.get("/things"),
    ),
    "gitlab": (
        GitLabClient,
        GitLabSettings,
        {"projects": ["acme/api"]},
        lambda client: client.get("/things"),
    ),
    "jira": (JiraClient, JiraSettings, {"projects": ["PAY"]}, lambda client: client.get("things")),
}


@contextmanager
def trickling(at_once: bytes, then: bytes, *, step: int = 1, times: int = 1000) -> Generator[str]:
    """Serve an answer of which a part comes ``step`` bytes at a time, the first ``times``."""
    listener = socket.create_server(("127.0.0.1", 0))
    slow = iter(range(times))

    def serve(connection: socket.socket) -> None:
        trickles = next(slow, None) is not None
        with suppress(OSError), connection:
            connection.recv(65536)
            connection.sendall(at_once if trickles else PLAIN + BODY)
            for place in range(0, len(then) if trickles else 0, step):
                connection.sendall(then[place : place + step])
                time.sleep(PAUSE)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=[connection], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def seen() -> list[str]:
    """Give what each exchange counts as."""
    return []


@pytest.fixture(params=[*CLIENTS])
def ask(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, seen: list[str]
) -> Callable[[str], int]:
    """Give one request of each connector that speaks HTTP, with a timeout finer than a file's."""
    monkeypatch.setenv("TEST_TOKEN", "a-secret-token")
    client_type, settings_type, scope, get = CLIENTS[request.param]
    raw = {"kind": request.param, "auth": {"token": {"env": "TEST_TOKEN"}}, **scope}

    def of(url: str) -> int:
        settings = settings_type.model_validate({**raw, "url": url})
        settings = settings.model_copy(update={"timeout": timedelta(seconds=TIMEOUT)})
        context = Context(
            now=lambda: NOW,
            sleep=lambda _seconds: None,
            on_request=lambda exchange: seen.append(exchange.code),
        )
        with closing(client_type("tracker", settings, context)) as client:
            status: int = get(client).status
            return status

    return of


def test_an_answer_that_trickles_once_is_asked_for_again(
    ask: Callable[[str], int], seen: list[str]
) -> None:
    with trickling(*TRICKLES["body"], times=1) as url:
        assert ask(url) == 200

    assert seen == ["error", "200"]


@pytest.mark.parametrize("ask", ["jira"], indirect=True)
@pytest.mark.parametrize("part", [*TRICKLES])
def test_an_answer_that_always_trickles_did_not_come_in_time(
    ask: Callable[[str], int], seen: list[str], part: str
) -> None:
    with trickling(*TRICKLES[part]) as url, pytest.raises(Retry, match="got no answer in time"):
        ask(url)

    assert set(seen) == {"error"}


@pytest.mark.parametrize("ask", ["jira"], indirect=True)
def test_an_answer_may_take_longer_than_each_of_its_parts(
    ask: Callable[[str], int], seen: list[str]
) -> None:
    with trickling(PLAIN, BODY, step=5, times=1) as url:
        began = time.monotonic()
        assert ask(url) == 200

    assert seen == ["200"]
    assert time.monotonic() - began > TIMEOUT
