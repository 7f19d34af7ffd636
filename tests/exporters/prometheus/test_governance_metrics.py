"""Metrics of risks, gates and evidence."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from prometheus_client.parser import text_string_to_metric_families

from slipwatch.aggregator.assessment import Assessment
from slipwatch.exporters.prometheus.render import render
from tests.exporters.governed import LAUNCH, TODAY, governed

SHOWN = (
    "slipwatch_risk",
    "slipwatch_register",
    "slipwatch_gates",
    "slipwatch_controls",
    "slipwatch_poam",
    "slipwatch_evidence",
    "slipwatch_milestone_baseline_approvals",
)


def series(assessment: Assessment) -> dict[tuple[str, ...], float]:
    """Read back what is not nought: the name, then the labels' values by their names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(render(assessment).text.plain.decode())
        for sample in family.samples
        if sample.value and sample.name.startswith(SHOWN)
    }


def test_a_program_that_keeps_none_of_it_has_no_series(assessment: Assessment) -> None:
    assert series(assessment) == {}


def test_what_is_open_is_counted_and_what_is_not_measured_is_in_no_sum(
    assessment: Assessment,
) -> None:
    assert series(governed(assessment)) == {
        ("slipwatch_risk_exposure", "checkout"): 60_500,
        ("slipwatch_risks", "checkout", "high"): 1,
        ("slipwatch_risks", "checkout", "low"): 1,
        ("slipwatch_risks", "checkout", "unknown"): 1,
        ("slipwatch_register_entries", "action", "checkout", "overdue"): 1,
        ("slipwatch_register_entries", "decision", "checkout", "in time"): 1,
        ("slipwatch_register_entries", "issue", "checkout", "in time"): 1,
        ("slipwatch_gates", "checkout", "pending"): 1,
        ("slipwatch_controls", "checkout", "missing"): 1,
        ("slipwatch_controls", "checkout", "shown"): 1,
        ("slipwatch_poam_open_items", "checkout"): 1,
        ("slipwatch_poam_clock_days", "checkout"): (TODAY - date(2026, 8, 1)).days,
        ("slipwatch_evidence_valid_until_timestamp_seconds", "checkout"): datetime(
            2027, 10, 2, tzinfo=ZoneInfo(assessment.timezone)
        ).timestamp(),
        ("slipwatch_milestone_baseline_approvals", LAUNCH, "checkout", "checkout/web"): 1,
    }


def test_a_band_without_a_risk_is_nought_and_not_absent(assessment: Assessment) -> None:
    body = render(governed(assessment)).text.plain.decode()

    assert 'slipwatch_risks{program="checkout",severity="critical"} 0.0' in body
    assert 'slipwatch_gates{program="checkout",state="rejected"} 0.0' in body
