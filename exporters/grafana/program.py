"""Slipwatch / Program: what threatens its commitments, and since when."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from .commitments import commitments
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
    graph,
    history,
    listing,
    made,
    status_figure,
    status_history,
)
from .queries import PROGRAM, of, status, still_open
from .trouble import NO_FORECAST, trouble

UID = "slipwatch-program"


def program() -> Dashboard:
    """Make the dashboard for who manages a program."""
    programs = f"label_values({of('slipwatch_program_info')}, program)"
    return made(
        UID,
        "Slipwatch / Program",
        "The commitments of a program, how their forecasts move, and what they wait for.",
        [
            Row(4, _figures()),
            Row(10, (Place(24, commitments(PROGRAM)),)),
            Row(10, (Place(12, _trend()), Place(12, _statuses()))),
            Row(14, (Place(14, _network()), Place(10, _causes()))),
            Row(9, (Place(24, _findings()),)),
        ],
        [choice("program", "Program", programs, several=False)],
    )


def _figures() -> tuple[Place, ...]:
    chance = still_open(of("slipwatch_milestone_on_time_probability", PROGRAM), PROGRAM)
    due = still_open(of("slipwatch_milestone_commitment_timestamp_seconds", PROGRAM), PROGRAM)
    return (
        Place(
            4,
            status_figure(
                "Status",
                "The worst status that a milestone of the program justifies.",
                Query(expr=status("slipwatch_program_status", "program", PROGRAM)),
                empty="No program is chosen",
            ),
        ),
        Place(
            4,
            figure(
                "Chance of the least likely commitment",
                "The lowest probability that an open commitment is kept.",
                Query(expr=f"min({chance})"),
                unit="percentunit",
                empty=NO_FORECAST,
            ),
        ),
        Place(
            4,
            figure(
                "Until the next commitment",
                "Time to the end of the next day that was committed to; negative when it is over.",
                Query(expr=f"min({due}) - time()"),
                unit="s",
                empty="No open commitment",
            ),
        ),
        *trouble(PROGRAM),
    )


def _trend() -> PanelBuilder:
    forecast = of("slipwatch_milestone_forecast_timestamp_seconds", PROGRAM, quantile="0.5")
    drawn = f"max by (milestone) ({still_open(forecast, PROGRAM)}) * 1000"
    panel = history(
        "Milestone trend",
        "The forecast day (P50) of each open milestone over time: a line that rises slips, and "
        "where it meets today's line the milestone is due.",
        [
            Query(expr=drawn, legend="{{milestone}}", history=True),
            Query(expr="time() * 1000", legend="today", ref="B", history=True),
        ],
        unit="dateTimeAsIso",
        empty="No open milestone has a forecast",
    )
    dashed = column(custom_lineStyle={"fill": "dash", "dash": [10, 10]})
    return panel.override_by_name("today", dashed)


def _statuses() -> PanelBuilder:
    return status_history(
        "Status of milestones",
        "How the status of each milestone changed; grey is not green, it is unknown.",
        Query(
            expr=status("slipwatch_milestone_status", "milestone", PROGRAM),
            legend="{{milestone}}",
            history=True,
        ),
        empty="The program has no milestones",
    )


def _network() -> PanelBuilder:
    info = of("slipwatch_milestone_info", PROGRAM)
    coloured = "\n  or ".join(
        f"label_replace({of('slipwatch_milestone_status', PROGRAM, status=word)} == 1, "
        f'"color", "{paint}", "", "")'
        for word, paint in PAINT.items()
    )
    titles = f"max by (milestone, title) ({info})"
    nodes = (
        f"max by (milestone, project, color) (\n  {coloured}\n)\n"
        f"* on (milestone) group_left (title) {titles}"
    )
    inside = of("slipwatch_dependency_info", milestone="$program/.+", upstream="$program/.+")
    tie = f"max by (milestone, upstream, type) ({inside})"
    joined = _copied(_copied(tie, "upstream", "source"), "milestone", "target")
    return graph(
        "Dependencies",
        "What waits for what inside the program, in the colours of the milestones.",
        nodes=_copied(_copied(nodes, "milestone", "id"), "project", "subtitle"),
        edges=f'label_join({joined}, "id", " ", "upstream", "milestone", "type")',
        empty="No milestone of the program waits for another",
    )


def _copied(query: str, label: str, name: str) -> str:
    """Give a label a second name, under which the panel looks for it."""
    return f'label_replace(\n{query},\n"{name}", "$1", "{label}", "(.*)")'


def _causes() -> PanelBuilder:
    hit = of("slipwatch_slip_impact_workdays", milestone="$program/.+")
    columns = (
        ("cause", "Cause"),
        ("milestone", "Commitment that it hits"),
        ("Value", "Working days"),
    )
    return listing(
        "Causes",
        "By how many working days a commitment would be earlier without the cause's own slip; the "
        "cause may be in another program.",
        [Query(expr=f"sort_desc(max by (cause, milestone) ({hit}))")],
        empty="No slip hits a commitment of the program",
    ).with_transformation(arranged(columns))


def _findings() -> PanelBuilder:
    found = of("slipwatch_finding_info", PROGRAM)
    columns = (("severity", "Severity"), ("rule", "Rule"), ("subject", "About"))
    table = listing(
        "Open findings",
        "What the rules found about milestones and dependencies; findings about single items are "
        "counted above, and listed on slipwatch's own page.",
        [Query(expr=f"max by (severity, rule, subject) ({found})")],
        empty="The rules found nothing",
    )
    return table.with_transformation(arranged(columns)).override_by_name(
        "Value", column(custom_hidden=True)
    )
