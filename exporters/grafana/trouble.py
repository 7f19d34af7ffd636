"""The figures that every first row ends with: the worst slip, findings, and how old the data is."""

from .panels import Place, Query, figure
from .queries import SELECTED, of, slip

NO_FORECAST = "No commitment has a forecast"


def trouble(where: str = SELECTED) -> tuple[Place, ...]:
    """Make them for what is selected; the age of the data is that of all sources."""
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
        ),
    )
    return tuple(Place(4, each) for each in figures)
