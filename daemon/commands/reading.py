"""reading: what people measured of benefits, told and listed."""

import math
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from slipwatch.aggregator.benefits.model import Reading
from slipwatch.aggregator.benefits.profiles import subject
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.strategy import BenefitSettings
from slipwatch.exporters.terminal.printing import plain_table
from slipwatch.exporters.terminal.text import plain

from ..settings import read_settings
from ..wiring import open_configured_store, system_clock
from .options import (
    DEFAULT_CONFIG,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
    complain,
    refuse,
    show,
)

app = typer.Typer(help="Tell what was measured of a benefit; list what is known.")

BenefitName = Annotated[
    str, typer.Argument(help="Its id, or program/id where two programs have one of that id.")
]


@app.command("add", context_settings={"ignore_unknown_options": True})
def add(
    benefit: BenefitName,
    value: Annotated[float, typer.Argument(help="The value, in the benefit's unit.")],
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            help="When it was measured, in the time zone of the file; default: now.",
        ),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who measured it.")] = None,
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Add a reading of a benefit that people measure.

    Readings are never overwritten: a second one for the same time corrects the first, and both
    are kept. The same one twice is one.
    """
    begin(log_level, log_format)
    settings = read_settings(config)
    name, found = _benefit(settings, benefit)
    if found.measure is None or not found.measure.manual:
        refuse(
            f"{name} is measured by {found.measure.kind if found.measure else 'nothing'}: "
            "write `measure: {manual: true}` for one that people tell"
        )
    if not math.isfinite(value):
        refuse("a reading is a number")
    now = system_clock()
    zone = ZoneInfo(settings.timezone)
    measured = now if at is None else at.replace(tzinfo=zone).astimezone(UTC)
    if measured > now:
        refuse(f"{measured.astimezone(zone):%Y-%m-%d %H:%M} has not come yet")
    reading = Reading(value=value, at=measured, fetched_at=now, source="manual", by=by)
    with open_configured_store(settings) as store:
        new = store.record_readings(name, [reading], attempted_at=now)
    complain(f"{name}: {'added' if new else 'known already'}")


@app.command("list")
def list_(
    benefit: Annotated[
        str | None, typer.Argument(help="Its id; default: the benefits of all programs.")
    ] = None,
    *,
    failures: Annotated[
        bool, typer.Option("--failures", help="List attempts that failed instead.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """List the readings of benefits, oldest first, corrected ones too."""
    begin(log_level, log_format)
    settings = read_settings(config)
    name = None if benefit is None else _benefit(settings, benefit)[0]
    with open_configured_store(settings) as store:
        if failures:
            table = plain_table("Benefit", "At", "Why")
            for failed in reversed(store.failed_fetches(name)):
                table.add_row(plain(failed.benefit), _at(failed.at), Text(plain(failed.error)))
        else:
            table = plain_table("Benefit", "At", "Value", "Source", "By", "Fetched")
            for one, readings in sorted(store.readings(name).items()):
                for reading in readings:
                    table.add_row(
                        plain(one),
                        _at(reading.at),
                        f"{reading.value:g}",
                        plain(reading.source),
                        Text(plain(reading.by or "")),
                        _at(reading.fetched_at),
                    )
    show(table)


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _benefit(settings: SlipwatchSettings, wanted: str) -> tuple[str, BenefitSettings]:
    """Find a benefit by its id, by program/id, or as findings call it."""
    every = {
        subject(program.id, benefit.id): (program.id, benefit)
        for program in settings.programs
        for benefit in program.benefits
    }
    found = [
        (name, benefit)
        for name, (program, benefit) in every.items()
        if wanted in {benefit.id, f"{program}/{benefit.id}", name}
    ]
    if len(found) == 1:
        return found[0]
    if found:
        refuse(f"several programs have {wanted}: write one of {', '.join(n for n, _ in found)}")
    return refuse(f"there is no benefit {wanted}; there are: {', '.join(every) or 'none'}")
