"""The sheets of the simulated company: what was to be spent by when, and what was booked."""

from collections.abc import Iterator
from datetime import date, timedelta

BEFORE = 6
"""Weeks before the first day from which budgets pay."""
_AFTER = {"checkout": 6, "payments": 6, "api": 8}
"""Weeks after it in which the rest of each is to be spent."""
_FRIDAY = timedelta(days=4)
_WEEK = timedelta(weeks=1)

BUDGETS = {"checkout": 300_000, "payments": 110_000, "identity": 30_000, "api": 150_000}
"""What each may cost; that of ``api`` is in dollars."""

_DONE_BY_START = {"checkout": 0.7, "payments": 0.63, "api": 0.68}
"""The share of each that was to be spent by the first day, in even parts; the rest comes after."""
_BOOKED = {"payments": (12_200, 6_400), "web": (13_000, 6_900), "mobile": (11_800, 5_200)}
"""What is booked for each project in a week before the first day, and in one after it."""
_API_BOOKED = (16_600, 11_900)


def sheets(start: date, today: date) -> dict[str, str]:
    """Write all of them, as of a day; weeks are booked on their Friday."""
    plans = {
        f"{name}-plan.csv": _plan(start, BUDGETS[name], share, _AFTER[name])
        for name, share in _DONE_BY_START.items()
    }
    checkout = [
        f"{day},{project},{booked[after]}"
        for day, after in _booked_days(start, today)
        for project, booked in _BOOKED.items()
    ]
    api = [f"{day},{_API_BOOKED[after]}" for day, after in _booked_days(start, today)]
    return {
        **plans,
        "checkout-costs.csv": _sheet("date,project,amount", checkout),
        "api-costs.csv": _sheet("date,amount", api),
    }


def _plan(start: date, budget: int, share: float, after: int) -> str:
    by_start = round(budget * share)
    rows = [
        (start + week * _WEEK - timedelta(days=3), round(by_start * (week + BEFORE) / BEFORE))
        for week in range(-BEFORE, 1)
    ]
    rows += [
        (
            start + week * _WEEK - timedelta(days=3),
            by_start + round((budget - by_start) * week / after),
        )
        for week in range(1, after + 1)
    ]
    return _sheet("date,cumulative", [f"{day},{amount}" for day, amount in rows])


def _booked_days(start: date, today: date) -> Iterator[tuple[date, int]]:
    """Give the Fridays until today, and whether they lie before the first day or after it."""
    day = start - BEFORE * _WEEK + _FRIDAY
    while day < today:
        yield day, int(day > start)
        day += _WEEK


def _sheet(header: str, rows: list[str]) -> str:
    return "\n".join([header, *rows, ""])
