"""run: the service."""

import os
import sys
from typing import Annotated

import typer

from ..service import Service
from ..wiring import system_clock
from .options import (
    DEFAULT_CONFIG,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    WebConfigFile,
    begin,
)

Listen = Annotated[
    str | None,
    typer.Option("--listen", help="host:port to listen on; port 0 takes a free one."),
]


def run(
    config: Config = DEFAULT_CONFIG,
    listen: Listen = None,
    web_config: WebConfigFile = None,
    log_level: LogLevel = LogLevelName.INFO,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Run the service: sync, assess and serve until it is told to stop."""
    begin(log_level, log_format)
    service = Service(config, now=system_clock, listen=listen, web=web_config)
    ended = service.run(on_listening=lambda address: typer.echo(f"slipwatch listens on {address}"))
    if not ended:
        # The interpreter would wait for the threads that the service has given up. None of them
        # holds anything: what they write, they write whole or not at all.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
