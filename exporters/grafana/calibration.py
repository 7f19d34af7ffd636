"""How far forecasts held: what a quantile promised, and what became of it."""

from .panels import PAINT, PanelBuilder, Query, column, history
from .queries import of

_QUANTILES = (("0.5", "P50", "green"), ("0.85", "P85", "amber"), ("0.95", "P95", "red"))
_NUMBER = "milestones"


def calibration(where: str) -> PanelBuilder:
    """Draw which share of a program's finished milestones each quantile held for."""
    held = "slipwatch_forecast_coverage_ratio"
    panel = history(
        "How its forecasts held",
        "The share of its finished milestones that were done by P50, P85 and P95 of their "
        "forecasts, when these were made again as of past days. It should be 50, 85 and 95 %: "
        "below, forecasts are too early.",
        [
            *(
                Query(
                    expr=f"min({of(held, where, quantile=quantile)})",
                    legend=legend,
                    ref=ref,
                    history=True,
                )
                for ref, (quantile, legend, _) in zip("ABC", _QUANTILES, strict=True)
            ),
            Query(
                expr=f"max({of('slipwatch_forecast_coverage_milestones', where)})",
                legend=_NUMBER,
                ref="D",
                history=True,
            ),
        ],
        unit="percentunit",
        empty="Nobody has asked yet: run `slipwatch backtest`",
    )
    for _, legend, word in _QUANTILES:
        colour = column(color={"mode": "fixed", "fixedColor": PAINT[word]})
        panel = panel.override_by_name(legend, colour)
    return panel.min(0).override_by_name(_NUMBER, column(unit="none", custom_axisPlacement="right"))
