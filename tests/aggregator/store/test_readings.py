"""Readings of benefits only grow, the same one is one, and a failed fetch is an event."""

from datetime import UTC, datetime, timedelta

from slipwatch.aggregator.benefits.model import Reading
from slipwatch.aggregator.store import Store

B1 = "checkout/benefit:B1"
NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def reading(value: float, at: datetime = NOW, fetched_at: datetime = NOW) -> Reading:
    return Reading(value=value, at=at, fetched_at=fetched_at, source="csv", by=None)


def test_the_same_reading_twice_is_one(store: Store) -> None:
    assert store.record_readings(B1, [reading(88), reading(90, NOW - DAY)]) == 2
    later = reading(88, fetched_at=NOW + DAY)
    assert store.record_readings(B1, [later, reading(90, NOW - DAY)]) == 0
    assert store.record_readings("checkout/benefit:B2", [reading(88)]) == 1
    assert store.readings(B1) == {B1: [reading(88), reading(90, NOW - DAY)]}
    assert len(store.readings()) == 2


def test_a_correction_is_kept_beside_what_it_corrects_and_may_be_taken_back(store: Store) -> None:
    for value in (88.0, 87.5, 87.5, 88.0):
        store.record_readings(B1, [reading(value)])
    assert [one.value for one in store.readings()[B1]] == [88.0, 87.5, 88.0]


def test_a_failed_fetch_is_kept_and_is_no_reading(store: Store) -> None:
    store.record_failed_fetch(B1, at=NOW, error="the query gave no \x00 sample")
    store.record_failed_fetch(B1, at=NOW + DAY, error="got no connection")
    state = store.fetching()[B1]
    assert (state.last_attempt, state.error, state.failures) == (NOW + DAY, "got no connection", 2)
    assert store.readings() == {}
    failed = store.failed_fetches(B1)
    assert [one.error for one in failed] == ["got no connection", "the query gave no \ufffd sample"]
    assert store.failed_fetches("checkout/benefit:B2") == []


def test_a_success_ends_the_error_and_keeps_the_count(store: Store) -> None:
    store.record_failed_fetch(B1, at=NOW, error="got no connection")
    store.record_readings(B1, [reading(88)], attempted_at=NOW + DAY)
    state = store.fetching()[B1]
    assert (state.last_attempt, state.error, state.failures) == (NOW + DAY, None, 1)


def test_a_snapshot_reads_readings_as_they_were(store: Store) -> None:
    store.record_readings(B1, [reading(88)])
    with store.snapshot() as snapshot:
        before = snapshot.readings()
        store.record_readings(B1, [reading(87, NOW + DAY)])
        assert snapshot.readings() == before
        assert snapshot.fetching() == {}
