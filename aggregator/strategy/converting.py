"""Amounts of several currencies in one, so that they can be added up and compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ..assessment import ProgramView
from ..money.exchange import Exchange, UnknownRateError
from ..portfolio.model import Program


@dataclass(frozen=True, slots=True)
class Converter:
    """Counts amounts in one currency, all at the rates of one day.

    It is the same day for what was planned and for what is expected now: how the rates move is no
    matter of a program's performance.
    """

    exchange: Exchange
    currency: str | None
    """None where amounts stay in their own."""
    day: date

    def rate(self, currency: str) -> float | None:
        """Give what one unit is worth; None where no rate tells."""
        if self.currency is None:
            return None
        try:
            return self.exchange.rate(currency, self.currency, self.day)
        except UnknownRateError:
            return None

    def counted(self, amount: float, currency: str) -> tuple[float, str]:
        """Give an amount and its currency: its own one where no rate tells another."""
        rate = self.rate(currency)
        if rate is None or self.currency is None:
            return amount, currency
        return amount * rate, self.currency

    def whole(self, amounts: Iterable[tuple[float, str]]) -> dict[str, float]:
        """Add up amounts by the currency that they are counted in."""
        sums: dict[str, float] = {}
        for amount, own in amounts:
            counted, currency = self.counted(amount, own)
            sums[currency] = sums.get(currency, 0.0) + counted
        return dict(sorted(sums.items()))


def converter_for(
    program: Program, view: ProgramView, exchange: Exchange, reporting: str | None, day: date
) -> Converter:
    """Choose the currency in which a program's benefits and cost are counted.

    The file's ``reporting_currency``; without it, or without a rate to it, the only one that
    they are in, or else that of the cost.
    """
    stated, cost = program.aims.case.cost, view.cost
    paid = stated.currency if stated is not None else "" if cost is None else cost.currency
    used = {
        benefit.annual_value.currency
        for benefit in program.aims.benefits
        if benefit.annual_value is not None
    }
    used |= {paid} - {""}
    if reporting is not None:
        chosen = Converter(exchange, reporting, day)
        if not used or any(chosen.rate(currency) is not None for currency in used):
            return chosen
    only = next(iter(used)) if len(used) == 1 else None
    return Converter(exchange, only or paid or None, day)
