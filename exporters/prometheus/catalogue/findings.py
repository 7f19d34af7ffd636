"""Metrics of what the rules say."""

from .. import samples
from .metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "slipwatch_findings",
        "Findings by rule, severity and state.",
        ("program", "rule", "severity", "state"),
        samples.findings,
    ),
    Metric(
        "slipwatch_finding_info",
        "An open finding about a milestone, a dependency or a source; always 1.",
        ("program", "rule", "severity", "subject"),
        samples.finding_info,
    ),
    Metric(
        "slipwatch_finding_waived_info",
        "A finding that is waived and what it is about, unless that is an item; always 1.",
        ("program", "rule", "subject"),
        samples.finding_waived_info,
    ),
    Metric(
        "slipwatch_item_finding_info",
        "An open finding about an item; always 1.",
        ("program", "rule", "severity", "item"),
        samples.item_finding_info,
        per_item=True,
    ),
    Metric(
        "slipwatch_rule_verdicts",
        "How often a rule passed, failed, could not tell, or did not apply.",
        ("rule", "verdict"),
        samples.rule_verdicts,
    ),
)
