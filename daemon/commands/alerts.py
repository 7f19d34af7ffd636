"""alerts: the rules for Prometheus and the example for Alertmanager, as files."""

from pathlib import Path
from typing import Annotated

import typer

from slipwatch.exporters.prometheus.alerts.policy import Policy
from slipwatch.exporters.prometheus.alerts.render import files

from ..settings import read_settings
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

_DEFAULT = Policy()


def alerts(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to; it is made if it is not there.")
    ],
    job: Annotated[
        str, typer.Option(help="The job under which Prometheus scrapes slipwatch.")
    ] = _DEFAULT.job,
    runbooks: Annotated[
        str, typer.Option(help="Where the pages of docs/runbooks can be read.")
    ] = _DEFAULT.runbooks,
    grafana: Annotated[
        str,
        typer.Option(metavar="URL", help="The Grafana with slipwatch's dashboards, to link to."),
    ] = _DEFAULT.grafana,
    external_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where people reach slipwatch's pages, to link to; without it, `external_url` of "
            "the configuration file counts, if there is one.",
        ),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Write alert and recording rules for Prometheus, and an example for Alertmanager."""
    begin(log_level, log_format)
    if external_url is None:
        wanted = config.exists() or config != DEFAULT_CONFIG
        external_url = read_settings(config).external_link() if wanted else ""
    made = files(Policy(job=job, runbooks=runbooks, grafana=grafana, external_url=external_url))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
        say(f"{folder / name}\n")
