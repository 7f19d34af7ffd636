"""report: the status of a program on a page, and the archive of what audiences got."""

import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated

import typer

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.store import NewReport, Store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.reports.charts import DrawingError
from slipwatch.exporters.reports.printing import PrintingError
from slipwatch.exporters.terminal.printing import plain_table
from slipwatch.exporters.terminal.text import plain

from ..pipeline import run_assessment
from ..reporting import (
    Form,
    UnknownProgramError,
    as_it_was,
    compared_with,
    write_report,
)
from ..settings import read_settings
from ..stored import present, today
from ..wiring import open_configured_store
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
    complain,
    put,
    refuse,
    show,
)

app = typer.Typer(
    help="Write the status of a program on a page; see what audiences got.",
    invoke_without_command=True,
)


@app.callback()
def report(
    context: typer.Context,
    program: Annotated[
        str | None, typer.Option(help="Its id; may be left out when there is only one.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="html, md or pdf.")] = Form.HTML,
    output: Output = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="The day to compare with; default: that of the last report, or a week ago.",
        ),
    ] = None,
    as_of: AsOf = None,
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep it in the archive, as if it had been sent.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Write the status of a program: why, what changed, commitments, causes, decisions, findings.

    HTML needs nothing else and prints to one to three pages; PDF needs Chromium on the PATH.
    """
    if context.invoked_subcommand is not None:
        return
    begin(log_level, log_format)
    if output is None and form is Form.PDF and sys.stdout.isatty():
        refuse("a PDF is nothing for a terminal: name a file with --output")
    settings = read_settings(config)
    wanted = program or _only_program(settings)
    with open_configured_store(settings) as store:
        now = present(store)
        current = today(settings, now)
        day = as_of.date() if as_of is not None else current
        if day > current:
            refuse(f"{day} has not come yet")
        outcome = run_assessment(settings, store, as_of=day, now=now, remember=day == current)
        before = _before(settings, store, wanted, day, since.date() if since else None, now)
        written = _write(
            lambda: write_report(settings, store, outcome, wanted, form=form, before=before, at=now)
        )
        if keep:
            complain(f"kept as report {store.freeze_report(written)}")
    put(written.content, output)


@app.command("list")
def list_(
    program: Annotated[str | None, typer.Option(help="Only reports on this program.")] = None,
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """List the last hundred reports that were sent or kept, the newest first."""
    begin(log_level, log_format)
    table = plain_table("Number", "Made", "As of", "Program", "Audience", "Format", "SHA-256")
    with open_configured_store(read_settings(config)) as store:
        for kept in store.reports(program=program):
            table.add_row(
                str(kept.number),
                f"{kept.made_at:%Y-%m-%d %H:%M}",
                str(kept.as_of),
                plain(kept.program),
                plain(kept.audience) or "kept",
                kept.form,
                kept.sha256[:12],
            )
    show(table)


@app.command("show")
def show_(
    number: Annotated[int, typer.Argument(help="As report list gives it.")],
    output: Output = None,
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Give a report again, byte by byte as its audience got it."""
    begin(log_level, log_format)
    with open_configured_store(read_settings(config)) as store:
        kept = store.report(number)
    if kept is None:
        refuse(f"there is no report {number}; see slipwatch report list")
    put(kept.content, output)


def _only_program(settings: SlipwatchSettings) -> str:
    ids = [program.id for program in settings.programs]
    if len(ids) == 1:
        return ids[0]
    return refuse(f"name one with --program; there are: {', '.join(ids) or 'none'}")


def _before(
    settings: SlipwatchSettings,
    store: Store,
    program: str,
    day: date,
    since: date | None,
    now: datetime,
) -> Assessment | None:
    if since is None:
        return compared_with(store, program, day)
    if since >= day:
        refuse(f"--since {since} is not before {day}, the day of the report")
    return as_it_was(settings, store, since, now)


def _write(write: Callable[[], NewReport]) -> NewReport:
    try:
        return write()
    except (UnknownProgramError, DrawingError, PrintingError) as error:
        return refuse(str(error))
