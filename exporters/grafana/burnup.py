"""What is done of what there is, until now and, by the forecast, from now on."""

from grafana_foundation_sdk.builders.timeseries import Panel

from .panels import PAINT, Query, column, history
from .queries import DAY, SELECTED, of

AHEAD = 90
"""Days that are shown before now, and after it."""

KNOWN = f"[1d] @ end() offset {AHEAD}d"
"""What was known last when the time to come began: the graph ends ``AHEAD`` days later, or an hour
more or less where clocks change in between."""

_QUANTILES = (
    ("0.5", "P50", "green"),
    ("0.85", "P85", "amber"),
    ("0.95", "P95", "red"),
)
_COMMITTED = "committed day"


def burn_up(items: str, where: str) -> Panel:
    """Draw the items of a milestone or project: what is done, all there are, and the fan.

    Grafana has no override for a time that lies on both sides of now: twice ``AHEAD`` days from
    now on, shifted back by half of them, is one.
    """
    panel = history(
        f"Burn-up (items, {AHEAD} days back and ahead)",
        "Items that are done, and all there are: where the upper line rises, scope was added. "
        "Dashed is what comes if the open items of each milestone are worked off evenly until its "
        "P50, P85 or P95; items without a forecast stay open. The bars are days that were "
        f"committed to. In an absolute time it shows what was {AHEAD} days before.",
        [
            Query(expr=f"sum({of(items, where, state='done')})", legend="done", history=True),
            Query(expr=f"sum({of(items, where)})", legend="all", ref="B", history=True),
            *_fan(items, where),
            _committed(items, where),
        ],
        unit="none",
        empty="It has no items",
    )
    panel = panel.override_by_name("done", column(custom_fillOpacity=10))
    for _, legend, word in _QUANTILES:
        looks = column(
            color={"mode": "fixed", "fixedColor": PAINT[word]},
            custom_lineStyle={"fill": "dash", "dash": [10, 10]},
            custom_lineInterpolation="linear",
        )
        panel = panel.override_by_name(legend, looks)
    band = column(custom_fillBelowTo="P95", custom_fillOpacity=10)
    bars = column(
        color={"mode": "fixed", "fixedColor": PAINT["grey"]},
        custom_drawStyle="bars",
        custom_fillOpacity=60,
    )
    return (
        panel.override_by_name("P50", band)
        .override_by_name(_COMMITTED, bars)
        .time_from(f"+{2 * AHEAD}d")
        .time_shift(f"{AHEAD}d")
    )


def _fan(items: str, where: str) -> list[Query]:
    """Ask what is done by when: at the day of a quantile all items of its milestone are."""
    since = f"scalar(max({_known(of('slipwatch_assessment_timestamp_seconds', SELECTED))}))"
    completed = _known(of("slipwatch_milestone_completed_timestamp_seconds", where))
    remaining = _known(of("slipwatch_milestone_items", where, state="remaining"))
    left = f"max by (milestone) ({remaining}\nunless on (milestone) {completed})"
    done = f"sum({_known(of(items, where, state='done'))})"
    queries = []
    for ref, (quantile, legend, _) in zip("CDE", _QUANTILES, strict=True):
        forecast = of("slipwatch_milestone_forecast_timestamp_seconds", where, quantile=quantile)
        finish = f"max by (milestone) ({_known(forecast)})"
        # A day that is over has no time left to divide by.
        share = f"clamp((time() - {since})\n/ clamp_min({finish} - {since}, 1), 0, 1)"
        reached = f"{done}\n+ sum({left}\n* on (milestone) {share})"
        most = f"clamp_max(\n{reached},\nscalar({_all(items, where)})\n)"
        ahead = f"{most}\nand on () (vector(time()) >= {since})"
        queries.append(Query(expr=ahead, legend=legend, ref=ref, history=True))
    return queries


def _committed(items: str, where: str) -> Query:
    """Ask on which days a commitment is due."""
    due = _known(of("slipwatch_milestone_commitment_timestamp_seconds", where))
    ends = f"count(({due} > time()) <= time() + {DAY})"
    return Query(
        expr=f"{ends} * 0 + {_all(items, where)}", legend=_COMMITTED, ref="F", history=True
    )


def _all(items: str, where: str) -> str:
    return f"sum({_known(of(items, where))})"


def _known(metric: str) -> str:
    return f"last_over_time({metric}{KNOWN})"
