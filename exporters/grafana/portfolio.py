"""Slipwatch / Portfolio: which programs are in trouble, and which commitments come next."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from .benefits import benefits_of_all
from .commitments import commitments
from .figures import NO_FORECAST, trouble
from .governance import portfolio_oversight
from .health import portfolio_health
from .links import MILESTONE, PORTFOLIO, PROGRAM, series_link
from .milestones import OPEN_MILESTONE
from .money import portfolio_money
from .panels import (
    PanelBuilder,
    Place,
    Query,
    Row,
    figure,
    history,
    made,
    ranking,
    status_history,
)
from .queries import SELECTED, of, slip, status, still_open

SOON = 90
"""Days."""


def portfolio() -> Dashboard:
    """Make the dashboard for those who answer for several programs."""
    return made(
        PORTFOLIO,
        "Slipwatch / Portfolio",
        "Every program with its status, the commitments of the next 90 days, and what slips most.",
        [
            Row(5, _figures()),
            portfolio_health(),
            Row(11, (Place(24, commitments(SELECTED, within=SOON)),)),
            Row(9, (Place(12, _statuses()), Place(12, _slips()))),
            Row(9, (Place(12, _chances()), Place(12, _findings()))),
            portfolio_oversight(),
            Row(9, portfolio_money()),
            Row(9, benefits_of_all()),
        ],
    )


def _figures() -> tuple[Place, ...]:
    chance = still_open(of("slipwatch_milestone_on_time_probability"))
    by_status = figure(
        "Programs by status",
        "How many programs are red, amber, green, and grey: nobody can say.",
        Query(expr=f"sum by (status) ({of('slipwatch_program_status')})", legend="{{status}}"),
        unit="none",
        empty="No program is assessed yet",
    )
    return (
        Place(8, by_status),
        Place(
            4,
            figure(
                "Commitments below 50 %",
                "Open commitments that are more likely missed than kept.",
                Query(expr=f"count(({chance}) < 0.5) or vector(0)"),
                unit="none",
                empty=NO_FORECAST,
            ),
        ),
        *trouble(),
    )


def _statuses() -> PanelBuilder:
    return status_history(
        "Status of programs",
        "How the status of each program changed; grey is not green, it is unknown.",
        Query(
            expr=status("slipwatch_program_status", "program"), legend="{{program}}", history=True
        ),
        empty="No program is assessed yet",
    ).data_links([series_link("Open the program", PROGRAM, "program")])


def _slips() -> PanelBuilder:
    worst = f"topk(10, max by (milestone) (\n{slip()}\n) > 0)"
    return ranking(
        "Worst slips (working days)",
        "The ten open milestones whose forecast misses their commitment by most.",
        Query(expr=worst, legend="{{milestone}}"),
        unit="none",
        empty="No open commitment slips",
        steps=(3, 10),
    ).data_links([series_link(OPEN_MILESTONE, MILESTONE, "milestone")])


def _chances() -> PanelBuilder:
    chance = still_open(of("slipwatch_milestone_on_time_probability"))
    return history(
        "Lowest chance to keep a commitment",
        "Of each program, the open commitment that is least likely to be kept.",
        [Query(expr=f"min by (program) (\n{chance}\n)", legend="{{program}}", history=True)],
        unit="percentunit",
        empty=NO_FORECAST,
    ).data_links([series_link("Open the program", PROGRAM, "program")])


def _findings() -> PanelBuilder:
    found = f"sum by (severity) ({of('slipwatch_findings', state='open')})"
    return history(
        "Open findings",
        "What the rules found and nobody has mended or waived, by severity.",
        [Query(expr=found, legend="{{severity}}", history=True)],
        unit="none",
        empty="No finding",
    )
