"""export: what an assessment says, as tables and as a calendar."""

from enum import StrEnum
from typing import Annotated

import typer

from slipwatch.exporters.export.ical import to_ics
from slipwatch.exporters.export.tables import TABLES
from slipwatch.exporters.export.writing import to_csv, to_json

from ..board import ledger_of
from ..settings import read_settings
from ..wiring import open_configured_store
from .assess import assess_day, require_program
from .options import (
    DEFAULT_CONFIG,
    AsOf,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    Output,
    begin,
    put,
    refuse,
)

CALENDAR = "ics"


class TableForm(StrEnum):
    """What a table is written as."""

    CSV = "csv"
    JSON = "json"


def export(
    what: Annotated[
        str, typer.Argument(help=f"A table ({', '.join(TABLES)}), or {CALENDAR}: a calendar.")
    ],
    form: Annotated[
        TableForm | None, typer.Option("--format", help="Of a table: csv (default) or json.")
    ] = None,
    program: Annotated[str | None, typer.Option(help="Of a calendar: only this program.")] = None,
    output: Output = None,
    as_of: AsOf = None,
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Write everything that is shown as a table or a calendar, for other programs.

    CSV is UTF-8 with a header; a text that a spreadsheet would take for a formula gets an
    apostrophe before it.
    """
    begin(log_level, log_format)
    table = TABLES.get(what)
    if table is None and what != CALENDAR:
        refuse(f"there is no table {what}; there are {', '.join(TABLES)}, and {CALENDAR}")
    if table is not None and program is not None:
        refuse("--program is for ics: a table has all programs, by columns")
    if table is None and form is not None:
        refuse("a calendar has a form of its own: leave --format out")
    settings = read_settings(config)
    with open_configured_store(settings) as store:
        outcome = assess_day(settings, store, as_of.date() if as_of is not None else None)
    if table is not None:
        rows = table.rows(outcome.assessment, ledger_of(outcome.portfolio))
        write = to_json if form is TableForm.JSON else to_csv
        put(write(table.columns, rows), output)
        return
    require_program(outcome.assessment, program)
    put(to_ics(outcome.assessment, program), output)
