"""How projects keep their trackers: what is begun, missing, doubled, impossible or broken."""

from datetime import UTC, date, datetime, timedelta

import pytest

from slipwatch.aggregator.portfolio.build import Built
from slipwatch.aggregator.portfolio.upkeep import BulkClose, Listed, Upkeep
from slipwatch.aggregator.records import (
    ALWAYS,
    Category,
    Change,
    ChangedField,
    Level,
    LinkKind,
    LinkOrigin,
    MilestoneKind,
    Outcome,
    Presence,
)

from .conftest import TODAY, Trackers

PAY = {"id": "pay", "scope": [{"source": "jira", "project": "PAY"}]}
API = {"id": "api", "scope": [{"source": "github", "repository": "acme/api"}]}


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def upkeep(built: Built, project: str = "p/pay") -> Upkeep:
    return next(each.upkeep for each in built.portfolio.projects if each.id == project)


def test_an_item_in_work_says_whose_it_is_and_since_when(trackers: Trackers) -> None:
    trackers.version("1.0")
    trackers.item("PAY-2", category=Category.DOING)
    trackers.item(
        "PAY-1",
        "v-1.0",
        category=Category.DOING,
        assignee="ana",
        started_at=at(ago(9)),
        updated_at=at(ago(3)),
    )
    trackers.item("PAY-3")
    trackers.item("PAY-4", category=Category.DOING, level=Level.EPIC)

    first, second = upkeep(trackers.build({**PAY, "discover": ["versions"]})).begun

    assert (first.item, first.key, first.assignee) == ("jira:PAY-1", "PAY-1", "ana")
    assert (first.since, first.updated, first.milestones) == (ago(9), ago(3), ("p/pay/1.0",))
    assert (second.item, second.assignee, second.since) == ("jira:PAY-2", None, None)


def test_what_is_to_be_begun_or_done_within_two_weeks_is_coming(trackers: Trackers) -> None:
    trackers.version("1.0", due_date=ago(-14))
    trackers.version("2.0", due_date=ago(-15))
    trackers.item("PAY-1", "v-1.0")
    trackers.item("PAY-2", "v-2.0")
    trackers.item("PAY-3", assignee="ana", due_date=ago(3))
    trackers.item("PAY-4", start_date=ago(-14))
    trackers.item("PAY-5", "v-1.0", category=Category.DOING)
    trackers.done("PAY-6", "v-1.0", day=ago(2))

    found = upkeep(trackers.build({**PAY, "discover": ["versions"]}))

    assert found.coming == 3
    assert found.unassigned == Listed(count=2, shown=("jira:PAY-1", "jira:PAY-4"))


def test_a_project_estimates_when_its_newest_finished_items_were(trackers: Trackers) -> None:
    for number in range(20):
        points = 3.0 if number < 15 else None
        trackers.done(f"PAY-{number}", day=ago(number + 1), points=points)
    trackers.item("PAY-50")
    trackers.item("PAY-51", points=0.0)

    found = upkeep(trackers.build(PAY))

    assert (found.estimating, found.remaining) == (0.75, 2)
    assert found.unestimated == Listed(count=1, shown=("jira:PAY-50",))


def test_with_few_finished_items_nobody_knows_whether_a_project_estimates(
    trackers: Trackers,
) -> None:
    for number in range(14):
        trackers.done(f"PAY-{number}", day=ago(1), points=3.0)

    assert upkeep(trackers.build(PAY)).estimating is None


def test_only_work_in_progress_needs_a_milestone(trackers: Trackers) -> None:
    trackers.version("1.0")
    trackers.item("PAY-1", "v-1.0", category=Category.DOING)
    trackers.item("PAY-2", category=Category.DOING)
    trackers.item("PAY-3")

    found = upkeep(trackers.build({**PAY, "discover": ["versions"]}))

    assert found.homeless == Listed(count=1, shown=("jira:PAY-2",))


def test_a_sprint_is_no_second_milestone_and_a_closed_one_neither(trackers: Trackers) -> None:
    trackers.version("1.0")
    trackers.version("2.0")
    trackers.version("0.9", closed=True, closed_on=ago(30))
    trackers.milestone("S7", "PAY", "jira", MilestoneKind.SPRINT)
    trackers.item("PAY-1", "v-1.0", "v-2.0")
    trackers.item("PAY-2", "v-1.0", "v-S7", "v-0.9")

    found = upkeep(trackers.build({**PAY, "discover": ["versions", "sprints"]}))

    assert found.doubled == (("jira:PAY-1", ("p/pay/1.0", "p/pay/2.0")),)


def test_dates_that_cannot_be_are_named(trackers: Trackers) -> None:
    trackers.item("PAY-1", start_date=ago(1), due_date=ago(2))
    trackers.item("PAY-2", start_date=ago(2), due_date=ago(2))
    trackers.done("PAY-3", day=ago(5), created_at=at(ago(4)))
    trackers.done("PAY-4", day=ago(5), started_at=at(ago(4)))
    trackers.done("PAY-5", day=ago(5), created_at=ALWAYS)
    trackers.done("PAY-6", day=ago(92), created_at=at(ago(1)))

    found = upkeep(trackers.build(PAY)).impossible

    assert [(i.item, i.what, i.earlier, i.later) for i in found] == [
        ("jira:PAY-1", "starts after it is due", ago(2), ago(1)),
        ("jira:PAY-3", "done before it was created", ago(5), ago(4)),
        ("jira:PAY-4", "done before it was begun", ago(5), ago(4)),
    ]


def test_closures_without_work_count_only_where_the_tracker_tells_of_beginnings(
    trackers: Trackers,
) -> None:
    trackers.done("PAY-1", day=ago(55), started_at=at(ago(58)))
    trackers.done("PAY-2", day=ago(55))
    trackers.done("PAY-3", day=ago(56))
    trackers.done("PAY-4", day=ago(1), outcome=Outcome.DROPPED)
    trackers.done("acme/api#1", day=ago(1), source="github")

    built = trackers.build(PAY, API)

    found = upkeep(built)
    assert (found.closed, found.unbegun) == (2, Listed(count=1, shown=("jira:PAY-2",)))
    assert upkeep(built, "p/api").closed == 0


def test_items_that_one_person_closes_together_are_a_bulk_and_no_pace(trackers: Trackers) -> None:
    for number in range(12):
        ref = trackers.done(f"PAY-{number}", day=ago(8))
        trackers.changes[ref] = [
            Change(
                item=ref[1],
                id="1",
                at=at(ago(8)),
                field=ChangedField.STATUS,
                old="todo:Open",
                new="done:Done",
                actor="ana" if number < 10 else "ben",
            )
        ]

    built = trackers.build(PAY)

    assert upkeep(built).bulk == (BulkClose(day=ago(8), items=10),)
    assert built.portfolio.projects[0].flow.finished[-2:] == (2, 0)


@pytest.mark.parametrize(
    ("presence", "why"),
    [
        (Presence.GONE, "deleted"),
        (Presence.MOVED, "moved away"),
        (Presence.INVISIBLE, "invisible"),
        (Presence.MISSED, None),
    ],
)
def test_a_link_to_what_is_no_longer_there_says_what_became_of_it(
    trackers: Trackers, presence: Presence, why: str | None
) -> None:
    trackers.item("PAY-1")
    trackers.absent(trackers.item("WEB-1"), presence)
    trackers.blocks("WEB-1", "PAY-1")

    broken = upkeep(trackers.build(PAY)).broken

    assert [(link.item, link.upstream, link.why) for link in broken] == (
        [("jira:PAY-1", "jira:WEB-1", why)] if why else []
    )


def test_a_link_to_a_dropped_item_or_an_unknown_key_is_broken_once(trackers: Trackers) -> None:
    trackers.item("PAY-1")
    trackers.done("PAY-2", day=ago(1))
    trackers.done("WEB-1", day=ago(1), outcome=Outcome.DROPPED)
    trackers.done("WEB-2", day=ago(1))
    for upstream in ("WEB-1", "WEB-1", "WEB-2", "OPS-9"):
        trackers.blocks(upstream, "PAY-1")
    trackers.blocks("TEXT-1", "PAY-1", origin=LinkOrigin.TEXT)
    trackers.blocks("OPS-8", "PAY-1", kind=LinkKind.RELATES)
    trackers.blocks("WEB-1", "PAY-2")

    broken = upkeep(trackers.build(PAY)).broken

    assert [(link.upstream, link.why) for link in broken] == [
        ("OPS-9", "unknown"),
        ("jira:WEB-1", "dropped"),
    ]
    assert broken[0].url == "https://tracker.example/PAY-1"
