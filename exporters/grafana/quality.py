"""How good a program's schedule is: DCMA's 14 points and GAO's ten practices."""

from grafana_foundation_sdk.builders import stat
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.builders import timeseries as time_series

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
_COLUMNS = (
    ("standard", "Standard"),
    ("point", "No."),
    ("check", "Check"),
    ("Value #passed", "Result"),
    ("Value #failing", "Not as it should be"),
)


def quality(where: str) -> tuple[Place, ...]:
    """Make the row about it."""
    return (Place(4, _share(where)), Place(8, _over_time(where)), Place(12, _one_by_one(where)))


def _share(where: str) -> stat.Panel:
    ratio = of("slipwatch_program_schedule_quality_ratio", where)
    return figure(
        "Schedule quality",
        "The share of the schedule checks that apply to the program and are passed. It says how "
        "far the plan can be believed, not whether it is on time.",
        Query(expr=f"max({ratio})"),
        unit="percentunit",
        empty=NOTHING,
    )


def _over_time(where: str) -> time_series.Panel:
    checks = of("slipwatch_program_schedule_checks", where, result="passed|failed|unknown")
    return history(
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


def _one_by_one(where: str) -> tables.Panel:
    passed = of("slipwatch_program_schedule_check_passed", where)
    failing = of("slipwatch_program_schedule_check_failing", where)
    labels = "standard, point, check"
    result = words({0: ("failed", PAINT["red"]), 1: ("passed", PAINT["green"])})
    return (
        listing(
            "Schedule checks, one by one",
            "What each check says of the schedule, and how many milestones, dependencies or items "
            "are not as it wants them. The report and `slipwatch assess --format json` name them.",
            [
                Query(expr=f"max by ({labels}) ({passed})", ref="passed"),
                Query(expr=f"max by ({labels}) ({failing})", ref="failing"),
            ],
            empty=NOTHING,
        )
        .with_transformation(arranged(_COLUMNS))
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
