"""init: a first configuration from an address and a token."""

import shlex
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from slipwatch.aggregator.connector import SourceError
from slipwatch.config.base import MissingSecretError

from ..onboarding import saving, tokens, writing
from ..onboarding.agreeing import Wishes, agree
from ..onboarding.asking import Terminal
from ..onboarding.finding import GivenError
from ..onboarding.findings import Plan
from ..onboarding.session import Given, Secrets, Session
from ..settings import read_settings
from ..wiring import system_clock
from .options import (
    DEFAULT_CONFIG,
    INTERRUPTED,
    SOURCE_FAILED,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
    complain,
    err,
    refuse,
    say,
)

Texts = list[str] | None

Target = Annotated[
    Path | None, typer.Option("--output", help="The file to write; default: that of --config.")
]
Urls = Annotated[
    Texts,
    typer.Option("--url", help="Address of a source, as a browser shows it; may be repeated."),
]
Emails = Annotated[
    Texts,
    typer.Option(
        "--email",
        help="Account of the n-th --url's token, for Jira Cloud; '' where none belongs to it.",
    ),
]
TokenVariables = Annotated[
    Texts,
    typer.Option(
        "--token-env", help="Variable that holds the token: the n-th is for the n-th --url."
    ),
]
TokenFiles = Annotated[
    list[Path] | None,
    typer.Option("--token-file", help="File that holds the token, instead of --token-env."),
]
Projects = Annotated[
    Texts,
    typer.Option("--project", help="Project to watch, such as PAY or acme/api; may be repeated."),
]
Repositories = Annotated[
    Texts, typer.Option("--repository", help="Repository to watch, owner/name; may be repeated.")
]
Groups = Annotated[
    Texts,
    typer.Option(
        "--organization",
        "--group",
        help="Organization or group to read whole, also what comes; may be repeated.",
    ),
]
Everything = Annotated[bool, typer.Option("--all", help="Watch all that the accounts see.")]
Program = Annotated[
    str | None,
    typer.Option("--program", help="Title of one program for everything; default: by links."),
]
Timezone = Annotated[
    str | None, typer.Option("--timezone", help="Default: the account's, or the machine's.")
]
Country = Annotated[
    str | None,
    typer.Option("--country", help="Whose public holidays are off, or none; default: by zone."),
]
CaFile = Annotated[Path | None, typer.Option("--ca-file", help="CA bundle to trust, PEM.")]
Proxy = Annotated[str | None, typer.Option("--proxy", help="Proxy to go through.")]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing: take what is given and proposed.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def init(
    config: Config = DEFAULT_CONFIG,
    output: Target = None,
    *,
    url: Urls = None,
    email: Emails = None,
    token_env: TokenVariables = None,
    token_file: TokenFiles = None,
    project: Projects = None,
    repository: Repositories = None,
    organization: Groups = None,
    everything: Everything = False,
    program: Program = None,
    timezone: Timezone = None,
    country: Country = None,
    ca_file: CaFile = None,
    proxy: Proxy = None,
    yes: Yes = False,
    force: Force = False,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Explore Jira, GitHub, GitLab, … and write a first slipwatch.yaml.

    Asks what is not given; without a terminal, or with --yes, it asks nothing. Tokens are never
    written into the file, and never stand on the command line. Exits with 2 on a usage error,
    with 3 when a source failed; Ctrl-C leaves nothing behind.
    """
    begin(log_level, log_format)
    path = output or config
    if path.exists() and not force:
        refuse(
            f"{path} is there already: name another file with --output, or write over it "
            "with --force"
        )
    folder = path.absolute().parent
    with _stopping():
        given = Given(
            urls=tuple(url or ()),
            emails=tuple(email or ()),
            tokens=_tokens(token_env or [], token_file or [], folder),
            scopes={"project": tuple(project or ()), "repository": tuple(repository or ())},
            groups=tuple(organization or ()),
            everything=everything,
            further=_further(ca_file, proxy, folder),
        )
        _explore(path, given, Wishes(program=program, timezone=timezone, country=country), yes=yes)


@contextmanager
def _stopping() -> Generator[None]:
    """End with a word and an exit code on what stops the exploration; nothing is written then."""
    try:
        yield
    except (GivenError, MissingSecretError) as error:
        refuse(str(error))
    except SourceError as error:
        complain(str(error))
        raise typer.Exit(SOURCE_FAILED) from None
    except (typer.Abort, KeyboardInterrupt):
        complain("stopped: nothing was written")
        raise typer.Exit(INTERRUPTED) from None


def _explore(path: Path, given: Given, wishes: Wishes, *, yes: bool) -> None:
    """Ask sources and people, write the file, and say what comes next."""
    wishes.check()
    _check(given)
    terminal = Terminal(err(), talks=sys.stdin.isatty() and not yes)
    session = Session(terminal, given, now=system_clock, folder=path.absolute().parent)
    plan = agree(terminal, session.sources(), wishes, system_clock())
    _save(path, plan, session.secrets)
    say(_next_steps(path, plan, session.secrets))


def _tokens(
    variables: Sequence[str], files: Sequence[Path], folder: Path
) -> tuple[tokens.Token, ...]:
    if variables and files:
        raise GivenError("give either --token-env or --token-file, once for each --url")
    return (
        *(tokens.from_variable(name) for name in variables),
        *(tokens.from_file(path, folder) for path in files),
    )


def _further(ca_file: Path | None, proxy: str | None, folder: Path) -> dict[str, str]:
    found = {"ca_file": tokens.seen_from(folder, ca_file)} if ca_file is not None else {}
    return found | ({"proxy": proxy} if proxy is not None else {})


def _check(given: Given) -> None:
    for option, values in (("--email", given.emails), ("--token-env", given.tokens)):
        if len(values) > len(given.urls):
            raise GivenError(f"{option} is given more often than --url: each belongs to one")


def _save(path: Path, plan: Plan, secrets: Secrets) -> None:
    """Write the file and the tokens that were typed in: all of it, or nothing."""
    written: list[Path] = []
    try:
        for place, secret in secrets.to_save.items():
            saving.save_secret(place, secret)
            written.append(place)
        saving.save(path, writing.render(plan), check=read_settings)
    except BaseException:
        for place in written:
            with suppress(OSError):
                place.unlink()
        raise


def _next_steps(path: Path, plan: Plan, secrets: Secrets) -> str:
    projects = [project for program in plan.programs for project in program.projects]
    milestones = [one for project in projects for one in project.milestones]
    waits = sum(len(milestone.waits) for milestone in milestones)
    counts = (
        f"sources {len(plan.sources)}, programs {len(plan.programs)}, projects {len(projects)}, "
        f"milestones {len(milestones)}, dependencies seen {waits}"
    )
    option = "" if path == DEFAULT_CONFIG else f" --config {shlex.quote(str(path))}"
    exports = [
        f"  read -rs {name}; export {name}    # type the token again; the service needs it too"
        for name in secrets.to_export
    ]
    lines = [
        f"{path} is written ({counts}).",
        "Next:",
        *exports,
        f"  slipwatch config check{option}    # after each edit, such as the promised dates",
        f"  slipwatch sync{option}    # pull everything once",
        f"  slipwatch assess{option}    # what will slip, why, and who is hit",
        f"  slipwatch run{option}    # the service",
    ]
    return "\n".join(lines) + "\n"
