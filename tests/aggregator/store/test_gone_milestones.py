"""Tracker milestones that are listed no more: marked, dated no more, and never deleted."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from slipwatch.aggregator.records import (
    Batch,
    ChangedField,
    DateMove,
    Listing,
    MilestoneKind,
    TrackerMilestone,
)
from slipwatch.aggregator.store import Applied, EntityKind, LedgerField, Store

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DUE = date(2026, 3, 2)
ONE = TrackerMilestone(id="1", scope="PAY", kind=MilestoneKind.VERSION, name="1.0", due_date=DUE)
TWO = replace(ONE, id="2", name="2.0")
SPRINT = replace(ONE, id="sprint:1", name="Sprint 1", kind=MilestoneKind.SPRINT)
OTHER = replace(ONE, id="3", scope="WEB")
VERSIONS = Listing(scope="PAY", kind=MilestoneKind.VERSION)


def listed(*milestones: TrackerMilestone, whole: bool = True) -> Batch:
    return Batch(cursor={}, milestones=milestones, listings=(VERSIONS,) if whole else ())


def apply(store: Store, batch: Batch, *, hours: int, accept_missing: bool = False) -> Applied:
    at = MONDAY + hours * HOUR
    return store.apply("jira", "PAY", batch, observed_at=at, accept_missing=accept_missing)


def gone(store: Store) -> dict[str, datetime]:
    return {
        found.id: found.gone_at
        for _, found in store.tracker_milestones("jira")
        if found.gone_at is not None
    }


def dues(store: Store, milestone: str) -> Sequence[date | None]:
    return [
        entry.value
        for entry in store.ledger(EntityKind.MILESTONE, source="jira", entity=milestone)
        if entry.field is LedgerField.DUE
    ]


def test_a_milestone_that_a_whole_list_leaves_out_is_gone(store: Store) -> None:
    apply(store, listed(ONE, TWO), hours=0)

    applied = apply(store, listed(ONE), hours=1)

    assert gone(store) == {"2": MONDAY + HOUR}
    assert (applied.milestones_gone, applied.changed, applied.doubted) == (1, 1, ())
    assert dues(store, "2") == [DUE, None]
    assert dues(store, "1") == [DUE]


def test_it_is_gone_once_however_often_it_is_left_out(store: Store) -> None:
    apply(store, listed(ONE, TWO), hours=0)
    apply(store, listed(ONE), hours=1)

    again = apply(store, listed(ONE), hours=2)

    assert gone(store) == {"2": MONDAY + HOUR}
    assert (again.changed, again.ledger_added) == (0, 0)


def test_a_milestone_that_is_listed_again_is_there_again(store: Store) -> None:
    apply(store, listed(ONE, TWO), hours=0)
    apply(store, listed(ONE), hours=1)

    apply(store, listed(ONE, TWO), hours=2)

    assert gone(store) == {}
    assert dues(store, "2") == [DUE, None, DUE]


def test_a_list_of_one_kind_and_scope_says_nothing_of_others(store: Store) -> None:
    apply(store, listed(ONE, TWO, SPRINT, OTHER), hours=0)

    apply(store, listed(ONE), hours=1)

    assert gone(store).keys() == {"2"}


def test_a_batch_that_claims_nothing_takes_nothing_away(store: Store) -> None:
    apply(store, listed(ONE, TWO), hours=0)

    apply(store, listed(ONE, whole=False), hours=1)

    assert gone(store) == {}


def test_an_empty_list_is_not_believed_where_some_were_known(store: Store) -> None:
    apply(store, listed(ONE, TWO), hours=0)

    doubted = apply(store, listed(), hours=1)

    assert gone(store) == {}
    assert doubted.doubted == (VERSIONS,)
    assert doubted.changed == 0


def test_an_empty_list_is_believed_when_somebody_says_so(store: Store) -> None:
    apply(store, listed(ONE, TWO), hours=0)

    apply(store, listed(), hours=1, accept_missing=True)

    assert gone(store).keys() == {"1", "2"}
    assert apply(store, listed(), hours=2).doubted == (), "there is nothing left to doubt"


def test_a_milestone_that_moved_to_another_scope_is_not_gone(store: Store) -> None:
    apply(store, listed(ONE, TWO), hours=0)

    apply(store, listed(ONE, replace(TWO, scope="WEB")), hours=1)

    assert gone(store) == {}


def test_a_deletion_that_a_webhook_tells_needs_no_list(store: Store) -> None:
    apply(store, listed(ONE, TWO), hours=0)
    told = DateMove(
        milestone="2", field=ChangedField.DUE, old=DUE, new=None, at=MONDAY + HOUR, actor="dan"
    )
    batch = Batch(cursor={}, moves=(told,), gone=("2", "unknown"))

    store.take_delivery("jira", "d1", batch, at=MONDAY + HOUR)
    apply(store, listed(ONE), hours=2)

    assert gone(store) == {"2": MONDAY + HOUR}
    assert dues(store, "2") == [DUE, None], "the list adds nothing to what was told"


def test_what_a_batch_names_is_there_whatever_it_is_told_of_it(store: Store) -> None:
    apply(store, listed(ONE, SPRINT), hours=0)

    apply(store, replace(listed(ONE, SPRINT), gone=(SPRINT.id,)), hours=1)

    assert gone(store) == {}


def test_a_connector_cannot_list_what_is_gone(store: Store) -> None:
    with pytest.raises(ValueError, match="is listed, and gone all the same"):
        apply(store, listed(replace(ONE, gone_at=MONDAY)), hours=0)
