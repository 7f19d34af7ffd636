"""Scores today's forecasts on public histories: ``python -m benchmarks.backtest --help``."""

import argparse
import sys
import tempfile
from pathlib import Path
from time import process_time

from rich.console import Console
from rich.table import Table

from slipwatch.aggregator.backtest.cases import OURS, Case
from slipwatch.aggregator.backtest.replaying import Replay
from slipwatch.aggregator.backtest.result import Checkpoint, Scores
from slipwatch.aggregator.backtest.scoring import checkpoints
from slipwatch.aggregator.backtest.subjects import CHECKPOINTS

from .page import write_page
from .running import run
from .sets import SETS

DATA = Path(__file__).parents[3] / "shared" / "data"


def main() -> int:
    """Print the scores of each set, part by part."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backtest", description=__doc__)
    parser.add_argument("sets", nargs="*", help=f"of {', '.join(SETS)}; default: all")
    parser.add_argument("--data", type=Path, default=DATA, help="where the histories are")
    parser.add_argument("--part", choices=("train", "test", "all"), default="all")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument(
        "--checkpoints", type=int, nargs="+", default=list(CHECKPOINTS), metavar="PER_CENT"
    )
    parser.add_argument("--keep", type=Path, help="a folder to keep the loaded stores in")
    parser.add_argument(
        "--page", type=Path, help="write docs/forecast-quality.md anew, or another file"
    )
    parser.add_argument("--last-week", action="store_true", help="score last week's forecast too")
    parser.add_argument("--cases", action="store_true", help="print each milestone too")
    given = parser.parse_args()
    console = Console(width=170)
    how = Replay(checkpoints=given.checkpoints, trials=given.trials, last_week=given.last_week)
    with tempfile.TemporaryDirectory(prefix="slipwatch-") as folder:
        work = given.keep or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        if given.page is not None:
            given.page.write_text(write_page(given.data, work), encoding="utf-8")
            return 0
        for name in given.sets or SETS:
            began = process_time()
            chosen = SETS[name]
            replayed = run(chosen, given.data, work, how, part=given.part)
            cases = [case for _, case in replayed]
            seconds = process_time() - began
            _show(console, f"{name}: {chosen.about}, {given.part} ({seconds:.0f} s)", cases)
            if given.cases:
                _show_cases(console, cases)
    return 0


def _show(console: Console, title: str, cases: list[Case]) -> None:
    milestones = len({case.milestone for case in cases})
    table = Table(title=f"{title}; {milestones} milestones")
    for column in ("At %", "Forecast"):
        table.add_column(column)
    for column in (
        "n", "none", "P50", "P85", "P95", "P85 95 %", "P50 error wd", "of remaining",
        "CRPS", "CRPS 95 %", "skill", "pinball P85", "Brier", "P90-P10",
    ):  # fmt: skip
        table.add_column(column, justify="right")
    for found in checkpoints(cases):
        _row(table, str(found.at), OURS, found)
        for name, scores in found.baselines.items():
            if scores.n:
                _row(table, "", name, scores)
        table.add_section()
    console.print(table)


def _row(table: Table, at: str, name: str, scores: Scores | Checkpoint) -> None:
    skill = scores.skill if isinstance(scores, Scores) else None
    intervals = scores.intervals
    table.add_row(
        at,
        name,
        str(scores.n),
        str(scores.without or ""),
        *(
            _number(share)
            for share in (scores.coverage.p50, scores.coverage.p85, scores.coverage.p95)
        ),
        _pair(None if intervals is None else intervals.coverage["p85"]),
        _number(scores.p50_error.workdays, 1),
        _number(scores.p50_error.of_remaining),
        _number(scores.crps, 1),
        _pair(None if intervals is None else intervals.crps, 0),
        _number(skill),
        _number(scores.pinball.get("p85"), 1),
        _number(scores.brier),
        _number(scores.sharpness, 0),
    )


def _number(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _pair(values: tuple[float, float] | None, digits: int = 2) -> str:
    return "" if values is None else "-".join(_number(value, digits) for value in values)


def _show_cases(console: Console, cases: list[Case]) -> None:
    table = Table()
    for column in ("Milestone", "At %", "As of", "Took", "P10", "P50", "P85", "P95"):
        table.add_column(column)
    for case in sorted(cases, key=lambda case: (case.milestone, case.at)):
        samples = case.forecasts.get(OURS)
        spread = (
            [f"{samples[int(level * (samples.size - 1))]:.0f}" for level in (0.1, 0.5, 0.85, 0.95)]
            if samples is not None
            else []
        )
        table.add_row(case.milestone, str(case.at), f"{case.as_of}", f"{case.outcome:.0f}", *spread)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
