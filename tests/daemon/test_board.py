"""What the service serves of an assessment, whatever is wrong with a part of it."""

from datetime import UTC, date, datetime

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from slipwatch.aggregator.assessment import SCHEMA, Assessment, FindingView, ProjectView
from slipwatch.config.metrics import MetricsSettings
from slipwatch.daemon.board import LiveBoard
from slipwatch.exporters.prometheus.monitor import Monitor

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
EMPTY = Assessment(
    schema=SCHEMA,
    as_of=NOW.date(),
    generated_at=NOW,
    timezone="UTC",
    seed=0,
    trials=100,
    sources=(),
    milestones=(),
    dependencies=(),
    cycles=(),
    projects=(ProjectView(id="shop/api", title="API", program="shop", lead=None, status="green"),),
    programs=(),
)


@pytest.fixture
def board() -> LiveBoard:
    return LiveBoard(Monitor("0.1.0"), "0.1.0", lambda: None)


def served(board: LiveBoard, name: str) -> list[tuple[dict[str, str], float]]:
    """Give the samples of one name that a scrape gets."""
    return [
        (sample.labels, sample.value)
        for family in text_string_to_metric_families(board.metrics("", "").body.decode())
        for sample in family.samples
        if sample.name == name
    ]


def blocked(number: int) -> FindingView:
    return FindingView(
        rule="FLOW-003",
        severity="medium",
        subject=f"jira:PAY-{number}",
        program="shop",
        state="open",
        since=date(2026, 11, 19),
        value=6,
        threshold=5,
        message="It has been blocked for 6 working days.",
        evidence={},
        links=(),
        fingerprint="",
    )


def test_a_metric_that_cannot_be_computed_is_counted_and_the_scrape_goes_on(
    board: LiveBoard,
) -> None:
    days = "slipwatch_milestone_plan_timestamp_seconds"
    assert ({"metric": days}, 0) in served(board, "slipwatch_metric_failures_total")

    nowhere = msgspec.structs.replace(EMPTY, timezone="Atlantis/Poseidonis")
    board.show(nowhere, made_at=NOW)
    board.show(nowhere, made_at=NOW)

    counts = served(board, "slipwatch_metric_failures_total")
    assert ({"metric": days}, 2) in counts
    assert ({"metric": "slipwatch_project_status"}, 0) in counts
    assert len(served(board, "slipwatch_project_status")) == 4


def test_series_per_item_that_are_left_out_are_counted_until_they_fit(board: LiveBoard) -> None:
    board.follow(MetricsSettings(items=True, most_items=3))
    many = msgspec.structs.replace(EMPTY, findings=tuple(blocked(n) for n in range(5)))

    for assessment, shown, left_out in ((many, 3, 2), (EMPTY, 0, 0)):
        board.show(assessment, made_at=NOW)
        assert len(served(board, "slipwatch_item_finding_info")) == shown
        about = {"metric": "slipwatch_item_finding_info"}
        assert (about, left_out) in served(board, "slipwatch_metric_series_left_out")


def test_metrics_that_are_denied_go_with_the_next_assessment(board: LiveBoard) -> None:
    board.show(EMPTY, made_at=NOW)
    assert served(board, "slipwatch_project_info")
    assert served(board, "slipwatch_build_info")

    board.follow(MetricsSettings(deny=("slipwatch_*_info",)))
    board.show(EMPTY, made_at=NOW)

    assert not served(board, "slipwatch_project_info")
    assert not served(board, "slipwatch_build_info")
    assert served(board, "slipwatch_project_status")
