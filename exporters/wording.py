"""How numbers of working days and amounts are said, and how far a forecast is to be believed."""

from slipwatch.aggregator.benefits.views import EnablesView
from slipwatch.aggregator.forecast.views import PointsView
from slipwatch.aggregator.percent import percent
from slipwatch.aggregator.portfolio.calibration import Calibration


def say_days(number: int) -> str:
    """Write a number of working days, without its sign."""
    return f"{abs(number)} working day{'' if abs(number) == 1 else 's'}"


def say_late(number: int) -> str:
    """Write how late something is; what is negative is early."""
    if number == 0:
        return "on the day"
    return f"{say_days(number)} {'late' if number > 0 else 'early'}"


def say_later(number: int) -> str:
    """Write by how much a date moved; what is negative moved forward."""
    return f"{say_days(number)} {'later' if number >= 0 else 'earlier'}"


def say_beside(number: int) -> str:
    """Write what slips that hide one another are worth together: the concurrent remainder."""
    return (
        f"Slips that run side by side are worth {say_days(number)}: "
        "mending one of them alone brings nothing."
    )


def say_counted(points: PointsView | None) -> str:
    """Write what a forecast counts that is to be made by points; nothing for all others."""
    if points is None:
        return ""
    if points.usual is None or points.done is None or points.remaining is None:
        return "by items: too few have points"
    return f"by points: {points.remaining:g} of {points.done + points.remaining:g} left"


def say_calibration(held: Calibration) -> str:
    """Write how the forecasts of a program held on its past."""
    said = (
        f"P85 of its program's forecasts held for {percent(held.coverage_p85)} of "
        f"{held.n} finished milestone{'' if held.n == 1 else 's'}"
    )
    return f"{said}: take the day for too early." if held.lost else f"{said}."


def say_amount(amount: float | None, currency: str | None = None) -> str:
    """Write an amount of money, in whole units."""
    return "unknown" if amount is None else f"{amount:,.0f} {currency or ''}".rstrip()


def say_enabled(benefit: EnablesView) -> str:
    """Write what a milestone's part in a benefit is, what a day of its delay costs, and defers."""
    part = f" to {percent(benefit.share)}" if benefit.share < 1 else ""
    if benefit.per_day is None:
        cost = ""
    elif benefit.per_day < 0:
        saved = say_amount(-benefit.per_day, benefit.currency)
        cost = f", a disbenefit: each day of delay saves {saved}"
    else:
        cost = f": each day of delay costs {say_amount(benefit.per_day, benefit.currency)}"
    if benefit.delay_days is None:
        return f"{part}{cost}; nobody knows by how much it is late"
    if benefit.delay_days <= 0:
        return f"{part}{cost}"
    days = f"{benefit.delay_days} day{'' if benefit.delay_days == 1 else 's'}"
    deferred = benefit.deferred_value
    defers = (
        ""
        if deferred is None or deferred <= 0
        else f", which defers {say_amount(deferred, benefit.currency)}"
    )
    return f"{part}{cost}; it is {days} late{defers}"
