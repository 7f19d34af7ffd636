"""backtest: how good the forecasts would have been on what the store knows of the past."""

from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from slipwatch.aggregator.backtest.held import NEEDED, calibrations
from slipwatch.aggregator.backtest.hindsight import hindsight
from slipwatch.aggregator.backtest.replaying import Replay, find_subjects, replay
from slipwatch.aggregator.backtest.reporting import report
from slipwatch.aggregator.backtest.result import Backtest, to_json
from slipwatch.aggregator.backtest.subjects import CHECKPOINTS, Choice
from slipwatch.aggregator.portfolio.calendars import calendars
from slipwatch.aggregator.reading import read_facts
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.backtest.page import to_html
from slipwatch.exporters.reports.charts import DrawingError
from slipwatch.exporters.terminal.backtest import backtest_tables

from ..settings import read_settings
from ..stored import present, today
from ..wiring import open_configured_store
from .options import (
    DEFAULT_CONFIG,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    Output,
    begin,
    put,
    refuse,
    say_json,
    show,
)
from .watching import tracked


class Scope(StrEnum):
    """What is scored apart, beside everything together."""

    PROGRAM = "program"
    PROJECT = "project"
    STREAM = "stream"


class Format(StrEnum):
    """How a back-test is printed."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"


ScoredApart = Annotated[
    Scope, typer.Option("--scope", help="What is scored apart: program, project or stream.")
]
Checkpoints = Annotated[
    str,
    typer.Option("--checkpoints", help="Per cent of a milestone's life at which it is forecast."),
]
DEFAULT_CHECKPOINTS = ",".join(map(str, CHECKPOINTS))


def backtest(
    config: Config = DEFAULT_CONFIG,
    scope: ScoredApart = Scope.PROGRAM,
    checkpoints: Checkpoints = DEFAULT_CHECKPOINTS,
    form: Annotated[Format, typer.Option("--format", help="table, json or html.")] = Format.TABLE,
    output: Output = None,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Forecast finished milestones as of past days, and score that against what happened.

    Nothing that was learned later is used, and simple ways to forecast are scored beside it. How
    far the forecasts of each program held is kept, and shown with its forecasts, unless
    --checkpoints leaves out 25, 50 or 75.
    """
    begin(log_level, log_format)
    points = _points(checkpoints)
    if output is not None:
        _check(output)
    settings = read_settings(config)
    result = _tested(settings, points, scope)
    if form is Format.TABLE:
        show(backtest_tables(result), output)
    elif form is Format.JSON:
        say_json(to_json(result), output)
    else:
        put(_page(result), output)


def _check(output: Path) -> None:
    """Refuse before the work, which takes minutes, what cannot be written after it."""
    if not output.parent.is_dir():
        refuse(f"{output} cannot be written: there is no folder {output.parent}")
    if output.is_dir():
        refuse(f"{output} cannot be written: it is a folder")


def _tested(settings: SlipwatchSettings, points: tuple[int, ...], scope: Scope) -> Backtest:
    """Forecast at each point, keep how far that held, and score it."""
    how = Replay(
        checkpoints=points,
        seed=settings.assess.seed,
        window=settings.assess.window,
        last_week=True,
    )
    with open_configured_store(settings) as store:
        now = present(store)
        day = today(settings, now)
        facts = read_facts(store, past=True)
        found = find_subjects(settings, facts, day, now=now, choice=Choice(unfinished=True))
        cases = replay(settings, facts, found, now=now, how=how)
        pairs = list(tracked(cases, "Forecasting", len(found) * len(points)))
        if set(points) >= NEEDED:
            store.save_calibrations(calibrations(pairs, day))
    if not pairs:
        refuse(
            "no milestone is over yet that lasted long enough to be forecast: "
            "load a longer history (slipwatch sync), or wait for the first ones"
        )
    return report(
        pairs,
        calendars(settings.calendars, day),
        as_of=day,
        scope=scope.value,
        trials=how.trials,
        seed=how.seed,
        hindsight=hindsight(facts),
    )


def _page(result: Backtest) -> bytes:
    try:
        return to_html(result, version=version("slipwatch")).encode()
    except DrawingError as error:
        refuse(str(error))


def _points(text: str) -> tuple[int, ...]:
    try:
        points = sorted({int(each) for each in text.split(",")})
    except ValueError:
        points = []
    if not points or not (points[0] >= 0 and points[-1] < 100):
        refuse(f"--checkpoints {text}: give whole per cents from 0 to 99, such as 25,50,75")
    return tuple(points)
