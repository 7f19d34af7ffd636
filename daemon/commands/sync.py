"""sync: one pull of the sources, or of recorded payloads."""

import gzip
import json
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
)
from rich.table import Table
from rich.text import Text

from slipwatch.aggregator.collector import collect_seldom
from slipwatch.aggregator.connector import SourceError
from slipwatch.aggregator.store import Store
from slipwatch.aggregator.sync import Progress as SyncProgress
from slipwatch.aggregator.sync import SyncResult, load_payload
from slipwatch.config.base import MissingSecretError
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.terminal.printing import plain_table
from slipwatch.exporters.terminal.text import plain

from ..benefits import Measured, read_benefits
from ..costing import read_costs
from ..settings import read_settings
from ..syncing import sync_once
from ..wiring import connect, open_configured_store, system_clock
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
    refuse,
    show,
)

Sources = Annotated[
    list[str] | None, typer.Option("--source", help="Only this source; may be repeated.")
]
Full = Annotated[bool, typer.Option("--full", help="Read everything again, not only what changed.")]
Census = Annotated[
    bool,
    typer.Option(
        "--census", help="List all ids now, to find what was deleted or moved away; so does --full."
    ),
]
AcceptMissing = Annotated[
    bool,
    typer.Option(
        "--accept-missing",
        help="Take a census, and believe it even if it misses many items, as after a clean-up.",
    ),
]
Recorded = Annotated[
    list[Path] | None,
    typer.Option(
        "--load",
        help="Read recorded API payloads instead of the API: a JSON file with a page or a list "
        "of pages, or .ndjson with one on each line, also as .gz; may be repeated.",
    ),
]


def sync(
    config: Config = DEFAULT_CONFIG,
    source: Sources = None,
    *,
    full: Full = False,
    census: Census = False,
    accept_missing: AcceptMissing = False,
    load: Recorded = None,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Pull every source once into the store, and read the measures of benefits.

    Exits with 3 when a source failed. Ctrl-C ends it; what was read by then stays.
    """
    begin(log_level, log_format)
    settings = read_settings(config)
    names = _wanted(settings, source or [])
    payloads = [_read_payload(path) for path in load or ()]
    measured: list[Measured] = []
    with open_configured_store(settings) as store:
        collect_seldom()
        if load:
            results = [_load(settings, store, names, load, payloads)]
        else:
            once = partial(
                sync_once,
                settings,
                store,
                now=system_clock,
                full=full,
                census=census,
                accept_missing=accept_missing,
            )
            results = _sync_with_progress(once, names)
            if not source:
                read_costs(settings, store, now=system_clock)
                measured = read_benefits(settings, store, now=system_clock, at_once=True)
    show(_results_table(results))
    if measured:
        show(_measures_table(measured))
    errors = [*(one.error for one in results), *(one.error for one in measured)]
    if any(error is not None for error in errors):
        raise typer.Exit(SOURCE_FAILED)


def _wanted(settings: SlipwatchSettings, sources: list[str]) -> list[str]:
    unknown = [name for name in sources if name not in settings.sources]
    if unknown:
        known = ", ".join(settings.sources) or "none"
        refuse(f"there is no source {', '.join(unknown)}; the sources are: {known}")
    return list(dict.fromkeys(sources)) or list(settings.sources)


def _sync_with_progress(once: Callable[..., SyncResult], names: list[str]) -> list[SyncResult]:
    console = err()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
    )
    results: list[SyncResult] = []
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        for name in names:
            task = progress.add_task(name, total=None)
            read: dict[str, int] = {}

            def step(seen: SyncProgress, task: TaskID = task, read: dict[str, int] = read) -> None:
                read[seen.scope] = seen.items
                progress.update(
                    task,
                    completed=sum(read.values()),
                    description=plain(f"{seen.source} {seen.scope}"),
                )

            results.append(once(name, on_progress=step))
    return results


def _read_payload(path: Path) -> object:
    """Read one file; a file with an object on each line is a list of them."""
    lines = path.name.removesuffix(".gz").endswith((".ndjson", ".jsonl"))
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        payload: object = (
            [json.loads(line) for line in content.splitlines() if line.strip()]
            if lines
            else json.loads(content)
        )
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        refuse(f"{path} cannot be unpacked: {error}")
    except OSError as error:
        refuse(f"{path} cannot be read: {error.strerror}")
    except (ValueError, RecursionError) as error:
        refuse(f"{path} is not JSON: {error}")
    return payload


def _load(
    settings: SlipwatchSettings,
    store: Store,
    names: list[str],
    paths: list[Path],
    payloads: list[object],
) -> SyncResult:
    """Load payloads into the first source whose API they can be of.

    Several files are one recording: what one says of a version holds for the issues of another.
    """
    recording = payloads[0] if len(payloads) == 1 else payloads
    problems: list[str] = []
    for name in names:
        try:
            connector = connect(settings, name, now=system_clock)
        except (MissingSecretError, SourceError) as error:
            problems.append(f"{name}: {error}")
            continue
        try:
            return load_payload(connector, store, recording, now=system_clock)
        except ValueError as error:
            problems.append(f"{name}: {error}")
        finally:
            connector.close()
    files = " and ".join(map(str, paths))
    holds = "holds" if len(paths) == 1 else "hold"
    return refuse("\n".join([f"{files} {holds} no payload of a source in the file.", *problems]))


def _results_table(results: list[SyncResult]) -> Table:
    table = plain_table("Source", "Items", "Changed", "Outcome")
    for result in results:
        notes = [f"failed: {result.error}"] if result.error is not None else ["ok"]
        notes += [f"left out {scope}: {reason}" for scope, reason in result.skipped.items()]
        notes += [
            f"census of {census.scope} not believed: {census.problem}"
            for census in result.censuses
            if census.problem is not None
        ]
        notes += [f"again from {result.retry_at:%H:%M} UTC"] if result.retry_at else []
        table.add_row(
            result.source, str(result.items), str(result.changed), Text(plain("; ".join(notes)))
        )
    return table


def _measures_table(results: list[Measured]) -> Table:
    table = plain_table("Benefit", "New readings", "Outcome")
    for result in results:
        outcome = "ok" if result.error is None else f"failed: {result.error}"
        table.add_row(plain(result.benefit), str(result.readings), Text(plain(outcome)))
    return table
