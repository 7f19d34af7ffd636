"""The metrics before Prometheus itself: promtool's opinion, and what a server makes of a scrape."""

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from slipwatch.aggregator.assessment import Assessment
from slipwatch.daemon.serving import HttpServer
from slipwatch.exporters.prometheus.monitor import Monitor
from slipwatch.exporters.prometheus.pages import SUBJECTS
from slipwatch.exporters.prometheus.render import Page
from slipwatch.exporters.web.app import Board as WebBoard
from slipwatch.exporters.web.app import create_app
from tests.exporters.governed import governed

from .servers import PATIENCE, program, prometheus

pytestmark = pytest.mark.prometheus


class Board(WebBoard, Protocol):
    """The board of conftest.py."""

    monitor: Monitor
    on_scrape: Callable[[], None]

    def show(self, assessment: Assessment) -> None:
        """Show an assessment from now on."""
        ...


@pytest.fixture
def promtool() -> str:
    """Find promtool, or skip."""
    return program("promtool", "prometheus")


def live(board: Board, assessment: Assessment) -> Board:
    """Show an assessment on a service that has worked for a while."""
    monitor = board.monitor
    monitor.expect(source.name for source in assessment.sources)
    monitor.syncs.labels("jira").inc()
    monitor.sync_failures.labels("jira").inc()
    monitor.sync_seconds.labels("jira").observe(2)
    monitor.requests.labels("jira", "429").inc()
    monitor.request_seconds.labels("jira").observe(0.3)
    monitor.rate_limit.labels("github").set(4711)
    monitor.notifications_pending.labels("pm").set(1)
    monitor.reported_at.labels("checkout", "steering").set(1_767_000_000)
    monitor.assessment_seconds.observe(0.2)
    board.show(assessment)
    return board


@pytest.mark.parametrize("accept", ["", "text/plain; version=1.0.0"])
def test_promtool_finds_nothing_to_complain_about(
    promtool: str, board: Board, assessment: Assessment, accept: str
) -> None:
    answer = live(board, assessment).metrics(accept, "")

    assert lint(promtool, answer) == ""


def test_promtool_can_read_what_hostile_titles_become(
    promtool: str,
    board: Board,
    entitle: Callable[[str, str], Assessment],
    hostile_title: str,
) -> None:
    answer = live(board, entitle(hostile_title, hostile_title)).metrics("", "")

    assert lint(promtool, answer) == ""


def test_a_prometheus_server_scrapes_it_and_answers_every_documented_query(
    board: Board,
    entitle: Callable[[str, str], Assessment],
    hostile_title: str,
    tmp_path: Path,
) -> None:
    hostile = entitle(hostile_title, hostile_title)
    scraped = threading.Semaphore(0)
    board.on_scrape = scraped.release
    app = create_app(live(board, governed(hostile, title=hostile_title)))

    with HttpServer(app, "127.0.0.1:0") as server, prometheus(tmp_path, server.address) as asked:
        # What the first two scrapes brought is stored when the third one comes.
        assert all(scraped.acquire(timeout=PATIENCE) for _ in range(3))

        assert [series["value"][1] for series in asked.ask("up")] == ["1"]
        titles = {series["metric"]["title"] for series in asked.ask("slipwatch_milestone_info")}
        assert len(titles) == 1
        assert next(iter(titles)).startswith('</td><script>document.title="owned"</script>"')
        answers = {
            join.question: asked.ask(join.query)
            for subject in SUBJECTS
            for join in subject.joins
            if " offset " not in join.query  # This server has no past.
        }

    assert [question for question, answer in answers.items() if not answer] == []
    (overdue,) = answers["Commitments that are missed in more than 15 of 100 cases"]
    assert overdue["metric"]["milestone"] == "checkout/web/launch"
    (share,) = [
        series["value"][1]
        for series in answers["The share of items that is done"]
        if series["metric"]["milestone"] == "checkout/web/launch"
    ]
    assert float(share) == pytest.approx(0.2)
    slips = answers["By how much the milestones slip that others wait for, per dependency"]
    assert [(s["metric"]["milestone"], s["metric"]["upstream"], s["value"][1]) for s in slips] == [
        ("checkout/web/launch", "checkout/payments/api-2.0", "8")
    ]


def lint(promtool: str, answer: Page) -> str:
    """Ask promtool about an exposition; silence is praise."""
    done = subprocess.run(
        [promtool, "check", "metrics"], input=answer.body, capture_output=True, check=False
    )
    complaints = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, complaints
    return complaints
