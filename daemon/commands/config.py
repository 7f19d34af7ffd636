"""config check, schema and show."""

import json

import typer

from slipwatch.config.schema import json_schema
from slipwatch.config.show import show_settings

from ..settings import read_settings, source_settings
from ..web import WebConfig
from .options import (
    DEFAULT_CONFIG,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    WebConfigFile,
    begin,
    say,
)

app = typer.Typer(help="Check, describe or show the configuration.", no_args_is_help=True)


@app.command()
def check(
    config: Config = DEFAULT_CONFIG,
    web_config: WebConfigFile = None,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Check the file; every problem is named with line, column and how to mend it."""
    begin(log_level, log_format)
    settings = read_settings(config)
    if web_config is not None:
        WebConfig(web_config)
    milestones = sum(
        len(project.milestones) for program in settings.programs for project in program.projects
    )
    held = (
        _count(len(settings.sources), "source"),
        _count(len(settings.programs), "program"),
        _count(milestones, "listed milestone"),
    )
    say(f"{config} is fine: {', '.join(held)}.\n")


@app.command()
def schema(
    config: Config = DEFAULT_CONFIG,  # every command takes it
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Print the JSON Schema of the file, for editors."""
    begin(log_level, log_format)
    found = json_schema(source_settings())
    say(f"{json.dumps(found, indent=2)}\n")


@app.command()
def show(
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Print the effective settings, defaults included, secrets masked."""
    begin(log_level, log_format)
    say(show_settings(read_settings(config)))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
