"""Measures whole syncs: ``python -m benchmarks --help``."""

import argparse
import sys
from contextlib import closing
from itertools import islice

from rich.console import Console
from rich.table import Table

from tests.acceptance.worlds import Kind, Size

from .sync import Figure, figures, start_up, survivals

KILLS_PER_SYNC = 10


def main() -> int:
    """Print one table per measurement; 1 when a store did not hold what is true."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--api", choices=list(Kind), nargs="+", type=Kind, default=list(Kind))
    parser.add_argument("--projects", type=int, default=40, help="or repositories; default 40")
    parser.add_argument("--issues", type=int, default=1000, help="in each; default 1000")
    parser.add_argument("--kills", type=int, default=100, help="syncs to kill -9; default 100")
    given = parser.parse_args()
    console = Console(width=110)
    correct = _measure_syncs(console, given.api, given.projects, given.issues)
    return 0 if _measure_survival(console, given.api, given.kills) and correct else 1


def _measure_syncs(console: Console, kinds: list[Kind], projects: int, issues: int) -> bool:
    beginning = start_up()
    table = Table(
        title="slipwatch sync",
        caption=(
            "CPU is that of the command, Floor that of a bare session that fetches the same pages "
            "and parses them.\nRatio is of the two, without the start of the command "
            f"({beginning:.1f} s)."
        ),
    )
    for column in ("API", "Sync"):
        table.add_column(column)
    for column in ("Issues", "Requests", "Seconds", "CPU s", "Floor s", "Ratio", "Peak MiB"):
        table.add_column(column, justify="right")
    table.add_column("Complete")
    measured: list[Figure] = []
    for kind in kinds:
        for each in (issues, 2 * issues):
            size = Size(kind=kind, scopes=projects, issues=each)
            for figure in figures(size):
                measured.append(figure)
                table.add_row(
                    kind,
                    figure.what,
                    f"{projects} x {each}",
                    str(figure.requests),
                    f"{figure.seconds:.1f}",
                    f"{figure.cpu:.1f}",
                    f"{figure.floor:.2f}",
                    f"{max(0.0, figure.cpu - beginning) / figure.floor:.1f}",
                    f"{figure.peak:.0f}",
                    "yes" if figure.correct else "NO",
                )
    console.print(table)
    return all(figure.correct for figure in measured)


def _measure_survival(console: Console, kinds: list[Kind], kills: int) -> bool:
    table = Table(title="Syncs killed -9 at random moments, ten in a row before one that may end")
    for column in ("API", "Killed", "Ended like an undisturbed one"):
        table.add_column(column)
    rounds = -(-kills // KILLS_PER_SYNC)
    everything = True
    for kind in kinds:
        with closing(survivals(kind, KILLS_PER_SYNC)) as outcomes:
            same = sum(islice(outcomes, rounds))
        everything = everything and same == rounds
        table.add_row(kind, str(rounds * KILLS_PER_SYNC), f"{same} of {rounds}")
    console.print(table)
    return everything


if __name__ == "__main__":
    sys.exit(main())
