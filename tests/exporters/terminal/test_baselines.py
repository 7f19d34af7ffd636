"""Versions of baselines as a table."""

from dataclasses import dataclass

from rich.console import Console

from slipwatch.aggregator.baselines import BaselineChange
from slipwatch.aggregator.portfolio.versions import BaselineVersion
from slipwatch.exporters.terminal.baselines import baselines_table
from tests.exporters.governed import VERSIONS


@dataclass(frozen=True)
class _Row:
    milestone: str
    version: BaselineVersion
    change: BaselineChange | None = None


def test_a_version_that_nobody_approved_says_where_it_comes_from() -> None:
    original, approved = VERSIONS
    stood = BaselineVersion(
        version=2,
        recorded_on=approved.recorded_on,
        recorded_at=approved.recorded_at,
        finish=approved.finish,
    )
    console = Console(width=200)

    with console.capture() as shown:
        console.print(baselines_table(_Row("launch", one) for one in (original, stood, approved)))

    _, first, second, third = shown.get().splitlines()
    assert "what stood until then" not in first
    assert "what stood until then" in second
    assert "scope doubled" in third
