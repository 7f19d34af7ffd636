"""The HTTP side, asked as browsers, scrapers and scripts ask it."""

import json
import re
from collections.abc import Callable, Generator
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Protocol

import httpx
import msgspec
import pytest

from slipwatch.aggregator.assessment import Assessment, Cause, Dates, Forecast, from_json
from slipwatch.aggregator.forecast.views import PointsView
from slipwatch.daemon.serving import HttpServer
from slipwatch.exporters.web.app import Board as WebBoard
from slipwatch.exporters.web.app import create_app
from slipwatch.exporters.web.landing import CHART_WIDTH, cards


class Board(WebBoard, Protocol):
    """The board of conftest.py."""

    broken: str
    reloads: int

    def show(self, assessment: Assessment) -> None:
        """Show an assessment from now on."""
        ...


class Page(HTMLParser):
    """What a browser would make of a page, as far as the tests ask."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect an element."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Collect text, but for the style sheet."""
        if self.tags and self.tags[-1][0] != "style":
            self.words += data.split()

    @property
    def text(self) -> str:
        """All that can be read on the page."""
        return " ".join(self.words)

    def attributes(self, name: str) -> list[str | None]:
        """All values of an attribute."""
        return [values[name] for _, values in self.tags if name in values]


@pytest.fixture
def client(board: Board) -> Generator[httpx.Client]:
    """Give a client of the application, served as the service serves it."""
    with (
        HttpServer(create_app(board), "127.0.0.1:0") as server,
        httpx.Client(base_url=server.address, verify=False) as opened,
    ):
        yield opened


def test_the_landing_page_says_where_points_are_counted(
    board: Board, client: httpx.Client, assessment: Assessment
) -> None:
    points = PointsView(estimated=90, finished=100, usual=3, done=20, remaining=34.5)
    views = tuple(
        msgspec.structs.replace(
            view, forecast=msgspec.structs.replace(view.forecast, points=points)
        )
        if view.id == "checkout/web/launch"
        else view
        for view in assessment.milestones
    )
    board.show(msgspec.structs.replace(assessment, milestones=views))

    page = Page(client.get("/").text)

    assert page.text.count("by points") == 1
    assert "2027-01-25 by points: 34.5 of 54.5 left 2027-02-04" in page.text


def test_the_landing_page_lists_the_programs_the_worst_first(
    board: Board, client: httpx.Client, assessment: Assessment
) -> None:
    turned = msgspec.structs.replace(assessment, programs=assessment.programs[::-1])
    board.show(turned)

    page = Page(client.get("/").text)

    programs = [values["id"] for tag, values in page.tags if tag == "section" and "id" in values]
    assert programs == ["checkout", "platform"]
    assert "red Checkout modernisation 1 red · 1 amber · 1 green sponsor dana" in page.text
    assert "grey Platform 1 grey" in page.text


def test_a_program_begins_with_every_dimension_and_where_it_stands(
    board: Board, client: httpx.Client, assessment: Assessment
) -> None:
    board.show(assessment)

    text = Page(client.get("/").text).text

    for program in assessment.programs:
        assert program.health is not None
        strip = " ".join(
            f"{e.dimension.capitalize()} {e.status}" for e in program.health.dimensions
        )
        assert f"{strip} why" in text
    assert "Benefits " in text
    assert " of 200,000 EUR spent for " in text


def test_a_program_lists_its_milestones_red_before_amber_before_green(
    board: Board, client: httpx.Client, assessment: Assessment
) -> None:
    board.show(assessment)

    text = Page(client.get("/").text).text

    assert re.search(
        r"red Launch the chance to keep 2027-01-15 is 18 % waits for API 2.0, which is late "
        r"2027-01-15 18 % 2027-01-25 2027-02-04 .*? API 2.0 \+6 days "
        r"amber API 2.0 .* "
        r"green Contract with the bank 2026-11-13 2026-11-12 done ",
        text,
    )
    assert "grey Single sign-on" in text
    assert "2027-02-26 2026-12-07 at the earliest" in text


def test_a_milestone_that_slips_by_itself_is_not_named_as_its_own_cause(
    board: Board, client: httpx.Client, assessment: Assessment
) -> None:
    api = assessment.milestones[0]
    cause = Cause(milestone=api.id, but_for=1, shapley=1.0, own_slip=1)
    slipped = msgspec.structs.replace(api, caused_by=(cause,))
    board.show(msgspec.structs.replace(assessment, milestones=(slipped,)))

    assert "own slip +1 day" in Page(client.get("/").text).text


def test_the_landing_page_shows_open_findings_and_the_state_of_the_sources(
    board: Board, client: httpx.Client, assessment: Assessment
) -> None:
    board.show(assessment)

    text = Page(client.get("/").text).text

    assert "high The chance to keep 2027-01-15 is 18 %, less than 50 %. checkout/web/launch" in text
    assert "SCH-005" not in text, "it is waived"
    assert "ok github 2026-11-23 08:30 UTC 240" in text
    assert "stale jira 2026-11-20 06:00 UTC 1200" in text
    assert "failed plan never 0" in text


def test_what_was_done_and_never_promised_is_no_longer_shown(
    board: Board, client: httpx.Client, assessment: Assessment
) -> None:
    api = assessment.milestones[0]
    done = msgspec.structs.replace(api, dates=Dates(actual=date(2026, 11, 20)))
    board.show(msgspec.structs.replace(assessment, milestones=(done, *assessment.milestones[1:])))

    text = Page(client.get("/").text).text

    assert api.reasons[0] not in text
    assert "Contract with the bank" in text, "it was committed to"


def test_before_the_first_assessment_the_landing_page_says_so(client: httpx.Client) -> None:
    page = client.get("/")

    assert page.status_code == 200
    assert "No assessment yet" in page.text


def test_titles_are_text_whatever_they_say(
    board: Board,
    client: httpx.Client,
    entitle: Callable[[str, str], Assessment],
    hostile_title: str,
) -> None:
    board.show(entitle(hostile_title, f"javascript:{hostile_title}"))

    answer = client.get("/")

    page = Page(answer.text)
    assert not {tag for tag, _ in page.tags} & {"script", "iframe", "img", "object"}
    assert not [name for _, values in page.tags for name in values if name.startswith("on")]
    assert '</td><script>document.title="owned"</script>' in page.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800]", answer.text)
    assert len(answer.content) < 60_000


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "//evil.example/",
        "vbscript:x",
        "",
    ],
)
def test_only_web_addresses_become_links(
    board: Board, client: httpx.Client, entitle: Callable[[str, str], Assessment], url: str
) -> None:
    board.show(entitle("title", url))

    links = Page(client.get("/").text).attributes("href")

    assert {link for link in links if link and not link.startswith("data:image/svg+xml,")} == {
        "/health",
        "/health#checkout",
        "/health#platform",
        "/reports",
        "/calendar.ics",
        "/export/milestones.csv",
        "/export/findings.csv",
        "/export/",
        "/metrics",
        "/api/docs",
        "/api/v1/assessment",
        "/findings/5cbc1b3d9ef01b15",
    }


def test_a_link_cannot_break_out_of_its_attribute(
    board: Board, client: httpx.Client, entitle: Callable[[str, str], Assessment]
) -> None:
    url = 'https://acme.example/"><script>alert(1)</script>'
    board.show(entitle("title", url))

    page = Page(client.get("/").text)

    assert url in page.attributes("href")
    assert "script" not in {tag for tag, _ in page.tags}


@pytest.mark.parametrize(
    "path", ["/", "/metrics", "/-/healthy", "/-/ready", "/api/v1/assessment", "/api/docs"]
)
def test_nothing_that_is_served_may_run_frame_or_fetch_anything(
    board: Board, client: httpx.Client, assessment: Assessment, path: str
) -> None:
    board.show(assessment)

    headers = client.get(path).headers

    policy = {
        part.split()[0]: part.split()[1:] for part in headers["Content-Security-Policy"].split(";")
    }
    assert policy["default-src"] == ["'none'"]
    assert not set(policy) & {"script-src", "connect-src", "frame-src"}
    assert policy["frame-ancestors"] == ["'none'"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(("path", "icons"), [("/", 1), ("/api/docs", 0)])
def test_pages_load_nothing_from_anywhere(
    board: Board, client: httpx.Client, assessment: Assessment, path: str, icons: int
) -> None:
    board.show(assessment)

    page = Page(client.get(path).text)

    assert page.attributes("src") == []
    linked = [str(values["href"]).partition(":")[0] for tag, values in page.tags if tag == "link"]
    assert linked == ["data"] * icons


def test_charts_put_the_commitment_and_the_forecast_on_one_scale(assessment: Assessment) -> None:
    launch = cards(assessment)[0].rows[0]

    assert launch.chart is not None
    likely, unlikely = launch.chart.bars
    assert launch.chart.commitment is not None
    assert 0 < launch.chart.commitment < likely.left < unlikely.left < CHART_WIDTH
    assert likely.left + likely.width == pytest.approx(unlikely.left)
    assert unlikely.left + unlikely.width == CHART_WIDTH
    assert launch.chart.caption == (
        "committed for 2027-01-15, done by 2027-01-25 in half of all cases, "
        "by 2027-02-04 in 85 of 100, by 2027-02-11 in 95 of 100"
    )


@pytest.mark.parametrize("day", [date.min, date(1999, 12, 31), date(9999, 12, 31)])
def test_a_date_beyond_all_reason_stays_inside_the_chart(assessment: Assessment, day: date) -> None:
    odd = msgspec.structs.replace(
        assessment.milestones[0],
        dates=Dates(commitment=day),
        forecast=Forecast(method="plan", p50=day, p85=day, p95=day),
    )
    (row,) = (
        row
        for card in cards(msgspec.structs.replace(assessment, milestones=(odd,)))
        for row in card.rows
    )

    assert row.chart is not None
    assert row.chart.commitment in {0, CHART_WIDTH}
    assert all(0 <= bar.left <= bar.left + bar.width <= CHART_WIDTH for bar in row.chart.bars)


def test_health_does_not_wait_for_an_assessment_but_readiness_does(
    board: Board, client: httpx.Client, assessment: Assessment
) -> None:
    assert client.get("/-/healthy").status_code == 200
    assert client.get("/-/ready").status_code == 503

    board.show(assessment)

    assert client.get("/-/healthy").text == "slipwatch is running.\n"
    assert client.get("/-/ready").status_code == 200
    assert client.get("/-/ready").text == "slipwatch is ready.\n"


@pytest.mark.parametrize(
    ("accept", "content_type", "end"),
    [
        ("*/*", "text/plain; version=0.0.4", b""),
        ("application/openmetrics-text;version=1.0.0", "application/openmetrics-text", b"# EOF\n"),
    ],
)
def test_metrics_come_in_the_format_that_is_asked_for(
    board: Board,
    client: httpx.Client,
    assessment: Assessment,
    accept: str,
    content_type: str,
    end: bytes,
) -> None:
    board.show(assessment)

    answer = client.get("/metrics", headers={"Accept": accept})

    assert answer.headers["Content-Type"].startswith(content_type)
    assert b'slipwatch_program_status{program="checkout",status="red"} 1.0\n' in answer.content
    assert answer.content.endswith(end)


def test_before_the_first_assessment_metrics_tell_about_slipwatch_itself(
    client: httpx.Client,
) -> None:
    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert "slipwatch_build_info" in answer.text
    assert "slipwatch_milestone_info" not in answer.text


def test_a_reload_is_done_or_refused_with_the_reason(board: Board, client: httpx.Client) -> None:
    assert client.post("/-/reload").status_code == 200
    board.broken = "slipwatch.yaml:3:5: programs: expected a list"
    refused = client.post("/-/reload")

    assert (refused.status_code, refused.text) == (400, board.broken + "\n")
    assert board.reloads == 1
    assert client.get("/-/reload").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/assessment",
        "/api/v1/findings",
        "/api/v1/milestones/checkout/web/launch",
        "/api/v1/ledger/checkout/web/launch",
    ],
)
def test_the_api_says_503_before_the_first_assessment(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 503


def test_json_has_texts_as_they_were_read(
    board: Board, client: httpx.Client, entitle: Callable[[str, str], Assessment]
) -> None:
    strange = "\u202egnp.exe\u2028\x9b\n"
    board.show(entitle(strange, "https://acme.example/"))

    told = client.get("/api/v1/assessment").json()

    assert {view["title"] for view in told["milestones"]} == {strange}


def test_the_api_gives_the_assessment_and_its_parts(
    board: Board, client: httpx.Client, assessment: Assessment
) -> None:
    board.show(assessment)

    assert from_json(client.get("/api/v1/assessment").content) == assessment
    launch = client.get("/api/v1/milestones/checkout/web/launch").json()
    assert (launch["status"], launch["forecast"]["p50"]) == ("red", "2027-01-25")
    assert [f["rule"] for f in client.get("/api/v1/findings").json()] == ["SCH-001", "SCH-005"]
    assert client.get("/api/v1/ledger/checkout/web/launch").json() == {
        "milestone": "checkout/web/launch",
        "observations": [
            _line("2026-06-01T09:00:00Z", "2027-01-08"),
            _line("2026-10-05T09:00:00Z", None),
            _line("2026-10-06T09:00:00Z", "2027-01-15", days=5, origin="webhook", actor="dan"),
        ],
    }


def _line(at: str, value: str | None, **known: object) -> dict[str, object]:
    line = {"at": at, "value": value, "days": None, "origin": "observation", "actor": None}
    return line | known


def test_a_ledger_that_was_not_read_yet_is_not_an_unknown_milestone(
    board: Board, client: httpx.Client, assessment: Assessment
) -> None:
    board.show(assessment)

    assert client.get("/api/v1/ledger/platform/identity/login").status_code == 503


@pytest.mark.parametrize("kind", ["milestones", "ledger"])
@pytest.mark.parametrize("name", ["nothing", "checkout/web", "../../etc/passwd", "%00", "a" * 2000])
def test_the_api_knows_no_milestone_that_there_is_not(
    board: Board, client: httpx.Client, assessment: Assessment, kind: str, name: str
) -> None:
    board.show(assessment)

    assert client.get(f"/api/v1/{kind}/{name}").status_code == 404


def test_the_documentation_of_the_api_names_every_request(client: httpx.Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    text = Page(client.get("/api/docs").text).text

    assert "GET /api/v1/ledger/{milestone}" in text
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert f"{method.upper()} {path} {operation['description']}" in text


def test_the_page_keeps_its_size_however_much_there_is_to_say(
    board: Board, client: httpx.Client, assessment: Assessment
) -> None:
    finding = assessment.findings[0]
    findings = tuple(
        msgspec.structs.replace(finding, since=finding.since - timedelta(days=n))
        for n in range(500)
    )
    empty = msgspec.structs.replace(
        assessment.programs[0], id="empty", reasons=("it has no milestones",) * 500
    )
    programs = (*assessment.programs, empty)
    board.show(msgspec.structs.replace(assessment, findings=findings, programs=programs))

    page = Page(client.get("/").text)

    assert page.words.count("SCH-001") == 8
    assert "and 492 more" in page.text
    assert "and 495 more" in page.text


def test_the_api_answers_in_json(
    board: Board, client: httpx.Client, assessment: Assessment
) -> None:
    board.show(assessment)

    for path in ("/api/v1/assessment", "/api/v1/nothing"):
        answer = client.get(path)
        assert answer.headers["Content-Type"] == "application/json"
        json.loads(answer.content)
