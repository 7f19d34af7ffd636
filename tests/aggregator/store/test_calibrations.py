"""How forecasts held is kept with all that later ones are corrected by."""

from datetime import date
from typing import Any

from slipwatch.aggregator.portfolio.calibration import PIT_LEVELS, Calibration, Resolved
from slipwatch.aggregator.store import Store


def test_the_last_back_test_of_a_program_replaces_the_one_before(store: Store) -> None:
    known: dict[str, Any] = {
        "as_of": date(2026, 1, 5),
        "coverage_p50": 0.4,
        "coverage_p85": 0.6,
    }
    told = Calibration(n=15, coverage_p95=0.8, **known)
    placed = Resolved(n=60, coverage_p95=0.9, pit=PIT_LEVELS, **known)

    store.save_calibrations({"p": told, "q": placed})
    first = store.calibrations()
    store.save_calibrations({"p": placed})

    assert first == {"p": Resolved(n=15, coverage_p95=0.8, **known), "q": placed}
    assert store.calibrations() == {"p": placed, "q": placed}
    assert placed.shown == Calibration(n=60, coverage_p95=0.9, **known)
