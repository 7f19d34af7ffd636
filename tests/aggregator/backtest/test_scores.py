"""Scores, against values worked out by hand (DOMAIN.md 2.5)."""

from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipwatch.aggregator.backtest.scores import (
    brier,
    crps,
    pinball,
    pit,
    quantile,
    sharpness,
    wilson,
)

DAYS = st.lists(st.integers(0, 400).map(float), min_size=1, max_size=40)


def test_a_quantile_is_the_smallest_sample_that_enough_of_them_do_not_exceed() -> None:
    twenty = np.arange(1.0, 21.0)

    assert [quantile(twenty, level) for level in (0.5, 0.85, 0.95, 1.0)] == [10, 17, 19, 20]
    assert quantile(np.array([7.0]), 0.01) == 7


def test_a_day_too_late_costs_a_p85_little_and_a_day_too_early_much() -> None:
    assert pinball(20, 10, 0.85) == pytest.approx(8.5)
    assert pinball(10, 20, 0.85) == pytest.approx(1.5)
    assert pinball(10, 10, 0.85) == 0


def test_the_crps_of_three_days_is_what_it_is_on_paper() -> None:
    # E|X-y| = (2+0+4)/3 = 2; E|X-X'| = 2*(2+4+6)/9 = 8/3; 2 - 4/3 = 2/3.
    assert crps(np.array([8.0, 10.0, 14.0]), 10) == pytest.approx(2 / 3)


def test_the_crps_of_a_single_day_is_its_error() -> None:
    assert crps(np.array([12.0]), 17) == 5


def test_a_certain_and_wrong_chance_is_worth_a_whole_point() -> None:
    assert brier(1.0, happened=False) == 1
    assert brier(0.7, happened=True) == pytest.approx(0.09)


def test_an_outcome_in_the_middle_of_its_forecast_has_a_pit_of_one_half() -> None:
    three = np.array([1.0, 2.0, 3.0])

    assert pit(three, 2) == 0.5
    assert pit(three, 0) == 0
    assert pit(three, 9) == 1


def test_sharpness_is_what_lies_between_p10_and_p90() -> None:
    assert sharpness(np.arange(1.0, 101.0)) == 80


def test_wilsons_interval_is_that_of_the_books() -> None:
    # Newcombe 1998, table I: 81 of 263 and 15 of 148.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 0) == (0, 1)


@given(DAYS, st.integers(0, 400))
def test_the_crps_is_the_mean_over_all_pairs_of_samples(days: list[float], outcome: int) -> None:
    pairs = [abs(a - b) for a in days for b in days]
    expected = fmean(abs(x - outcome) for x in days) - fmean(pairs) / 2

    assert crps(np.sort(days), outcome) == pytest.approx(expected, abs=1e-9)


@given(DAYS, st.integers(0, 400))
def test_the_crps_is_twice_the_mean_pinball_loss_over_all_quantiles(
    days: list[float], outcome: int
) -> None:
    ordered = np.sort(days)
    levels = (np.arange(ordered.size) + 0.5) / ordered.size
    losses = [pinball(outcome, x, level) for x, level in zip(ordered, levels, strict=True)]

    assert 2 * fmean(losses) == pytest.approx(crps(ordered, outcome), abs=1e-9)
