"""The command line (DESIGN.md §5)."""

import sys

import typer

from slipwatch.aggregator.store import StoreError
from slipwatch.config.base import MissingSecretError
from slipwatch.config.problems import ConfigError
from slipwatch.rules.engine import RuleSettingsError
from slipwatch.rules.table import RuleLoadError

from .commands import config, data, demo, lists, service
from .commands.options import USAGE
from .wiring import program_version

app = typer.Typer(
    name="slipwatch",
    help="Which committed date will slip, how sure is that, what causes it, and who is hit.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(demo.demo)
app.add_typer(config.app, name="config")
for command in (
    data.sync,
    data.assess,
    data.explain,
    service.run,
    lists.rules,
    lists.metrics,
    lists.connectors,
):
    app.command()(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"slipwatch {program_version()}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    pass


def main() -> None:
    """Run a command; what an operator can mend ends with 2 and a message, never a trace."""
    try:
        app()
    except (ConfigError, MissingSecretError, RuleSettingsError, RuleLoadError) as error:
        _complain(str(error))
    except StoreError as error:
        _complain(f"the store cannot be used: {error}")
    except OSError as error:
        _complain(f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""))


def _complain(message: str) -> None:
    typer.echo(message, err=True)
    sys.exit(USAGE)
