"""From the store to the history of a date: how each value is known, and who set it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from slipwatch.aggregator.portfolio.ledger import merge_observations
from slipwatch.aggregator.portfolio.model import Observation
from slipwatch.aggregator.reading import read_facts
from slipwatch.aggregator.records import (
    Batch,
    Category,
    Change,
    ChangedField,
    Item,
    Level,
    MilestoneKind,
    Outcome,
    TrackerMilestone,
)
from slipwatch.aggregator.store import Store

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B, C = date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)
OPEN = Item(
    id="1",
    key="PAY-1",
    scope="PAY",
    level=Level.WORK,
    title="",
    url="",
    type="Task",
    status="Open",
    category=Category.TODO,
    created_at=MONDAY - 100 * HOUR,
    updated_at=MONDAY,
)


def test_an_epics_first_sync_brings_its_whole_history_with_who_made_it(store: Store) -> None:
    epic = Item(
        id="10001",
        key="PAY-1",
        scope="PAY",
        level=Level.EPIC,
        title="Cards",
        url="",
        type="Epic",
        status="Open",
        category=Category.TODO,
        created_at=MONDAY - 100 * HOUR,
        updated_at=MONDAY,
        due_date=C,
    )
    changes = [
        Change(
            item=epic.id,
            id=f"{number}",
            at=MONDAY + number * HOUR,
            field=ChangedField.DUE,
            old=f"{old}",
            new=f"{new}",
            actor=actor,
        )
        for number, (old, new, actor) in enumerate([(A, B, "dan"), (B, C, "eve")])
    ]

    store.apply(
        "jira", "PAY", Batch(cursor={}, items=(epic,), changes=(*changes,)), observed_at=MONDAY
    )

    seen = read_facts(store, past=False).item_dates["jira", epic.id]
    assert merge_observations([seen]) == (
        Observation(epic.created_at, A, "changelog"),
        Observation(MONDAY, B, "changelog", "dan"),
        Observation(MONDAY + HOUR, C, "changelog", "eve"),
    )


def test_of_several_dates_the_move_that_counts_says_who_made_it() -> None:
    version = [Observation(MONDAY, B), Observation(MONDAY + 3 * HOUR, C, "webhook", "eve")]
    milestone = [
        Observation(MONDAY, A),
        Observation(MONDAY + HOUR, B, "webhook", "dan"),
        Observation(MONDAY + 2 * HOUR, B),
    ]

    assert merge_observations([version, milestone]) == (
        Observation(MONDAY, B),
        Observation(MONDAY + 3 * HOUR, C, "webhook", "eve"),
    )
    assert merge_observations([milestone])[1] == milestone[1]


def test_dates_that_moved_between_two_syncs_moved_once() -> None:
    """One was pulled in and the other put off: what lies between was never anybody's plan."""
    minute = timedelta(minutes=1)
    version = [Observation(MONDAY, C), Observation(MONDAY + HOUR, A)]
    milestone = [Observation(MONDAY, B), Observation(MONDAY + HOUR + minute, C)]

    assert merge_observations([version, milestone], together=5 * minute) == (
        Observation(MONDAY, C),
    )
    assert [seen.value for seen in merge_observations([version, milestone])] == [C, B, C]


def test_a_joint_move_is_told_by_the_date_that_counts() -> None:
    minute = timedelta(minutes=1)
    version = [Observation(MONDAY, A), Observation(MONDAY + HOUR, C, "webhook", "eve")]
    milestone = [Observation(MONDAY, A), Observation(MONDAY + HOUR + minute, B, "webhook", "dan")]

    assert merge_observations([version, milestone], together=5 * minute)[1:] == (
        Observation(MONDAY + HOUR, C, "webhook", "eve"),
    )


def test_moves_of_one_date_stay_apart_however_close() -> None:
    minute = timedelta(minutes=1)
    version = [
        Observation(MONDAY, A),
        Observation(MONDAY + HOUR, B),
        Observation(MONDAY + HOUR + minute, C),
    ]
    milestone = [Observation(MONDAY, A)]

    merged = merge_observations([version, milestone], together=5 * minute)

    assert [seen.value for seen in merged] == [A, B, C]


def test_who_closed_many_and_what_was_estimated_anew_is_known_without_whole_histories(
    store: Store,
) -> None:
    """The pace leaves out what somebody cleaned up, whether or not a past day is asked for."""
    at = MONDAY - HOUR

    def closed(number: int, scope: str) -> tuple[Item, tuple[Change, ...]]:
        item = Item(
            id=f"{scope}{number}",
            key=f"{scope}-{number}",
            scope=scope,
            level=Level.WORK,
            title="",
            url="",
            type="Task",
            status="Done",
            category=Category.DONE,
            outcome=Outcome.COMPLETED,
            created_at=MONDAY - 100 * HOUR,
            updated_at=at,
            done_at=at,
        )
        moves = (("todo:Open", "doing:Doing", at - HOUR), ("doing:Doing", "done:Done", at))
        changes = tuple(
            Change(
                item=item.id,
                id=f"{nth}",
                at=when,
                field=ChangedField.STATUS,
                old=old,
                new=new,
                actor="dan",
            )
            for nth, (old, new, when) in enumerate(moves)
        )
        return item, changes

    for scope, count in (("PAY", 10), ("WEB", 9)):
        made = [closed(number, scope) for number in range(count)]
        changes = [change for _, changes in made for change in changes]
        if scope == "WEB":
            told = {"item": "WEB8", "id": "9", "old": "3", "new": "5"}
            changes.append(Change(at=MONDAY, field=ChangedField.POINTS, **told))
        batch = Batch(cursor={}, items=tuple(item for item, _ in made), changes=tuple(changes))
        store.apply("jira", scope, batch, observed_at=MONDAY)

    kept = dict(read_facts(store, past=False).changes)
    assert [change.new for change in kept.pop(("jira", "WEB8"))] == ["5"]
    assert {change.new for changes in kept.values() for change in changes} == {"done:Done"}
    assert len(kept) == 10
    assert len(read_facts(store, past=True).changes["jira", "WEB0"]) == 2


@pytest.mark.parametrize(
    ("field", "old"),
    [
        (ChangedField.DUE, f"{A}"),
        (ChangedField.MILESTONE, "sprint:7"),
        (ChangedField.MILESTONE, "iteration:7"),
    ],
    ids=["a due date", "a sprint", "an iteration"],
)
def test_what_an_item_had_that_has_no_day_any_more_is_known_as_on_a_past_day(
    store: Store, field: ChangedField, old: str
) -> None:
    """It was late, or left undone in its sprint, however nobody waits for it today."""
    changes = (
        Change(
            item="1", id="1", at=MONDAY - HOUR, field=ChangedField.STATUS, old="", new="todo:Open"
        ),
        Change(item="1", id="2", at=MONDAY, field=field, old=old, new=None),
    )
    store.apply("jira", "PAY", Batch(cursor={}, items=(OPEN,), changes=changes), observed_at=MONDAY)

    now, replayed = (read_facts(store, past=past).changes for past in (False, True))

    assert len(now["jira", "1"]) == 2
    assert now == replayed


def test_versions_that_an_item_left_are_no_days_of_its_own(store: Store) -> None:
    moved = Change(item="1", id="2", at=MONDAY, field=ChangedField.MILESTONE, old="10000", new=None)
    store.apply(
        "jira", "PAY", Batch(cursor={}, items=(OPEN,), changes=(moved,)), observed_at=MONDAY
    )

    assert read_facts(store, past=False).changes == {}


def test_start_dates_of_milestones_have_a_history_too(store: Store) -> None:
    for hours, start in enumerate((A, B)):
        version = TrackerMilestone(
            id="7", scope="PAY", kind=MilestoneKind.VERSION, name="v7", start_date=start
        )
        batch = Batch(cursor={}, milestones=(version,))
        store.apply("jira", "PAY", batch, observed_at=MONDAY + hours * HOUR)

    facts = read_facts(store, past=True)

    known = [(seen.at, seen.value) for seen in facts.milestone_starts["jira", "7"]]
    assert known == [(MONDAY, A), (MONDAY + HOUR, B)]
    assert [seen.value for seen in facts.milestone_dates["jira", "7"]] == [None]
