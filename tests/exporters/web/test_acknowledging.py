"""The page behind a link to acknowledge, as people, scanners and strangers use it."""

from collections.abc import Generator, Sequence
from datetime import UTC, datetime

import httpx
import pytest

from slipwatch.daemon.serving import HttpServer
from slipwatch.exporters.web.acknowledging import Acknowledged, LinkRefusedError, Told
from slipwatch.exporters.web.app import Board, create_app

ATTACK = '</strong><script>alert("x")</script>\r\n\x1b[31m'


class Desk:
    """A desk with one link, whose finding has a hostile title."""

    def __init__(self) -> None:
        self.given: list[tuple[str, str]] = []
        self.number = 1

    def told(self, token: str) -> Sequence[Told]:
        """Know one link, and one that has expired."""
        if token != "good":
            raise LinkRefusedError("No such link.", status=410 if token == "old" else 404)
        by, note = self.given[0] if self.given else ("", "")
        known = Acknowledged(by=by, at=datetime(2026, 11, 23, tzinfo=UTC), note=note)
        return [
            Told(
                title=ATTACK,
                severity="high",
                message=ATTACK,
                acknowledged=known if self.given else None,
            )
        ] * self.number

    def acknowledge(self, token: str, by: str, note: str) -> Sequence[Told]:
        """Take it down."""
        self.told(token)
        self.given.append((by, note))
        return self.told(token)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def client(board: Board, desk: Desk) -> Generator[httpx.Client]:
    with (
        HttpServer(create_app(board, desk=desk), "127.0.0.1:0") as server,
        httpx.Client(base_url=server.address, timeout=30, verify=False) as opened,
    ):
        yield opened


def test_whoever_only_opens_the_link_acknowledges_nothing(client: httpx.Client, desk: Desk) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        client.request(method, "/ack/good")
    page = client.get("/ack/good", headers={"User-Agent": "Slackbot-LinkExpanding 1.0"})
    assert page.status_code == 200
    assert '<form method="post">' in page.text
    assert desk.given == []


def test_the_form_acknowledges_and_its_page_says_who_did(client: httpx.Client, desk: Desk) -> None:
    done = client.post("/ack/good", data={"by": "Ana", "note": "on it"})
    assert done.status_code == 200
    assert "Thank you." in done.text
    assert "Acknowledged by Ana on 2026-11-23 00:00 UTC: on it" in done.text
    assert "<form" not in done.text
    assert desk.given == [("Ana", "on it")]
    assert "Somebody has said already" in client.get("/ack/good").text


def test_a_browser_sends_the_form_nowhere_else_and_tells_nobody_the_address(
    client: httpx.Client,
) -> None:
    headers = client.get("/ack/good").headers
    policy = headers["content-security-policy"]
    assert "form-action 'self'" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "form-action 'none'" in client.get("/").headers["content-security-policy"]


@pytest.mark.parametrize(("token", "status"), [("old", 410), ("x" * 3000, 404), ("%00%0d%0a", 404)])
def test_a_link_that_does_not_work_says_so(
    client: httpx.Client, desk: Desk, token: str, status: int
) -> None:
    for answer in (client.get(f"/ack/{token}"), client.post(f"/ack/{token}", data={"by": "x"})):
        assert answer.status_code == status
        assert "No such link." in answer.text
        assert "<form" not in answer.text
    assert desk.given == []


@pytest.mark.parametrize(
    "body",
    [b"by=" + b"x" * 20_000, b"&".join(b"a%d=1" % number for number in range(50))],
)
def test_a_form_that_is_none_of_ours_is_refused(
    client: httpx.Client, desk: Desk, body: bytes
) -> None:
    assert client.post("/ack/good", content=body).status_code == 400
    assert desk.given == []


def test_nothing_that_somebody_wrote_is_markup(client: httpx.Client, desk: Desk) -> None:
    done = client.post("/ack/good", data={"by": ATTACK + "x" * 500, "note": ATTACK})
    ((by, note),) = desk.given
    assert by.isprintable()
    assert note.isprintable()
    assert len(by) == 80
    assert "<script>" not in done.text


def test_without_a_secret_for_links_there_are_none(board: Board) -> None:
    with HttpServer(create_app(board), "127.0.0.1:0") as server:
        assert httpx.get(f"{server.address}/ack/good").status_code == 404


def test_a_long_list_is_cut_and_says_so(client: httpx.Client, desk: Desk) -> None:
    desk.number = 53
    page = client.get("/ack/good").text
    assert page.count("<li>") == 51
    assert "and 3 more" in page
