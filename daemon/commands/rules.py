"""rules: what they are, what became of their findings, and how they would have done."""

from datetime import timedelta
from typing import Annotated

import msgspec
import typer
from pydantic import TypeAdapter, ValidationError

from slipwatch.aggregator.reading import read_facts
from slipwatch.aggregator.trial import to_json
from slipwatch.config.base import Duration
from slipwatch.config.nearest import did_you_mean
from slipwatch.config.rules import RulesSettings
from slipwatch.exporters.terminal.rules import events_table, rule_table, trial_tables
from slipwatch.rules.base import Rule
from slipwatch.rules.choosing import RuleSettingsError, configure
from slipwatch.rules.pages import RuleInfo, catalog, describe, page
from slipwatch.rules.table import load_rules
from slipwatch.rules.trying import judge_trial

from ..pipeline import last_recorded
from ..settings import read_settings
from ..stored import present, today
from ..trying import Trial, past_portfolio, replayed, weekly
from ..wiring import open_configured_store
from .options import (
    DEFAULT_CONFIG,
    Config,
    Form,
    Format,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
    put,
    refuse,
    say,
    say_json,
    show,
)
from .watching import tracked

LONGEST = timedelta(weeks=260)


app = typer.Typer(
    help="List the rules, explain one, tell what became of findings, or try a rule on the past.",
    invoke_without_command=True,
)


@app.callback()
def rules(
    context: typer.Context,
    config: Config = DEFAULT_CONFIG,
    explain: Annotated[
        str | None, typer.Option("--explain", help="Show the page of a rule, such as SCH-001.")
    ] = None,
    life: Annotated[
        str | None,
        typer.Option("--life", help="Show what happened to a finding, by its fingerprint."),
    ] = None,
    form: Form = Format.TABLE,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """List the rules with their severities and parameters; all of them, or one with --explain.

    --life tells of one finding when it opened, worsened, was waived, explained by another one, or
    closed, and by what.
    """
    if context.invoked_subcommand is not None:
        return
    begin(log_level, log_format)
    if life is not None:
        _show_life(config, life, form)
        return
    infos = catalog(load_rules())
    if explain is not None:
        infos = (describe(_find(explain)),)
    if form is Format.JSON:
        put(msgspec.json.format(msgspec.json.encode(infos), indent=2) + b"\n", None)
    elif explain is not None:
        say(page(infos[0]))
    else:
        show(rule_table([_row(info) for info in infos]))


@app.command("try")
def try_rule(
    rule: Annotated[str, typer.Argument(help="Its id, such as SCH-005.")],
    config: Config = DEFAULT_CONFIG,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="A parameter to try, such as moves=2; may be repeated."),
    ] = None,
    since: Annotated[str, typer.Option("--since", help="How far back, such as 26w.")] = "26w",
    form: Form = Format.TABLE,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Replay history week by week: what a rule would have found, how early, and how often in vain.

    Nothing that was learned later is used; what has no history, such as most of the configuration,
    is taken as it is today, and named. A finding is right when its milestone, or the next one of
    what it is about, then missed its date, or had it moved.
    """
    begin(log_level, log_format)
    wanted, back = _find(rule), _span(since)
    settings = read_settings(config)
    trial = Trial.of(wanted, settings, _parameters(wanted, given or []))
    with open_configured_store(settings) as store:
        last = today(settings, present(store))
        facts = read_facts(store, past=True)
        first = last - back
        replays = replayed(
            settings,
            facts,
            trial,
            first=first,
            last=last,
            recorded=lambda day: last_recorded(store, day),
        )
        weeks = list(tracked(replays, "Replaying", len(weekly(first, last))))
    now = past_portfolio(settings, facts, last)
    found = judge_trial(wanted.id, trial.parameters(), weeks, now, as_today=wanted.timeless)
    if form is Format.JSON:
        say_json(to_json(found))
    else:
        show(trial_tables(found))


def _show_life(config: Config, fingerprint: str, form: Format) -> None:
    settings = read_settings(config)
    with open_configured_store(settings) as store:
        events = store.finding_events(fingerprint)
    if not events:
        refuse(
            f"nothing is known of a finding {fingerprint}: `slipwatch assess --format json` gives "
            "the fingerprint of each"
        )
    if form is Format.JSON:
        body = msgspec.json.format(msgspec.json.encode(events), indent=2) + b"\n"
        say_json(body)
    else:
        show(events_table(events))


def _find(rule_id: str) -> type[Rule]:
    known = {rule.id: rule for rule in load_rules()}
    if rule_id.upper() not in known:
        refuse(f"there is no rule {rule_id}{did_you_mean(rule_id.upper(), known)}")
    return known[rule_id.upper()]


def _row(info: RuleInfo) -> tuple[str, str, str, str, str]:
    parameters = ", ".join(f"{p.name}={p.default:g}" for p in info.telling)
    return info.id, info.severity, info.title, parameters, info.summary


def _span(text: str) -> timedelta:
    try:
        span: timedelta = TypeAdapter(Duration).validate_python(text)
    except ValidationError:
        refuse(f"--since {text}: expected a time such as 26w or 90d")
    if not timedelta(weeks=1) <= span <= LONGEST:
        refuse(f"--since {text}: expected one week or more, and five years at most")
    return span


def _parameters(rule: type[Rule], given: list[str]) -> dict[str, float]:
    values: dict[str, float] = {}
    for each in given:
        name, equals, value = each.partition("=")
        try:
            values[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not equals:
            refuse(f"--set {each}: expected a parameter and a number, such as moves=2")
    try:
        configure([rule], RulesSettings(settings={rule.id: values}))
    except RuleSettingsError as error:
        refuse(str(error))
    return values
