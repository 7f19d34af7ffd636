"""From cases to the rows that people read, on numbers that fit on paper."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipwatch.aggregator.assessment import Status
from slipwatch.aggregator.backtest.cases import OURS, Case, point
from slipwatch.aggregator.backtest.scores import Samples
from slipwatch.aggregator.backtest.scoring import bootstrap, checkpoints, scores


def case(
    milestone: str,
    outcome: float,
    samples: Samples | None,
    *,
    at: int = 50,
    commitment: float | None = None,
    status: Status | None = None,
    plan: float | None = None,
    group: str = "p/a",
) -> Case:
    return Case(
        milestone=milestone,
        group=group,
        at=at,
        as_of=date(2026, 1, 5),
        outcome=outcome,
        forecasts={OURS: samples, "plan": None if plan is None else point(plan)},
        commitment=commitment,
        status=status,
    )


TEN = np.arange(1.0, 11.0)
"""P50 is 5, P85 9, P95 10."""


def test_a_checkpoint_counts_each_milestone_once() -> None:
    [found] = checkpoints(
        [
            case("a", 5, TEN, plan=5),
            case("b", 9, TEN, plan=4),
            case("c", 10, TEN),
            case("d", 20, TEN, plan=10),
        ]
    )

    assert (found.at, found.n) == (50, 4)
    assert (found.coverage.p50, found.coverage.p85, found.coverage.p95) == (0.25, 0.5, 0.75)
    assert found.p50_error.workdays == 4.5
    assert found.p50_error.of_remaining == pytest.approx((4 / 9 + 5 / 10) / 2, abs=1e-4)
    assert found.sharpness == 8
    assert found.pit == (0.45, 0.85, 0.95, 1)
    plan = found.baselines["plan"]
    assert (plan.n, plan.without, plan.crps) == (3, 1, 5)


def test_what_is_saved_counts_where_both_have_a_forecast() -> None:
    exact, lost = point(10), point(1000)

    [found] = checkpoints([case("a", 10, exact, plan=20), case("b", 10, lost)])

    assert found.baselines["plan"].skill == 1


def test_no_forecast_at_all_is_said_and_not_scored() -> None:
    found = scores([case("a", 5, None)], OURS)

    assert (found.n, found.without, found.crps, found.intervals) == (0, 1, None, None)


def test_the_brier_score_is_of_done_by_the_commitment() -> None:
    [found] = checkpoints([case("a", 5, TEN, commitment=5), case("b", 9, TEN, commitment=5)])

    assert found.brier == pytest.approx((0.5**2 + 0.5**2) / 2)


def test_lead_time_runs_from_the_first_colour_to_the_missed_day() -> None:
    early, late = checkpoints(
        [
            case("a", 40, TEN, at=25, commitment=30, status="amber"),
            case("a", 20, TEN, at=75, commitment=10, status="red"),
            case("kept", 20, TEN, at=25, commitment=30, status="red"),
            case("kept", 5, TEN, at=75, commitment=15, status="green"),
        ]
    )

    assert (early.lead_time.red, early.lead_time.amber) == (0, 30)
    assert (late.lead_time.red, late.lead_time.amber) == (10, 30)
    assert (early.false_alarms, late.false_alarms) == (1, 0)


def test_a_baseline_is_scored_by_the_colours_that_it_would_have_given() -> None:
    late, kept = (
        case("late", 40, TEN, at=25, commitment=30, status="amber", plan=35),
        case("kept", 5, TEN, at=25, commitment=8, status="green", plan=9),
    )

    [found] = checkpoints([late, kept])
    plan = found.baselines["plan"]

    assert (found.lead_time.red, found.lead_time.amber, found.false_alarms) == (0, 30, 0)
    assert (plan.lead_time.red, plan.lead_time.amber, plan.false_alarms) == (30, 30, 1)


def test_a_miss_that_nobody_told_of_counts_as_told_on_the_day() -> None:
    cases = [
        case("told", 40, TEN, commitment=30, status="red"),
        case("untold", 40, TEN, commitment=30, status="green"),
        case("unseen", 40, None, commitment=30, status="grey"),
    ]

    [found] = checkpoints(cases)

    assert (found.lead_time.red, found.lead_time.amber) == (0, 0)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12))
def test_the_bootstrap_draws_whole_projects(groups: list[str]) -> None:
    sizes = {groups.count(name) for name in groups}

    for some in bootstrap(tuple(groups), seed=1, resamples=20):
        drawn = [groups[i] for i in some]
        assert all(drawn.count(name) % groups.count(name) == 0 for name in drawn)
        assert len(some) <= max(sizes) * len(set(groups))


def test_intervals_widen_where_projects_differ() -> None:
    def interval(groups: list[str]) -> tuple[float, float]:
        cases = [
            case(f"{n}", 10 if n < 10 else 30, point(10), group=group)
            for n, group in enumerate(groups)
        ]
        found = scores(cases, OURS).intervals
        assert found is not None
        return found.crps

    one, two = interval(["p/a"] * 20), interval(["p/a"] * 10 + ["p/b"] * 10)

    assert two == (0, 20)
    assert one[1] - one[0] < 20
