"""A back-test as tables."""

from collections.abc import Iterator

from rich.console import Group
from rich.table import Table
from rich.text import Text

from slipwatch.aggregator.backtest.cases import OURS
from slipwatch.aggregator.backtest.result import Backtest, Checkpoint, Scores

from ..legend import COLUMNS, STEADY, legend, nearer
from .printing import plain_table
from .text import plain

_WIDTHS = {"P85 in 95 %": len("80-100")}
_COLUMNS = ("n", "P50", "P85", "P95", "P85 in 95 %", "P50 off by", "of rest", "CRPS", "Saved")


def backtest_tables(result: Backtest) -> Group:
    """Show the scores of every checkpoint, all together and group by group."""
    parts: list[Table | Text] = [
        Text(f"{_count(result)}, replayed until {result.as_of}"),
        _scores(result.checkpoints),
    ]
    if len(result.groups) > 1:
        for group in result.groups:
            heading = Text.assemble(
                (f"{result.scope.capitalize()} ", ""), (plain(group.id), "bold")
            )
            parts += [heading, _scores(group.checkpoints)]
    parts += [Text(""), *_legend(result)]
    parts += [Text(f"Hindsight: {plain(line)}", "bright_black") for line in result.hindsight]
    return Group(*parts)


def _legend(result: Backtest) -> Iterator[Table | Text]:
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, meaning in legend(result):
        table.add_row(Text(name), Text(meaning, "bright_black"))
    yield table
    yield Text(COLUMNS, "bright_black")
    better = list(nearer(result))
    yield from map(Text, better)
    if better:
        yield Text(STEADY)


def _count(result: Backtest) -> str:
    unfinished = sum(one.finish is None for one in result.milestones)
    late = f" and {unfinished} that should be" if unfinished else ""
    finished = len(result.milestones) - unfinished
    return f"{finished} finished milestone{'' if finished == 1 else 's'}{late}"


def _scores(checkpoints: tuple[Checkpoint, ...]) -> Table:
    table = plain_table("At")
    table.add_column("Forecast", no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column, justify="right", min_width=_WIDTHS.get(column))
    for found in checkpoints:
        for name, scores in _lines(found):
            table.add_row(
                f"{found.at} %" if name == OURS else "",
                Text(name, "bold" if name == OURS else ""),
                *_cells(scores),
            )
    return table


def _lines(found: Checkpoint) -> Iterator[tuple[str, Scores | Checkpoint]]:
    yield OURS, found
    for name, scores in found.baselines.items():
        if scores.n:
            yield name, scores


def _cells(scores: Scores | Checkpoint) -> Iterator[str]:
    """Write one line of numbers; days are working days."""
    low, high = scores.intervals.coverage["p85"] if scores.intervals is not None else (None, None)
    yield str(scores.n)
    for share in (scores.coverage.p50, scores.coverage.p85, scores.coverage.p95):
        yield _percent(share)
    yield _between(low, high)
    yield _days(scores.p50_error.workdays)
    yield _percent(scores.p50_error.of_remaining)
    yield _days(scores.crps)
    yield _percent(scores.skill) if isinstance(scores, Scores) else ""


def _between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{100 * low:.0f}-{100 * high:.0f}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"


def _days(days: float | None) -> str:
    return "" if days is None else f"{days:.1f}"
