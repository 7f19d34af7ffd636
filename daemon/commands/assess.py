"""assess: what the stored facts mean."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from slipwatch.aggregator.assessment import Assessment, to_json
from slipwatch.aggregator.store import Store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.terminal.tables import assessment_tables

from ..pipeline import Outcome, run_assessment
from ..settings import read_settings
from ..stored import present, today
from ..wiring import open_configured_store
from .options import (
    DEFAULT_CONFIG,
    FINDINGS,
    SOURCE_FAILED,
    AsOf,
    Config,
    Form,
    Format,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
    refuse,
    say_json,
    show,
)


class FailOn(StrEnum):
    """From which severity on findings fail the command."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


def assess(
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    form: Form = Format.TABLE,
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
    assessment = assess_stored(config, as_of.date() if as_of is not None else None)
    if form is Format.JSON:
        say_json(to_json(assessment))
    else:
        show(assessment_tables(assessment))
    if any(source.status == "failed" for source in assessment.sources):
        raise typer.Exit(SOURCE_FAILED)
    if fail_on is not None and _has_findings(assessment, fail_on):
        raise typer.Exit(FINDINGS)


def assess_stored(config: Path, as_of: date | None) -> Assessment:
    """Assess what is stored for a file as of a day; that of today is remembered."""
    settings = read_settings(config)
    with open_configured_store(settings) as store:
        return assess_day(settings, store, as_of).assessment


def assess_day(settings: SlipwatchSettings, store: Store, as_of: date | None) -> Outcome:
    """Assess a store as of a day, or today; that of today is remembered."""
    now = present(store)
    current = today(settings, now)
    day = as_of or current
    return run_assessment(settings, store, as_of=day, now=now, remember=day == current)


def require_program(assessment: Assessment, program: str | None) -> None:
    """End with a usage error where a program is named that is not there."""
    known = [view.id for view in assessment.programs]
    if program is not None and program not in known:
        refuse(f"there is no program {program}; there are: {', '.join(known) or 'none'}")


def _has_findings(assessment: Assessment, severity: FailOn) -> bool:
    ranks = {name.value: rank for rank, name in enumerate(FailOn)}
    return any(
        finding.state == "open" and ranks[finding.severity] >= ranks[severity.value]
        for finding in assessment.findings
    )
