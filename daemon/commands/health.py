"""health: the colours of programs and projects, what they stand on, and what changed them."""

from typing import Annotated

import msgspec
import typer

from slipwatch.exporters.health import health_of
from slipwatch.exporters.terminal.health import changes_table, health_tables

from ..settings import read_settings
from ..wiring import open_configured_store
from .assess import assess_day, require_program
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
        day = as_of.date() if as_of is not None else None
        assessment = assess_day(settings, store, day).assessment
        every = store.colour_changes() if changes else []
    log = [one for one in every if one.day <= assessment.as_of]
    require_program(assessment, program)
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
