"""Estimates of a baseline's work, rewound to its day by the changelog."""

from datetime import UTC, date, datetime

import pytest

from slipwatch.aggregator.portfolio.facts import RecordedBaseline
from slipwatch.aggregator.portfolio.model import Estimates
from slipwatch.aggregator.records import Change, ChangedField

from .conftest import Trackers

RECORDED = date(2025, 11, 3)
GA = {"id": "x", "milestones": [{"id": "ga", "from": [{"source": "jira", "version": "2.0"}]}]}


def estimated(trackers: Trackers, key: str, *values: float | None, version: str = "v-2.0") -> None:
    """Add an item that was estimated at each of these, the first of them before the baseline."""
    ref = trackers.item(key, version, points=values[-1])
    trackers.changes[ref] = [
        Change(
            item=ref[1],
            id=str(number),
            at=datetime(2025, 11, 2 + number, 12, tzinfo=UTC),
            field=ChangedField.POINTS,
            old=None if old is None else str(old),
            new=None if new is None else str(new),
        )
        for number, (old, new) in enumerate(zip((None, *values), values, strict=False))
    ]


@pytest.mark.parametrize(
    ("unestimated", "expected"),
    [
        pytest.param(False, Estimates(baseline=13, added=2, removed=1, changed=3), id="estimated"),
        pytest.param(True, None, id="too little of it estimated"),
    ],
)
def test_what_was_estimated_anew_is_told_from_what_came_and_went(
    trackers: Trackers, *, unestimated: bool, expected: Estimates | None
) -> None:
    trackers.version("2.0")
    # The second value of each is of the baseline's own day.
    estimated(trackers, "PAY-1", 3, 5, 8)
    estimated(trackers, "PAY-2", 3, 7)
    estimated(trackers, "PAY-3", 1, version="v-other")
    estimated(trackers, "PAY-4", None, None, 100)
    estimated(trackers, "PAY-5", 2)
    estimated(trackers, "PAY-6", None)
    keys = ["PAY-1", "PAY-2", "PAY-3", "PAY-4"]
    if not unestimated:
        # A fifth of a baseline may lack an estimate; what it is estimated at later is not new.
        estimated(trackers, "PAY-7", 0)
        keys.append("PAY-7")
    trackers.baselines["p/x/ga"] = RecordedBaseline(
        recorded_on=RECORDED,
        start=RECORDED,
        duration=5,
        items=frozenset(("jira", f"id-{key}") for key in keys),
    )

    scope = trackers.build(GA).portfolio.milestones["p/x/ga"].scope

    assert scope.estimates == expected
