"""config check, schema and show."""

import json

import typer

from slipwatch.config.schema import json_schema
from slipwatch.config.show import show_settings
from slipwatch.connectors.table import kinds

from ..wiring import read_settings
from .options import (
    DEFAULT_CONFIG,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
)

app = typer.Typer(help="Check, describe or show the configuration.", no_args_is_help=True)


@app.command()
def check(
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Check the file; every problem is named with line, column and how to mend it."""
    begin(log_level, log_format)
    settings = read_settings(config)
    milestones = sum(
        len(project.milestones) for program in settings.programs for project in program.projects
    )
    typer.echo(
        f"{config} is fine: {len(settings.sources)} sources, {len(settings.programs)} programs, "
        f"{milestones} listed milestones."
    )


@app.command()
def schema(
    config: Config = DEFAULT_CONFIG,  # every command takes it
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Print the JSON Schema of the file, for editors."""
    begin(log_level, log_format)
    found = json_schema({name: kind.settings for name, kind in kinds().items()})
    typer.echo(json.dumps(found, indent=2))


@app.command()
def show(
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Print the effective settings, defaults included, secrets masked."""
    begin(log_level, log_format)
    typer.echo(show_settings(read_settings(config)), nl=False)
