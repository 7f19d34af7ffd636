"""assess and explain: what the stored facts mean."""

import re
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from slipwatch.aggregator.assessment import Assessment, MilestoneView, to_json
from slipwatch.aggregator.naming import find_id
from slipwatch.aggregator.store import Store
from slipwatch.exporters.terminal.explain import explain as explain_text
from slipwatch.exporters.terminal.tables import assessment_tables

from ..pipeline import run_assessment, today
from ..settings import read_settings
from ..wiring import open_configured_store, system_clock
from .options import (
    DEFAULT_CONFIG,
    FINDINGS,
    SOURCE_FAILED,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
    refuse,
    say,
    show,
)

# JSON itself escapes only C0 controls; a terminal obeys these too.
_CONTROLS = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Format(StrEnum):
    """How an assessment is printed."""

    TABLE = "table"
    JSON = "json"


class FailOn(StrEnum):
    """From which severity on findings fail the command."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="A past day; default: today."),
]


def assess(
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    form: Annotated[Format, typer.Option("--format", help="table or json.")] = Format.TABLE,
    fail_on: Annotated[
        FailOn | None,
        typer.Option("--fail-on", help="Exit with 1 on an open finding of this severity or worse."),
    ] = None,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Assess what is stored: what will slip, why, and who is hit.

    Exits with 0 when clean, 1 on findings (see --fail-on), 2 on a usage or configuration error,
    3 when a source failed.
    """
    begin(log_level, log_format)
    assessment = _assess(config, as_of.date() if as_of is not None else None)
    if form is Format.JSON:
        say(harmless(to_json(assessment).decode()))
    else:
        show(assessment_tables(assessment))
    if any(source.status == "failed" for source in assessment.sources):
        raise typer.Exit(SOURCE_FAILED)
    if fail_on is not None and _has_findings(assessment, fail_on):
        raise typer.Exit(FINDINGS)


def explain(
    milestone: Annotated[str, typer.Argument(help="Its id; the end of it will do when unique.")],
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Say in sentences what drives a milestone, what each cause is worth, and who is hit."""
    begin(log_level, log_format)
    assessment = _assess(config, as_of.date() if as_of is not None else None)
    say(explain_text(assessment, _find_milestone(assessment, milestone)))


def _find_milestone(assessment: Assessment, wanted: str) -> MilestoneView:
    """Find a milestone by its id or the end of it."""
    by_id = {view.id: view for view in assessment.milestones}
    try:
        return by_id[find_id(wanted, by_id)]
    except ValueError as error:
        return refuse(str(error))


def _assess(config: Path, as_of: date | None) -> Assessment:
    settings = read_settings(config)
    with open_configured_store(settings) as store:
        now = present(store)
        current = today(settings, now)
        outcome = run_assessment(
            settings,
            store,
            as_of=as_of or current,
            now=now,
            remember=as_of is None or as_of == current,
        )
    return outcome.assessment


def present(store: Store) -> datetime:
    """Tell the time, but never a time before the newest fact: a demo's days run ahead."""
    times = [state.last_attempt for state in store.source_states().values()]
    return max([system_clock(), *times])


def _has_findings(assessment: Assessment, severity: FailOn) -> bool:
    ranks = {name.value: rank for rank, name in enumerate(FailOn)}
    return any(
        finding.state == "open" and ranks[finding.severity] >= ranks[severity.value]
        for finding in assessment.findings
    )


def harmless(text: str) -> str:
    """Escape in JSON what a terminal would obey; it still means the same."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
