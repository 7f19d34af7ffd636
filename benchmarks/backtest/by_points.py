"""Forecasts by points beside those by items, of the one public project that estimates."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, Literal

from slipwatch.aggregator.backtest.cases import Case
from slipwatch.aggregator.backtest.replaying import Replay
from slipwatch.aggregator.backtest.result import Checkpoint
from slipwatch.aggregator.backtest.scoring import checkpoints

from .running import run
from .sets import DURASPACE, SETS

_PROJECT: Final = "duraspace/duracloud"
_SETS: Final = ("duraspace", "duraspace-10")

TEXT: Final = """\
## By points

DuraCloud is the one project here that estimates: of its 483 finished items 435 carry points, and
changelogs tell 317 estimates, 109 of them of items that had one. Here are its versions by items,
and with `forecast_by: points`. Nothing was chosen by these numbers, and so few versions do not tell
one from the other: by points the forecast errs less in some rows, and more in others.

| Set | Part | At | n | By | P85 held | P50 off | CRPS |
|---|---|---:|---:|---|---:|---:|---:|
"""


def compared(data: Path, work: Path, how: Replay) -> Iterator[str]:
    """Give the rows of the table."""
    for name in _SETS:
        for part in ("test", "train"):
            items, points = (
                checkpoints(_cases(name, data, work, how, part, by)) for by in ("items", "points")
            )
            for one, other in zip(items, points, strict=True):
                yield _line(name, part, "items", one)
                yield _line(name, part, "points", other)


def _cases(
    name: str, data: Path, work: Path, how: Replay, part: str, by: Literal["items", "points"]
) -> Sequence[Case]:
    tracker = replace(DURASPACE, forecast_by=by)
    chosen = replace(SETS[name], worlds=partial(tracker.worlds, discover="versions"))
    replayed = run(chosen, data, work, how, part=part)
    return [case for subject, case in replayed if subject.project == _PROJECT]


def _line(name: str, part: str, by: str, found: Checkpoint) -> str:
    low, high = (0.0, 1.0) if found.intervals is None else found.intervals.coverage["p85"]
    off, crps = found.p50_error.of_remaining, found.crps
    cells = (
        name,
        part,
        f"{found.at} %",
        f"{found.n}",
        by,
        "" if found.coverage.p85 is None else f"{found.coverage.p85:.0%} ({low:.0%} to {high:.0%})",
        "" if off is None else f"{off:.0%}",
        "" if crps is None else f"{crps:.1f}",
    )
    return f"| {' | '.join(cells)} |"
