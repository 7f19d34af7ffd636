"""What would have been told of sprints, on two made by hand."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from benchmarks.replayed_sprints import replay, table
from slipwatch.aggregator.delay.sprints import LOOKS, read_sprint_prior
from slipwatch.aggregator.portfolio.facts import Facts
from slipwatch.aggregator.records import (
    Category,
    Item,
    Level,
    MilestoneKind,
    Outcome,
    TrackerMilestone,
)

BEGIN = date(2026, 3, 2)
BORN = datetime(2026, 2, 2, 9, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")


def test_each_sprint_is_told_of_at_each_look_with_what_was_open_and_what_was_left() -> None:
    told = list(replay(_facts(), ZONE))

    assert [one.look for one in told] == list(range(len(LOOKS)))
    assert [one.open for one in told] == [3, 3, 2, 2], "one is done on the fifth day"
    assert [one.left for one in told] == [1] * 4, "one is done on the last day, one after it"
    assert [one.past for one in told] == [0] * 4


def test_an_error_is_that_of_what_each_would_have_told() -> None:
    first = next(iter(replay(_facts(), ZONE)))

    assert first.error("none") == 1
    assert first.error("all open") == 2
    assert first.error("prior") == pytest.approx(3 * read_sprint_prior().left[0] - 1)
    assert first.error("ours") == pytest.approx(first.error("prior"), abs=0.05)


def test_the_table_has_a_row_for_each_look_and_one_for_all() -> None:
    assert table(list(replay(_facts(), ZONE))).row_count == len(LOOKS) + 1


def _facts() -> Facts:
    """Give a sprint of ten days of which an item is done on the fifth, tenth and eleventh."""
    sprint = TrackerMilestone(
        id="sprint:1",
        scope="WEB",
        kind=MilestoneKind.SPRINT,
        name="Sprint 1",
        start_date=BEGIN,
        due_date=BEGIN + timedelta(days=9),
    )
    items = [_item(number, BEGIN + timedelta(days=days)) for number, days in enumerate((4, 9, 10))]
    return Facts(
        items={("jira", item.id): item for item in items},
        tracker_milestones={("jira", sprint.id): sprint},
        data_time=datetime(2026, 6, 1, tzinfo=UTC),
    )


def _item(number: int, day: date) -> Item:
    return Item(
        id=f"{number}",
        key=f"WEB-{number}",
        scope="WEB",
        level=Level.WORK,
        title="",
        url="",
        type="Task",
        status="Done",
        category=Category.DONE,
        outcome=Outcome.COMPLETED,
        created_at=BORN,
        updated_at=BORN,
        done_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        milestones=("sprint:1",),
    )
