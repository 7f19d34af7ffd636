"""Quantiles and probabilities of whole days."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipwatch.aggregator.forecast.quantiles import (
    CENSORED,
    censored_share,
    probability_by,
    quantile_days,
    quantiles,
)


def test_a_quantile_is_the_first_value_that_enough_trials_reach() -> None:
    samples = np.array([4, 1, 2, 3], dtype=np.int32)
    assert quantiles(samples, (0.0, 0.25, 0.26, 0.5, 0.75, 1.0)) == (1, 1, 2, 2, 3, 4)


def test_a_quantile_among_the_censored_trials_is_not_known() -> None:
    samples = np.array([5] * 9 + [CENSORED], dtype=np.int32)
    assert quantiles(samples, (0.9, 0.95)) == (5, None)
    assert quantile_days(samples + 740_000, 0.95) is None
    assert censored_share(samples) == pytest.approx(0.1)
    assert quantile_days(np.full(3, CENSORED, dtype=np.int32), 0.5) is None


def test_censored_trials_stay_in_the_denominator_of_a_probability() -> None:
    samples = np.array([5, 6, 7, CENSORED], dtype=np.int32)
    assert probability_by(samples, 6) == 0.5
    assert probability_by(samples, 4) == 0
    assert probability_by(samples, 999_999) == 0.75


@given(
    st.lists(st.integers(-50, 800_000), min_size=1, max_size=200),
    st.sampled_from([5, 15, 50, 85, 95]),
)
def test_every_quantile_agrees_with_its_definition(values: list[int], percent: int) -> None:
    samples = np.array(values, dtype=np.int32)
    enough = [x for x in values if 100 * sum(y <= x for y in values) >= percent * len(values)]
    assert quantile_days(samples, percent / 100) == min(enough)
