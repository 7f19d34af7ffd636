"""What several dashboards show of milestones: dates over time, status, scope, what they hit."""

from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.builders.common import StackingConfig
from grafana_foundation_sdk.models.common import StackingMode
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from .links import MILESTONE as MILESTONE_PAGE
from .links import cell_link, series_link
from .panels import (
    PanelBuilder,
    Query,
    arranged,
    column,
    history,
    listing,
    movements,
    sorted_by,
    status_history,
)
from .queries import day, of, status, still_open

OPEN_MILESTONE = "Open the milestone"


def trend(where: str) -> PanelBuilder:
    """Draw the forecast day of each open milestone over time, and today."""
    forecast = of("slipwatch_milestone_forecast_timestamp_seconds", where, quantile="0.5")
    panel = history(
        "Milestone trend",
        "The forecast day (P50) of each open milestone over time: a line that rises slips, and "
        "where it meets today's line the milestone is due.",
        [
            Query(
                expr=day(f"max by (milestone) ({still_open(forecast, where)})"),
                legend="{{milestone}}",
                history=True,
            ),
            Query(expr="time() * 1000", legend="today", ref="B", history=True),
        ],
        unit="dateTimeAsIso",
        empty="No open milestone has a forecast",
    )
    return panel.override_by_name("today", dashed()).data_links(
        [series_link(OPEN_MILESTONE, MILESTONE_PAGE, "milestone")]
    )


def dashed() -> list[DynamicConfigValue]:
    """Make a line that is no measurement look like one."""
    return column(custom_lineStyle={"fill": "dash", "dash": [10, 10]})


def statuses(where: str) -> PanelBuilder:
    """Draw how the status of each milestone changed."""
    return status_history(
        "Status of milestones",
        "How the status of each milestone changed; grey is not green, it is unknown.",
        Query(
            expr=status("slipwatch_milestone_status", "milestone", where),
            legend="{{milestone}}",
            history=True,
        ),
        empty="There is no milestone here",
    ).data_links([series_link(OPEN_MILESTONE, MILESTONE_PAGE, "milestone")])


def scope(where: str) -> PanelBuilder:
    """Draw how many items came and went since the baselines of what is open."""

    def changed(change: str) -> str:
        changes = of("slipwatch_milestone_scope_changes", where, change=change)
        return f"sum({still_open(changes, where)})"

    return history(
        "Scope moved (items)",
        "Items that came to open milestones since their baselines, and, downwards, that left them.",
        [
            Query(expr=changed("added"), legend="added", history=True),
            Query(expr=f"-{changed('removed')}", legend="removed", ref="B", history=True),
        ],
        unit="none",
        empty="No open milestone with items has a baseline yet",
    )


def moved_by(where: str) -> PanelBuilder:
    """Draw what moved forecasts within a week, part upon part."""
    parts = of("slipwatch_milestone_forecast_movement_workdays", where)
    return (
        movements(
            "What moved the forecast (working days in a week)",
            "By how much P50 moved in the seven days before, and why: pace, scope, what it waits "
            "for, dates that people set, calendars, the model, facts known late. Later is up.",
            [Query(expr=f"sum by (part) ({parts})", legend="{{part}}", history=True)],
            unit="none",
            empty="No forecast has moved, or none is a week old",
        )
        .stacking(StackingConfig().mode(StackingMode.NORMAL).group("A"))
        .fill_opacity(60)
    )


def moves(where: str) -> PanelBuilder:
    """List what moved which forecast within a week, the most first."""
    days = of("slipwatch_milestone_forecast_movement_workdays", where)
    chance = of("slipwatch_milestone_on_time_probability_movement", where)
    columns = (
        ("milestone", "Milestone"),
        ("part", "Moved by"),
        ("Value #days", "Working days"),
        ("Value #chance", "Chance"),
    )
    table = listing(
        "What moved the forecasts",
        "By how many working days P50 moved in the last seven days, and the chance to keep the "
        "commitment, and why: pace, scope, what it waits for, dates that people set, calendars, "
        "the model, facts known late.",
        [
            Query(expr=f"sum by (milestone, part) ({days})", ref="days"),
            Query(expr=f"sum by (milestone, part) ({chance})", ref="chance"),
        ],
        empty="No forecast has moved, or none is a week old",
    )
    milestone = cell_link(OPEN_MILESTONE, MILESTONE_PAGE, "milestone")
    return (
        table.with_transformation(arranged(columns))
        .sort_by([sorted_by("Working days", falling=True)])
        .override_by_name("Milestone", column(links=[milestone]))
        .override_by_name("Working days", column(custom_width=120))
        .override_by_name("Chance", column(unit="percentunit", custom_width=100))
    )


def impacts(title: str, description: str, hit: dict[str, str], *, empty: str) -> tables.Panel:
    """List which slips hit which commitments, along which path, the worst first."""
    days = of("slipwatch_slip_impact_workdays", **hit)
    along = of("slipwatch_slip_path_info", **hit)
    table = listing(
        title,
        description,
        [
            Query(
                expr=f"max by (cause, milestone) ({days})\n"
                f"* on (cause, milestone) group_left (path)\n"
                f"max by (cause, milestone, path) ({along})"
            )
        ],
        empty=empty,
    )
    columns = (
        ("cause", "Cause"),
        ("milestone", "Commitment that it hits"),
        ("Value", "Working days"),
        ("path", "Path"),
    )
    return (
        table.with_transformation(arranged(columns))
        .sort_by([sorted_by("Working days", falling=True)])
        .override_by_name(
            "Cause",
            column(links=[cell_link("Open the cause", MILESTONE_PAGE, "milestone", "cause")]),
        )
        .override_by_name(
            "Commitment that it hits",
            column(links=[cell_link(OPEN_MILESTONE, MILESTONE_PAGE, "milestone")]),
        )
        .override_by_name("Working days", column(custom_width=120))
    )


def findings(where: str, **labels: str) -> PanelBuilder:
    """List the open findings about milestones and dependencies."""
    found = of("slipwatch_finding_info", where, **labels)
    columns = (("severity", "Severity"), ("rule", "Rule"), ("subject", "About"))
    table = listing(
        "Open findings",
        "What the rules found about milestones and dependencies; findings about single items are "
        "listed on slipwatch's own page.",
        [Query(expr=f"max by (severity, rule, subject) ({found})")],
        empty="The rules found nothing",
    )
    return table.with_transformation(arranged(columns)).override_by_name(
        "Value", column(custom_hidden=True)
    )
