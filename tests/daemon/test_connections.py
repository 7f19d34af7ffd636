"""Slow and idle clients, with real sockets: scrapes go on, and nobody stays for ever."""

import socket
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from slipwatch.daemon import connections, serving
from slipwatch.daemon.board import LiveBoard
from slipwatch.daemon.serving import HttpServer
from slipwatch.daemon.web import WebConfig
from slipwatch.exporters.prometheus.monitor import Monitor
from slipwatch.exporters.prometheus.render import Page
from slipwatch.exporters.web.app import create_app
from tests.certificates import Authority

from .slow_clients import LARGE, PATIENCE, read_all, slow

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
BODY = bytes(LARGE)


class Board(LiveBoard):
    """A board with a large page of metrics."""

    def __init__(self) -> None:
        super().__init__(Monitor("0.1.0"), "0.1.0", lambda: None)
        self.gate = threading.Event()

    def metrics(self, accept: str, accept_encoding: str) -> Page:
        """Give a large body to who accepts all, a small one to others."""
        return Page(content_type="text/plain", parts=(BODY if accept == "all" else BODY[:100],))

    def reload(self) -> None:
        """Take as long as the gate is closed."""
        assert self.gate.wait(PATIENCE)


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def server(board: Board) -> Generator[HttpServer]:
    with HttpServer(create_app(board), "127.0.0.1:0") as running:
        yield running


def connect(server: HttpServer) -> socket.socket:
    """Open a connection that takes little at a time."""
    parts = urlsplit(server.address)
    return slow((parts.hostname or "", parts.port or 0))


def scrape(server: HttpServer) -> int:
    """Scrape as Prometheus does, on a connection of its own."""
    answer = httpx.get(f"{server.address}/metrics", timeout=PATIENCE, verify=False)
    return len(answer.content)


def test_more_idle_clients_than_there_is_room_for_do_not_block_a_scrape(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST", 20)
    with ExitStack() as stack:
        idle = [stack.enter_context(connect(server)) for _ in range(60)]

        assert scrape(server) == 100
        # The first to come waited longest.
        assert all(read_all(one) == 0 for one in idle[:40])
        idle[-1].sendall(REQUEST)
        assert idle[-1].recv(12) == b"HTTP/1.1 200"


def test_clients_that_do_not_read_do_not_block_a_scrape(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST", 20)
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(server)) for _ in range(30)]
        for one in slow:
            one.sendall(REQUEST.replace(b"Host", b"Accept: all\r\nHost"))

        assert scrape(server) == 100
        assert read_all(slow[0]) < LARGE


@pytest.mark.parametrize("sent", [b"", REQUEST[:20]])
def test_a_request_that_does_not_arrive_is_not_waited_for(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.1)

    with connect(server) as one:
        one.sendall(sent)

        assert read_all(one) == 0


def test_a_second_request_that_does_not_arrive_is_not_waited_for(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(server) as one:
        one.sendall(REQUEST)
        assert one.recv(1000).startswith(b"HTTP/1.1 200")
        monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.1)
        one.sendall(REQUEST + REQUEST[:20])

        assert read_all(one) > 100


def test_an_answer_that_is_not_read_is_given_up(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.1)
    ended = threading.Event()
    lost = connections.WatchedProtocol.connection_lost

    def end(protocol: connections.WatchedProtocol, error: Exception | None) -> None:
        lost(protocol, error)
        ended.set()

    monkeypatch.setattr(connections.WatchedProtocol, "connection_lost", end)
    with connect(server) as one:
        one.sendall(REQUEST.replace(b"Host", b"Accept: all\r\nHost"))

        assert ended.wait(PATIENCE)
        assert read_all(one) < LARGE


def test_a_client_that_takes_its_time_gets_everything(server: HttpServer) -> None:
    with connect(server) as one:
        one.sendall(REQUEST.replace(b"Host", b"Accept: all\r\nConnection: close\r\nHost"))

        assert read_all(one) > LARGE


def test_many_requests_on_one_connection_are_answered(server: HttpServer) -> None:
    with httpx.Client(base_url=server.address, timeout=PATIENCE) as client:
        answers = [client.get("/metrics") for _ in range(20)]

    assert {len(answer.content) for answer in answers} == {100}


def test_requests_that_wait_for_a_thread_do_not_block_a_scrape(
    server: HttpServer, board: Board
) -> None:
    with (
        httpx.Client(base_url=server.address, timeout=PATIENCE) as client,
        ThreadPoolExecutor(60) as callers,
    ):
        waiting = [callers.submit(client.post, "/-/reload") for _ in range(60)]

        assert scrape(server) == 100
        assert client.get("/-/healthy").status_code == 200
        assert not any(one.done() for one in waiting)
        board.gate.set()
        assert {one.result().status_code for one in waiting} == {200}


def test_a_tls_client_that_never_says_hello_is_dropped(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "REQUEST_SECONDS", 0.1)
    pair = Authority(tmp_path).sign("server")
    (tmp_path / "web.yml").write_text(
        yaml.safe_dump(
            {"tls_server_config": {"cert_file": pair.cert.name, "key_file": pair.key.name}}
        )
    )
    web = WebConfig(tmp_path / "web.yml")

    with HttpServer(create_app(board), "127.0.0.1:0", web) as server, connect(server) as one:
        assert read_all(one) == 0
