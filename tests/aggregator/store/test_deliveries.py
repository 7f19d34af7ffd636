"""What webhooks tell: entered once, in its place, whatever order it comes in."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from slipwatch.aggregator.portfolio.ledger import merge_observations
from slipwatch.aggregator.reading import read_facts
from slipwatch.aggregator.records import (
    Absence,
    Batch,
    Category,
    ChangedField,
    DateMove,
    Item,
    Level,
    Link,
    LinkKind,
    MilestoneKind,
    Presence,
    TrackerMilestone,
)
from slipwatch.aggregator.store import EntityKind, LedgerField, Store

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B, C = date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)

Seen = tuple[datetime, date | None, str, str | None]


def milestone(due: date | None) -> TrackerMilestone:
    return TrackerMilestone(
        id="7", scope="acme/api", kind=MilestoneKind.MILESTONE, name="v2", due_date=due
    )


def sync(store: Store, due: date | None, *, at: datetime) -> None:
    batch = Batch(cursor={}, milestones=(milestone(due),))
    store.apply("github", "acme/api", batch, observed_at=at)


def move(
    old: date | None, new: date | None, *, at: datetime, actor: str | None = "dan"
) -> DateMove:
    return DateMove(milestone="7", field=ChangedField.DUE, old=old, new=new, at=at, actor=actor)


def stated(new: date, *, at: datetime) -> DateMove:
    return DateMove(milestone="7", field=ChangedField.DUE, old_told=False, new=new, at=at)


def tell(store: Store, *moves: DateMove, at: datetime, delivery: str = "d1") -> int | None:
    applied = store.take_delivery("github", delivery, Batch(cursor={}, moves=moves), at=at)
    return None if applied is None else applied.ledger_added


def history(store: Store) -> Sequence[Seen]:
    seen = read_facts(store, past=False).milestone_dates["github", "7"]
    return [(one.at, one.value, one.origin, one.actor) for one in merge_observations([seen])]


def due(store: Store) -> date | None:
    return next(found.due_date for _, found in store.tracker_milestones("github"))


def test_moves_within_one_second_follow_one_another(store: Store) -> None:
    """Trackers tell whole seconds; what a sync saw and what was heard has fractions."""
    part = timedelta(milliseconds=300)
    sync(store, A, at=MONDAY + part)

    tell(store, move(A, B, at=MONDAY), at=MONDAY + 2 * part, delivery="d1")
    tell(store, move(B, C, at=MONDAY), at=MONDAY + 3 * part, delivery="d2")
    tell(store, move(B, C, at=MONDAY), at=MONDAY + 3 * part, delivery="d3")

    assert due(store) == C
    assert [value for _, value, _, _ in history(store)] == [A, B, C]


def test_a_move_enters_the_ledger_with_its_time_and_its_actor(store: Store) -> None:
    sync(store, A, at=MONDAY)

    assert tell(store, move(A, B, at=MONDAY + HOUR), at=MONDAY + HOUR) == 1
    assert due(store) == B
    sync(store, B, at=MONDAY + 2 * HOUR)

    assert history(store) == [
        (MONDAY, A, "observation", None),
        (MONDAY + HOUR, B, "webhook", "dan"),
    ]


def test_a_move_that_a_sync_saw_first_is_told_at_its_own_time(store: Store) -> None:
    sync(store, A, at=MONDAY)
    sync(store, B, at=MONDAY + 2 * HOUR)

    tell(store, move(A, B, at=MONDAY + HOUR), at=MONDAY + 3 * HOUR)

    assert history(store)[1:] == [(MONDAY + HOUR, B, "webhook", "dan")]
    kept = [entry.value for entry in store.ledger(EntityKind.MILESTONE, entity="7")]
    assert kept.count(B) == 2, "what the sync saw stays: the ledger is only added to"


def test_a_tracker_whose_clock_is_ahead_moves_no_date_twice(store: Store) -> None:
    sync(store, A, at=MONDAY)
    sync(store, B, at=MONDAY + HOUR)

    tell(store, move(A, B, at=MONDAY + HOUR + timedelta(minutes=2)), at=MONDAY + HOUR)
    tell(store, move(A, B, at=MONDAY + HOUR), at=MONDAY + 3 * HOUR, delivery="d2")

    assert history(store)[1:] == [(MONDAY + HOUR, B, "webhook", "dan")]


def test_a_tracker_whose_clock_is_far_behind_moves_the_date_when_it_is_heard(store: Store) -> None:
    sync(store, A, at=MONDAY)

    tell(store, move(A, B, at=MONDAY - 1000 * HOUR), at=MONDAY + HOUR)

    assert due(store) == B
    assert history(store)[1:] == [(MONDAY + HOUR, B, "webhook", "dan")]


def test_deliveries_in_any_order_and_twice_tell_the_same_story(store: Store) -> None:
    moves = {
        "d1": move(A, B, at=MONDAY + HOUR, actor="dan"),
        "d2": move(B, C, at=MONDAY + 2 * HOUR, actor="eve"),
        "d3": move(C, None, at=MONDAY + 3 * HOUR, actor="dan"),
    }
    stories = []
    for number, order in enumerate(itertools.permutations(moves)):
        source = f"github{number}"
        later = MONDAY + 4 * HOUR
        for due_date, at in ((A, MONDAY), (None, later)):
            batch = Batch(cursor={}, milestones=(milestone(due_date),))
            store.apply(source, "acme/api", batch, observed_at=at)
        for name in (*order, *order):
            store.take_delivery(source, name, Batch(cursor={}, moves=(moves[name],)), at=later)
        seen = read_facts(store, past=False).milestone_dates[source, "7"]
        stories.append([(one.value, one.actor) for one in merge_observations([seen])])

    assert stories == [[(A, None), (B, "dan"), (C, "eve"), (None, "dan")]] * 6


def test_a_date_that_was_moved_back_before_the_news_came_stays_where_it_is(store: Store) -> None:
    sync(store, A, at=MONDAY)
    sync(store, B, at=MONDAY + 2 * HOUR)
    sync(store, A, at=MONDAY + 4 * HOUR)

    tell(store, move(B, A, at=MONDAY + 3 * HOUR), at=MONDAY + 5 * HOUR, delivery="d2")
    tell(store, move(A, B, at=MONDAY + HOUR), at=MONDAY + 5 * HOUR)

    assert due(store) == A
    assert [(at, value) for at, value, _, _ in history(store)] == [
        (MONDAY, A),
        (MONDAY + HOUR, B),
        (MONDAY + 3 * HOUR, A),
    ]


def test_a_move_that_nobody_told_of_shows_in_the_next_ones_old_date(store: Store) -> None:
    sync(store, A, at=MONDAY)

    tell(store, move(B, C, at=MONDAY + HOUR), at=MONDAY + HOUR)

    assert [value for _, value, _, _ in history(store)] == [A, B, C]
    assert due(store) == C


def test_a_new_date_without_its_old_one_counts_from_when_it_was_set(store: Store) -> None:
    sync(store, A, at=MONDAY)

    tell(store, stated(B, at=MONDAY + HOUR), at=MONDAY + HOUR)
    sync(store, C, at=MONDAY + 4 * HOUR)
    tell(store, stated(C, at=MONDAY + 3 * HOUR), at=MONDAY + 5 * HOUR, delivery="d3")
    tell(store, stated(B, at=MONDAY + 2 * HOUR), at=MONDAY + 5 * HOUR, delivery="d2")

    assert due(store) == C
    assert [(at, value, origin) for at, value, origin, _ in history(store)] == [
        (MONDAY, A, "observation"),
        (MONDAY + HOUR, B, "webhook"),
        (MONDAY + 3 * HOUR, C, "webhook"),
    ]


def test_nothing_is_told_of_a_past_before_the_first_observation(store: Store) -> None:
    sync(store, B, at=MONDAY)

    assert tell(store, stated(A, at=MONDAY - HOUR), at=MONDAY) == 0


def test_moves_of_milestones_that_are_not_known_are_left_out(store: Store) -> None:
    sync(store, A, at=MONDAY)
    other = DateMove(milestone="8", field=ChangedField.DUE, old=A, new=B, at=MONDAY)

    assert tell(store, other, at=MONDAY) == 0


def test_a_start_moves_apart_from_the_end(store: Store) -> None:
    sync(store, A, at=MONDAY)
    start = DateMove(milestone="7", field=ChangedField.START, old=None, new=A, at=MONDAY + HOUR)

    tell(store, start, at=MONDAY + HOUR)

    assert [value for _, value, _, _ in history(store)] == [A]
    kept = [
        (entry.value, entry.origin.value)
        for entry in store.ledger(EntityKind.MILESTONE, entity="7")
        if entry.field is LedgerField.START
    ]
    assert kept == [(None, "observation"), (A, "webhook")]


def test_the_next_sync_writes_what_a_telling_left_out(store: Store) -> None:
    sync(store, A, at=MONDAY)
    tell(store, move(A, B, at=MONDAY + HOUR), at=MONDAY + HOUR)

    applied = store.apply(
        "github",
        "acme/api",
        Batch(cursor={}, milestones=(milestone(B),)),
        observed_at=MONDAY + 2 * HOUR,
    )

    assert (applied.milestones_changed, applied.ledger_added) == (1, 0)


def test_a_delivery_is_noted_with_what_it_brings_or_not_at_all(store: Store) -> None:
    sync(store, A, at=MONDAY)
    broken = Batch(
        cursor={},
        moves=(move(A, B, at=MONDAY + HOUR),),
        links=(Link(owner="9", kind=LinkKind.BLOCKS, upstream="a#1", downstream="a#2"),),
    )

    with pytest.raises(ValueError, match="which its batch does not hold"):
        store.take_delivery("github", "d1", broken, at=MONDAY + HOUR)

    assert due(store) == A
    assert tell(store, move(A, B, at=MONDAY + HOUR), at=MONDAY + HOUR) == 1
    assert tell(store, move(B, C, at=MONDAY + 2 * HOUR), at=MONDAY + 2 * HOUR) is None
    assert due(store) == B


def test_one_sources_delivery_is_no_replay_of_anothers(store: Store) -> None:
    assert store.take_delivery("github", "d\x001", None, at=MONDAY) is not None
    assert store.take_delivery("jira", "d\x001", None, at=MONDAY) is not None
    assert store.take_delivery("jira", "d\x001", None, at=MONDAY + 240 * HOUR) is None


def test_an_item_is_gone_from_when_the_tracker_said_so(store: Store) -> None:
    item = Item(
        id="1",
        key="acme/api#1",
        scope="acme/api",
        level=Level.WORK,
        title="Pay",
        url="",
        type="Task",
        status="open",
        category=Category.TODO,
        created_at=MONDAY,
        updated_at=MONDAY,
    )
    store.apply("github", "acme/api", Batch(cursor={}, items=(item,)), observed_at=MONDAY)
    gone = Absence(item="1", presence=Presence.GONE, at=MONDAY + HOUR)
    foreign = Absence(item="2", presence=Presence.GONE, at=MONDAY + HOUR)
    hostile = move(A, B, at=MONDAY, actor="d\x00an")

    store.take_delivery(
        "github",
        "d1",
        Batch(cursor={}, absences=(gone, foreign), moves=(hostile,), milestones=(milestone(B),)),
        at=MONDAY + 2 * HOUR,
    )

    assert list(store.absences()) == [("github", gone)]
    assert history(store)[-1][3] == "d\ufffdan"
    assert store.holding("github", ["1", "7", "9"]) == {"acme/api"}
    assert store.holding("github", ["9"]) == set()
