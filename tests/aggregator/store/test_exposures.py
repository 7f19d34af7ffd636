"""The past of risk exposure, by program and day."""

from datetime import date

from slipwatch.aggregator.register.model import Exposure
from slipwatch.aggregator.store import Store

MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)


def test_the_last_exposure_of_a_day_stands_and_the_days_before_it_stay(store: Store) -> None:
    first, late, other = (
        Exposure(day=MONDAY, exposure=80_000.5, risks=2),
        Exposure(day=TUESDAY, exposure=1.0, risks=1),
        Exposure(day=TUESDAY, exposure=90_000.0, risks=3),
    )
    store.save_exposures({"b": first, "a": first})
    store.save_exposures({"b": late})
    store.save_exposures({"b": other})

    assert store.exposures() == {"a": [first], "b": [first, other]}


def test_a_new_store_knows_of_none(store: Store) -> None:
    assert store.exposures() == {}
