"""What the forecasts are that a back-test scores beside ours, and what its columns say."""

from collections.abc import Iterator, Mapping
from typing import Final

from slipwatch.aggregator.backtest.baselines import BASELINES
from slipwatch.aggregator.backtest.cases import OURS
from slipwatch.aggregator.backtest.result import Backtest

MEANINGS: Final[Mapping[str, str]] = {
    "plan": "it is done on its planned day, as it was known then",
    "version_report": (
        "its open items at its own pace since it began, give or take 10 %, as Jira's version report"
    ),
    "mean_throughput": "its open items at the mean pace of its team's last 13 weeks",
    "linear": "where straight lines through its scope and through what is done meet: a burn-up",
    "outside": "its planned day, and as late as the program's finished milestones were",
    "plain_bootstrap": (
        "its open items at weeks drawn from its team's last 13: the usual Monte Carlo simulation"
    ),
    "own_bootstrap": "the same with weeks of the milestone itself",
    "last_week": "slipwatch's own forecast of a week before",
}
"""By the names of baselines in tables and JSON."""

COLUMNS: Final = (
    "P50, P85 and P95: the share that was done by then; days are working days. CRPS: how far the "
    f"whole forecast was from the outcome, less is better. Saved: the share of it that {OURS} "
    "saves, below zero where the other one is better."
)


_MOST_LEFT_OUT: Final = 0.2
"""A baseline that says nothing of more milestones than that is not compared as a whole."""


def nearer(result: Backtest) -> Iterator[str]:
    """Say which baselines were nearer to the outcomes than ours, and whether their P85 held."""
    for name in BASELINES:
        better = [
            (found.at, scores.coverage.p85)
            for found in result.checkpoints
            for scores in [found.baselines.get(name)]
            if scores is not None
            and scores.skill is not None
            and scores.skill < 0
            and scores.n >= (1 - _MOST_LEFT_OUT) * found.n
        ]
        held = [share for _, share in better if share is not None]
        if held:
            ends = sorted({f"{100 * share:.0f}" for share in (min(held), max(held))}, key=int)
            yield (
                f"{name} was nearer at {', '.join(str(at) for at, _ in better)} %; its P85 held in "
                f"{' to '.join(ends)} % there."
            )


STEADY: Final = (
    "A simple forecast is nearer where a team goes on as in its last weeks, as that of a "
    "simulation does. One whose P85 holds in much less than 85 % names days that will not hold."
)
"""What to make of a baseline that was nearer."""


def legend(result: Backtest) -> Iterator[tuple[str, str]]:
    """Say what each baseline is that has something to show, in the order of the tables."""
    shown = {
        name for found in result.checkpoints for name, scores in found.baselines.items() if scores.n
    }
    for name, meaning in MEANINGS.items():
        if name in shown:
            yield name, meaning
