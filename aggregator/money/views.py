"""What an assessment says of money and of earned value."""

from datetime import date

import msgspec


class CostPoint(msgspec.Struct, frozen=True, kw_only=True):
    """By the end of a day: what was to be spent, what was earned, what was spent."""

    day: date
    pv: float | None = None
    ev: float | None = None
    ac: float | None = None


class CostView(msgspec.Struct, frozen=True, kw_only=True):
    """Earned value in money, in one currency; what is not known is None (DOMAIN.md 1.3).

    Amounts are rounded to cents, indices to four places.
    """

    currency: str = ""
    """Empty where its projects have several, and there is none to add them up in."""
    bac: float | None = None
    """Budget at completion, without contingency."""
    approved_by: str | None = None
    approved_on: date | None = None
    pv: float | None = None
    """Planned value: what was to be spent by now."""
    ev: float | None = None
    """Earned value: the part of the budget that goes with the work done."""
    ac: float | None = None
    """Actual cost: what was spent by now."""
    sv: float | None = None
    cv: float | None = None
    spi: float | None = None
    cpi: float | None = None
    eac: float | None = None
    """Estimate at completion: BAC / CPI."""
    eac_as_planned: float | None = None
    """AC + (BAC - EV)."""
    eac_with_delay: float | None = None
    """AC + (BAC - EV) / (CPI x SPI)."""
    estimate: float | None = None
    """What its manager says that it will have cost."""
    vac: float | None = None
    tcpi_bac: float | None = None
    """None where it is not known, or the budget is used up."""
    tcpi_eac: float | None = None
    spent: float | None = None
    """AC / BAC."""
    complete: float | None = None
    """EV / BAC."""
    contingency: float | None = None
    drawn: float | None = None
    """Of the contingency."""
    actuals_until: date | None = None
    """The last day of which it is known what was spent."""
    burn_per_week: float | None = None
    """What was spent in a week, of the last eight."""
    parts: tuple[str, ...] = ()
    """The projects that it was added up from; empty where it has a budget of its own."""
    unknown: tuple[str, ...] = ()
    """Why something of it is not known."""
    curve: tuple[CostPoint, ...] = ()
    """Week by week, from the first day of the plan to its last one or today."""


class EarnedView(msgspec.Struct, frozen=True, kw_only=True):
    """Earned Schedule: earned value in weeks, of the work in the baseline (DOMAIN.md 1.3)."""

    planned: float
    """The share of the work that was to be done by now, from 0 to 1."""
    earned: float
    """The share that is done."""
    start: date
    finish: date
    """First and last day of the plan."""
    es: float
    at: float
    pd: float
    sv_t: float
    spi_t: float
    ieac_t: float | None = None
    """None at a standstill."""
    expected_finish: date | None = None
    """The day that ``ieac_t`` leads to."""
    tspi: float | None = None
    """None once the planned time is over and not all is done: no pace reaches it."""
