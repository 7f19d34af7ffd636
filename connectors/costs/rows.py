"""Postings out of what databases and documents hold: a day, an amount, perhaps a project."""

from datetime import date
from zoneinfo import ZoneInfo

from slipwatch.aggregator.money.model import Posting

from ..values import moment, number

MOST_ROWS = 200_000


def posting(day: object, amount: object, project: object, zone: ZoneInfo) -> Posting:
    """Make a posting; a time counts for its day in ``zone``. Raises ``ValueError``."""
    spent = number(amount)
    if spent is None:
        raise ValueError("expected an amount")
    name = str(project) if project is not None and project != "" else None
    return Posting(_day(day, zone), spent, name)


def _day(value: object, zone: ZoneInfo) -> date:
    return moment(value, zone).astimezone(zone).date()
