"""The porter: it answers scrapes as the service would, and everything else is the service's."""

import os
import socket
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from structlog.testing import capture_logs

from slipwatch.daemon import door, porter
from slipwatch.daemon.board import LiveBoard
from slipwatch.daemon.porter import Porter
from slipwatch.daemon.serving import HttpServer
from slipwatch.exporters.prometheus.monitor import Monitor
from slipwatch.exporters.prometheus.render import Page
from slipwatch.exporters.web.app import create_app

from .running import eventually
from .slow_clients import LARGE, PATIENCE, read_all, slow

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
PROMETHEUS = {
    "Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "Accept-Encoding": "gzip",
}


class Board(LiveBoard):
    """A board whose metrics can be made to fail."""

    def __init__(self) -> None:
        super().__init__(Monitor("0.1.0"), "0.1.0", lambda: None)
        self.monitor = self._monitor
        self.broken = False

    def metrics(self, accept: str, accept_encoding: str) -> Page:
        """Give the metrics, or fail."""
        if self.broken:
            raise RuntimeError("broken")
        return super().metrics(accept, accept_encoding)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "EVERY", 0.1)


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def server(board: Board) -> Generator[HttpServer]:
    with HttpServer(create_app(board), "127.0.0.1:0", metrics=board.metrics) as running:
        yield running


@pytest.fixture(scope="module")
def addresses() -> Generator[tuple[str, str]]:
    """Give the addresses of a server with a porter that has answers, and of one without."""
    board = Board()
    with (
        HttpServer(create_app(board), "127.0.0.1:0", metrics=board.metrics) as server,
        HttpServer(create_app(board), "127.0.0.1:0") as alone,
    ):
        by_the_porter(server, {"Accept": "", "Accept-Encoding": ""})
        yield server.address, alone.address


def children() -> set[int]:
    """Give the processes that this one has begun and not yet seen the end of."""
    tasks = Path("/proc/self/task").iterdir()
    return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}


def its_porter() -> int:
    """Give the process of the porter that was begun last."""
    return max(
        pid for pid in children() if b"porter.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )


def get(server: HttpServer, headers: Mapping[str, str] = PROMETHEUS) -> httpx.Response:
    """Scrape on a connection of its own."""
    return httpx.get(f"{server.address}/metrics", headers=headers, timeout=PATIENCE, verify=False)


def by_the_porter(
    server: HttpServer,
    headers: Mapping[str, str] = PROMETHEUS,
    holds: Callable[[httpx.Response], bool] = lambda _answer: True,
) -> httpx.Response:
    """Scrape until the porter answers: unlike it, the service ends each scrape's connection."""

    def probe() -> httpx.Response | None:
        answer = get(server, headers)
        mine = "Connection" not in answer.headers
        return answer if mine and holds(answer) else None

    return eventually(probe)


def exchange(address: str, *requests: bytes) -> bytes:
    """Send bytes, and give all that comes until the server hangs up."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE) as opened:
        for request in requests:
            opened.sendall(request)
        opened.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: opened.recv(1 << 20), b""))


@pytest.mark.parametrize(
    "headers",
    [
        PROMETHEUS,
        {"Accept": "application/openmetrics-text; version=1.0.0", "Accept-Encoding": "identity"},
        {"Accept": "", "Accept-Encoding": "br, gzip;q=0"},
        {"Accept": "text/html", "Accept-Encoding": "gzip, deflate", "User-Agent": "x"},
    ],
)
def test_the_porter_gives_the_answer_that_the_service_gives(
    server: HttpServer, headers: Mapping[str, str]
) -> None:
    first = get(server, headers)
    second = by_the_porter(server, headers)

    assert first.headers["Connection"] == "close"
    assert second.content == first.content
    passing = {"date", "connection"}
    assert {k: v for k, v in second.headers.items() if k not in passing} == {
        k: v for k, v in first.headers.items() if k not in passing
    }
    assert "Date" in second.headers


def test_a_scrape_waits_for_no_thread_of_the_service(server: HttpServer, board: Board) -> None:
    answer = by_the_porter(server)
    board.metrics = None  # type: ignore[assignment, method-assign]  # whoever asks it fails

    with httpx.Client(base_url=server.address, headers=PROMETHEUS) as client:
        assert {client.get("/metrics").content for _ in range(5)} == {answer.content}


def test_what_has_changed_is_served_a_moment_later(server: HttpServer, board: Board) -> None:
    by_the_porter(server)
    board.monitor.syncs.labels("jira").inc()

    by_the_porter(server, holds=lambda answer: 'syncs_total{source="jira"} 1.0' in answer.text)


def test_what_the_service_knows_to_have_changed_is_served_at_once(
    server: HttpServer, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_the_porter(server)
    monkeypatch.setattr(door, "EVERY", 10 * PATIENCE)
    by_the_porter(server, {"Accept": "x"})  # with the look before the first long wait
    board.monitor.syncs.labels("jira").inc()
    server.renew_answers()

    by_the_porter(server, holds=lambda answer: 'syncs_total{source="jira"} 1.0' in answer.text)


def test_metrics_that_fail_are_not_served_as_they_were_before(
    server: HttpServer, board: Board
) -> None:
    by_the_porter(server)
    board.broken = True

    assert eventually(lambda: get(server).status_code == 500)
    board.broken = False
    by_the_porter(server)


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /metrics?name[]=up HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n",
        b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi",
        b"GET /metrics HTTP/1.0\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: \x00\r\n\r\n",
        b"GET /metrics HTTP/1.1\nHost: x\n\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /metricsandmore HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x00\xa5hello\r\n\r\n",
        b"\r\n",
    ],
    ids=lambda request: request[:40].decode("latin-1").encode("unicode_escape").decode(),
)
def test_what_is_not_plainly_a_scrape_is_for_the_service_to_judge(
    addresses: tuple[str, str], request_: bytes
) -> None:
    given, expected = (
        [line for line in answer.splitlines() if not line.lower().startswith(b"date:")]
        for answer in (exchange(address, request_) for address in addresses)
    )

    assert given == expected


def test_requests_that_come_at_once_and_byte_by_byte_are_all_answered(
    addresses: tuple[str, str],
) -> None:
    address, _ = addresses
    closing = REQUEST.replace(b"Host", b"Connection: close\r\nHost")

    assert exchange(address, REQUEST, REQUEST, closing).count(b"HTTP/1.1 200") == 3
    assert exchange(address, REQUEST + REQUEST + closing).count(b"HTTP/1.1 200") == 3
    single = [closing[n : n + 1] for n in range(len(closing))]
    assert exchange(address, *single).count(b"HTTP/1.1 200") == 1


def test_without_its_porter_the_service_answers_itself(server: HttpServer) -> None:
    by_the_porter(server)
    with capture_logs() as logs:
        os.kill(its_porter(), 9)
        answer = eventually(lambda: _answer_or_none(server))

    assert answer.content == get(server).content
    assert "porter lost: the service answers scrapes itself" in [line["event"] for line in logs]


def _answer_or_none(server: HttpServer) -> httpx.Response | None:
    try:
        answer = get(server)
    except httpx.TransportError:  # it was on its way to the porter
        return None
    return answer if answer.status_code == 200 else None


def test_the_porter_knows_no_secret_and_goes_with_the_service(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIRA_TOKEN", "s3cret")
    with HttpServer(create_app(board), "127.0.0.1:0", metrics=board.metrics) as server:
        number, address = its_porter(), server.address

        assert b"s3cret" not in Path(f"/proc/{number}/environ").read_bytes()

    assert number not in children()
    with pytest.raises(ConnectionRefusedError):
        exchange(address, REQUEST)


@contextmanager
def lone_porter(body: bytes) -> Generator[tuple[tuple[str, int], socket.socket]]:
    """Run a porter in a thread, with a large answer for who accepts all, and a small one."""
    listener = socket.create_server(("127.0.0.1", 0))
    line, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    running = threading.Thread(target=Porter(listener, other).run)
    post = door.Post(line)
    post.give(
        {
            ("all", ""): Page(content_type="text/plain", parts=(body,)),
            ("", ""): Page(content_type="text/plain", parts=(body[:100],)),
        }
    )
    running.start()
    try:
        yield listener.getsockname(), line
    finally:
        post.close()
        line.close()
        running.join(PATIENCE)
        listener.close()
        other.close()


def test_a_service_that_hangs_is_not_covered_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(porter, "FRESH_SECONDS", 0.0)
    with lone_porter(bytes(LARGE)) as (address, line), slow(address, REQUEST):
        line.settimeout(PATIENCE)
        told = [socket.recv_fds(line, 1000, 1) for _ in range(2)]

    assert [message[:1] for message, *_ in told] == [porter.CONNECTION, porter.ASKED]
    ((_, (number,), *_),) = told[:1]
    os.close(number)


def test_a_service_that_hangs_up_when_asked_has_the_request_already() -> None:
    unknown = REQUEST.replace(b"Host", b"Accept: unknown\r\nHost")
    with lone_porter(bytes(LARGE)) as (address, line), slow(address, unknown):
        line.settimeout(PATIENCE)
        message, (number,), *_ = socket.recv_fds(line, 1000, 1)
        os.close(number)
        asked, none, *_ = socket.recv_fds(line, 1000, 1)

    assert message.startswith(porter.CONNECTION + b"GET /metrics")
    assert (asked, none) == (porter.ASKED + b"unknown\n", [])


def test_without_files_in_memory_the_service_answers_itself(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_name: str) -> int:
        raise OSError(38, "not here")

    monkeypatch.setattr(os, "memfd_create", refuse)
    with capture_logs() as logs:
        get(server)
        eventually(lambda: any("porter lost" in line["event"] for line in logs))

    assert eventually(lambda: _answer_or_none(server)).headers.get("Connection") is None


ALL = REQUEST.replace(b"Host", b"Accept: all\r\nConnection: close\r\nHost")


@pytest.mark.parametrize(
    "sent", [(), (REQUEST[:20],), (ALL,)], ids=["idle", "begun", "not reading"]
)
def test_however_many_clients_are_slow_a_scrape_is_answered(
    monkeypatch: pytest.MonkeyPatch, sent: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(porter, "MOST", 20)
    with ExitStack() as stack:
        address, _ = stack.enter_context(lone_porter(bytes(LARGE)))
        crowd = [stack.enter_context(slow(address, *sent)) for _ in range(60)]
        one = stack.enter_context(slow(address, REQUEST))

        assert one.recv(12) == b"HTTP/1.1 200"
        assert read_all(crowd[0]) < LARGE  # the first to come waited longest


@pytest.mark.parametrize(
    ("limit", "sent"),
    [("REQUEST_SECONDS", b""), ("REQUEST_SECONDS", REQUEST[:20]), ("ANSWER_SECONDS", ALL)],
)
def test_a_client_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch, limit: str, sent: bytes
) -> None:
    monkeypatch.setattr(porter, limit, 0.0)
    with lone_porter(bytes(LARGE)) as (address, _), slow(address, sent) as one:
        assert read_all(one) < LARGE


def test_a_client_that_takes_its_time_gets_everything_even_from_a_service_that_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(porter, "LAST_SECONDS", PATIENCE)
    with ExitStack() as stack:
        with lone_porter(bytes(LARGE)) as (address, _):
            one = stack.enter_context(slow(address, ALL))
            assert one.recv(12) == b"HTTP/1.1 200"
            reading = threading.Timer(0.0, lambda: sizes.append(read_all(one)))
            sizes = list[int]()
            reading.start()
        reading.join(PATIENCE)

    assert sizes[0] > LARGE
