"""The formulas of benefits and of worth (DOMAIN.md 5.2): pure, on plain numbers and days."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from .model import Curve

YEAR = 365.0
"""Days, as the definition of deferred value counts them."""

SWING = 0.2
"""By so much of itself a weight is tried larger and smaller."""


def progress(curve: Curve, start: date, end: date, day: date, shift: float = 0.0) -> float:
    """Give the part of the whole change that is due by a day, from 0 to 1 but for tables.

    ``shift`` is by how many days start and end are later. A table gives values, see ``expected``.
    """
    length = (end - start).days
    elapsed = (day - start).days - shift
    if curve == "step" or length <= 0:
        return 1.0 if elapsed >= length else 0.0
    part = min(max(elapsed / length, 0.0), 1.0)
    return part * part * (3 - 2 * part) if curve == "s_curve" else part


def expected(
    curve: Curve,
    baseline: float,
    target: float,
    start: date,
    end: date,
    day: date,
    shift: float = 0.0,
) -> float:
    """Give the value that is due by a day.

    A table is read between its points in straight lines, level before the first and after the last;
    before ``start`` and after ``end`` it holds as it is written.
    """
    if isinstance(curve, str):
        return baseline + (target - baseline) * progress(curve, start, end, day, shift)
    return _between(curve, day, shift)


def _between(points: Sequence[tuple[date, float]], day: date, shift: float) -> float:
    place = day.toordinal() - shift
    days = [point.toordinal() for point, _ in points]
    if place <= days[0]:
        return points[0][1]
    for index in range(1, len(days)):
        if place <= days[index]:
            part = (place - days[index - 1]) / (days[index] - days[index - 1])
            low, high = points[index - 1][1], points[index][1]
            return low + (high - low) * part
    return points[-1][1]


def realisation(actual: float, baseline: float, due: float) -> float | None:
    """Give the part of the change due that has come; None before any is due.

    It is the same for benefits that rise and for those that fall; negative when it got worse.
    """
    change = due - baseline
    return None if change == 0 else (actual - baseline) / change


def weighted_shift(delays: Sequence[tuple[float, float]]) -> float:
    """Give by how many days a benefit is later: its enablers' delays by their shares.

    An enabler that is early brings nothing forward: the benefit's own date stands.
    """
    return sum(max(0.0, days) * share for days, share in delays)


def deferred(annual_value: float, days: float) -> float:
    """Give the value that comes later because of so many days of delay."""
    return annual_value * days / YEAR


def per_day(annual_value: float) -> float:
    """Give what a day of delay costs."""
    return annual_value / YEAR


def accrued(
    curve: Curve,
    baseline: float,
    target: float,
    start: date,
    end: date,
    first: date,
    last: date,
    shift: float = 0.0,
) -> float:
    """Give the years' worth of the full benefit that is due from ``first`` to before ``last``.

    One full year at the target is 1. Days are summed at their middle, so that straight lines come
    out exactly.
    """
    if last <= first or target == baseline:
        return 0.0
    total, day = 0.0, first
    ends = max(end, curve[-1][0]) if not isinstance(curve, str) else end
    settled = min(last, max(first, ends + timedelta(days=int(shift) + 2)))
    while day < settled:
        due = expected(curve, baseline, target, start, end, day, shift - 0.5)
        total += (due - baseline) / (target - baseline)
        day += timedelta(days=1)
    due = expected(curve, baseline, target, start, end, last, shift)
    total += (last - settled).days * (due - baseline) / (target - baseline)
    return total / YEAR


def npv(rate: float, flows: Sequence[float]) -> float:
    """Give the net present value of a flow for each year, the first one now."""
    return sum(flow / (1 + rate) ** year for year, flow in enumerate(flows))


def roi(benefit: float, cost: float) -> float | None:
    """Give the return on investment, undiscounted; None where nothing is spent."""
    return None if cost == 0 else (benefit - cost) / cost


def payback(flows: Sequence[float]) -> float | None:
    """Give the years until what was spent has come back, linear within a year; None if never."""
    balance = 0.0
    for year, flow in enumerate(flows):
        if balance < 0 <= balance + flow:
            return year - 1 + -balance / flow
        balance += flow
        if year == 0 and balance >= 0:
            return 0.0
    return None


def wsjf(value: float, time_criticality: float, risk_reduction: float, size: float) -> float:
    """Give the cost of delay, in relative numbers, by size (SAFe)."""
    return (value + time_criticality + risk_reduction) / size


def weighted_score(scores: Mapping[str, float], weights: Mapping[str, float]) -> float | None:
    """Give the mean of scores by weights; None where one that counts is missing."""
    counting = {name: weight for name, weight in weights.items() if weight > 0}
    if not counting or any(name not in scores for name in counting):
        return None
    return sum(weight * scores[name] for name, weight in counting.items()) / sum(counting.values())


def ranks(values: Mapping[str, float]) -> dict[str, int]:
    """Rank by value, the largest first; equals share a rank."""
    return {
        name: 1 + sum(other > value for other in values.values()) for name, value in values.items()
    }


def sensitivity(
    scores: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]
) -> dict[str, int]:
    """Give, by what has scores, the most places its rank moves when any one weight is a fifth off.

    What lacks a score that counts is left out.
    """

    def ranked(tried: Mapping[str, float]) -> dict[str, int]:
        found = {name: weighted_score(own, tried) for name, own in scores.items()}
        return ranks({name: value for name, value in found.items() if value is not None})

    base = ranked(weights)
    moves = dict.fromkeys(base, 0)
    for name, weight in weights.items():
        for factor in (1 - SWING, 1 + SWING):
            for one, rank in ranked({**weights, name: weight * factor}).items():
                moves[one] = max(moves[one], abs(rank - base[one]))
    return moves
