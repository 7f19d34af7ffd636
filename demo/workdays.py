"""Working days of the simulated company: Monday to Friday."""

from datetime import date, timedelta


def add_workdays(day: date, count: int) -> date:
    """Return the working day that is ``count`` working days after ``day``."""
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def workdays_between(start: date, end: date) -> int:
    """Count the working days from ``start`` up to and not including ``end``."""
    return sum(
        (start + timedelta(days=offset)).weekday() < 5 for offset in range((end - start).days)
    )
