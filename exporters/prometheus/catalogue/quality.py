"""Metrics of how good schedules are: DCMA's 14 points and GAO's ten practices."""

from .. import schedule_quality as quality
from .metric import PROGRAM, Metric

CHECK = ("program", "standard", "point", "check")

METRICS: tuple[Metric, ...] = (
    Metric(
        "slipwatch_program_schedule_quality_ratio",
        "Share of the schedule checks that apply to the program and are passed.",
        PROGRAM,
        quality.ratio,
    ),
    Metric(
        "slipwatch_program_schedule_checks",
        "Schedule checks of the program by standard (dcma, gao) and result.",
        ("program", "standard", "result"),
        quality.checks,
    ),
    Metric(
        "slipwatch_program_schedule_check_passed",
        "1 when the program passes a schedule check, 0 when not; absent where it does not apply.",
        CHECK,
        quality.per_check(quality.passed),
    ),
    Metric(
        "slipwatch_program_schedule_check_failing",
        "How many milestones, dependencies or items are not as a schedule check wants them.",
        CHECK,
        quality.per_check(quality.failing),
    ),
)
