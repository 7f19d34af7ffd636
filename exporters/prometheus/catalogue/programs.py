"""Metrics of programs and how their forecasts held."""

from .. import samples
from .metric import PROGRAM, Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "slipwatch_program_info",
        "What a program is called, who pays for it and who manages it; always 1.",
        ("program", "title", "sponsor", "manager"),
        samples.program_info,
    ),
    Metric(
        "slipwatch_program_status",
        "1 for the program's status, 0 for the others.",
        ("program", "status"),
        samples.program_status,
    ),
    Metric(
        "slipwatch_forecast_coverage_ratio",
        "Share of finished milestones that were done by the quantile of their forecasts.",
        ("program", "quantile"),
        samples.coverage,
        kind="summary",
    ),
    Metric(
        "slipwatch_forecast_coverage_milestones",
        "Finished milestones of the program that were forecast again to tell that share.",
        PROGRAM,
        samples.per_program(lambda held: held.n),
    ),
    Metric(
        "slipwatch_forecast_calibration_lost",
        "1 when P85 held for fewer than 70 of 100 finished milestones, and not by accident.",
        PROGRAM,
        samples.per_program(lambda held: held.lost),
    ),
)
