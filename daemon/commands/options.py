"""Options that every command takes, and how it begins."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from .. import log

Config = Annotated[
    Path,
    typer.Option("--config", envvar="SLIPWATCH_CONFIG", help="The configuration file."),
]
DEFAULT_CONFIG = Path("slipwatch.yaml")


class LogLevelName(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormatName(StrEnum):
    """How it is logged."""

    TEXT = "text"
    JSON = "json"


LogLevel = Annotated[LogLevelName, typer.Option("--log-level", help="How much to log.")]
LogFormat = Annotated[LogFormatName, typer.Option("--log-format", help="How to log it.")]

USAGE = 2
SOURCE_FAILED = 3


def begin(level: LogLevelName, form: LogFormatName) -> None:
    """Set logging up; every command does so first."""
    log.configure(level.value, form.value)


def out() -> Console:
    """Make a console for results: standard output, as it is at this moment."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)


def err() -> Console:
    """Make a console for progress and complaints."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def refuse(message: str) -> NoReturn:
    """End with a usage or configuration error."""
    typer.echo(message, err=True)
    raise typer.Exit(USAGE)
