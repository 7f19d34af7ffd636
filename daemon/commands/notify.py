"""notify: what people are told, tried out and looked at."""

from collections.abc import Mapping
from datetime import timedelta
from getpass import getuser
from typing import Annotated

import msgspec
import typer

from slipwatch.aggregator.assessment import Assessment, from_json
from slipwatch.aggregator.store import Notification, Said, Store
from slipwatch.config.base import MissingSecretError
from slipwatch.config.notifications import NotificationSettings
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.notifications.channel import Envelope, GiveUp, TryLater
from slipwatch.exporters.notifications.deciding import decide
from slipwatch.exporters.notifications.describing import clean
from slipwatch.exporters.notifications.message import Message, from_body
from slipwatch.exporters.notifications.sample import sample
from slipwatch.exporters.notifications.table import make_channel
from slipwatch.exporters.notifications.wording import as_text
from slipwatch.exporters.terminal.printing import plain_table
from slipwatch.exporters.terminal.text import plain
from slipwatch.exporters.web.acknowledging import Acknowledged

from ..acknowledging import acknowledge_subject, shown
from ..deciding import preview_situation
from ..settings import read_settings
from ..wiring import open_configured_store, system_clock
from .options import (
    DEFAULT_CONFIG,
    SOURCE_FAILED,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
    complain,
    refuse,
    say,
    show,
)

app = typer.Typer(help="Try channels, and see what they are told.", no_args_is_help=True)


@app.command("test")
def try_out(
    channel: Annotated[str, typer.Argument(help="Its name, as under notifications.channels.")],
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Send a message that says it is a test; exits with 3 when the channel does not take it."""
    begin(log_level, log_format)
    written = read_settings(config).notifications.ways()
    if channel not in written:
        known = f"there are {', '.join(sorted(written))}" if written else "none is defined"
        refuse(f"there is no channel {channel}; {known}")
    now = system_clock()
    try:
        make_channel(written[channel]).send(sample(now), Envelope(at=now, now=now))
    except (TryLater, GiveUp, MissingSecretError) as error:
        complain(f"{channel}: {error}")
        raise typer.Exit(SOURCE_FAILED) from None
    say(f"{channel} took the message.\n")


@app.command()
def preview(
    config: Config = DEFAULT_CONFIG,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="As if nothing had been told so far.")
    ] = False,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Show what each channel would be told now of what is open; quiet hours do not count."""
    begin(log_level, log_format)
    settings = read_settings(config)
    with open_configured_store(settings) as store:
        assessment = _last_assessment(store)
        said = Said(notices={}, waiting=frozenset()) if everything else store.said()
    drafts = decide(
        _at_once(settings), preview_situation(settings, assessment, now=system_clock()), said
    ).drafts
    for draft in drafts:
        message = from_body(draft.body)
        say(f"To {draft.channel}: {plain(message.title)}\n\n{as_text(message)}\n")
    if not drafts:
        say("Nothing would be told.\n")


@app.command("list")
def list_(
    config: Config = DEFAULT_CONFIG,
    *,
    undelivered: Annotated[
        bool, typer.Option("--undelivered", help="Only what waits, and dead letters.")
    ] = False,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """List the last hundred messages, the newest first, and how far they have come."""
    begin(log_level, log_format)
    table = plain_table("Number", "Decided", "Channel", "State", "Acknowledged by", "Title")
    settings = read_settings(config)
    with open_configured_store(settings) as store:
        known = shown(store.acknowledgements(), settings)
        for kept in store.notifications(undelivered=undelivered):
            table.add_row(
                str(kept.seq),
                f"{kept.created_at:%Y-%m-%d %H:%M}",
                kept.channel,
                _state(kept),
                "" if "report" in kept.body else _acknowledged(from_body(kept.body), known),
                plain(str(kept.body["title"])),
            )
    show(table)


@app.command()
def ack(
    about: Annotated[
        str,
        typer.Argument(
            metavar="FINDING",
            help="What it is about, such as checkout/payments/api-ga, or its fingerprint.",
        ),
    ],
    config: Config = DEFAULT_CONFIG,
    *,
    by: Annotated[str, typer.Option(help="Who knows of it; default: your login name.")] = "",
    note: Annotated[str, typer.Option(help="A word to the others.")] = "",
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Say that somebody knows of a finding: no reminders, no escalation until it gets worse."""
    begin(log_level, log_format)
    with open_configured_store(read_settings(config)) as store:
        found, noted = acknowledge_subject(
            store,
            _last_assessment(store),
            about,
            by=clean(by or _login(), 80),
            note=clean(note),
            at=system_clock(),
        )
    if not found:
        refuse(f"no open finding is about {about}; see slipwatch assess")
    say(f"{noted} acknowledged, {found - noted} were before.\n")


@app.command()
def retry(
    number: Annotated[int, typer.Argument(help="Of a dead letter, see notify list.")],
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Let the service try a dead letter once more."""
    begin(log_level, log_format)
    with open_configured_store(read_settings(config)) as store:
        if not store.retry_notification(number):
            refuse(f"there is no dead letter {number}; see slipwatch notify list --undelivered")
    say(f"{number} will be tried again.\n")


def _last_assessment(store: Store) -> Assessment:
    kept = store.assessment()
    try:
        return refuse("there is no assessment yet") if kept is None else from_json(kept.body)
    except msgspec.DecodeError:
        return refuse("the last assessment is of another version: run slipwatch assess")


def _at_once(settings: SlipwatchSettings) -> NotificationSettings:
    """Leave out what only delays."""
    return settings.notifications.model_copy(update={"settle": timedelta(0)})


def _login() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # an account that has a number and no name
        return refuse("say who knows of it, by --by NAME")


def _acknowledged(message: Message, known: Mapping[str, Acknowledged]) -> str:
    """Name who knows of what a message told, as far as it is still open."""
    found = [known[line.fingerprint] for line in message.lines if line.fingerprint in known]
    return plain(", ".join(sorted({one.by for one in found})))


def _state(kept: Notification) -> str:
    if kept.sent_at is not None:
        return f"sent {kept.sent_at:%Y-%m-%d %H:%M}"
    if kept.dead_at is not None:
        return f"dead after {kept.attempts} attempts: {kept.error}"
    return f"waits: {kept.error}" if kept.error else "waits"
