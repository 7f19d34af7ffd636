"""Every query of every dashboard, asked of a real Prometheus that holds sixty days of the demo."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.exporters.grafana.boards import (
    MILESTONE,
    SHIPPED,
    Asked,
    annotations,
    queried,
    selector_of,
    targets,
)
from tests.exporters.grafana.past import LOOKBACK, Past, past

pytestmark = pytest.mark.prometheus

DAY = timedelta(days=1).total_seconds()
IN_WORK = "platform/identity/login-2"
CHOSEN = {
    "$__rate_interval": ("5d",),
    "$__interval": ("1d",),
    "$job": ("slipwatch",),
    "$instance": (".+",),
    "$program": ("checkout",),
    "$project": ("checkout/payments",),
    # The one waits and is committed, the other has items and slipped.
    "$milestone": ("checkout/web/launch", IN_WORK),
}
"""What Grafana would put in. A query has to find something for one of the milestones."""

FINDS_NOTHING = {
    "Slipwatch / Self-monitoring: Metrics that were left out (per hour), A": (
        "no metric of the demo fails, and the panel is empty as long as none does"
    ),
    "Slipwatch / Program: Status by dimension, communication": (
        "its rows are projects, and who is told what belongs to the program"
    ),
    "Slipwatch / Program: Reported better than measured (levels), A": (
        "of the chosen program nobody reports a status; the API of the other one is reported green"
    ),
    "Slipwatch / Program: People planned for its projects, B": (
        "nobody of the chosen program has too much planned"
    ),
}
"""Queries that rightly find nothing in these sixty days, and why."""


def test_a_prometheus_with_sixty_days_answers_every_query(tmp_path: Path) -> None:
    with past(tmp_path) as holding:
        empty = {
            asked.where
            for dashboard in SHIPPED.values()
            for asked in targets(dashboard)
            if not answer(holding, asked)
        }
        unmarked = [
            f"{dashboard['title']}: {mark['name']}"
            for dashboard in SHIPPED.values()
            for mark in annotations(dashboard)
            if not any(
                holding.server.ask_between(query, holding.begin, holding.end, DAY)
                for query in filled(mark["expr"])
            )
        ]
        unknown = [
            variable["query"]
            for dashboard in SHIPPED.values()
            for variable in queried(dashboard).values()
            for query in filled(selector_of(variable["query"]))
            if not holding.server.ask(query, holding.end)
        ]
        launch = day_of_the_launch(holding)
        begins = holding.end
        burn_up = lines_of_the_burn_up(holding)
        done_on = done_on_days(holding)

    assert empty == set(FINDS_NOTHING)
    assert unmarked == []
    assert unknown == []
    assert launch.isoformat() == "2026-03-06T23:59:59+01:00", "the day committed to, not the next"
    # Only what is forecast goes on into the future, and ends with all that there is.
    done, everything = last(burn_up["done"]), last(burn_up["all"])
    assert max([*burn_up["done"], *burn_up["all"]]) < begins + LOOKBACK
    for quantile, day in done_on.items():
        line = burn_up[quantile]
        assert begins - DAY < min(line) < begins + DAY
        assert line[min(line)] == pytest.approx(done, abs=(everything - done) * 0.1)
        assert list(line.values()) == sorted(line.values())
        assert day < max(line) or quantile == "P95"  # Its tail may be longer than what is shown.
        assert {at for at, items in line.items() if items == everything} == {
            at for at in line if at >= day
        }
    assert 0 < done < everything
    assert done_on["P50"] < done_on["P85"] < done_on["P95"]


def answer(holding: Past, asked: Asked) -> bool:
    """Ask as Grafana does; tell whether something was found."""
    return any(
        holding.server.ask_between(query, *shown(holding, asked), DAY)
        if asked.history
        else holding.server.ask(query, holding.end)
        for query in filled(asked.expr)
    )


def lines_of_the_burn_up(holding: Past) -> dict[str, dict[float, float]]:
    """Draw the burn-up of a milestone that is in work: each line by its name."""
    drawn: dict[str, dict[float, float]] = {}
    for asked in targets(SHIPPED[f"{MILESTONE}.json"]):
        if not asked.panel.startswith("Burn-up"):
            continue
        (query,) = filled(asked.expr.replace("$milestone", IN_WORK))
        for series in holding.server.ask_between(query, *shown(holding, asked), DAY):
            drawn[asked.legend] = {at: float(items) for at, items in series["values"]}
    return drawn


def done_on_days(holding: Past) -> dict[str, float]:
    """Give the ends of the days by which that milestone is done, by quantile."""
    query = f'slipwatch_milestone_forecast_timestamp_seconds{{milestone="{IN_WORK}"}}'
    return {
        f"P{float(series['metric']['quantile']) * 100:.0f}": float(series["value"][1])
        for series in holding.server.ask(query, holding.end)
    }


def last(line: dict[float, float]) -> float:
    return line[max(line)]


def shown(holding: Past, asked: Asked) -> tuple[float, float]:
    """Give the time that a panel shows."""
    begin = holding.end - asked.ahead * DAY if asked.ahead else holding.begin
    return begin, holding.end + asked.ahead * DAY


def filled(query: str) -> set[str]:
    """Put in what was chosen, each choice in turn."""
    found = {query}
    for variable, values in CHOSEN.items():
        found = {one.replace(variable, value) for one in found for value in values}
    assert not any(re.search(r"\$[a-z_]", one) for one in found), found
    return found


def day_of_the_launch(holding: Past) -> datetime:
    """Read the commitment of the launch off the dashboard, as somebody in Berlin sees it."""
    (commitment,) = (
        asked for asked in targets(SHIPPED[f"{MILESTONE}.json"]) if asked.panel == "Commitment"
    )
    query = commitment.expr.replace("$milestone", "checkout/web/launch")
    ((series,),) = ([holding.server.ask(one, holding.end)[0]] for one in filled(query))
    milliseconds = float(series["value"][1])
    return datetime.fromtimestamp(milliseconds / 1000, ZoneInfo("Europe/Berlin"))
