"""Reports as an operator asks for them."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from slipwatch.aggregator.store import NewReport, open_store
from tests import clock
from tests.clock import TODAY
from tests.receivers import HttpReceiver

from .running import Commands, Running, eventually, write_config


@pytest.fixture
def shop(tmp_path: Path) -> dict[str, Any]:
    """Write settings with two milestones that nobody tracks; one waits for the other."""
    config = {
        "assess": {"every": "1h", "trials": 100},
        "programs": [
            {
                "id": "shop",
                "title": "Shop & <b>Sons</b>",
                "manager": "sam",
                "projects": [
                    {
                        "id": "web",
                        "milestones": [
                            {"id": "api", "title": "API", "duration": "20wd"},
                            {
                                "id": "launch",
                                "title": "Launch",
                                "duration": "5wd",
                                "commitment": str(TODAY + timedelta(days=7)),
                                "depends_on": [{"milestone": "api"}],
                            },
                        ],
                    }
                ],
            }
        ],
    }
    write_config(tmp_path, config)
    return config


def test_a_report_is_written_as_html_and_as_markdown_the_same_bytes_each_time(
    slipwatch: Commands, shop: dict[str, Any]
) -> None:
    page = slipwatch("report", "--program", "shop", "--output", "a.html")
    assert page.code == 0, page.err

    html = (slipwatch.folder / "a.html").read_text()
    assert "Shop &amp; &lt;b&gt;Sons&lt;/b&gt;" in html
    assert "<svg" in html
    assert not re.search(r"<script|src=|@import", html)
    text = slipwatch("report", "--format", "md").out
    assert text == slipwatch("report", "--format", "md").out
    assert text.startswith("# Shop \\& \\<b\\>Sons\\</b\\>: red\n")
    assert "\n## Decisions needed\n\n- Launch: cut scope, or move the date to " in text
    assert "there is nothing to compare with" in text


def test_a_report_says_what_changed_since_the_last_one_that_was_kept(
    slipwatch: Commands, shop: dict[str, Any], tmp_path: Path
) -> None:
    assert slipwatch("report", "--keep", "--format", "md").err == "kept as report 1\n"
    first = slipwatch("report", "show", "1")
    launch = shop["programs"][0]["projects"][0]["milestones"][1]
    launch["commitment"] = str(TODAY + timedelta(days=90))
    write_config(tmp_path, shop)

    later = slipwatch("report", "--since", str(TODAY - timedelta(days=1)), "--format", "md").out

    assert f"## What changed since {TODAY - timedelta(days=1)}" in later
    assert slipwatch("report", "show", "1").out == first.out
    assert slipwatch("report", "show", "1", "--output", "kept.md").code == 0
    assert (tmp_path / "kept.md").read_text() == first.out
    listed = slipwatch("report", "list").out.splitlines()[1].split()
    assert (listed[0], listed[3:7]) == ("1", [str(TODAY), "shop", "kept", "md"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--program", "web"], "there is no program web; there are: shop\n"),
        (
            ["--since", str(TODAY)],
            f"--since {TODAY} is not before {TODAY}, the day of the report\n",
        ),
        (["--as-of", "2999-01-01"], "2999-01-01 has not come yet\n"),
        (["show", "7"], "there is no report 7; see slipwatch report list\n"),
    ],
)
def test_what_cannot_be_reported_is_refused_with_the_reason(
    slipwatch: Commands, shop: dict[str, Any], arguments: list[str], message: str
) -> None:
    done = slipwatch("report", *arguments)

    assert (done.code, done.err) == (2, message)


def test_without_a_browser_there_is_no_pdf_and_it_says_what_to_do(
    slipwatch: Commands, shop: dict[str, Any]
) -> None:
    done = slipwatch("report", "--format", "pdf", PATH="/nowhere")

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("PDF needs Chromium or Chrome on the PATH: install it")


def test_the_archive_is_on_a_page_as_audiences_got_it(
    shop: dict[str, Any], start: Callable[..., Running], tmp_path: Path
) -> None:
    pages = {"html": b"<p>Launch is <b>red</b>", "md": b"# Launch is *red*", "pdf": b"%PDF-1.4"}
    with open_store(f"sqlite:///{tmp_path / 'slipwatch.db'}") as store:
        for form, content in pages.items():
            store.freeze_report(
                NewReport(
                    program="shop <script>",
                    audience="",
                    period=None,
                    as_of=TODAY,
                    made_at=clock.now(),
                    title="Shop",
                    summary=(),
                    form=form,
                    content=content,
                    basis=b"{}",
                )
            )
    with start(shop) as service, httpx.Client(base_url=service.address) as client:
        listing = client.get("/reports")
        shown = [client.get(f"/reports/{number}") for number in (1, 2, 3)]
        missing = client.get("/reports/4")

    assert listing.text.index("/reports/2") < listing.text.index("/reports/1")
    assert "shop &lt;script&gt;" in listing.text
    assert [one.content for one in shown] == list(pages.values())
    assert [one.headers["content-type"] for one in shown] == [
        "text/html; charset=utf-8",
        "text/plain; charset=utf-8",
        "application/pdf",
    ]
    assert shown[0].headers["content-security-policy"].startswith("default-src 'none'")
    assert missing.status_code == 404


def test_a_service_sends_what_is_due_once_also_when_it_is_killed(
    shop: dict[str, Any],
    start: Callable[..., Running],
    slipwatch: Commands,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET", "secret")
    shop["assess"]["every"] = "1s"
    shop["calendars"] = {"default": {"workdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}}
    with HttpReceiver() as receiver:
        hook = {"webhook": {"url": receiver.url, "secret": {"env": "SECRET"}}}
        shop["notifications"] = {"channels": {"hook": hook}}
        report = {"audience": "steering", "to": ["hook"], "at": "00:00", "format": "md"}
        shop["programs"][0]["reports"] = [report]
        with start(shop) as service:
            eventually(lambda: receiver.received)
            service.end(signal.SIGKILL)
        with start(shop) as service:
            assessed = "slipwatch_assessments_total"
            eventually(lambda: (service.metric(assessed) or 0) >= 2)
            shown = httpx.get(f"{service.address}/reports/1").text
        (arrived,) = {message.json["key"]: message for message in receiver.received}.values()

    assert arrived.json["text"] == shown
    assert "steering" in slipwatch("report", "list").out
    assert "Shop & <b>Sons</b>: red, as of" in slipwatch("notify", "list").out
    assert shown.startswith("# Shop \\& \\<b\\>Sons\\</b\\>: red\n")
    assert slipwatch("report", "list").out.count("steering") == 1


def test_what_draws_and_what_writes_calendars_weighs_on_no_service() -> None:
    heavy = "print({'matplotlib', 'PIL', 'icalendar'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", f"import slipwatch.daemon.service, sys; {heavy}"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout == "set()\n"
