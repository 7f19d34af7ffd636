"""health: the colours of programs and projects, what they stand on, and what changed them."""

from typing import Annotated

import msgspec
import typer

from slipwatch.aggregator.assessment import Assessment
from slipwatch.exporters.health import health_of
from slipwatch.exporters.terminal.health import changes_table, health_tables

from ..pipeline import run_assessment
from ..settings import read_settings
from ..stored import present, today
from ..wiring import open_configured_store
from .options import (
    DEFAULT_CONFIG,
    AsOf,
    Config,
    Form,
    Format,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
    refuse,
    say_json,
    show,
)


def health(
    program: Annotated[str | None, typer.Argument(help="Its id; default: all of them.")] = None,
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    changes: Annotated[
        bool, typer.Option("--changes", help="What turned another colour, when, and why.")
    ] = False,
    form: Form = Format.TABLE,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Show the colour of each dimension with the numbers it stands on; nothing is averaged."""
    begin(log_level, log_format)
    settings = read_settings(config)
    with open_configured_store(settings) as store:
        now = present(store)
        current = today(settings, now)
        day = as_of.date() if as_of is not None else current
        assessment = run_assessment(
            settings, store, as_of=day, now=now, remember=day == current
        ).assessment
        log = [one for one in store.colour_changes() if one.day <= day] if changes else []
    _require(assessment, program)
    if changes and form is Format.JSON:
        wanted = [one for one in log if program in (None, one.subject.partition("/")[0])]
        say_json(msgspec.json.format(msgspec.json.encode(wanted)) + b"\n")
    elif changes:
        show(changes_table(log, program))
    elif form is Format.JSON:
        found = health_of(assessment, program)
        say_json(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    else:
        show(health_tables(assessment, program))


def _require(assessment: Assessment, program: str | None) -> None:
    known = [view.id for view in assessment.programs]
    if program is not None and program not in known:
        listed = ", ".join(known) or "none"
        refuse(f"there is no program {program}; there are: {listed}")
