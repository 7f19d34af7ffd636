"""dashboards: the dashboards for Grafana, as files."""

from pathlib import Path
from typing import Annotated

import typer

from slipwatch.exporters.grafana.shipped import dashboards as shipped

from .options import (
    DEFAULT_CONFIG,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
    say,
)


def dashboards(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to; it is made if it is not there.")
    ],
    config: Config = DEFAULT_CONFIG,  # every command takes it
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Write the dashboards for Grafana, to be provisioned or imported."""
    begin(log_level, log_format)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in shipped():
        (folder / name).write_text(text, encoding="utf-8")
        say(f"{folder / name}\n")
