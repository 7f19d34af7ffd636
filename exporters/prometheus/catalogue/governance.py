"""Metrics of a program's registers, gates and compliance."""

from .. import governance
from .metric import MILESTONE, PROGRAM, Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "slipwatch_risk_exposure",
        "Sum of probability times impact over the open risks, in the program's currency.",
        PROGRAM,
        governance.exposure,
    ),
    Metric(
        "slipwatch_risks",
        "Open risks by the band of their exposure; unknown is what nobody has measured.",
        ("program", "severity"),
        governance.risks,
    ),
    Metric(
        "slipwatch_register_entries",
        "Open issues, actions and decisions, in time or past their due day.",
        ("program", "kind", "state"),
        governance.entries,
    ),
    Metric(
        "slipwatch_gates",
        "Stage gates by what was decided.",
        ("program", "state"),
        governance.gates,
    ),
    Metric(
        "slipwatch_controls",
        "Controls by the evidence there is for them; this shows gaps and certifies nothing.",
        ("program", "state"),
        governance.controls,
    ),
    Metric(
        "slipwatch_poam_open_items",
        "Open items of the plan of action and milestones.",
        PROGRAM,
        governance.poam,
    ),
    Metric(
        "slipwatch_poam_clock_days",
        "Days since the clock of the oldest open item of the plan of action began; a conditional "
        "CMMC status ends after 180.",
        PROGRAM,
        governance.poam_clock,
    ),
    Metric(
        "slipwatch_evidence_valid_until_timestamp_seconds",
        "End of the last day on which all evidence that counts today still counts.",
        PROGRAM,
        governance.evidence_ends,
    ),
    Metric(
        "slipwatch_milestone_baseline_approvals",
        "How often the milestone's baseline was approved anew.",
        MILESTONE,
        governance.baselines,
    ),
)
