"""whatif, levers, promise: the same forecast after a change, and what can be done and said."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypedDict

import typer

from slipwatch.aggregator.naming import find_id
from slipwatch.aggregator.portfolio.model import Portfolio
from slipwatch.aggregator.whatif import written
from slipwatch.aggregator.whatif.answer import to_json, what_if
from slipwatch.aggregator.whatif.changes import Change
from slipwatch.aggregator.whatif.levers import levers as find_levers
from slipwatch.aggregator.whatif.promise import promise as find_promise
from slipwatch.config.settings import AssessSettings
from slipwatch.exporters.terminal.levers import levers_tables, promise_text
from slipwatch.exporters.terminal.whatif import whatif_tables

from ..settings import read_settings
from ..stored import present, stored_portfolio
from ..wiring import open_configured_store
from .options import (
    DEFAULT_CONFIG,
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
    say,
    say_json,
    show,
)


def _option(name: str, form: str, text: str) -> Any:
    return typer.Option(f"--{name}", metavar=form, help=text)


Written = list[str] | None

Slip = Annotated[
    Written, _option("slip", "MILESTONE=10wd", "Its own work takes longer; negative pulls it.")
]
Pace = Annotated[
    Written, _option("pace", "STREAM=0.8", "A team finishes 80 % of what it usually does.")
]
People = Annotated[
    Written, _option("people", "STREAM=4/5", "A team has four people where it had five.")
]
Scope = Annotated[Written, _option("scope", "MILESTONE=-5", "It holds five open items fewer.")]
Drop = Annotated[
    Written, _option("drop", "UPSTREAM..DOWNSTREAM", "The second waits for the first no more.")
]
Retype = Annotated[
    Written,
    _option(
        "type", "UPSTREAM..DOWNSTREAM=partial", "It waits otherwise: fs, ss, ff, sf or partial."
    ),
]
Commit = Annotated[Written, _option("commit", "MILESTONE=DATE", "It is committed to another day.")]
Close = Annotated[Written, _option("close", "CALENDAR=FROM..TO", "Nobody works on these days.")]
OpenDays = Annotated[
    Written, _option("open", "CALENDAR=FROM..TO", "These days are worked, free or not.")
]


def whatif(
    slip: Slip = None,
    pace: Pace = None,
    people: People = None,
    scope: Scope = None,
    drop: Drop = None,
    retype: Retype = None,
    commit: Commit = None,
    close: Close = None,
    open_days: OpenDays = None,
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    form: Form = Format.TABLE,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Say which milestones would be otherwise, and by how much, if something else were.

    Every option may be given several times, and together with any other. The end of an id will do
    when only one has it. Nothing is stored.
    """
    begin(log_level, log_format)
    asked: list[tuple[Callable[[str, Portfolio], Change], Written]] = [
        (written.slip, slip),
        (written.pace, pace),
        (written.people, people),
        (written.scope, scope),
        (written.drop, drop),
        (written.retype, retype),
        (written.commit, commit),
        (written.close, close),
        (written.open_days, open_days),
    ]
    if not any(texts for _, texts in asked):
        refuse("say what is otherwise, such as --slip MILESTONE=10wd; --help lists the options")
    portfolio, settings = _stored(config, as_of)
    try:
        changes = [read(text, portfolio) for read, texts in asked for text in texts or ()]
    except ValueError as error:
        refuse(str(error))
    answer = what_if(portfolio, changes, **_how(settings))
    if form is Format.JSON:
        say_json(to_json(answer))
    else:
        show(whatif_tables(answer))


Milestone = Annotated[str, typer.Argument(help="Its id; the end of it will do when unique.")]


def levers(
    milestone: Milestone,
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    form: Form = Format.TABLE,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """List the cheapest single changes that turn a red commitment amber or green.

    Looked at are the milestone, what drives it, and what its teams do before it. Costs are in
    working days, for the order; docs/what-if.md says how they are weighed.
    """
    begin(log_level, log_format)
    portfolio, settings = _stored(config, as_of)
    found = find_levers(portfolio, _named(milestone, portfolio), **_how(settings))
    if form is Format.JSON:
        say_json(to_json(found))
    else:
        show(levers_tables(found))


def promise(
    milestone: Milestone,
    confidence: Annotated[
        float, typer.Option("--confidence", help="How sure, as a share: 0.85 is 85 %.")
    ] = 0.85,
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    form: Form = Format.TABLE,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Name the day that can be committed to today, with any confidence."""
    begin(log_level, log_format)
    portfolio, settings = _stored(config, as_of)
    name = _named(milestone, portfolio)
    try:
        found = find_promise(portfolio, name, confidence, **_how(settings))
    except ValueError as error:
        refuse(str(error))
    if form is Format.JSON:
        say_json(to_json(found))
    else:
        say(promise_text(found))


def _named(wanted: str, portfolio: Portfolio) -> str:
    try:
        return find_id(wanted, portfolio.milestones)
    except ValueError as error:
        return refuse(str(error))


def _stored(config: Path, as_of: datetime | None) -> tuple[Portfolio, AssessSettings]:
    """Read what is stored, without a trace."""
    settings = read_settings(config)
    with open_configured_store(settings) as store:
        day = None if as_of is None else as_of.date()
        return stored_portfolio(settings, store, now=present(store), as_of=day), settings.assess


class _How(TypedDict):
    seed: int
    trials: int
    window: int


def _how(settings: AssessSettings) -> _How:
    return {"seed": settings.seed, "trials": settings.trials, "window": settings.window}
