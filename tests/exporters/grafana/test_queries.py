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
from tests.exporters.grafana.past import Past, past

pytestmark = pytest.mark.prometheus

DAY = timedelta(days=1).total_seconds()
AHEAD = 90
CHOSEN = {
    "$__rate_interval": ("5d",),
    "$__interval": ("1d",),
    "$job": ("slipwatch",),
    "$instance": (".+",),
    "$program": ("checkout",),
    "$project": ("checkout/payments",),
    # The one waits and is committed, the other has items and slipped.
    "$milestone": ("checkout/web/launch", "platform/identity/login-2"),
}
"""What Grafana would put in. A query has to find something for one of the milestones."""

FINDS_NOTHING = {
    "Slipwatch / Self-monitoring: Metrics that were left out (per hour), A": (
        "no metric of the demo fails, and the panel is empty as long as none does"
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
        shown = day_of_the_launch(holding)

    assert empty == set(FINDS_NOTHING)
    assert unmarked == []
    assert unknown == []
    assert shown.isoformat() == "2026-03-06T23:59:59+01:00", "the day committed to, not the next"


def answer(holding: Past, asked: Asked) -> bool:
    """Ask as Grafana does; tell whether something was found."""
    begin, end = (
        (holding.end, holding.end + AHEAD * DAY) if asked.ahead else (holding.begin, holding.end)
    )
    return any(
        holding.server.ask_between(query, begin, end, DAY)
        if asked.history
        else holding.server.ask(query, holding.end)
        for query in filled(asked.expr)
    )


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
