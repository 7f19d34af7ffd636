"""The formulas of benefits and worth: the hand-computed scenario, and what holds of any numbers."""

import json
import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from slipwatch.aggregator.benefits import formulas
from slipwatch.aggregator.benefits.model import Curve

SCENARIOS = json.loads((Path(__file__).parents[2] / "scenarios.json").read_text())["scenarios"]
S18: dict[str, Any] = next(one for one in SCENARIOS if one["id"] == "S18")

START = date(2026, 7, 1)
VALUES = st.floats(-1e6, 1e6)
DAYS = st.integers(-400, 1200)
LENGTHS = st.integers(1, 800)
NAMED: st.SearchStrategy[Curve] = st.sampled_from(["linear", "step", "s_curve"])


def test_the_scenario_of_a_benefit_holds() -> None:
    benefit, expected = S18["benefit"], S18["expected"]
    start, end = map(date.fromisoformat, (benefit["start"], benefit["target_date"]))
    day, read = date.fromisoformat(S18["reading"][0]), S18["reading"][1]
    base, target, slip = benefit["baseline"], benefit["target"], S18["slip_days"]

    due = formulas.expected(benefit["curve"], base, target, start, end, day)
    late = formulas.expected(benefit["curve"], base, target, start, end, day, slip)

    assert due == pytest.approx(expected["expected_value"], abs=1e-4)
    assert late == pytest.approx(expected["expected_value_after_slip"], abs=1e-4)
    ratio = formulas.realisation(read, base, due)
    assert ratio == pytest.approx(expected["realisation_ratio"], abs=1e-4)
    deferred = formulas.deferred(benefit["annual_value"], slip)
    assert deferred == pytest.approx(expected["deferred_value"], abs=0.01)
    flows = S18["npv"]["flows"]
    assert formulas.npv(S18["npv"]["rate"], flows) == pytest.approx(expected["npv"], abs=0.01)
    assert formulas.roi(sum(flows[1:]), -flows[0]) == pytest.approx(expected["roi"])


@given(NAMED, VALUES, VALUES, LENGTHS)
def test_nothing_is_due_at_the_start_and_all_at_the_target(
    curve: Curve, base: float, target: float, length: int
) -> None:
    end = START + timedelta(days=length)

    def due(day: date) -> float:
        return formulas.expected(curve, base, target, START, end, day)

    assert due(START - timedelta(days=1)) == due(START) == base
    assert due(end) == due(end + timedelta(days=500)) == pytest.approx(target, abs=1e-6)
    if target != base:
        assert formulas.realisation(base, base, due(end)) == 0
        assert formulas.realisation(target, base, due(end)) == pytest.approx(1, abs=1e-6)
    assert formulas.realisation(base, base, due(START)) is None


@given(NAMED, VALUES, VALUES, LENGTHS, DAYS, st.integers(0, 400))
def test_what_is_due_never_goes_back(
    curve: Curve, base: float, target: float, length: int, offset: int, later: int
) -> None:
    end, day = START + timedelta(days=length), START + timedelta(days=offset)

    earlier = formulas.progress(curve, START, end, day)
    after = formulas.progress(curve, START, end, day + timedelta(days=later))
    assert 0 <= earlier <= after <= 1
    due = formulas.expected(curve, base, target, START, end, day)
    assert min(base, target) - 1e-6 <= due <= max(base, target) + 1e-6


@given(NAMED, VALUES, VALUES, VALUES, LENGTHS, DAYS)
def test_a_fall_is_a_rise_upside_down(
    curve: Curve, base: float, target: float, actual: float, length: int, offset: int
) -> None:
    end, day = START + timedelta(days=length), START + timedelta(days=offset)
    due = formulas.expected(curve, base, target, START, end, day)
    mirrored = formulas.expected(curve, -base, -target, START, end, day)

    assert mirrored == pytest.approx(-due)
    ratio = formulas.realisation(actual, base, due)
    turned = formulas.realisation(-actual, -base, -due)
    assert turned == (None if ratio is None else pytest.approx(ratio))


@given(NAMED, VALUES, VALUES, LENGTHS, DAYS, st.integers(0, 400))
def test_a_shift_is_the_same_curve_later(
    curve: Curve, base: float, target: float, length: int, offset: int, shift: int
) -> None:
    end, day = START + timedelta(days=length), START + timedelta(days=offset)

    def due(day: date, shift: float = 0.0) -> float:
        return formulas.expected(curve, base, target, START, end, day, shift)

    assert due(day, 0) == due(day)
    assert due(day, shift) == due(day - timedelta(days=shift))


@given(st.lists(st.tuples(st.integers(1, 200), VALUES), min_size=2, max_size=6), DAYS)
def test_a_table_gives_its_values_and_nothing_beyond_them(
    steps: list[tuple[int, float]], offset: int
) -> None:
    days, points = 0, []
    for step, value in steps:
        days += step
        points.append((START + timedelta(days=days), value))
    table = tuple(points)

    for day, value in table:
        due = formulas.expected(table, 0, 1, START, table[-1][0], day)
        assert due == pytest.approx(value, abs=1e-6)
    due = formulas.expected(table, 0, 1, START, table[-1][0], START + timedelta(days=offset))
    values = [value for _, value in table]
    assert min(values) - 1e-6 <= due <= max(values) + 1e-6


@given(st.lists(st.tuples(st.integers(-300, 300), st.floats(0.01, 1)), min_size=1, max_size=6))
def test_contributions_weigh_delays_and_early_enablers_bring_nothing_forward(
    enablers: list[tuple[int, float]],
) -> None:
    total = sum(share for _, share in enablers)
    shares = [(float(days), share / total) for days, share in enablers]
    shift = formulas.weighted_shift(shares)

    assert 0 <= shift <= max(0, *(days for days, _ in enablers)) + 1e-9
    assert formulas.weighted_shift([(45.0, 1.0)]) == 45
    assert formulas.weighted_shift([(45.0, 0.7), (-10.0, 0.3)]) == pytest.approx(31.5)
    worse = formulas.weighted_shift([(days + 1, share) for days, share in shares])
    assert worse >= shift


@given(NAMED, LENGTHS, st.integers(0, 300))
def test_a_delay_of_a_benefit_that_ran_full_costs_just_its_days(
    curve: Curve, length: int, shift: int
) -> None:
    end = START + timedelta(days=length)
    last = end + timedelta(days=shift + 10)

    def brought(shift: float) -> float:
        return formulas.accrued(curve, 100, 60, START, end, START, last, shift)

    lost = brought(0) - brought(shift)
    assert lost * 240_000 == pytest.approx(formulas.deferred(240_000, shift), abs=0.02)
    half = formulas.accrued("linear", 100, 60, START, end, START, end)
    assert half == pytest.approx(length / 2 / formulas.YEAR)


@given(st.floats(0, 0.5), st.floats(1, 1e6), st.lists(st.floats(0, 1e6), min_size=1, max_size=8))
def test_money_later_is_never_worth_more(rate: float, cost: float, brought: list[float]) -> None:
    flows = [-cost, *brought]

    assert formulas.npv(0, flows) == pytest.approx(sum(flows), abs=1e-3)
    assert formulas.npv(rate, flows) <= formulas.npv(0, flows) + 1e-6
    assert formulas.npv(rate, [-cost, 0, *brought]) <= formulas.npv(rate, flows) + 1e-6
    years = formulas.payback(flows)
    if years is None:
        assert sum(flows) < 1e-3
    else:
        whole = math.floor(years)
        spent = sum(flows[: whole + 1])
        part = (years - whole) * flows[whole + 1] if whole + 1 < len(flows) else 0.0
        assert spent + part == pytest.approx(0, abs=max(1e-3, cost * 1e-6)) or years == 0


def test_what_costs_nothing_has_no_return_and_pays_back_at_once() -> None:
    assert formulas.roi(100, 0) is None
    assert formulas.payback([0, 10]) == 0
    assert formulas.payback([-100, 60, 60]) == pytest.approx(1 + 40 / 60)
    assert formulas.payback([-100, 60]) is None


SCORES = st.dictionaries(st.sampled_from("abc"), st.floats(0, 10), min_size=3, max_size=3)


@given(st.dictionaries(st.sampled_from("vwxyz"), SCORES, min_size=2), SCORES)
def test_a_weighted_score_is_a_mean_and_ranks_hold_where_weights_do_not_matter(
    scores: dict[str, dict[str, float]], weights: dict[str, float]
) -> None:
    assume(sum(weights.values()) > 0.1)
    found = {name: formulas.weighted_score(own, weights) for name, own in scores.items()}

    for name, value in found.items():
        assert value is not None
        assert min(scores[name].values()) - 1e-9 <= value <= max(scores[name].values()) + 1e-9
    moves = formulas.sensitivity(scores, weights)
    assert moves.keys() == scores.keys()
    assert all(0 <= places < len(scores) for places in moves.values())
    flat = {name: dict.fromkeys("abc", float(n)) for n, name in enumerate(sorted(scores))}
    assert set(formulas.sensitivity(flat, weights).values()) == {0}


@given(st.floats(0, 0.5), st.floats(0, 0.5), st.lists(st.floats(0, 1e6), min_size=1, max_size=8))
def test_a_higher_rate_never_makes_what_comes_later_worth_more(
    one: float, other: float, brought: list[float]
) -> None:
    low, high = sorted((one, other))

    assert formulas.npv(high, [0, *brought]) <= formulas.npv(low, [0, *brought]) + 1e-6


@given(VALUES, VALUES, VALUES, st.floats(0.01, 100), VALUES)
def test_the_unit_of_a_benefit_does_not_matter_to_its_ratio(
    actual: float, baseline: float, due: float, scale: float, zero: float
) -> None:
    assume(abs(due - baseline) > 1)

    def measured(value: float) -> float:
        return scale * value + zero

    found = formulas.realisation(actual, baseline, due)
    again = formulas.realisation(measured(actual), measured(baseline), measured(due))
    assert again == pytest.approx(found, rel=1e-3, abs=1e-3)
    assert formulas.realisation(due, baseline, due) == 1
    assert formulas.realisation(baseline, baseline, due) == 0


JOB = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.integers(1, 20))


@given(st.dictionaries(st.sampled_from("vwxyz"), JOB, min_size=2), st.sampled_from([0.5, 2.0, 8.0]))
def test_the_order_of_jobs_is_one_of_proportions(
    jobs: dict[str, tuple[int, int, int, int]], scale: float
) -> None:
    ranks = formulas.ranks({name: formulas.wsjf(*job) for name, job in jobs.items()})
    value, urgency, risk, size = 0, 1, 2, 3

    def ranked(**factors: float) -> dict[str, int]:
        times = [factors.get(part, 1.0) for part in ("value", "urgency", "risk", "size")]
        return formulas.ranks(
            {
                name: formulas.wsjf(*(part * by for part, by in zip(job, times, strict=True)))
                for name, job in jobs.items()
            }
        )

    assert ranked(value=scale, urgency=scale, risk=scale) == ranks
    assert ranked(size=scale) == ranks
    first = min(jobs)
    for part, step in ((value, 1), (urgency, 1), (risk, 1), (size, -0.5)):
        better = [*map(float, jobs[first])]
        better[part] += step
        values = {name: formulas.wsjf(*job) for name, job in jobs.items()}
        values[first] = formulas.wsjf(*better)
        assert formulas.ranks(values)[first] <= ranks[first]


@given(
    st.dictionaries(st.sampled_from("vwxyz"), SCORES, min_size=2),
    SCORES,
    st.sampled_from([0.25, 2.0]),
)
def test_only_the_proportions_of_weights_matter(
    scores: dict[str, dict[str, float]], weights: dict[str, float], scale: float
) -> None:
    assume(sum(weights.values()) > 0.1)
    scaled = {name: weight * scale for name, weight in weights.items()}

    assert formulas.sensitivity(scores, scaled) == formulas.sensitivity(scores, weights)


def test_a_rank_moves_where_a_fifth_of_a_weight_decides() -> None:
    scores = {"web": {"value": 8.0, "risk": 4.0}, "app": {"value": 4.0, "risk": 8.5}}

    assert formulas.ranks({"web": 6.0, "app": 6.25, "api": 6.0}) == {"app": 1, "web": 2, "api": 2}
    assert formulas.sensitivity(scores, {"value": 1.0, "risk": 1.0}) == {"web": 1, "app": 1}
    assert formulas.sensitivity(scores, {"value": 5.0, "risk": 1.0}) == {"web": 0, "app": 0}
    assert formulas.weighted_score({"value": 8.0}, {"value": 1.0, "risk": 1.0}) is None
    assert formulas.wsjf(8, 5, 3, 4) == 4
