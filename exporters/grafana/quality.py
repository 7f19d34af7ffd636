"""How good a program's schedule is: DCMA's 14 points and GAO's ten practices."""

from .panels import (
    PAINT,
    Place,
    Query,
    arranged,
    column,
    figure,
    history,
    listing,
    sorted_by,
    words,
)
from .queries import of

NOTHING = "No check applies to the program yet"


def quality(where: str) -> tuple[Place, ...]:
    """Make the row about it."""
    ratio = of("slipwatch_program_schedule_quality_ratio", where)
    checks = of("slipwatch_program_schedule_checks", where, result="passed|failed|unknown")
    passed = of("slipwatch_program_schedule_check_passed", where)
    failing = of("slipwatch_program_schedule_check_failing", where)
    share = figure(
        "Schedule quality",
        "The share of the schedule checks that apply to the program and are passed. It says how "
        "far the plan can be believed, not whether it is on time.",
        Query(expr=f"max({ratio})"),
        unit="percentunit",
        empty=NOTHING,
    )
    over_time = history(
        "Schedule checks",
        "How many checks of DCMA and GAO the schedule passes and fails; those that a tracker "
        "cannot tell are neither.",
        [
            Query(
                expr=f"sum by (result) ({checks})",
                legend="{{result}}",
                history=True,
            )
        ],
        unit="none",
        empty=NOTHING,
    )
    columns = (
        ("standard", "Standard"),
        ("point", "No."),
        ("check", "Check"),
        ("Value #passed", "Result"),
        ("Value #failing", "Not as it should be"),
    )
    labels = "standard, point, check"
    table = listing(
        "Schedule checks, one by one",
        "What each check says of the schedule, and how many milestones, dependencies or items are "
        "not as it wants them. The report and `slipwatch assess --format json` name them.",
        [
            Query(expr=f"max by ({labels}) ({passed})", ref="passed"),
            Query(expr=f"max by ({labels}) ({failing})", ref="failing"),
        ],
        empty=NOTHING,
    )
    result = words({0: ("failed", PAINT["red"]), 1: ("passed", PAINT["green"])})
    table = (
        table.with_transformation(arranged(columns))
        .sort_by([sorted_by("Not as it should be", falling=True)])
        .override_by_name(
            "Result",
            column(
                mappings=[result],
                custom_cellOptions={"type": "color-text"},
                custom_width=90,
            ),
        )
        .override_by_name("No.", column(custom_width=60))
        .override_by_name("Standard", column(custom_width=90))
    )
    return (Place(4, share), Place(8, over_time), Place(12, table))
