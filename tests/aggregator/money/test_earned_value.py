"""The formulas against hand-computed truth, and what must hold of them whatever the numbers are."""

import json
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipwatch.aggregator.money.curve import Curve, ramps
from slipwatch.aggregator.money.exchange import Exchange, UnknownRateError
from slipwatch.aggregator.money.formulas import CostFigures, TimeFigures
from slipwatch.aggregator.money.model import Rate

SCENARIOS = json.loads((Path(__file__).parents[2] / "scenarios.json").read_text())["scenarios"]
MONDAY = date(2026, 1, 5)

amounts = st.floats(min_value=1, max_value=1e9)
growth = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=20).filter(any)


def scenario(name: str) -> dict[str, Any]:
    """Find a scenario by its id."""
    found: dict[str, Any] = next(one for one in SCENARIOS if one["id"] == name)
    return found


def planned(increments: list[float]) -> Curve:
    """Draw a plan by periods of one."""
    curve = Curve.through(enumerate([0.0, *accumulate(increments)]))
    assert curve is not None
    return curve


def test_earned_schedule_is_as_computed_by_hand() -> None:
    case = scenario("S13")
    plan = Curve.through(enumerate([0, *case["pv_cum"]]))
    assert plan is not None
    found = TimeFigures.of(plan, earned=case["ev"], now=case["at"])
    assert found is not None
    expected = case["expected"]

    assert found.es == pytest.approx(expected["es"])
    assert found.sv_t == pytest.approx(expected["sv_t"])
    assert found.spi_t == pytest.approx(expected["spi_t"])
    assert found.ieac_t == pytest.approx(expected["ieac_t"])
    assert found.tspi == pytest.approx(expected["tspi_pd"])
    assert case["ev"] / plan.at(case["at"]) == pytest.approx(expected["spi"], abs=5e-5)


def test_cost_figures_are_as_computed_by_hand() -> None:
    case = scenario("S19")
    found = CostFigures(bac=case["bac"], pv=case["pv"], ev=case["ev"], ac=case["ac"])

    for name in ("cv", "sv", "cpi", "spi", "eac", "vac", "tcpi_bac", "tcpi_eac"):
        assert getattr(found, name) == pytest.approx(case["expected"][name], abs=0.005), name


@given(
    bac=amounts,
    pv=amounts,
    share=st.floats(min_value=0.01, max_value=0.95),
    ac=st.floats(min_value=0.1, max_value=10),
)
def test_the_figures_agree_with_one_another(bac: float, pv: float, share: float, ac: float) -> None:
    found = CostFigures(bac=bac, pv=pv, ev=bac * share, ac=bac * share * ac)
    assert found.cpi is not None
    assert found.spi is not None
    assert found.eac is not None
    assert found.vac is not None

    assert found.eac * found.cpi == pytest.approx(bac)
    assert found.vac == pytest.approx(bac - found.eac)
    assert (found.eac > bac) == (found.cpi < 1) or found.eac == pytest.approx(bac)
    assert found.tcpi_eac == pytest.approx(found.cpi)
    assert found.ac is not None
    assert found.eac_as_planned is not None
    assert found.eac_with_delay is not None
    rest = bac * (1 - share)
    # Sums, not differences: of two amounts that are nearly alike a difference keeps few digits.
    assert found.eac == pytest.approx(found.ac + rest / found.cpi)
    assert found.eac_as_planned == pytest.approx(bac - (found.cv or 0.0))
    to_go = (found.eac - found.ac) / found.spi
    assert found.eac_with_delay == pytest.approx(found.ac + to_go)


@given(bac=amounts, share=st.floats(min_value=0.01, max_value=0.99))
def test_work_that_costs_what_it_was_to_cost_ends_at_its_budget(bac: float, share: float) -> None:
    found = CostFigures(bac=bac, pv=bac * share, ev=bac * share, ac=bac * share)

    assert found.cpi == found.spi == 1
    for eac in (found.eac, found.eac_as_planned, found.eac_with_delay):
        assert eac == pytest.approx(bac)
    assert found.tcpi_bac == pytest.approx(1)
    assert found.spent == found.complete


@pytest.mark.parametrize(
    "lacking",
    [
        pytest.param({"ac": None}, id="what was spent"),
        pytest.param({"ev": None}, id="what is earned"),
        pytest.param({"ac": 0}, id="anything spent"),
    ],
)
def test_without_what_an_index_needs_it_is_unknown(lacking: dict[str, Any]) -> None:
    found = CostFigures(**{"bac": 100, "pv": 50, "ev": 40, "ac": 30, **lacking})

    assert (found.cpi, found.eac, found.vac, found.tcpi_eac) == (None,) * 4


def test_no_efficiency_keeps_a_budget_that_is_used_up() -> None:
    assert CostFigures(bac=100, pv=50, ev=40, ac=100).tcpi_bac is None


@given(
    increments=growth,
    shares=st.tuples(st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1)),
)
def test_more_that_is_earned_is_never_an_earlier_earned_schedule(
    increments: list[float], shares: tuple[float, float]
) -> None:
    plan = planned(increments)
    less, more = sorted(plan.total * share for share in shares)

    assert plan.start <= plan.when(less) <= plan.when(more) <= plan.end


@given(
    increments=st.lists(st.floats(min_value=1, max_value=1e6), min_size=1, max_size=20),
    share=st.floats(min_value=0.01, max_value=0.99),
)
def test_work_that_is_on_plan_has_an_index_of_one(increments: list[float], share: float) -> None:
    plan = planned(increments)
    now = plan.end * share
    found = TimeFigures.of(plan, earned=plan.at(now), now=now)
    assert found is not None

    assert found.spi_t == pytest.approx(1, rel=1e-6)
    assert found.tspi == pytest.approx(1, rel=1e-4)
    assert found.ieac_t == pytest.approx(plan.end, rel=1e-6)


@given(increments=growth)
def test_a_plan_that_is_all_earned_is_at_its_end(increments: list[float]) -> None:
    plan = planned(increments)
    found = TimeFigures.of(plan, earned=plan.total, now=plan.end + 3)
    assert found is not None

    assert found.es == pytest.approx(found.pd)
    assert found.tspi == 0


def test_past_its_end_no_pace_reaches_a_plan_that_is_not_all_earned() -> None:
    found = TimeFigures.of(planned([10, 10]), earned=19, now=2)
    assert found is not None

    assert found.tspi is None


def test_levels_at_both_ends_are_no_part_of_a_plan() -> None:
    curve = Curve.through([(0, 0), (3, 0), (5, 10), (9, 10)])

    assert curve == Curve((3, 5), (0, 10))


@pytest.mark.parametrize(
    "points",
    [
        pytest.param([(0, 0), (1, 5), (2, 4)], id="falls"),
        pytest.param([(1, 0), (1, 5)], id="stands still"),
    ],
)
def test_a_plan_neither_falls_nor_goes_back(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="never falls"):
        Curve.through(points)


def test_steady_parts_add_up() -> None:
    curve = ramps([(0, 10, 1), (5, 10, 2)])
    assert curve is not None

    assert [curve.at(time) for time in (-1, 0, 5, 7.5, 10, 99)] == [0, 0, 0.5, 1.75, 3, 3]


@given(amount=amounts, value=st.floats(min_value=1e-3, max_value=1e3))
def test_money_that_is_exchanged_there_and_back_is_the_same(amount: float, value: float) -> None:
    exchange = Exchange([Rate(day=MONDAY, source="USD", target="EUR", value=value)])
    there = amount * exchange.rate("USD", "EUR", MONDAY)

    assert there * exchange.rate("EUR", "USD", MONDAY) == pytest.approx(amount)


def test_a_rate_holds_from_its_day_until_the_next() -> None:
    exchange = Exchange(
        [
            Rate(day=MONDAY, source="USD", target="EUR", value=0.9),
            Rate(day=MONDAY + timedelta(days=7), source="USD", target="EUR", value=0.8),
        ]
    )

    days = [MONDAY + timedelta(days=after) for after in (0, 6, 7, 300)]
    assert [exchange.rate("USD", "EUR", day) for day in days] == [0.9, 0.9, 0.8, 0.8]


@pytest.mark.parametrize(
    ("target", "day"),
    [
        pytest.param("EUR", MONDAY - timedelta(days=1), id="before its first day"),
        pytest.param("GBP", MONDAY, id="of another currency"),
    ],
)
def test_a_rate_that_is_not_there_is_unknown_and_not_one(target: str, day: date) -> None:
    exchange = Exchange([Rate(day=MONDAY, source="USD", target="EUR", value=0.9)])

    with pytest.raises(UnknownRateError, match=f"no rate from USD to {target}"):
        exchange.rate("USD", target, day)
