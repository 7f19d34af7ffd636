"""Goals that were missed: by how much, whether that is chance, and what an oracle would reach."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from slipwatch.aggregator.backtest.cases import OURS, Case
from slipwatch.aggregator.backtest.result import Checkpoint
from slipwatch.aggregator.backtest.scores import Samples, crps, quantile, wilson
from slipwatch.aggregator.backtest.scoring import bootstrap

COVERAGE: Final = (0.78, 0.92)
"""Of P85, at every checkpoint of the middle."""
LESS_ERROR, LESS_CRPS = 0.20, 0.15
"""Than the best baseline, and than the plain bootstrap and the plan."""
ENOUGH = 0.8
"""Of the milestones a baseline must say something about, to be the best."""

_FACTORS: Final = np.geomspace(0.2, 5, 65)
_SPREADS: Final = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)

_ABOUT = """
**Cell by cell.** Every goal of the test part that was missed. *Needed* is the goal: of P85, in how
many cases it has to hold with so few milestones; else the share that has to be saved of the error
or the CRPS of a baseline. *Found* has the 95 % interval, Wilson's or by bootstrap over projects, of
both forecasts on the same milestones. Where the goal lies within, the miss *may be chance*. Two
oracles show what the data give away. The first forecasts every milestone of the cell by the
outcomes of the very cell, its own included, without telling one from another; it is at its best
there. The second is told the one factor (and for the CRPS the one spread, too) by which the
forecasts of the cell had to be stretched. Where that one misses the goal as well, no level and no
width would have met it: only forecasts that tell one milestone of the cell better from another.
*One day* is the share that one working day is of what was left, in the middle: an error is not less
than that, unless it is none.

| Set | At | Goal | Needed | Found | May be chance | Outcomes themselves | Stretched \
| One day |
|---|---:|---|---:|---:|---|---:|---:|---:|
"""

Floats = NDArray[np.float64]


class _Verdict(NamedTuple):
    """A goal that was missed."""

    cells: tuple[str, ...]
    chance: bool
    """Whether the goal lies within the interval."""
    beyond: bool | None
    """Whether an oracle who stretches misses it too; None where no oracle is asked."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """Ours and a baseline on the milestones that both have a forecast of."""

    groups: tuple[str, ...]
    outcomes: Floats
    ours: Sequence[Samples]
    theirs: Sequence[Samples]

    @classmethod
    def of(cls, cases: Sequence[Case], baseline: str) -> "_Pair":
        both = [
            (case, ours, theirs)
            for case in cases
            if not case.unfinished
            and (ours := case.forecasts.get(OURS)) is not None
            and (theirs := case.forecasts.get(baseline)) is not None
        ]
        return cls(
            groups=tuple(case.group for case, _, _ in both),
            outcomes=np.array([case.outcome for case, _, _ in both]),
            ours=[ours for _, ours, _ in both],
            theirs=[theirs for _, _, theirs in both],
        )

    def saved(
        self, goal: float, ours: Floats, theirs: Floats, middle: Callable[[Floats], np.floating]
    ) -> tuple[float, str, bool]:
        """Give what is saved, shown with its interval, and whether the goal lies within."""
        drawn = bootstrap(self.groups, seed=0)
        found = [_less(middle(ours[some]), middle(theirs[some])) for some in drawn]
        low, high = np.quantile(found, (0.025, 0.975))
        saved = _less(middle(ours), middle(theirs))
        return saved, f"{saved:+.0%} ({low:+.0%} to {high:+.0%})", bool(low <= goal <= high)


def best(found: Checkpoint) -> tuple[str, float] | None:
    """Return the baseline with the least error of those that say enough, and its error."""
    errors = {
        name: scores.p50_error.of_remaining
        for name, scores in found.baselines.items()
        if scores.n >= ENOUGH * (scores.n + scores.without)
        and scores.p50_error.of_remaining is not None
    }
    return min(errors.items(), key=lambda each: each[1]) if errors else None


def holding(n: int) -> tuple[int, int]:
    """Return in how few and how many of ``n`` cases P85 may hold for its goal."""
    return ceil(COVERAGE[0] * n - 1e-9), floor(COVERAGE[1] * n + 1e-9)


def missed(
    sets: Mapping[str, Sequence[Checkpoint]], cases: Mapping[str, Sequence[Case]]
) -> Iterator[str]:
    """Write what was missed, goal by goal, and how much of it says something."""
    yield _ABOUT.rstrip("\n")
    found: list[_Verdict] = []
    for name, checkpoints in sets.items():
        for checkpoint in checkpoints:
            here = [case for case in cases[name] if case.at == checkpoint.at]
            for each in _missed(checkpoint, here):
                found.append(each)
                cells = (name, f"{checkpoint.at} %", *each.cells)
                yield f"| {' | '.join(cells)} |"
    chance = sum(each.chance for each in found)
    asked = [each.beyond for each in found if each.beyond is not None]
    yield ""
    yield (
        f"Of {len(found)} misses {chance} may be chance. Of the {len(asked)} of an error or a CRPS "
        f"the oracle who stretches has {sum(asked)} too."
    )


def _missed(found: Checkpoint, cases: Sequence[Case]) -> Iterator[_Verdict]:
    held = found.coverage.p85
    if held is not None and not COVERAGE[0] <= held <= COVERAGE[1]:
        yield _of_coverage(held, found.n)
    strongest, off = best(found), found.p50_error.of_remaining
    if strongest is not None and off is not None and _less(off, strongest[1]) < LESS_ERROR:
        yield _of_error(_Pair.of(cases, strongest[0]), strongest[0])
    for name in ("plain_bootstrap", "plan"):
        pair = _Pair.of(cases, name)
        verdict = _of_crps(pair, name) if pair.ours else None
        if verdict is not None:
            yield verdict


def _of_coverage(held: float, n: int) -> _Verdict:
    low, high = holding(n)
    least, most = wilson(round(held * n), n)
    needed = "none is possible" if low > high else f"{low}" if low == high else f"{low} to {high}"
    chance = least <= COVERAGE[1] and most >= COVERAGE[0]
    shown = f"{held:.0%} ({least:.0%} to {most:.0%})"
    cells = ("P85", f"{needed} of {n}", shown, _yes(chance), "", "", "")
    return _Verdict(cells, chance, None)


def _of_error(pair: _Pair, name: str) -> _Verdict:
    outcomes = np.maximum(pair.outcomes, 1)
    ours = np.array([quantile(each, 0.5) for each in pair.ours])
    theirs = np.array([quantile(each, 0.5) for each in pair.theirs])
    errors = np.abs(np.stack((ours, theirs)) - pair.outcomes) / outcomes
    _, shown, chance = pair.saved(LESS_ERROR, errors[0], errors[1], np.median)
    base = np.median(errors[1])
    own = min(np.median(np.abs(each - pair.outcomes) / outcomes) for each in pair.outcomes)
    stretched = min(
        np.median(np.abs(factor * ours - pair.outcomes) / outcomes) for factor in _FACTORS
    )
    cells = (
        f"P50, {name.replace('_', ' ')}",
        f"{LESS_ERROR:+.0%}",
        shown,
        _yes(chance),
        f"{_less(own, base):+.0%}",
        f"{_less(stretched, base):+.0%}",
        f"{np.median(1 / outcomes):.0%}",
    )
    return _Verdict(cells, chance, _less(stretched, base) < LESS_ERROR)


def _of_crps(pair: _Pair, name: str) -> _Verdict | None:
    ours = _crps(pair.ours, pair.outcomes)
    theirs = _crps(pair.theirs, pair.outcomes)
    saved, shown, chance = pair.saved(LESS_CRPS, ours, theirs, np.mean)
    if saved >= LESS_CRPS:
        return None
    base = theirs.mean()
    own = _crps([np.sort(pair.outcomes)] * len(pair.ours), pair.outcomes).mean()
    stretched = min(
        _crps([factor * _spread(each, spread) for each in pair.ours], pair.outcomes).mean()
        for spread in _SPREADS
        for factor in _FACTORS[::4]
    )
    cells = (
        f"CRPS, {name.replace('_', ' ')}",
        f"{LESS_CRPS:+.0%}",
        shown,
        _yes(chance),
        f"{_less(own, base):+.0%}",
        f"{_less(min(stretched, ours.mean()), base):+.0%}",
        "",
    )
    return _Verdict(cells, chance, _less(stretched, base) < LESS_CRPS)


def _crps(forecasts: Sequence[Samples], outcomes: Floats) -> Floats:
    return np.array([crps(each, float(y)) for each, y in zip(forecasts, outcomes, strict=True)])


def _spread(samples: Samples, power: float) -> Samples:
    """Widen or narrow a forecast around its median, on a log scale; of few samples for speed."""
    some = np.maximum(samples[:: max(samples.size // 100, 1)], 0.5)
    middle = np.median(some)
    spread: Samples = middle * (some / middle) ** power
    return spread


def _less(ours: float | np.floating, theirs: float | np.floating) -> float:
    return 1 - float(ours) / float(theirs) if theirs else 0.0


def _yes(known: bool) -> str:
    return "yes" if known else "no"
