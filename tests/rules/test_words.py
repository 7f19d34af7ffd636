"""Numbers and days in words."""

from datetime import date

import pytest

from slipwatch.aggregator.percent import percent
from slipwatch.rules.words import (
    say_count,
    say_day,
    say_days,
    say_lateness,
    say_list,
)


def test_a_day_has_its_year_only_where_it_is_another_one() -> None:
    assert say_day(date(2026, 3, 1), date(2026, 12, 31)) == "1 March"
    assert say_day(date(2027, 3, 1), date(2026, 12, 31)) == "1 March 2027"


def test_one_is_singular_and_everything_else_plural() -> None:
    assert [say_days(n) for n in (0, 1, -1, 2)] == [
        "0 working days",
        "1 working day",
        "-1 working day",
        "2 working days",
    ]
    assert say_count(1, "item") == "1 item"


@pytest.mark.parametrize(
    ("days", "said"), [(0, "on time"), (1, "1 working day late"), (-2, "2 working days early")]
)
def test_late_is_positive(days: int, said: str) -> None:
    assert say_lateness(days) == said


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.0, "0 %"),
        (0.004, "less than 1 %"),
        (0.29, "29 %"),
        (0.499, "49 %"),
        (0.8499, "84 %"),
        (0.999, "99 %"),
        (1.0, "100 %"),
    ],
)
def test_a_probability_is_never_rounded_over_a_threshold(probability: float, said: str) -> None:
    assert percent(probability) == said


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B and C"),
        (["A", "B", "C", "D"], "A, B, C and 1 more"),
    ],
)
def test_a_list_names_three_and_counts_the_rest(names: list[str], said: str) -> None:
    assert say_list(names) == said
