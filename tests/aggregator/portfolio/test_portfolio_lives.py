"""The life of a finished milestone, from the items that were ever in it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from slipwatch.aggregator.portfolio.lives import (
    NEVER,
    STAGES,
    Life,
    Stay,
    begun,
    life_of,
    most_open,
    stage_of,
)
from slipwatch.aggregator.portfolio.stays import Home, stays_in
from slipwatch.aggregator.records import Category, Change, ChangedField, Item, Level, Outcome

START = date(2025, 1, 6).toordinal()
FINISH = date.fromordinal(START + 100)


def done_after(days: int, *, joined: int = 0, left: int | None = None) -> Stay:
    return Stay(
        joined=START + joined,
        left=NEVER if left is None else START + left,
        done=((START + days, NEVER),),
    )


def steady(extra: Sequence[Stay] = ()) -> Life:
    """Finish one of ten items every ten days, and whatever becomes of some more."""
    found = life_of([*(done_after(10 * nth) for nth in range(1, 11)), *extra], FINISH)
    assert found is not None
    return found


def test_a_life_goes_from_the_first_twentieth_done_to_the_finish() -> None:
    found = steady()
    assert (found.days, found.items) == (90, 10)
    assert all(rest is not None and rest.added == rest.again == 0 for rest in found.rests)


def test_what_is_moved_out_or_left_undone_was_not_kept() -> None:
    gone = [Stay(joined=START, left=START + 95), Stay(joined=START)] * 5
    kept, cut = steady().rests[0], steady(gone).rests[0]
    assert kept is not None
    assert cut is not None
    assert cut.kept < 0.6 * kept.kept
    assert cut.open > kept.open


def test_what_arrives_later_and_is_done_was_added_at_every_stage_before() -> None:
    found = steady([done_after(99, joined=80)] * 6)
    early, last = found.rests[0], found.rests[-1]
    assert early is not None
    assert last is None or last.added < early.added
    assert early.added > 0.3
    assert early.work == pytest.approx(early.kept + early.added)


def test_what_is_reopened_and_done_again_is_work_again() -> None:
    again = Stay(joined=START, done=((START + 5, START + 60), (START + 90, NEVER)))
    found = steady([again] * 3)
    assert any(rest is not None and rest.again > 0 for rest in found.rests)


def test_few_items_or_a_single_day_are_no_life() -> None:
    assert life_of([done_after(10)] * 7, FINISH) is None
    assert life_of([done_after(100)] * 20, FINISH) is None
    assert life_of([], FINISH) is None


def test_a_milestone_has_begun_with_a_twentieth_of_its_scope() -> None:
    days = [date(2025, 1, day) for day in range(1, 11)]
    assert begun(days, 10) == date(2025, 1, 1)
    assert begun(days, 60) == date(2025, 1, 3)
    assert begun(days, 400) is None
    assert begun([], 0) is None


@pytest.mark.parametrize(
    ("done", "remaining", "stage"),
    [(0, 0, 0), (0, 9, 0), (2, 8, 1), (5, 5, 2), (9, 1, 4), (9, 0, 4)],
)
def test_the_stage_of_life_is_the_share_that_is_done(done: int, remaining: int, stage: int) -> None:
    assert stage_of(done, remaining) == stage


@pytest.mark.parametrize("done", [1, 7, 40])
@pytest.mark.parametrize("stage", range(1, STAGES))
def test_a_stage_ends_with_one_more_open_item_than_it_can_have(stage: int, done: int) -> None:
    most = most_open(stage, done)
    assert stage_of(done, most) >= stage
    assert stage_of(done, most + 1) < stage


def at(day: int) -> datetime:
    return datetime(2025, 1, 6, 12, tzinfo=UTC) + timedelta(days=day)


def item(**given: Any) -> Item:
    facts: dict[str, Any] = {
        "id": "1",
        "key": "PAY-1",
        "scope": "PAY",
        "level": Level.WORK,
        "title": "",
        "url": "",
        "type": "Story",
        "status": "Open",
        "category": Category.TODO,
        "created_at": at(0),
        "updated_at": at(90),
    }
    return Item(**(facts | given))


def change(day: int, field: ChangedField, old: str | None, new: str | None) -> Change:
    return Change(item="1", id=f"{day}", at=at(day), field=field, old=old, new=new)


V2 = Home(ChangedField.MILESTONE, "v2")


def spans(found: Item, *changes: Change, home: Home | None = V2) -> list[tuple[int, int]]:
    return [
        (stay.joined - START, min(stay.left - START, 999))
        for stay in stays_in(home, found, changes, ZoneInfo("UTC"))
    ]


def test_a_changelog_tells_when_an_item_came_and_went() -> None:
    moved = (
        change(10, ChangedField.MILESTONE, None, "v2"),
        change(30, ChangedField.MILESTONE, "v2", "v3"),
        change(50, ChangedField.MILESTONE, "v3", "v2"),
    )
    assert spans(item(milestones=("v2",)), *moved) == [(10, 30), (50, 999)]
    assert spans(item(milestones=("v3",)), moved[1]) == [(0, 30)]
    assert spans(item(milestones=("v3",))) == []


def test_without_a_changelog_an_item_was_there_from_its_creation_on() -> None:
    assert spans(item(milestones=("v2",))) == [(0, 999)]
    assert spans(item(), home=None) == [(0, 999)]


def test_an_epics_item_came_with_its_parent() -> None:
    epic = Home(ChangedField.PARENT, "PAY-9")
    moved = change(10, ChangedField.PARENT, None, "PAY-9")
    assert spans(item(parent="PAY-9"), moved, home=epic) == [(10, 999)]


def test_dropping_an_item_ends_its_stay_and_counts_as_no_work() -> None:
    dropped = item(
        milestones=("v2",), category=Category.DONE, outcome=Outcome.DROPPED, done_at=at(40)
    )
    (stay,) = stays_in(V2, dropped, (), ZoneInfo("UTC"))
    assert (stay.left - START, stay.done) == (40, ())


def test_a_reopened_item_has_two_spells_of_being_done() -> None:
    told = (
        change(20, ChangedField.STATUS, "doing:Review", "done:Closed"),
        change(35, ChangedField.STATUS, "done:Closed", "todo:Reopened"),
        change(60, ChangedField.STATUS, "todo:Reopened", "done:Closed"),
    )
    finished = item(
        milestones=("v2",), category=Category.DONE, outcome=Outcome.COMPLETED, done_at=at(60)
    )
    (stay,) = stays_in(V2, finished, told, ZoneInfo("UTC"))
    assert [(since - START, until == NEVER) for since, until in stay.done] == [
        (20, False),
        (60, True),
    ]
