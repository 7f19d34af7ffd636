"""The command line (DESIGN.md §5)."""

import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import version

import typer

from .commands.options import USAGE, complain

COMMANDS = {
    "demo": "demo:demo",
    "init": "init:init",
    "config": "config:app",
    "sync": "sync:sync",
    "assess": "assess:assess",
    "explain": "explain:explain",
    "health": "health:health",
    "whatif": "whatif:whatif",
    "backtest": "backtest:backtest",
    "levers": "whatif:levers",
    "promise": "whatif:promise",
    "report": "report:app",
    "baseline": "baseline:app",
    "reading": "reading:app",
    "export": "export:export",
    "run": "service:run",
    "alerts": "alerts:alerts",
    "notify": "notify:app",
    "rules": "rules:app",
    "metrics": "lists:metrics",
    "dashboards": "dashboards:dashboards",
    "connectors": "lists:connectors",
}
"""Where each command is, below ``commands``."""


def main() -> None:
    """Run a command; what an operator can mend ends with 2 and a message, never a trace."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    app = make_app(() if asked == "--version" else [asked] if asked in COMMANDS else COMMANDS)
    try:
        app()
    except Exception as error:
        # Loaded only now: what it knows takes longer to import than many commands to run.
        words: str | None = import_module(".complaints", __package__).complaint(error)
        if words is None:
            raise
        complain(words)
        sys.exit(USAGE)


def make_app(commands: Iterable[str] = tuple(COMMANDS)) -> typer.Typer:
    """Make the application with some of its commands; loading all of them takes a second."""
    app = typer.Typer(
        name="slipwatch",
        help="Which committed date will slip, how sure is that, what causes it, and who is hit.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_root)
    for name in commands:
        module, _, attribute = COMMANDS[name].partition(":")
        command = getattr(import_module(f".commands.{module}", __package__), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"slipwatch {version('slipwatch')}")
        raise typer.Exit


def _root(
    *,
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    pass
