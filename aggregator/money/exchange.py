"""What amounts are worth in another currency, at dated rates."""

from collections.abc import Iterable
from datetime import date

from .model import Rate


class UnknownRateError(Exception):
    """There is no rate between two currencies by a day; it is unknown, not 1."""


class Exchange:
    """Rates by day: each holds from its day on, until the next one of the two currencies."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._rates: dict[tuple[str, str], list[tuple[date, float]]] = {}
        for rate in sorted(rates, key=lambda rate: rate.day):
            for source, target, value in (
                (rate.source, rate.target, rate.value),
                (rate.target, rate.source, 1 / rate.value),
            ):
                self._rates.setdefault((source, target), []).append((rate.day, value))

    def rate(self, source: str, target: str, day: date) -> float:
        """Give the rate that holds on a day; raises ``UnknownRateError``."""
        if source == target:
            return 1.0
        known = [value for since, value in self._rates.get((source, target), ()) if since <= day]
        if not known:
            raise UnknownRateError(f"there is no rate from {source} to {target} by {day}")
        return known[-1]
