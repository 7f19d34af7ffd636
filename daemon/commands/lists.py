"""metrics and connectors: what slipwatch ships with."""

import inspect

from slipwatch.connectors.table import kinds
from slipwatch.exporters.prometheus.catalogue import METRICS
from slipwatch.exporters.prometheus.own import SELF_METRICS
from slipwatch.exporters.terminal.printing import plain_table

from .options import (
    DEFAULT_CONFIG,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
    show,
)


def metrics(
    config: Config = DEFAULT_CONFIG,  # every command takes it
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """List the metrics with their labels."""
    begin(log_level, log_format)
    table = plain_table("Metric", "Type", "Labels", "Meaning")
    for metric in METRICS:
        table.add_row(metric.name, metric.kind, ", ".join(metric.labels), metric.help)
    for own in SELF_METRICS:
        table.add_row(own.name, own.kind, ", ".join(own.labels), own.help)
    show(table)


def connectors(
    config: Config = DEFAULT_CONFIG,  # every command takes it
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """List the kinds of sources and the keys each takes."""
    begin(log_level, log_format)
    table = plain_table("Kind", "What it reads", "Keys")
    for name, kind in sorted(kinds().items()):
        keys = [key for key in kind.settings.model_fields if key != "kind"]
        summary = (inspect.getdoc(kind.settings) or "").partition("\n")[0]
        table.add_row(name, summary, ", ".join(keys))
    show(table)
