"""Where the next walk over a repository's issues begins."""

from datetime import UTC, datetime, timedelta

import pytest

from slipwatch.connectors.github.walk import SETTLED, next_since

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("age", "begins"),
    [
        (timedelta(days=1), NOW - timedelta(days=1) + SECOND),
        (SETTLED + SECOND, NOW - SETTLED),
        (timedelta(0), NOW - SETTLED),
    ],
    ids=["settled", "just settled", "fresh"],
)
def test_it_begins_behind_what_is_settled(age: timedelta, begins: datetime) -> None:
    assert next_since(NOW - age, NOW) == begins


def test_a_clock_behind_the_changes_does_not_read_them_all_again() -> None:
    newest = NOW + timedelta(days=30)

    assert next_since(newest, NOW) == newest - SETTLED
