"""The page of a finding and its life, as a browser and a script ask for it."""

from collections.abc import Generator, Sequence
from datetime import UTC, date, datetime
from typing import Protocol

import httpx
import pytest

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.store import FindingEvent
from slipwatch.daemon.serving import HttpServer
from slipwatch.exporters.web.app import Board as WebBoard
from slipwatch.exporters.web.app import create_app

OPENED = FindingEvent(
    fingerprint="5cbc1b3d9ef01b15",
    rule="SCH-001",
    subject="checkout/web/launch",
    day=date(2026, 11, 19),
    at=datetime(2026, 11, 19, 6, tzinfo=UTC),
    event="opened",
    cause="scope",
    severity="medium",
    message="<b>late</b>",
)
GONE = FindingEvent(
    fingerprint="0" * 16,
    rule="SCH-003",
    subject="checkout/web/beta",
    day=date(2026, 11, 20),
    event="closed",
    cause="pace",
    severity="high",
    message="it was late",
)


class Board(WebBoard, Protocol):
    """The board of conftest.py."""

    def show(self, assessment: Assessment) -> None:
        """Show an assessment from now on."""
        ...


class Lives:
    """What became of two findings."""

    def finding_events(self, fingerprint: str | None = None) -> Sequence[FindingEvent]:
        """Give one of them."""
        return [one for one in (OPENED, GONE) if one.fingerprint == fingerprint]


@pytest.fixture
def site(board: Board, assessment: Assessment) -> Generator[httpx.Client]:
    """Serve both findings."""
    board.show(assessment)
    with (
        HttpServer(create_app(board, lives=Lives()), "127.0.0.1:0") as server,
        httpx.Client(base_url=server.address, verify=False) as opened,
    ):
        yield opened


def test_a_finding_is_shown_with_what_happened_to_it(site: httpx.Client) -> None:
    page = site.get("/findings/5cbc1b3d9ef01b15").text

    assert "The chance to keep 2027-01-15 is 18 %" in page
    assert "<td>opened</td><td>scope</td>" in page
    assert "&lt;b&gt;late&lt;/b&gt;" in page
    assert 'href="/findings/5cbc1b3d9ef01b15"' in site.get("/").text


def test_a_finding_that_is_over_still_has_a_page(site: httpx.Client) -> None:
    page = site.get(f"/findings/{GONE.fingerprint}").text

    assert "it was late" in page
    assert "It is closed." in page


def test_the_api_gives_a_finding_and_its_life(site: httpx.Client) -> None:
    open_ = site.get("/api/v1/findings/5cbc1b3d9ef01b15").json()
    over = site.get(f"/api/v1/findings/{GONE.fingerprint}").json()

    assert open_["finding"]["rule"] == "SCH-001"
    assert [(one["event"], one["cause"]) for one in open_["events"]] == [("opened", "scope")]
    assert (over["finding"], over["events"][0]["event"]) == (None, "closed")


def test_of_a_finding_that_never_was_nothing_is_told(site: httpx.Client) -> None:
    assert site.get("/findings/ffff").status_code == 404
    assert site.get("/api/v1/findings/ffff").status_code == 404
