"""sync, assess and explain."""

import difflib
import json
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from slipwatch.aggregator.assessment import Assessment, MilestoneView, to_json
from slipwatch.aggregator.connector import Connector
from slipwatch.aggregator.store import Store
from slipwatch.aggregator.sync import Progress as SyncProgress
from slipwatch.aggregator.sync import SyncResult, load_payload
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.terminal.explain import explain as explain_text
from slipwatch.exporters.terminal.tables import assessment_tables, print_wide
from slipwatch.exporters.terminal.text import plain

from ..pipeline import run_assessment, today
from ..syncing import sync_once
from ..wiring import connect, open_configured_store, read_settings, system_clock
from .options import (
    DEFAULT_CONFIG,
    SOURCE_FAILED,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
    err,
    out,
    refuse,
)


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


def sync(
    config: Config = DEFAULT_CONFIG,
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Only this source; may be repeated.")
    ] = None,
    *,
    full: Annotated[
        bool, typer.Option("--full", help="Read everything again, not only what changed.")
    ] = False,
    load: Annotated[
        Path | None,
        typer.Option(
            "--load",
            help="Read recorded API payloads (JSON: a page or a list of pages) instead of the API.",
        ),
    ] = None,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Pull every source once into the store."""
    begin(log_level, log_format)
    settings = read_settings(config)
    names = _wanted(settings, source or [])
    with open_configured_store(settings) as store:
        if load is not None:
            _load(settings, store, names, load)
            return
        results = _sync_with_progress(settings, store, names, full=full)
    _show_results(results)
    if any(result.error is not None for result in results):
        raise typer.Exit(SOURCE_FAILED)


def assess(
    config: Config = DEFAULT_CONFIG,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="A past day; default: today."),
    ] = None,
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
        typer.echo(to_json(assessment).decode(), nl=False)
    else:
        print_wide(out(), assessment_tables(assessment))
    if any(source.status == "failed" for source in assessment.sources):
        raise typer.Exit(SOURCE_FAILED)
    if fail_on is not None and _has_findings(assessment, fail_on):
        raise typer.Exit(1)


def explain(
    milestone: Annotated[str, typer.Argument(help="Its id; the end of it will do when unique.")],
    config: Config = DEFAULT_CONFIG,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="A past day; default: today."),
    ] = None,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Say in sentences what drives a milestone, what each cause is worth, and who is hit."""
    begin(log_level, log_format)
    assessment = _assess(config, as_of.date() if as_of is not None else None)
    typer.echo(explain_text(assessment, find_milestone(assessment, milestone)), nl=False)


def find_milestone(assessment: Assessment, wanted: str) -> MilestoneView:
    """Find a milestone by its id or the end of it; ends the command when it is not clear."""
    exact = assessment.milestone(wanted)
    if exact is not None:
        return exact
    ids = [view.id for view in assessment.milestones]
    ending = [found for found in ids if found.endswith(f"/{wanted}")]
    if len(ending) == 1:
        view = assessment.milestone(ending[0])
        assert view is not None
        return view
    if ending:
        refuse(f"{wanted} is not clear; it could be {', '.join(ending)}")
    near = difflib.get_close_matches(wanted, ids, n=3, cutoff=0.3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return refuse(f"there is no milestone {plain(wanted)}{hint}")


def _assess(config: Path, as_of: date | None) -> Assessment:
    settings = read_settings(config)
    with open_configured_store(settings) as store:
        now = _present(store)
        current = today(settings, now)
        outcome = run_assessment(
            settings,
            store,
            as_of=as_of or current,
            now=now,
            remember=as_of is None or as_of == current,
        )
    return outcome.assessment


def _present(store: Store) -> datetime:
    """Tell the time, but never a time before the newest fact: a demo's days run ahead."""
    times = [state.last_attempt for state in store.source_states().values()]
    return max([system_clock(), *times])


def _has_findings(assessment: Assessment, severity: FailOn) -> bool:
    ranks = {name.value: rank for rank, name in enumerate(FailOn)}
    return any(
        finding.state == "open" and ranks[finding.severity] >= ranks[severity.value]
        for finding in assessment.findings
    )


def _wanted(settings: SlipwatchSettings, sources: list[str]) -> list[str]:
    unknown = [name for name in sources if name not in settings.sources]
    if unknown:
        known = ", ".join(settings.sources) or "none"
        refuse(f"there is no source {', '.join(unknown)}; the sources are: {known}")
    return sources or list(settings.sources)


def _sync_with_progress(
    settings: SlipwatchSettings, store: Store, names: list[str], *, full: bool
) -> list[SyncResult]:
    console = err()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
    )
    results: list[SyncResult] = []
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        for name in names:
            task = progress.add_task(plain(name), total=None)
            before: dict[str, int] = {}

            def show(step: SyncProgress, task: int = task, before: dict[str, int] = before) -> None:
                before[step.scope] = step.items
                progress.update(
                    task,  # type: ignore[arg-type]  # rich's TaskID is an int of its own name
                    completed=sum(before.values()),
                    description=plain(f"{step.source} {step.scope}"),
                )

            results.append(
                sync_once(settings, store, name, now=system_clock, full=full, on_progress=show)
            )
    return results


def _load(settings: SlipwatchSettings, store: Store, names: list[str], path: Path) -> None:
    try:
        payload: object = json.loads(path.read_bytes())
    except OSError as error:
        refuse(f"{path} cannot be read: {error.strerror}")
    except ValueError as error:
        refuse(f"{path} is not JSON: {error}")
    problems: list[str] = []
    for name in names:
        connector = connect(settings, name, now=system_clock)
        try:
            result = _load_into(connector, store, payload)
        except ValueError as error:
            problems.append(f"{name}: {error}")
            continue
        finally:
            connector.close()
        _show_results([result])
        return
    refuse(f"{path} holds no payload of a source in the file.\n" + "\n".join(problems))


def _load_into(connector: Connector, store: Store, payload: object) -> SyncResult:
    return load_payload(connector, store, payload, now=system_clock)


def _show_results(results: list[SyncResult]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Source", "Items", "Changed", "Outcome"):
        table.add_column(column)
    for result in results:
        notes = [f"failed: {result.error}"] if result.error is not None else ["ok"]
        notes += [f"left out {scope}: {reason}" for scope, reason in result.skipped.items()]
        notes += [f"again from {result.retry_at:%H:%M} UTC"] if result.retry_at else []
        table.add_row(
            result.source, str(result.items), str(result.changed), plain("; ".join(notes))
        )
    print_wide(out(), table)
