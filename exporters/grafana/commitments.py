"""The table of commitments: what was promised, how likely that is, and what to do next."""

from grafana_foundation_sdk.builders import table as tables

from .links import MILESTONE as MILESTONE_PAGE
from .links import PROGRAM as PROGRAM_PAGE
from .links import PROJECT as PROJECT_PAGE
from .links import cell_link
from .panels import Query, arranged, column, listing, sorted_by, status_words
from .queries import DAY, day, entitled, of, per_milestone, slip, status, still_open

EMPTY = "No open commitment in this time: commitments are written as `commitment` in slipwatch.yaml"

_COLUMNS = (
    ("Value #status", "Status"),
    ("title", "Milestone"),
    ("Value #commitment", "Commitment"),
    ("Value #p50", "P50"),
    ("Value #p85", "P85"),
    ("Value #chance", "Chance"),
    ("Value #slip", "Slip (working days)"),
    ("root_cause", "Cause"),
    ("milestone_owner", "Owner"),
    ("program", "Program"),
    ("project", "Project"),
    ("milestone", "Id"),
    ("url", "url"),
)


def commitments(where: str, *, within: int | None = None) -> tables.Panel:
    """Make the table for what is selected; ``within`` so many days, or of any day."""
    table = listing(
        "Commitments" if within is None else f"Commitments of the next {within} days",
        "Open milestones with a commitment, the least likely first. P50 and P85 are the days by "
        "which they are done in half and in 85 of 100 cases; those without have no forecast. The "
        "cause is the milestone whose own slip costs the commitment the most working days.",
        _queries(where, within),
        empty=EMPTY,
    )
    return _styled(table.with_transformation(arranged(_COLUMNS)))


def _queries(where: str, within: int | None) -> list[Query]:
    due = of("slipwatch_milestone_commitment_timestamp_seconds", where)
    near = f"{due} < time() + {within * DAY}" if within is not None else due
    open_now = still_open(near, where)

    def of_these(metric: str, **labels: str) -> str:
        return per_milestone(f"{of(metric, where, **labels)}\nand on (milestone) ({open_now})")

    forecast = "slipwatch_milestone_forecast_timestamp_seconds"
    colour = status("slipwatch_milestone_status", "program, project, milestone", where)
    causes = of("slipwatch_milestone_root_cause_info", where)
    cause = (
        f"max by (program, project, milestone, root_cause) ({causes})\n"
        f"and on (milestone) ({open_now})"
    )
    return [
        Query(ref="commitment", expr=entitled(day(open_now), where)),
        Query(ref="status", expr=f"{colour}\nand on (milestone) ({open_now})"),
        Query(ref="p50", expr=day(of_these(forecast, quantile="0.5"))),
        Query(ref="p85", expr=day(of_these(forecast, quantile="0.85"))),
        Query(ref="chance", expr=of_these("slipwatch_milestone_on_time_probability")),
        Query(ref="slip", expr=f"{per_milestone(slip(where))}\nand on (milestone) ({open_now})"),
        Query(ref="cause", expr=cause),
    ]


def _styled(table: tables.Panel) -> tables.Panel:
    """Say of each column how it is shown, and where a click leads."""
    link = {"title": "Open in the tracker", "url": "${__data.fields.url}", "targetBlank": True}
    table = table.override_by_name(
        "Status",
        column(
            mappings=[status_words()],
            custom_cellOptions={"type": "color-background"},
            custom_width=90,
        ),
    )
    for date in ("Commitment", "P50", "P85"):
        table = table.override_by_name(date, column(unit="time:YYYY-MM-DD", custom_width=110))
    pages = (
        ("Milestone", [cell_link("Open the milestone", MILESTONE_PAGE, "milestone"), link]),
        ("Program", [cell_link("Open the program", PROGRAM_PAGE, "program")]),
        ("Project", [cell_link("Open the project", PROJECT_PAGE, "project")]),
        ("Cause", [cell_link("Open the cause", MILESTONE_PAGE, "milestone", "root_cause")]),
    )
    for name, links in pages:
        table = table.override_by_name(name, column(links=links))
    return (
        table.override_by_name("Chance", column(unit="percentunit", decimals=0))
        .override_by_name("url", column(custom_hidden=True))
        .override_by_name("Value #cause", column(custom_hidden=True))
        .sort_by([sorted_by("Chance")])
    )
