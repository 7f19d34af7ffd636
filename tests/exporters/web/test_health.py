"""The page of colours and its data: every colour in words, with its numbers and its history."""

import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from slipwatch.aggregator.assessment import Assessment, ProgramView, ProjectView
from slipwatch.aggregator.health.history import ColourChange
from slipwatch.aggregator.judging.health import DIMENSIONS
from slipwatch.daemon.serving import HttpServer
from slipwatch.exporters.web.app import create_app
from slipwatch.exporters.web.health import MOST_CHANGES

CHANGE = ColourChange(
    at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
    day=date(2026, 11, 23),
    subject="checkout",
    dimension="schedule",
    before="green",
    after="red",
    cause="pace",
    reason="Launch is red: the chance to keep 2027-01-15 is 18 %",
)
FIRST = replace(CHANGE, day=date(2026, 11, 2), before=None, after="green", cause="first")
WORDS = {"green", "amber", "red", "grey", "-"}


@dataclass
class Kept:
    """A log of colours that a test fills."""

    changes: Sequence[ColourChange] = (FIRST, CHANGE)

    def colour_changes(self, *, milestones: bool = True) -> Sequence[ColourChange]:
        """Give all of them."""
        return self.changes


class Tables(HTMLParser):
    """The texts of a page's tables by row, and the names of its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row or a cell."""
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        """Add to a cell."""
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip()

    def of(self, first: str, *, cells: int) -> list[list[str]]:
        """Give the rows of that many cells of which the first is ``first``."""
        return [row for row in self.rows if len(row) == cells and row[0] == first]


@pytest.fixture
def log() -> Kept:
    return Kept()


@pytest.fixture
def client(board: Any, log: Kept) -> Generator[httpx.Client]:
    """Give a client of the application with a log of colours."""
    with (
        HttpServer(create_app(board, chronicle=log), "127.0.0.1:0") as server,
        httpx.Client(base_url=server.address, verify=False) as opened,
    ):
        yield opened


def test_without_an_assessment_there_are_no_colours(client: httpx.Client) -> None:
    for path in ("/health", "/api/v1/health"):
        assert client.get(path).status_code == 503


def test_the_page_says_every_colour_in_words_with_its_numbers(
    board: Any, client: httpx.Client, assessment: Assessment
) -> None:
    board.show(assessment)

    answer = client.get("/health")
    tables = Tables(answer.text)

    assert "default-src 'none'" in answer.headers["content-security-policy"]
    width = len(DIMENSIONS) + 3
    places: list[ProgramView | ProjectView] = [*assessment.programs, *assessment.projects]
    for name in ("all programs", *(view.id for view in places)):
        (row,) = tables.of(name, cells=width)
        assert set(row[1:-1]) <= WORDS, row
    assert tables.of("checkout/web", cells=width)[0][-1] == "green, 2026-11-09"
    for view in places:
        assert view.health is not None
        assert f"({view.id}) is {view.health.status}</h2>" in answer.text
    assert ["schedule", "red", "2026-11-23", "0.18", "0.5"] in [row[:5] for row in tables.rows]


def test_the_page_lists_the_latest_changes_with_their_causes_and_not_the_first_colours(
    board: Any, client: httpx.Client, log: Kept, assessment: Assessment
) -> None:
    board.show(assessment)
    of_milestone = replace(CHANGE, subject="checkout/web/launch", dimension="milestone")
    of_all = replace(CHANGE, subject="", dimension="overall", cause="data")
    log.changes = (FIRST, CHANGE, of_milestone, of_all)

    rows = Tables(client.get("/health").text).of("2026-11-23", cells=7)

    assert [row[1:6] for row in rows] == [
        ["all programs", "overall", "green", "red", "data"],
        ["checkout/web/launch", "schedule", "green", "red", "pace"],
        ["checkout", "schedule", "green", "red", "pace"],
    ]
    assert rows[2][6] == CHANGE.reason
    days = [CHANGE.day - timedelta(days=MOST_CHANGES + 2 - n) for n in range(MOST_CHANGES + 3)]
    log.changes = [replace(CHANGE, day=day) for day in days]
    page = client.get("/health").text
    rows = [row for row in Tables(page).rows if len(row) == 7][1:]
    assert [row[0] for row in rows] == [str(day) for day in reversed(days[3:])]
    assert "and 3 more, see" in page
    assert len(client.get("/api/v1/health/changes").json()) == len(days)


def test_the_page_shows_hostile_texts_as_texts(
    board: Any,
    client: httpx.Client,
    log: Kept,
    assessment: Assessment,
    entitle: Callable[[str, str], Assessment],
    hostile_title: str,
) -> None:
    board.show(assessment)
    harmless = Tables(client.get("/health").text).tags
    board.show(entitle(hostile_title, "javascript:alert(1)"))
    log.changes = [FIRST, replace(CHANGE, reason=hostile_title)]

    page = client.get("/health").text

    assert Tables(page).tags == harmless
    assert not {"\x1b", "\x9b", "\u202e", "\ud800"} & set(page)
    assert len(page) < 100_000


def test_the_api_gives_colours_with_their_reasons_and_every_change_with_its_cause(
    board: Any, client: httpx.Client, assessment: Assessment
) -> None:
    board.show(assessment)

    answer = client.get("/api/v1/health")
    said = answer.json()

    assert answer.headers["content-type"] == "application/json"
    assert said["as_of"] == "2026-11-23"
    assert said["programs"].keys() == {"checkout", "platform"}
    assert said["projects"].keys() == {"checkout/payments", "checkout/web", "platform/identity"}
    assert assessment.health is not None
    assert said["portfolio"]["status"] == assessment.health.status
    web = said["projects"]["checkout/web"]
    assert (web["reported"]["status"], web["reported"]["gap"]) == ("green", 2)
    (schedule,) = [d for d in web["health"]["dimensions"] if d["dimension"] == "schedule"]
    assert schedule["reasons"][0]["threshold"] == 0.5
    first, change = client.get("/api/v1/health/changes").json()

    assert (first["before"], first["cause"]) == (None, "first")
    assert change == json.loads(
        '{"at": "2026-11-23T08:30:00Z", "day": "2026-11-23", "subject": "checkout", '
        '"dimension": "schedule", "before": "green", "after": "red", "cause": "pace", '
        '"reason": "Launch is red: the chance to keep 2027-01-15 is 18 %"}'
    )
