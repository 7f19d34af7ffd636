"""The figures of first rows: where commitments stand, the worst slip, and how old the data is."""

from grafana_foundation_sdk.builders import stat

from .links import SELF_MONITORING, page_link
from .panels import Place, Query, figure, status_figure
from .queries import SELECTED, of, slip, status, still_open

NO_FORECAST = "No commitment has a forecast"


def status_of(level: str, where: str) -> stat.Panel:
    """Show the status of a program, project or milestone."""
    return status_figure(
        "Status",
        "Its status: grey is not green, it is unknown.",
        Query(expr=status(f"slipwatch_{level}_status", level, where)),
        empty=f"No {level} is chosen",
    )


def standing(level: str, where: str) -> tuple[Place, ...]:
    """Say where the commitments of a program or project stand."""
    chance = still_open(of("slipwatch_milestone_on_time_probability", where), where)
    due = still_open(of("slipwatch_milestone_commitment_timestamp_seconds", where), where)
    figures = (
        status_of(level, where),
        figure(
            "Chance of the least likely commitment",
            "The lowest probability that an open commitment is kept.",
            Query(expr=f"min({chance})"),
            unit="percentunit",
            empty=NO_FORECAST,
        ),
        figure(
            "Until the next commitment",
            "Time to the end of the next day that was committed to; negative when it is over.",
            Query(expr=f"min({due}) - time()"),
            unit="s",
            empty="No open commitment",
        ),
    )
    return tuple(Place(4, each) for each in figures)


def trouble(where: str = SELECTED) -> tuple[Place, ...]:
    """Say what is worst of what is selected; the age of the data is that of all sources."""
    grave = of("slipwatch_findings", where, state="open", severity="high|critical")
    success = of("slipwatch_source_last_success_timestamp_seconds")
    figures = (
        figure(
            "Worst slip (working days)",
            "By how many working days the forecast of an open milestone misses its commitment.",
            Query(expr=f"max({slip(where)})"),
            unit="none",
            empty=NO_FORECAST,
        ),
        figure(
            "High and critical findings",
            "Open findings of the rules that somebody has to act on.",
            Query(expr=f"sum({grave}) or vector(0)"),
            unit="none",
            empty="No finding",
        ),
        figure(
            "Age of the data",
            "Since the source that waits longest was last read without an error.",
            Query(expr=f"time() - min({success})"),
            unit="s",
            empty="No source was read yet",
        ).data_links([page_link("Open self-monitoring", SELF_MONITORING)]),
    )
    return tuple(Place(4, each) for each in figures)
