"""Goals that were missed, on a few milestones made by hand."""

from collections.abc import Sequence
from datetime import date

import pytest

from benchmarks.backtest.missed import best, holding, missed
from slipwatch.aggregator.backtest.cases import OURS, Case, point
from slipwatch.aggregator.backtest.scoring import checkpoints

TENS = (10.0,) * 10


def test_where_every_goal_is_met_nothing_is_told() -> None:
    ours = (*(10.0,) * 8, 9.0, 9.0)

    rows, verdict = _told(_cases(TENS, ours, plain_bootstrap=(15.0,) * 10, plan=(8.0,) * 10))

    assert not rows
    assert verdict == _verdict(0, 0, 0, 0)


def test_a_missed_goal_says_what_was_needed_and_what_was_found() -> None:
    rows, verdict = _told(_cases(TENS, (20.0,) * 10, plain_bootstrap=(12.0,) * 10))

    found = "-400% (-400% to -400%) | no"
    assert rows == [
        "| made | 25 % | P85 | 8 to 9 of 10 | 100% (72% to 100%) | yes |  |  |  |",
        f"| made | 25 % | P50, plain bootstrap | +20% | {found} | +100% | +95% | 10% |",
        f"| made | 25 % | CRPS, plain bootstrap | +15% | {found} | +100% | +53% |  |",
    ]
    assert verdict == _verdict(3, 1, 2, 0)


def test_a_miss_within_the_interval_may_be_chance() -> None:
    ours, theirs = (10.0, 10.0, 10.0, 20.0, 20.0, 20.0), (15.0,) * 6

    rows, _ = _told(_cases((10.0,) * 6, ours, plan=theirs))

    error = next(row for row in rows if "P50, plan" in row)
    assert "| +0% (-100% to +100%) | yes |" in error


def test_what_no_stretching_mends_takes_better_forecasts() -> None:
    outcomes = (10.0, 1000.0) * 5
    nearly = tuple(1.1 * each for each in outcomes)

    rows, verdict = _told(_cases(outcomes, (100.0,) * 10, plan=nearly))

    assert any("P50, plan" in row for row in rows)
    assert verdict.endswith("Of the 2 of an error or a CRPS the oracle who stretches has 2 too.")


def test_a_baseline_that_says_little_is_not_the_best() -> None:
    rarely = (10.0, *(None,) * 9)
    cases = _cases(TENS, TENS, plan=(15.0,) * 10, linear=rarely)

    assert best(checkpoints(cases)[0]) == ("plan", 0.5)


@pytest.mark.parametrize(
    ("n", "least", "most"), [(6, 5, 5), (13, 11, 11), (15, 12, 13), (100, 78, 92)]
)
def test_p85_may_hold_in_so_many_cases(n: int, least: int, most: int) -> None:
    assert holding(n) == (least, most)


def test_of_one_milestone_no_number_is_within_the_goal() -> None:
    rows, _ = _told(_cases((10.0,), (10.0,)))

    assert rows == [
        "| made | 25 % | P85 | none is possible of 1 | 100% (21% to 100%) | yes |  |  |  |"
    ]


def _cases(
    outcomes: Sequence[float], ours: Sequence[float], **baselines: Sequence[float | None]
) -> list[Case]:
    """Forecast each milestone, of a project of its own, by a single day."""
    said: dict[str, Sequence[float | None]] = {OURS: ours, **baselines}
    return [
        Case(
            milestone=f"made/{i}",
            group=f"{i}",
            at=25,
            as_of=date(2026, 1, 1),
            outcome=outcome,
            forecasts={
                name: None if (day := days[i]) is None else point(day)
                for name, days in said.items()
            },
        )
        for i, outcome in enumerate(outcomes)
    ]


def _told(cases: Sequence[Case]) -> tuple[list[str], str]:
    """Return the rows of the table, and what is said below it."""
    *lines, verdict = missed({"made": checkpoints(cases)}, {"made": cases})
    return [line for line in lines if line.startswith("| made ")], verdict


def _verdict(misses: int, chance: int, asked: int, beyond: int) -> str:
    return (
        f"Of {misses} misses {chance} may be chance. Of the {asked} of an error or a CRPS "
        f"the oracle who stretches has {beyond} too."
    )
