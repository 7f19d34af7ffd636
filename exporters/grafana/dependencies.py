"""Slipwatch / Dependencies: who waits for whom, and which of it cannot be kept."""

from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.models.common import TableColoredBackgroundCellOptions
from grafana_foundation_sdk.models.dashboard import Dashboard, DataTransformerConfig

from .links import DEPENDENCIES as UID
from .milestones import impacts
from .network import network
from .panels import (
    PAINT,
    PanelBuilder,
    Place,
    Query,
    Row,
    arranged,
    choice,
    column,
    figure,
    history,
    listing,
    made,
    thresholds,
    words,
)
from .queries import copied, of, still_open
from .ties import SLACK, WAITING, at_risk, in_trouble, ties, violated

NONE = "No milestone here waits for another"
LITTLE = 5
"""Working days: less slack is marked."""

UNKNOWN = 9999
"""Stands for a slack that nobody knows."""

_PROJECT = "([^/]+/[^/]+)/.+"


def dependencies() -> Dashboard:
    """Make the dashboard for who sees to it that projects can rely on one another."""
    programs = f"label_values({of('slipwatch_program_info')}, program)"
    costs = impacts(
        "What slips cost",
        "By how many working days a commitment would be earlier without the cause's own slip, and "
        "the milestones along which the slip reaches it.",
        {"milestone": WAITING},
        empty="No slip hits a commitment",
    )
    return made(
        UID,
        "Slipwatch / Dependencies",
        "Which project waits for which, the dependencies that cannot be kept, and what that costs.",
        [
            Row(4, _figures()),
            Row(9, (Place(10, _matrix()), Place(14, in_trouble()))),
            Row(14, (Place(24, network(WAITING)),)),
            Row(8, (Place(12, _troubled()), Place(12, costs))),
        ],
        [choice("program", "Program", programs)],
    )


def _figures() -> tuple[Place, ...]:
    def in_state(word: str) -> str:
        return f"sum({ties('slipwatch_dependency_status', WAITING, status=word)})"

    info = ties("slipwatch_dependency_info", WAITING)
    across = ties("slipwatch_dependency_info", WAITING, cross_project="true")
    figures = (
        (
            "Violated",
            "Dependencies whose upstream milestone comes later than it is needed.",
            in_state("violated"),
            NONE,
        ),
        (
            "At risk",
            "Dependencies that drive while what is waited for is amber or red itself.",
            _counted(at_risk(WAITING)),
            NONE,
        ),
        (
            "Broken",
            "Dependencies on something that was dropped or that no source knows.",
            in_state("broken"),
            NONE,
        ),
        (
            "Worst slack (working days)",
            "Of all that is open; negative when it is violated.",
            f"min({still_open(ties(SLACK, WAITING))})",
            NONE,
        ),
        (
            "Across projects",
            "Dependencies between milestones of different projects.",
            f"count({across})\nor sum({info}) * 0",
            NONE,
        ),
        (
            "Circles",
            "Circles of dependencies, of all programs, that can never be worked off.",
            f"sum({of('slipwatch_dependency_cycles', kind='deadlock')})",
            "Nothing is assessed yet",
        ),
    )
    return tuple(
        Place(4, figure(title, description, Query(expr=expr), unit="none", empty=empty))
        for title, description, expr, empty in figures
    )


def _matrix() -> tables.Panel:
    def between_projects(query: str) -> str:
        named = copied(copied(query, "milestone", "waits", _PROJECT), "upstream", "for", _PROJECT)
        return f"min by (waits, for) (\n{named}\n)"

    slack = between_projects(still_open(ties(SLACK, WAITING)))
    info = between_projects(still_open(ties("slipwatch_dependency_info", WAITING)))
    table = listing(
        "Who waits for whom (working days)",
        "Each row waits for the columns: the least slack among their open dependencies.",
        [Query(expr=f"{slack}\nor on (waits, for) {info} * {UNKNOWN}")],
        empty="No open milestone here waits for another",
    )
    matrix = {
        "rowField": "waits",
        "columnField": "for",
        "valueField": "Value",
        "emptyValue": "null",
    }
    return (
        table.with_transformation(DataTransformerConfig(id_val="groupingToMatrix", options=matrix))
        .mappings([words({UNKNOWN: ("unknown", PAINT["grey"])})])
        .thresholds(thresholds(LITTLE, 0))
        .cell_options(TableColoredBackgroundCellOptions())
        .with_transformation(arranged([("waits\\for", "Project")]))
        .override_by_name("Project", column(custom_cellOptions={"type": "auto"}))
    )


def _troubled() -> PanelBuilder:
    return history(
        "Violated and at risk (dependencies)",
        "How many dependencies could not be kept, and how many waited for something in trouble.",
        [
            Query(expr=_counted(violated(WAITING)), legend="violated or broken", history=True),
            Query(expr=_counted(at_risk(WAITING)), legend="at risk", ref="B", history=True),
        ],
        unit="none",
        empty=NONE,
    )


def _counted(some: str) -> str:
    """Count ties; none of any is 0."""
    return f"count({some})\nor sum({ties('slipwatch_dependency_info', WAITING)}) * 0"
