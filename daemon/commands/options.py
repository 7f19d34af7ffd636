"""What all commands have in common: their options, how they begin, how they print and end."""

import io
import os
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console, Group
from rich.table import Table

from slipwatch.exporters.terminal.printing import print_wide
from slipwatch.exporters.terminal.text import plain, plain_json

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

AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="A past day; default: today."),
]


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"


Form = Annotated[Format, typer.Option("--format", help="table or json.")]

Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="The file to write; default: standard output.")
]

WebConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--web.config.file",
        help="TLS, client certificates, passwords and headers, in the format of Prometheus.",
    ),
]

FINDINGS = 1
USAGE = 2
SOURCE_FAILED = 3
INTERRUPTED = 128 + 2
"""As if SIGINT had ended the process."""
READER_GONE = 128 + 13
"""As if SIGPIPE had ended the process: 1 would mean that there are findings."""


def begin(level: LogLevelName, form: LogFormatName) -> None:
    """Set logging up; every command does so first."""
    log.configure(level.value, form.value)


def out() -> Console:
    """Make a console for results: standard output, as it is at this moment."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)


def err() -> Console:
    """Make a console for progress."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a result in UTF-8, whatever the locale; nobody reading it any more is no error."""
    put(text.encode(), None)


def say_json(document: bytes, output: Path | None = None) -> None:
    """Write a JSON document that a terminal cannot take for commands."""
    put(plain_json(document.decode()).encode(), output)


def put(content: bytes, output: Path | None) -> None:
    """Write a result byte by byte, to a file or to standard output."""
    if output is not None:
        output.write_bytes(content)
        return
    try:
        typer.echo(content, nl=False)
    except BrokenPipeError:
        # Else the interpreter complains at its end, when it cannot flush either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(READER_GONE) from None


def show(renderable: Group | Table, output: Path | None = None) -> None:
    """Print tables: in colour and cut to the window at a terminal, else plain and whole."""
    if output is None and sys.stdout.isatty():
        print_wide(out(), renderable)
        return
    text = io.StringIO()
    print_wide(Console(file=text), renderable)
    put(text.getvalue().encode(), output)


def complain(message: str) -> None:
    """Say what is wrong; messages may quote what trackers and files hold."""
    typer.echo("\n".join(plain(line) for line in message.splitlines()), err=True)


def refuse(message: str) -> NoReturn:
    """End with a usage or configuration error."""
    complain(message)
    raise typer.Exit(USAGE)
