"""Colours by dimension, what people report beside them, and whom work is planned for."""

from .panels import (
    PanelBuilder,
    Place,
    Query,
    Row,
    arranged,
    column,
    history,
    listing,
    status_history,
    status_words,
)
from .queries import PROGRAM, PROJECT, SELECTED, copied, of, status

NOTHING = "Nothing is assessed yet"
_DIMENSIONS = (
    ("schedule", "Schedule"),
    ("cost", "Cost"),
    ("scope", "Scope"),
    ("benefits", "Benefits"),
    ("risk", "Risk"),
    ("governance", "Governance"),
    ("people", "People"),
    ("communication", "Communication"),
)


def portfolio_health() -> Row:
    """Make the row of the portfolio: every program by every dimension, and how it came about."""
    return Row(8, (Place(14, _matrix("program", SELECTED)), Place(10, _weights())))


def program_health() -> tuple[Row, ...]:
    """Make the rows of a program: its projects by dimension, and how its own colours changed."""
    return (
        Row(8, (Place(12, _matrix("project", PROGRAM)), Place(12, _changes("program", PROGRAM)))),
        Row(7, (Place(12, _gaps()), Place(12, _allocated()))),
    )


def project_health() -> Row:
    """Make the row of a project: how its colours changed, and what its team is asked for."""
    return Row(7, (Place(12, _changes("project", PROJECT)), Place(12, _streams())))


def _matrix(level: str, where: str) -> PanelBuilder:
    """Show a row for each program or project, and a column for each dimension, in words too."""
    metric = f"slipwatch_{level}_dimension_status"
    overall = Query(expr=status(f"slipwatch_{level}_health", level, where), ref="overall")
    cells = [
        Query(
            expr=status(metric, level, f'{where}, dimension="{name}"'),
            ref=name,
        )
        for name, _ in _DIMENSIONS
    ]
    columns = (
        (level, level.capitalize()),
        ("Value #overall", "Overall"),
        *((f"Value #{name}", title) for name, title in _DIMENSIONS),
    )
    panel = listing(
        "Status by dimension",
        "The worst of its dimensions is what it is, nothing is averaged; grey is unknown, an empty "
        "cell is a dimension of which nothing is kept.",
        [overall, *cells],
        empty=NOTHING,
    ).with_transformation(arranged(columns))
    for _, title in columns[1:]:
        panel = panel.override_by_name(
            title,
            column(custom_cellOptions={"type": "color-background"}, mappings=[status_words()]),
        )
    return panel


def _changes(level: str, where: str) -> PanelBuilder:
    return status_history(
        "How its colours changed",
        "Each dimension over time; `slipwatch health --changes` says what changed it.",
        Query(
            expr=status(f"slipwatch_{level}_dimension_status", "dimension", where),
            legend="{{dimension}}",
            history=True,
        ),
        empty=NOTHING,
    )


def _weights() -> PanelBuilder:
    return history(
        "Weight of open commitments by colour",
        "What the colours of programs are made of: how much of what is promised has which colour.",
        [
            Query(
                expr=f"sum by (status) ({of('slipwatch_program_commitment_weight')})",
                legend="{{status}}",
                history=True,
            )
        ],
        unit="none",
        empty=NOTHING,
    ).min(0)


def _gaps() -> PanelBuilder:
    program = copied(of("slipwatch_program_reported_gap_levels", PROGRAM), "program", "about")
    project = copied(of("slipwatch_project_reported_gap_levels", PROGRAM), "project", "about")
    return history(
        "Reported better than measured (levels)",
        "By how many levels the status that people report is better than what is measured: from "
        "two on at once, or from one for two weeks, it is a watermelon.",
        [
            Query(
                expr=f"max by (about) (\n{program}\nor\n{project}\n)",
                legend="{{about}}",
                history=True,
            )
        ],
        unit="none",
        empty="Nobody reports a status: write `reported` in slipwatch.yaml",
    )


def _allocated() -> PanelBuilder:
    planned = of("slipwatch_project_allocated_people", PROGRAM)
    too_much = of("slipwatch_project_overallocated_people", PROGRAM)
    return history(
        "People planned for its projects",
        "Full-time people by project, and how many of its people have more planned than they work; "
        "who they are is not said.",
        [
            Query(
                expr=f"max by (project) ({planned})", legend="{{project}}", ref="A", history=True
            ),
            Query(
                expr=f"max by (project) ({too_much}) > 0",
                legend="{{project}}: too much planned",
                ref="B",
                history=True,
            ),
        ],
        unit="none",
        empty="Nothing is planned: write `allocations` in slipwatch.yaml",
    ).min(0)


def _streams() -> PanelBuilder:
    return history(
        "What teams promised, and what they finish (items a week)",
        "What the open commitments of a team need together, against its usual week.",
        [
            Query(
                expr=f"max by (stream) ({of('slipwatch_stream_needed_items_per_week')})",
                legend="{{stream}}: needed",
                ref="A",
                history=True,
            ),
            Query(
                expr=f"max by (stream) ({of('slipwatch_stream_pace_items_per_week')})",
                legend="{{stream}}: usual",
                ref="B",
                history=True,
            ),
        ],
        unit="none",
        empty="No team has open commitments",
    ).min(0)
