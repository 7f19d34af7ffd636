"""Work without throughput: promises, the reference class, declared durations."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.calendar import WorkCalendar, display_finish
from slipwatch.aggregator.forecast.declared import declared_days
from slipwatch.aggregator.forecast.promise import promise_finish
from slipwatch.aggregator.forecast.quantiles import Days, quantiles
from slipwatch.aggregator.forecast.reference import reference_class
from slipwatch.aggregator.forecast.sampling import generator
from slipwatch.aggregator.portfolio.model import Spread

AS_OF = date(2026, 1, 5)
STANDARD = WorkCalendar({1, 2, 3, 4, 5})
TRIALS = 10_000
LEVELS = (0.5, 0.85, 0.95)
FRIDAY = date(2026, 1, 30)


def finish_dates(finish: Days) -> list[date]:
    return [display_finish(instant, STANDARD) for instant in quantiles(finish, LEVELS) if instant]


def promised(
    promise: date, confirmed: date | None = None, slips: tuple[int, ...] = (), as_of: date = AS_OF
) -> Days:
    rng = generator(0, "vendor")
    return promise_finish(promise, confirmed, slips, STANDARD, as_of, TRIALS, rng)


def test_a_promise_holds_half_the_time_and_slips_5_and_15_days_at_p85_and_p95() -> None:
    expected = [FRIDAY, date(2026, 2, 6), date(2026, 2, 20)]
    assert finish_dates(promised(FRIDAY)) == expected
    assert finish_dates(promised(FRIDAY, confirmed=date(2025, 12, 22))) == expected


def test_a_promise_not_confirmed_for_more_than_14_days_is_a_step_wider() -> None:
    p50, p85, p95 = finish_dates(promised(FRIDAY, confirmed=date(2025, 12, 21)))
    assert (p50, p85) == (date(2026, 2, 6), date(2026, 2, 20))
    assert p95 > p85


def test_five_slips_of_the_party_itself_replace_the_default() -> None:
    assert finish_dates(promised(FRIDAY, slips=(2, 2, 2, 2, 2))) == [date(2026, 2, 3)] * 3
    assert finish_dates(promised(FRIDAY, slips=(2, 2, 2, 2))) == finish_dates(promised(FRIDAY))
    assert finish_dates(promised(FRIDAY, slips=(10, 0, 0, 0, 5))) == [
        FRIDAY,
        date(2026, 2, 13),
        date(2026, 2, 13),
    ]


def test_what_is_overdue_cannot_come_before_the_next_working_day() -> None:
    last_week = date(2025, 12, 29)
    assert finish_dates(promised(last_week))[0] == AS_OF
    saturday = date(2026, 1, 10)
    assert finish_dates(promised(last_week, as_of=saturday))[0] == date(2026, 1, 12)
    assert finish_dates(promised(date(2026, 1, 8), slips=(-9,) * 5))[0] == AS_OF


def test_the_reference_class_needs_ten_finished_milestones() -> None:
    rng = generator(0, "m")
    assert reference_class(FRIDAY, (3,) * 9, STANDARD, AS_OF, TRIALS, rng) is None
    finish = reference_class(FRIDAY, (0, 0, 0, 0, 0, 5, 5, 5, 10, 20), STANDARD, AS_OF, TRIALS, rng)
    assert finish is not None
    assert finish_dates(finish) == [FRIDAY, date(2026, 2, 13), date(2026, 2, 27)]


def test_the_outside_view_repeats_itself_exactly() -> None:
    assert promised(FRIDAY).tobytes() == promised(FRIDAY).tobytes()
    other = promise_finish(FRIDAY, None, (), STANDARD, AS_OF, TRIALS, generator(0, "other"))
    assert promised(FRIDAY).tobytes() != other.tobytes()


def test_a_declared_duration_is_certain() -> None:
    days = declared_days(5, None, TRIALS, generator(0, "m"))
    assert days is not None
    assert set(days) == {5}
    assert declared_days(None, None, TRIALS, generator(0, "m")) is None


@settings(max_examples=50, deadline=None)
@given(
    p50=st.integers(0, 300),
    more=st.integers(0, 300),
    trials=st.sampled_from([20, 1000, 10_000]),
)
def test_a_spread_has_the_quantiles_that_were_declared(p50: int, more: int, trials: int) -> None:
    spread = Spread(p50=p50, p85=p50 + more)
    days = declared_days(None, spread, trials, generator(0, "m"))
    assert days is not None
    assert quantiles(days, (0.5, 0.85)) == (p50, p50 + more)
    assert days.min() >= 0
    assert days.dtype == np.int32


def test_a_spread_whose_p85_is_below_its_p50_is_refused() -> None:
    with pytest.raises(ValueError, match="p85"):
        declared_days(None, Spread(p50=5, p85=4), 10, generator(0, "m"))
