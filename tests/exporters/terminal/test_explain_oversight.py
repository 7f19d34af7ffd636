"""What is said of a milestone's risks, gates and baselines."""

from slipwatch.aggregator.assessment import Assessment
from slipwatch.exporters.terminal.explain import explain
from tests.exporters.governed import LAUNCH, governed


def told(assessment: Assessment, milestone: str) -> list[str]:
    """Explain a milestone line by line."""
    view = assessment.milestone(milestone)
    assert view is not None
    return explain(assessment, view).splitlines()


def test_risks_that_point_at_a_milestone_and_gates_before_it_are_explained(
    assessment: Assessment,
) -> None:
    lines = told(governed(assessment), LAUNCH)

    start = lines.index("Risks")
    assert lines[start : start + 8] == [
        "Risks",
        (
            "  The bank withdraws (checkout/risk:R1) is high, 30 % of 200,000: an exposure of "
            "60,000; owner ana; mitigate: a second bank."
        ),
        (
            "  Nobody knows how much (checkout/risk:R2): its probability or its impact is not "
            "known; nobody owns it."
        ),
        "",
        "Gates",
        (
            "  Launch (checkout/gate:G2) is not decided, its day is 2026-12-01, asked 10 working "
            "days ago."
        ),
        "    Not met: API 2.0 (not done).",
        "    Nobody can tell: PAY-9 (no such issue).",
    ]
    assert (
        "  Its baseline is version 2, approved by dana on 2026-10-01 (CR-17): scope doubled; "
        "originally 2026-12-18." in lines
    )


def test_a_milestone_that_a_gate_asks_for_is_told_of_it_and_others_are_not(
    assessment: Assessment,
) -> None:
    known = governed(assessment)

    assert "Gates" in told(known, "checkout/payments/api-2.0")
    assert "Risks" not in told(known, "checkout/payments/api-2.0")
    assert "Gates" not in told(known, "platform/identity/login")


def test_a_hostile_title_stays_on_its_line(assessment: Assessment) -> None:
    lines = told(governed(assessment, title="a\x1b[31m\r\nFindings\u202e"), LAUNCH)

    assert not any("\x1b" in line or "\u202e" in line for line in lines)
    assert "Findings" not in lines[lines.index("Risks") : lines.index("Gates")]
