"""What is marked on graphs over time: dates and forecasts that moved, deadlines, reloads."""

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery

from .panels import DATASOURCE, PAINT
from .queries import DAY, day, of, still_open

FAR = 3
"""Days by which a forecast has to move within one to be marked."""


def marks(where: str, *, forecasts: bool = True) -> tuple[AnnotationQuery, ...]:
    """Mark what is about the milestones that are selected; ``forecasts`` from the beginning."""
    date = of("slipwatch_milestone_plan_timestamp_seconds", where)
    forecast = of("slipwatch_milestone_forecast_timestamp_seconds", where, quantile="0.5")
    due = of("slipwatch_milestone_commitment_timestamp_seconds", where)
    moved = f"abs({forecast} - {forecast} offset 1d) > {FAR * DAY}"
    return (
        _mark("Dates that moved", f"{date} != {date} offset 1d", "Its date moved", "red"),
        _mark("Forecasts that moved", moved, "Its forecast moved", "amber").enable(forecasts),
        _mark(
            "Commitments", day(still_open(due, where)), "It is committed for this day", "green"
        ).use_value_for_time(True),
    )


def reloads() -> tuple[AnnotationQuery, ...]:
    """Mark when the configuration that was in force then was read."""
    read = of("slipwatch_config_last_reload_success_timestamp_seconds")
    mark = _mark("Configuration", f"{read} * 1000", "The configuration was read", "green")
    return (mark.text_format("{{instance}}").use_value_for_time(True),)


def _mark(name: str, expr: str, title: str, colour: str) -> AnnotationQuery:
    return (
        AnnotationQuery()
        .name(name)
        .datasource(DATASOURCE)
        .icon_color(PAINT[colour])
        .expr(expr)
        .step("1d")
        .title_format(title)
        .text_format("{{milestone}}")
    )
