"""Forecasts corrected by how earlier ones held."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.backtest.cases import OURS, Case
from slipwatch.aggregator.backtest.held import calibrations
from slipwatch.aggregator.backtest.subjects import Subject
from slipwatch.aggregator.forecast.quantiles import CENSORED, Days, quantiles
from slipwatch.aggregator.forecast.recalibration import ENOUGH, Recalibration
from slipwatch.aggregator.forecast.sampling import generator
from slipwatch.aggregator.portfolio.calibration import PIT_LEVELS, Resolved

TRIALS = 10_000


def found(n: int, pit: tuple[float, ...]) -> Recalibration:
    return Recalibration(
        Resolved(
            as_of=date(2026, 1, 5),
            n=n,
            coverage_p50=0.2,
            coverage_p85=0.65,
            coverage_p95=0.9,
            pit=pit,
        )
    )


def overconfident(n: int) -> Recalibration:
    """Give outcomes of which two in three came by the P85."""
    return found(n, tuple(share**0.4 for share in PIT_LEVELS))


def trials() -> Days:
    return generator(0, "m").permutation(np.arange(1, TRIALS + 1)).astype(np.int32)


def test_fewer_than_thirty_outcomes_correct_nothing() -> None:
    for few in (overconfident(ENOUGH - 1), found(100, ()), Recalibration(None)):
        assert not few.corrects
        assert (few.apply(trials()) == trials()).all()
    assert overconfident(ENOUGH).corrects


def test_a_quantile_is_read_where_as_many_outcomes_came_by_it() -> None:
    many = overconfident(3000)

    p50, p85 = quantiles(many.apply(trials()), (0.5, 0.85))

    assert p50 == pytest.approx(TRIALS * 0.5**0.4, rel=0.02)
    assert p85 == pytest.approx(TRIALS * 0.85**0.4, rel=0.02)


def test_the_correction_counts_for_more_the_more_outcomes_there_are() -> None:
    p85 = [quantiles(overconfident(n).apply(trials()), (0.85,))[0] or 0 for n in (10, 30, 90, 900)]
    assert p85 == sorted(set(p85))


@settings(max_examples=50, deadline=None)
@given(
    pit=st.lists(st.floats(0, 1), min_size=len(PIT_LEVELS), max_size=len(PIT_LEVELS)),
    seed=st.integers(0, 9),
)
def test_a_corrected_forecast_keeps_the_order_of_its_trials(pit: list[float], seed: int) -> None:
    samples = generator(seed, "m").integers(739_000, 739_050, 500).astype(np.int32)
    samples[:20] = 739_000 + CENSORED

    corrected = found(60, tuple(sorted(pit))).apply(samples)

    assert corrected.dtype == np.int32
    assert set(corrected) <= set(samples)
    late = samples[:, None] > samples
    assert not (late & (corrected[:, None] < corrected)).any()


def test_calibrated_forecasts_and_certain_ones_stay_as_they_are() -> None:
    assert np.abs(found(60, PIT_LEVELS).apply(trials()) - trials()).max() <= 1
    certain = np.full(1000, 739_000, dtype=np.int32)
    assert (overconfident(1000).apply(certain) == certain).all()


def test_a_back_test_keeps_where_outcomes_lay_and_a_milestone_counts_once() -> None:
    def told(name: str, place: float, *checkpoints: int) -> list[tuple[Subject, Case]]:
        day = date(2026, 1, 5)
        subject = Subject(
            id=name,
            title=name,
            program="p",
            project="p/x",
            stream="p/x",
            calendar="default",
            start=day,
            finish=day,
            items=0,
        )
        samples = np.arange(1.0, 101.0)
        forecasts = {OURS: samples}
        return [
            (
                subject,
                Case(
                    milestone=name,
                    group="p/x",
                    at=at,
                    as_of=day,
                    outcome=100 * place,
                    forecasts=forecasts,
                ),
            )
            for at in checkpoints
        ]

    pairs = [*told("a", 0.9, 25, 50, 75), *told("b", 0.3, 50), *told("b", 0.1, 90)]
    kept = calibrations(pairs, date(2026, 6, 1))["p"]

    assert (kept.n, len(kept.pit)) == (2, len(PIT_LEVELS))
    assert list(kept.pit) == sorted(kept.pit)
    assert kept.pit[0] == pytest.approx(0.3, abs=0.01)
    assert kept.pit[-1] == pytest.approx(0.9, abs=0.01)
    assert kept.pit[PIT_LEVELS.index(0.5)] == pytest.approx(0.6, abs=0.2)
