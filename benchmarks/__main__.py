"""Measures whole syncs, and forecasts: ``python -m benchmarks --help``."""

import argparse
import sys
from contextlib import closing
from itertools import islice

from rich.console import Console
from rich.table import Table

from tests.acceptance.worlds import Kind, Size

from .cost import SHARES, Figure, Line, lines, measure, measure_memory, memory_line
from .floor import PARSER
from .forecast import CASES, show
from .survival import survivals

KILLS_PER_SYNC = 10


def main() -> int:
    """Print what was measured, then every promise with ok or NOT; 1 when one does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--api", choices=list(Kind), nargs="+", type=Kind, default=list(Kind))
    parser.add_argument("--projects", type=int, default=40, help="or repositories; default 40")
    parser.add_argument("--issues", type=int, default=1000, help="in each; default 1000")
    parser.add_argument(
        "--rounds", type=int, default=3, help="of which the middle counts; default 3"
    )
    parser.add_argument(
        "--answers",
        type=float,
        nargs="+",
        default=[],
        metavar="MS",
        help="times the site takes for an answer, beside 0 and 25; see where waiting hides work",
    )
    parser.add_argument("--kills", type=int, default=100, help="syncs to kill -9; default 100")
    parser.add_argument("--no-postgres", action="store_true", help="leave PostgreSQL out")
    parser.add_argument(
        "--large", action="store_true", help="measure memory with ten times the projects too"
    )
    parser.add_argument("--no-forecast", action="store_true", help="leave forecasts out")
    given = parser.parse_args()
    if given.projects * given.issues * min(SHARES) < 1:
        parser.error(f"too few issues: {min(SHARES):.1%} of them must be one or more")
    console = Console(width=120)
    holds = True
    for kind in given.api:
        size = Size(kind=kind, scopes=given.projects, issues=given.issues)
        figures = list(
            measure(
                size,
                rounds=given.rounds,
                postgres=not given.no_postgres,
                answers=[milliseconds / 1000 for milliseconds in given.answers],
            )
        )
        judged = list(lines(size, figures))
        if given.large:
            large = Size(kind=kind, scopes=10 * given.projects, issues=given.issues)
            peak = measure_memory(large)
            judged.append(
                memory_line(figures[0].middle.ours.peak, peak, large.scopes * large.issues)
            )
        _show_figures(console, size, figures)
        _show_lines(console, size, judged)
        holds = holds and all(line.holds for line in judged)
        holds = holds and all(figure.complete for figure in figures)
    if given.kills:
        holds = _measure_survival(console, given.api, given.kills) and holds
    if not given.no_forecast:
        holds = show(console, list(CASES)) and holds
    return 0 if holds else 1


def _show_figures(console: Console, size: Size, figures: list[Figure]) -> None:
    table = Table(
        title=f"{size.kind}: {size.scopes} x {size.issues} issues",
        caption=(
            "Beside the floor: one requests session that fetches the same pages from the same "
            f"site and parses them with {PARSER}.\nElapsed times are those of the middle round, "
            "CPU ratios of all rounds; without the start of the command."
        ),
    )
    table.add_column("Sync")
    for column in (
        "Requests", "MB", "Seconds", "Floor", "Ratio", "CPU s", "Floor", "Ratio", "Peak MiB",
    ):  # fmt: skip
        table.add_column(column, justify="right")
    table.add_column("Complete")
    for figure in figures:
        ours, floor = figure.middle.ours, figure.middle.floor
        table.add_row(
            figure.what,
            str(len(figure.pages)),
            f"{floor.size / 1e6:.1f}",
            f"{ours.seconds:.2f}",
            f"{floor.seconds:.2f}",
            f"{figure.wall:.2f}",
            f"{ours.cpu:.2f}",
            f"{floor.cpu:.2f}",
            f"{figure.cpu:.2f}",
            f"{ours.peak:.0f}",
            "yes" if figure.complete else "NO",
        )
    console.print(table)


def _show_lines(console: Console, size: Size, judged: list[Line]) -> None:
    table = Table(title=f"{size.kind}: what must hold")
    for column in ("Promise", "Bound", "Measured", "Holds"):
        table.add_column(column)
    for line in judged:
        table.add_row(line.promise, line.bound, line.measured, "ok" if line.holds else "NOT")
    console.print(table)


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
