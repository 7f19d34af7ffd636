"""How messages put numbers and days into words."""

from collections.abc import Sequence
from datetime import date

# calendar.month_name would follow the locale of the process.
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


def say_day(day: date, as_of: date) -> str:
    """Write a day, with the year where it is not the current one."""
    year = "" if day.year == as_of.year else f" {day.year}"
    return f"{day.day} {_MONTHS[day.month - 1]}{year}"


def say_count(number: float, noun: str) -> str:
    """Write a number of things; the plural takes an s."""
    return f"{number:g} {noun}{'' if abs(number) == 1 else 's'}"


def say_days(number: float) -> str:
    """Write a number of working days."""
    return say_count(number, "working day")


def say_amount(amount: float | None) -> str:
    """Write an amount of money in whole units, thousands apart."""
    return "an unknown amount" if amount is None else f"{amount:,.0f}"


def say_money(amount: float, currency: str) -> str:
    """Write an amount of money with its currency, in whole units."""
    return f"{amount:,.0f} {currency}"


def say_lateness(days: int) -> str:
    """Write a signed number of working days, late positive."""
    if days == 0:
        return "on time"
    return f"{say_days(abs(days))} {'late' if days > 0 else 'early'}"


def say_share(share: float) -> str:
    """Write a share in percent, to three digits; that of a growth may be above 100 %."""
    return f"{100 * share:.3g} %"


def say_list(names: Sequence[str], most: int = 3) -> str:
    """Write names one after the other, with the number of those left out."""
    shown, left_out = names[:most], len(names) - most
    if left_out > 0:
        return f"{', '.join(shown)} and {left_out} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
