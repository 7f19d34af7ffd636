"""What is done of what there is, until now and, by the forecast, from now on."""

from grafana_foundation_sdk.builders.timeseries import Panel

from .panels import PAINT, Place, Query, column, history
from .queries import SELECTED, of, still_open

AHEAD = 90
"""Days."""

_QUANTILES = (("0.5", "in half of all cases"), ("0.85", "in 85 of 100"), ("0.95", "in 95 of 100"))


def burn_up(items: str, where: str) -> tuple[Place, Place]:
    """Draw the items of a milestone or project, and beside it what is forecast of them."""
    done = f"sum({of(items, where, state='done')})"
    total = f"sum({of(items, where)})"
    empty = "It has no items"
    past = history(
        "Burn-up (items)",
        "Items that are done, and all there are: where the upper line rises, scope was added.",
        [
            Query(expr=done, legend="done", history=True),
            Query(expr=total, legend="all", ref="B", history=True),
        ],
        unit="none",
        empty=empty,
    )
    return Place(12, past.fill_opacity(10)), Place(12, _fan(items, where))


def _fan(items: str, where: str) -> Panel:
    """Draw from what is done now to the day of each quantile, on which all is done.

    ``@ start()`` fixes what is known now: a graph of the time to come begins with the present.
    """
    open_items = still_open(
        f"{of('slipwatch_milestone_items', where, state='remaining')} @ start()", where, "start()"
    )
    done = f"sum({of(items, where, state='done')} @ start())"
    left = f"sum({open_items})"
    since = f"scalar(max({of('slipwatch_assessment_timestamp_seconds', SELECTED)} @ start()))"
    queries = []
    for ref, (quantile, legend) in zip("ABC", _QUANTILES, strict=True):
        days = of("slipwatch_milestone_forecast_timestamp_seconds", where, quantile=quantile)
        finish = f"max({still_open(f'{days} @ start()', where, 'start()')})"
        reached = f"{done}\n+ {left} * (time() - {since}) / ({finish} - {since})"
        expr = f"clamp_max(\n{reached},\nscalar({done} + {left})\n)"
        queries.append(Query(expr=expr, legend=legend, ref=ref, history=True))
    panel = history(
        f"Forecast of the next {AHEAD} days (items)",
        "How many items are done by when, if what is open in milestones is worked off evenly until "
        "the forecast day of the last one: P50, P85 and P95.",
        queries,
        unit="none",
        empty="No open milestone has both items and a forecast",
    )
    for (_, legend), word in zip(_QUANTILES, ("green", "amber", "red"), strict=True):
        colour = {"mode": "fixed", "fixedColor": PAINT[word]}
        panel = panel.override_by_name(legend, column(color=colour))
    return panel.time_from(f"+{AHEAD}d")
