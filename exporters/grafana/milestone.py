"""Slipwatch / Milestone: when it will be done, what moved since it was promised, and why."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from .burnup import burn_up
from .figures import status_of
from .links import MILESTONE as UID
from .marks import marks
from .milestones import dashed, findings, impacts, moved_by, scope, statuses
from .panels import PanelBuilder, Place, Query, Row, choice, figure, history, made, movements
from .queries import DAY, MILESTONE, SELECTED, day, of
from .ties import waits

ABOUT = "(.+ -> )?$milestone( -> .+)?"
"""Fits the subjects of findings about it, and about what it waits for or holds up."""

NO_FORECAST = "It has no forecast: its page in slipwatch says what is missing"
NO_COMMITMENT = "Nothing is committed: write `commitment` in slipwatch.yaml"
NO_DATE = "It has no date in its tracker"

_FORECAST = "slipwatch_milestone_forecast_timestamp_seconds"
_PLAN = "slipwatch_milestone_plan_timestamp_seconds"
_DATES = (
    ("plan", of(_PLAN, MILESTONE)),
    ("P50", of(_FORECAST, MILESTONE, quantile="0.5")),
    ("P85", of(_FORECAST, MILESTONE, quantile="0.85")),
    ("baseline", of("slipwatch_milestone_baseline_timestamp_seconds", MILESTONE)),
    ("commitment", of("slipwatch_milestone_commitment_timestamp_seconds", MILESTONE)),
)


def milestone() -> Dashboard:
    """Make the dashboard for who answers for a milestone."""
    milestones = f"label_values({of('slipwatch_milestone_info')}, milestone)"
    causes = impacts(
        "Causes",
        "By how many working days it would be earlier without the slip of another milestone.",
        {"milestone": "$milestone"},
        empty="No slip of another milestone hits its commitment",
    )
    hits = impacts(
        "Hits",
        "By how many working days commitments would be earlier without its own slip.",
        {"cause": "$milestone"},
        empty="Its own slip hits no commitment",
    )
    return made(
        UID,
        "Slipwatch / Milestone",
        "When a milestone will be done, how its date, its forecast and its scope moved, and why.",
        [
            Row(4, _figures()),
            Row(9, (Place(14, _dates()), Place(10, _chance()))),
            Row(
                8,
                (Place(8, _date_moved()), Place(8, _forecast_moved()), Place(8, scope(MILESTONE))),
            ),
            Row(
                8,
                (
                    Place(8, moved_by(MILESTONE)),
                    Place(8, _ledger()),
                    Place(8, statuses(MILESTONE)),
                ),
            ),
            Row(10, (Place(24, burn_up("slipwatch_milestone_items", MILESTONE)),)),
            Row(8, (Place(12, causes), Place(12, hits))),
            Row(
                8,
                (
                    Place(12, waits()),
                    Place(12, findings(SELECTED, subject=ABOUT)),
                ),
            ),
        ],
        [choice("milestone", "Milestone", milestones, several=False)],
        marks(MILESTONE),
    )


def _figures() -> tuple[Place, ...]:
    known = dict(_DATES)
    dates = (
        ("Commitment", "The day that was committed to.", known["commitment"], NO_COMMITMENT),
        ("P50", "The day by which it is done in half of all cases.", known["P50"], NO_FORECAST),
        ("P85", "The day by which it is done in 85 of 100 cases.", known["P85"], NO_FORECAST),
    )
    days = (
        figure(title, text, Query(expr=day(f"max({query})")), unit="time:YYYY-MM-DD", empty=empty)
        for title, text, query, empty in dates
    )
    chance = figure(
        "Chance",
        "The probability that it is done by its commitment.",
        Query(expr=f"min({of('slipwatch_milestone_on_time_probability', MILESTONE)})"),
        unit="percentunit",
        empty=NO_COMMITMENT,
    )
    slipped = of("slipwatch_milestone_slip_workdays", MILESTONE, against="commitment")
    slip = figure(
        "Slip (working days)",
        "By how many working days its forecast misses its commitment.",
        Query(expr=f"max({slipped})"),
        unit="none",
        empty=NO_COMMITMENT,
    )
    return tuple(
        Place(4, each) for each in (status_of("milestone", MILESTONE), *days, chance, slip)
    )


def _dates() -> PanelBuilder:
    queries = [
        Query(expr=day(f"max({query})"), legend=name, ref=ref, history=True)
        for ref, (name, query) in zip("ABCDE", _DATES, strict=True)
    ]
    today = Query(expr="time() * 1000", legend="today", ref="F", history=True)
    return history(
        "Its dates over time",
        "What its tracker says, what is forecast, and what was promised, as each was on that day; "
        "where a line meets today's it is due.",
        [*queries, today],
        unit="dateTimeAsIso",
        empty="It has no date at all",
    ).override_by_name("today", dashed())


def _chance() -> PanelBuilder:
    chance = of("slipwatch_milestone_on_time_probability", MILESTONE)
    return (
        history(
            "Chance to keep its commitment",
            "The probability that it is done by its commitment, as it was on each day.",
            [Query(expr=f"min({chance})", legend="chance", history=True)],
            unit="percentunit",
            empty=NO_COMMITMENT,
        )
        .min(0)
        .max(1)
    )


def _date_moved() -> PanelBuilder:
    return history(
        "Date moved (working days)",
        "Its tracker's date against its baseline: what people said; late is positive.",
        [
            Query(
                expr=f"max({of('slipwatch_milestone_plan_slip_workdays', MILESTONE)})",
                legend="date",
                history=True,
            )
        ],
        unit="none",
        empty=NO_DATE,
    )


def _forecast_moved() -> PanelBuilder:
    against = of("slipwatch_milestone_slip_workdays", MILESTONE, against="baseline")
    return history(
        "Forecast moved (working days)",
        "Its forecast (P50) against its baseline: what the work says; late is positive.",
        [Query(expr=f"max({against})", legend="forecast", history=True)],
        unit="none",
        empty=NO_FORECAST,
    )


def _ledger() -> PanelBuilder:
    date = f"max({of(_PLAN, MILESTONE)})"
    before = f"max({of(_PLAN, MILESTONE)} offset $__interval)"
    return movements(
        "Slip ledger (days)",
        "Each move of its date, on the day it was seen: by how many days it went later.",
        [
            Query(
                expr=f"({date} - {before}) / {DAY} != 0",
                legend="moved",
                history=True,
                step="1d",
            )
        ],
        unit="none",
        empty="Its date did not move in this time",
    )
