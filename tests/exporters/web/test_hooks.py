"""POST /hooks/{source}, as strangers, slow lines and trackers use it."""

import socket
import threading
from collections.abc import Generator, Iterator, Mapping
from urllib.parse import urlsplit

import httpx
import pytest

from slipwatch.aggregator.connector import HookRefusedError
from slipwatch.daemon.serving import HttpServer
from slipwatch.exporters.web import hooks
from slipwatch.exporters.web.app import Board, create_app


class Desk:
    """A reception that takes what is signed ``good`` for the source ``jira``."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.refused: list[int] = []
        self.gate = threading.Event()
        self.gate.set()

    def takes(self, source: str) -> bool:
        """Know one source."""
        return source == "jira"

    def receive(self, source: str, headers: Mapping[str, str], body: bytes) -> None:
        """Take it, once the gate is open."""
        assert self.gate.wait(30)
        if headers.get("x-hub-signature") != "good":
            raise HookRefusedError("it is signed with another secret", status=401)
        self.taken.append((source, body))

    def refuse(self, source: str, status: int) -> None:
        """Count."""
        assert source == "jira"
        self.refused.append(status)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def client(board: Board, desk: Desk) -> Generator[httpx.Client]:
    with (
        HttpServer(create_app(board, desk), "127.0.0.1:0") as server,
        httpx.Client(base_url=server.address, timeout=30, verify=False) as opened,
    ):
        yield opened


def test_a_good_delivery_is_accepted_with_its_raw_body(client: httpx.Client, desk: Desk) -> None:
    body = b'{"b":1 ,  "a": "\\u00e4"}\r\n'

    answer = client.post("/hooks/jira", content=body, headers={"X-Hub-Signature": "good"})

    assert (answer.status_code, answer.text) == (202, "Accepted.\n")
    assert desk.taken == [("jira", body)]


def test_an_answer_says_no_more_than_its_status(client: httpx.Client) -> None:
    body = b"<script>alert(1)</script>"

    unsigned = client.post("/hooks/jira", content=body)
    unknown = client.post("/hooks/github", content=body)
    asked = client.get("/hooks/jira")

    assert (unsigned.status_code, unsigned.text) == (401, "The signature is missing or wrong.\n")
    assert (unknown.status_code, unknown.text) == (404, "There is no such hook.\n")
    assert unsigned.headers["x-content-type-options"] == "nosniff"
    assert asked.status_code == 405


def test_without_a_reception_there_are_no_hooks(board: Board) -> None:
    with HttpServer(create_app(board), "127.0.0.1:0") as server:
        assert httpx.post(f"{server.address}/hooks/jira", content=b"{}").status_code == 404


def test_a_large_body_is_refused_by_its_length_alone(client: httpx.Client, desk: Desk) -> None:
    for length in (str(hooks.MAX_BODY + 1), "9" * 18):
        head = f"POST /hooks/jira HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
        assert b" 413 " in _say(client, [head.encode()])

    assert desk.refused == [413, 413]


def test_a_large_body_is_refused_on_the_way(
    client: httpx.Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "MAX_BODY", 100_000)

    def endless() -> Iterator[bytes]:
        for _ in range(5):
            yield b"x" * 50_000

    answer = client.post("/hooks/jira", content=endless(), headers={"X-Hub-Signature": "good"})

    assert answer.status_code == 413
    assert desk.taken == []
    assert client.get("/-/healthy").status_code == 200


def test_a_body_that_does_not_arrive_is_not_waited_for(
    client: httpx.Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "READ_SECONDS", 0.2)
    head = b"POST /hooks/jira HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"

    assert b" 408 " in _say(client, [head])
    assert desk.refused == [408]


def test_a_caller_who_hangs_up_leaves_nothing_behind(client: httpx.Client, desk: Desk) -> None:
    head = b"POST /hooks/jira HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
    parts = urlsplit(str(client.base_url))
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as caller:
        caller.sendall(head)

    answer = client.post("/hooks/jira", content=b"{}", headers={"X-Hub-Signature": "good"})

    assert answer.status_code == 202
    assert desk.taken == [("jira", b"{}")]


def test_many_bodies_at_once_never_hold_more_than_there_is_room_for(
    client: httpx.Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "MAX_HELD", 150_000)
    desk.gate.clear()
    answers: list[int] = []

    def post() -> None:
        body, headers = b"x" * 60_000, {"X-Hub-Signature": "good"}
        answers.append(client.post("/hooks/jira", content=body, headers=headers).status_code)

    callers = [threading.Thread(target=post) for _ in range(8)]
    for caller in callers:
        caller.start()
    # Others are served while two deliveries are being worked on.
    assert client.get("/-/healthy").status_code == 200
    while len(answers) < 6:
        callers[0].join(0.01)
    desk.gate.set()
    for caller in callers:
        caller.join()

    assert sorted(answers) == [202, 202, *[503] * 6]
    assert client.post("/hooks/jira", content=b"{}").status_code == 401


def _say(client: httpx.Client, parts: list[bytes]) -> bytes:
    """Send bytes as they are, and read until the server hangs up."""
    address = urlsplit(str(client.base_url))
    with socket.create_connection((address.hostname or "", address.port or 0), 30) as caller:
        for part in parts:
            caller.sendall(part)
        answer = b""
        while chunk := caller.recv(4096):
            answer += chunk
    return answer
