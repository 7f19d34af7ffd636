"""From cases to the scores of each checkpoint, with intervals by bootstrap over projects."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

from ..assessment import Status
from ..forecast.sampling import generator
from ..status import colour
from .cases import OURS, Case
from .result import Checkpoint, Coverage, Error, Interval, Intervals, LeadTime, Scores
from .scores import Samples, brier, crps, pinball, pit, quantile, sharpness, wilson

LEVELS = {"p50": 0.5, "p85": 0.85, "p95": 0.95}
RESAMPLES = 400
_SIGNIFICANT = 4
"""Digits after the point: more than a hundred milestones can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The scores of one forecast of one milestone."""

    milestone: str
    group: str
    held: Mapping[str, bool]
    """By quantile: whether the outcome was not later."""
    error: float
    relative: float
    crps: float
    pinball: Mapping[str, float]
    sharpness: float
    pit: float


def row(case: Case, samples: Samples) -> Row:
    """Score one forecast of a case."""
    quantiles = {name: quantile(samples, level) for name, level in LEVELS.items()}
    error = abs(quantiles["p50"] - case.outcome)
    return Row(
        milestone=case.milestone,
        group=case.group,
        held={name: case.outcome <= value for name, value in quantiles.items()},
        error=error,
        relative=error / max(case.outcome, 1.0),
        crps=crps(samples, case.outcome),
        pinball={
            name: pinball(case.outcome, quantiles[name], level) for name, level in LEVELS.items()
        },
        sharpness=sharpness(samples),
        pit=pit(samples, case.outcome),
    )


def _brier(case: Case, samples: Samples) -> float | None:
    """Score the chance to be done by the commitment; open work tells once that day has passed."""
    if case.commitment is None or (case.unfinished and case.outcome <= case.commitment):
        return None
    return brier(_chance(samples, case.commitment), case.outcome <= case.commitment)


def _chance(samples: Samples, commitment: float) -> float:
    return float(np.searchsorted(samples, commitment, side="right")) / samples.size


def _status(case: Case, name: str) -> Status | None:
    """Give the colour that a forecast gives a commitment, as ours gets it; None without either."""
    if name == OURS:
        return case.status
    samples = case.forecasts.get(name)
    if case.commitment is None or samples is None:
        return None
    if case.committed is not None and case.committed < case.as_of:
        return "red"
    return colour(_chance(samples, case.commitment))


def checkpoints(cases: Sequence[Case], *, seed: int = 0) -> tuple[Checkpoint, ...]:
    """Score the cases of every checkpoint, ours first and each baseline beside it."""
    by_point: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        by_point[case.at].append(case)
    return tuple(
        _checkpoint(at, by_point[at], [c for c in cases if c.at <= at], seed)
        for at in sorted(by_point)
    )


def _checkpoint(at: int, cases: Sequence[Case], until: Sequence[Case], seed: int) -> Checkpoint:
    names = dict.fromkeys(name for case in cases for name in case.forecasts if name != OURS)
    ours = scores(cases, OURS, until=until, seed=seed)
    return Checkpoint(
        at=at,
        n=ours.n,
        without=ours.without,
        coverage=ours.coverage,
        p50_error=ours.p50_error,
        crps=ours.crps,
        pinball=ours.pinball,
        brier=ours.brier,
        sharpness=ours.sharpness,
        pit=ours.pit,
        intervals=ours.intervals,
        lead_time=ours.lead_time,
        false_alarms=ours.false_alarms,
        baselines={
            name: scores(cases, name, until=until, seed=seed, beside=OURS) for name in names
        },
    )


def scores(
    cases: Sequence[Case],
    name: str,
    *,
    until: Sequence[Case] | None = None,
    seed: int = 0,
    beside: str | None = None,
) -> Scores:
    """Score the forecasts of one name; ``beside`` names those that its CRPS is compared with.

    The comparison is over the cases that both have forecasts of. ``until`` are these and earlier
    ones of the same milestones, for how early a miss was told.
    """
    told = until if until is not None else cases
    lead = LeadTime(red=_lead(told, name, ("red",)), amber=_lead(told, name, ("red", "amber")))
    over = [case for case in cases if not case.unfinished]
    rows = [row(case, samples) for case, samples in _forecasts(over, name)]
    chances = [_brier(case, samples) for case, samples in _forecasts(cases, name)]
    chance = _mean([each for each in chances if each is not None])
    if not rows:
        silent = all(case.forecasts.get(name) is None for case in told)
        return Scores(
            n=0, without=len(over), brier=chance, lead_time=LeadTime() if silent else lead
        )
    return Scores(
        n=len(rows),
        without=len(over) - len(rows),
        coverage=Coverage(**{name: _share(rows, name) for name in LEVELS}),
        p50_error=Error(
            workdays=_round(median(r.error for r in rows)),
            of_remaining=_round(median(r.relative for r in rows)),
        ),
        crps=_round(fmean(r.crps for r in rows)),
        pinball={name: _round(fmean(r.pinball[name] for r in rows)) for name in LEVELS},
        brier=chance,
        sharpness=_round(median(r.sharpness for r in rows)),
        pit=tuple(_round(r.pit) for r in rows),
        intervals=_intervals(rows, seed),
        lead_time=lead,
        false_alarms=_false_alarms(cases, name),
        skill=None if beside is None else _skill(over, beside, name),
    )


def _forecasts(cases: Sequence[Case], name: str) -> Iterator[tuple[Case, Samples]]:
    for case in cases:
        samples = case.forecasts.get(name)
        if samples is not None:
            yield case, samples


def _skill(cases: Sequence[Case], ours: str, theirs: str) -> float | None:
    """Give the share of a baseline's CRPS that ours saves, where both have a forecast."""
    pairs = [
        (crps(mine, case.outcome), crps(other, case.outcome))
        for case in cases
        if (mine := case.forecasts.get(ours)) is not None
        and (other := case.forecasts.get(theirs)) is not None
    ]
    total = sum(other for _, other in pairs)
    return _round(1 - sum(mine for mine, _ in pairs) / total) if total else None


def _share(rows: Sequence[Row], name: str) -> float:
    return _round(fmean(r.held[name] for r in rows))


def _intervals(rows: Sequence[Row], seed: int) -> Intervals:
    drawn = bootstrap(tuple(r.group for r in rows), seed=seed)

    def interval(of: Callable[[NDArray[np.float64]], object], values: Sequence[float]) -> Interval:
        known = np.array(values)
        found = [of(known[some]) for some in drawn]
        low, high = np.quantile(np.array(found, dtype=np.float64), (0.025, 0.975))
        return _round(low), _round(high)

    return Intervals(
        coverage={name: _wilson(sum(r.held[name] for r in rows), len(rows)) for name in LEVELS},
        workdays=interval(np.median, [r.error for r in rows]),
        of_remaining=interval(np.median, [r.relative for r in rows]),
        crps=interval(np.mean, [r.crps for r in rows]),
    )


@lru_cache(maxsize=16)
def bootstrap(
    groups: tuple[str, ...], *, seed: int, resamples: int = RESAMPLES
) -> Sequence[NDArray[np.intp]]:
    """Draw milestones anew, as positions: projects first, then as many of each as it has.

    With one project only its milestones vary, and what follows holds for that project alone.
    """
    named = np.array(groups)
    pools = [np.flatnonzero(named == name) for name in sorted(set(groups))]
    rng = generator(seed, "backtest intervals")
    return [
        np.concatenate(
            [
                pool[rng.integers(pool.size, size=pool.size)]
                for pool in (pools[i] for i in rng.integers(len(pools), size=len(pools)))
            ]
        )
        for _ in range(resamples)
    ]


def _wilson(hits: int, n: int) -> Interval:
    low, high = wilson(hits, n)
    return _round(low), _round(high)


def _lead(until: Sequence[Case], name: str, colours: tuple[Status, ...]) -> float | None:
    """Give the median of how early a miss was told: working days from the first such colour.

    Of milestones that missed their commitment; one that did not get the colour has no lead.
    """
    first: dict[str, float] = {}
    for case in sorted(until, key=lambda case: (case.milestone, case.at)):
        if case.commitment is None or case.outcome <= case.commitment:
            continue
        told = _status(case, name) in colours
        lead = max(case.commitment, 0.0) if told else 0.0
        first[case.milestone] = max(first.get(case.milestone, 0.0), lead)
    return _round(median(first.values())) if first else None


def _false_alarms(cases: Sequence[Case], name: str) -> float | None:
    """Give the share of the milestones that kept their commitment and were red nevertheless."""
    found = [
        _status(case, name) == "red"
        for case in cases
        if not case.unfinished
        and case.commitment is not None
        and case.outcome <= case.commitment
        and case.forecasts.get(name) is not None
    ]
    return _round(fmean(found)) if found else None


def _mean(values: Sequence[float]) -> float | None:
    return _round(fmean(values)) if values else None


def _round(value: float) -> float:
    return round(float(value), _SIGNIFICANT)
