"""How far long work is: a bar at a terminal, and a line now and then for everybody else."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

import typer
from rich.progress import track

from .options import err

T = TypeVar("T")

EVERY: Final = 10.0
"""Seconds from one line to the next."""


def tracked(steps: Iterable[T], description: str, total: int) -> Iterator[T]:
    """Pass on steps, and tell on standard error how many of all are done."""
    console = err()
    if console.is_terminal:
        return iter(
            track(steps, description=description, total=total, console=console, transient=True)
        )
    return told(steps, description, total, say=_say, clock=time.monotonic)


def told(
    steps: Iterable[T],
    description: str,
    total: int,
    *,
    say: Callable[[str], None],
    clock: Callable[[], float],
) -> Iterator[T]:
    """Pass on steps, and say every ten seconds how many are done and how long the rest takes."""
    began = last = clock()
    for done, step in enumerate(steps, start=1):
        now = clock()
        if now - last >= EVERY and done < total:
            last = now
            left = (now - began) / done * (total - done)
            say(f"{description}: {done} of {total}, {_length(left)} left")
        yield step


def _length(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _say(line: str) -> None:
    typer.echo(line, err=True)
