"""The dialogue at a terminal: everything is shown on standard error, harmless to the terminal."""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from getpass import getpass

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from slipwatch.exporters.terminal.text import plain, short

from .menu import Entry, Menu

_SHOWN = 25
_NAMED = 5


class Terminal:
    """Asks and tells; ``talks`` is false where nobody is there to answer."""

    def __init__(self, console: Console, *, talks: bool) -> None:
        self.talks = talks
        self._console = console

    def tell(self, message: str = "") -> None:
        """Say something, line by line."""
        typer.echo("\n".join(plain(line) for line in message.splitlines()), err=True)

    def ask(self, question: str, default: str | None = None) -> str:
        """Ask for a line; Enter alone takes the default, an empty one included."""
        answer: str = typer.prompt(
            plain(question), default=default, show_default=bool(default), err=True
        )
        return answer.strip()

    def ask_hidden(self, question: str) -> str:
        """Ask for a line that is not shown; it may be empty."""
        try:
            # typer asks before it turns the echo off.
            return getpass(f"{plain(question)}: ").strip()
        except EOFError:
            raise typer.Abort from None

    def confirm(self, question: str, *, default: bool) -> bool:
        """Ask for yes or no."""
        return typer.confirm(plain(question), default=default, err=True)

    def choose(
        self, menu: Menu, question: str, *, others: Callable[[str], str | None]
    ) -> list[str]:
        """Let something be chosen, and return its keys; Enter alone ends it.

        ``others`` gives the key that an answer stands for which the list does not know, if any.
        """
        extra: dict[str, None] = {}
        self._show(menu)
        while True:
            chosen = [*menu.chosen_keys, *extra]
            answer = self.ask(question, default=_listed(chosen))
            if answer == _listed(chosen):
                return chosen
            key = None if menu.knows(answer) else others(answer)
            if key is not None:
                extra[key] = None
                continue
            said = menu.read(answer)
            if answer.casefold() == "none":
                extra.clear()
            if said is not None:
                self.tell(said)
                self._show(menu)

    def _show(self, menu: Menu) -> None:
        table = Table(box=None, pad_edge=False, show_header=False)
        for place in list(menu.shown)[:_SHOWN]:
            entry = menu.entries[place]
            mark = "*" if place in menu.chosen else " "
            cells = (f"{mark}{place + 1:>4}", *_cells(entry))
            table.add_row(*(Text(cell) for cell in cells))
        self._console.print(table)
        left = len(menu.shown) - _SHOWN
        if left > 0:
            self.tell(f"      and {left} more: type a part of a name to search")

    @contextmanager
    def waiting(self, what: str) -> Generator[Callable[[str], None]]:
        """Show that something goes on; gives a function that says how far it is."""
        if not (self.talks and self._console.is_terminal):
            yield lambda _said: None
            return
        with self._console.status(Text(plain(what))) as status:
            yield lambda said: status.update(Text(plain(f"{what}: {said}")))


def _cells(entry: Entry) -> Iterable[str]:
    return (plain(short(text, 60)) for text in (entry.key, entry.label, entry.details))


def _listed(keys: list[str]) -> str:
    return ", ".join(keys) if len(keys) <= _NAMED else f"{len(keys)} chosen"
