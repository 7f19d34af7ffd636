"""The portfolio as of a past day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from slipwatch.aggregator.portfolio.model import Observation
from slipwatch.aggregator.records import (
    ALWAYS,
    Category,
    Change,
    ChangedField,
    Level,
    Outcome,
    Presence,
)

PAY = {"source": "jira", "project": "PAY"}
GA = {"id": "x", "milestones": [{"id": "ga", "from": [{**PAY, "version": "2.0"}]}]}
THEN = date(2025, 12, 1)


def at(day: date, hour: int = 8) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_what_was_created_later_was_not_there(trackers: Any) -> None:
    trackers.version("2.0")
    trackers.item("PAY-1", "v-2.0", created_at=at(date(2025, 11, 1)))
    trackers.item("PAY-2", "v-2.0", created_at=at(date(2025, 12, 2)))

    found = trackers.build(GA, as_of=THEN).portfolio.milestones["p/x/ga"]

    assert [item.key for item in found.open_items] == ["PAY-1"]


def test_what_was_done_later_was_still_open(trackers: Any) -> None:
    trackers.version("2.0")
    trackers.done("PAY-1", "v-2.0", day=date(2025, 12, 2))
    trackers.done("PAY-2", "v-2.0", day=THEN)

    found = trackers.build(GA, as_of=THEN).portfolio.milestones["p/x/ga"]

    assert (found.scope.done, found.scope.remaining) == (1, 1)


def test_what_was_made_work_later_was_none_and_what_is_none_any_more_was(trackers: Any) -> None:
    def became(key: str, day: date, old: str | None, new: str, **today: Any) -> None:
        ref = trackers.item(key, "v-2.0", created_at=at(date(2025, 11, 1)), **today)
        trackers.changes[ref] = [
            Change(item=ref[1], id="1", at=at(day), field=ChangedField.TYPE, old=old, new=new)
        ]

    later, before = date(2025, 12, 2), date(2025, 11, 20)
    sub_task = {"level": Level.SUBTASK, "type": "Sub-task"}
    trackers.version("2.0")
    became("PAY-1", later, "subtask:Sub-task", "work:Story")
    became("PAY-2", before, "subtask:Sub-task", "work:Story", type="Story")
    became("PAY-3", later, "work:Bug", "subtask:Sub-task", **sub_task)
    # What it was is not told: it counts as what it is today.
    became("PAY-4", later, None, "subtask:Sub-task", **sub_task)

    bugs = {"id": "bugs", "from": [{**PAY, "version": "2.0", "types": ["Bug"]}]}
    only_bugs = {"id": "x", "milestones": [*GA["milestones"], bugs]}
    found = trackers.build(only_bugs, as_of=THEN).portfolio.milestones

    assert [item.key for item in found["p/x/ga"].open_items] == ["PAY-2", "PAY-3"]
    assert [item.key for item in found["p/x/bugs"].open_items] == ["PAY-3"]


def test_an_item_had_ended_as_its_history_tells_not_as_it_did_later(trackers: Any) -> None:
    def ended(key: str, *moves: tuple[date, str, str], outcome: Outcome) -> None:
        ref = trackers.done(key, "v-2.0", day=date(2025, 12, 20), outcome=outcome)
        trackers.changes[ref] = [
            Change(item=ref[1], id=f"{n}", at=at(day), field=ChangedField.STATUS, old=old, new=new)
            for n, (day, old, new) in enumerate(moves)
        ]

    done, reopened, again = date(2025, 11, 3), date(2025, 12, 10), date(2025, 12, 20)
    trackers.version("2.0")
    ended(
        "PAY-1",
        (done, "doing:Open", "completed:Closed"),
        (reopened, "completed:Closed", "doing:Open"),
        (again, "doing:Open", "dropped:Closed"),
        outcome=Outcome.DROPPED,
    )
    # The reopening alone does not say how it had ended.
    ended(
        "PAY-2",
        (done, "todo:open", "dropped:closed"),
        (reopened, "done:closed", "todo:open"),
        (again, "todo:open", "completed:closed"),
        outcome=Outcome.COMPLETED,
    )
    # It never was open again.
    ended(
        "PAY-3",
        (done, "doing:Open", "completed:Closed"),
        (again, "completed:Closed", "dropped:Closed"),
        outcome=Outcome.DROPPED,
    )
    # No history tells: it counts as what it is today.
    ended(
        "PAY-4",
        (done, "todo:opened", "done:closed"),
        (reopened, "done:closed", "todo:opened"),
        (again, "todo:opened", "done:closed"),
        outcome=Outcome.DROPPED,
    )

    then = trackers.build(GA, as_of=THEN).portfolio.milestones["p/x/ga"].scope
    now = trackers.build(GA).portfolio.milestones["p/x/ga"].scope

    assert (then.done, then.dropped, then.remaining) == (2, 2, 0)
    assert (now.done, now.dropped, now.remaining) == (1, 3, 0)


def test_what_joined_later_was_not_in_it_and_what_left_was(trackers: Any) -> None:
    trackers.version("2.0")
    joined = trackers.item("PAY-1", "v-2.0")
    left = trackers.item("PAY-2")
    for ref, old, new in ((joined, None, "v-2.0"), (left, "v-2.0", None)):
        trackers.changes[ref] = [
            Change(
                item=ref[1],
                id="1",
                at=at(date(2025, 12, 10)),
                field=ChangedField.MILESTONE,
                old=old,
                new=new,
            )
        ]

    found = trackers.build(GA, as_of=THEN).portfolio.milestones["p/x/ga"]

    assert [item.key for item in found.open_items] == ["PAY-2"]


def test_what_moved_to_another_project_later_was_still_in_its_former_one(trackers: Any) -> None:
    trackers.version("2.0")
    trackers.version("Cart", scope="WEB")
    moved = trackers.item("WEB-41", former_keys=("PAY-58",))
    for field, old, new in (
        (ChangedField.MILESTONE, "v-2.0", None),
        (ChangedField.KEY, "PAY-58", "WEB-41"),
    ):
        trackers.changes.setdefault(moved, []).append(
            Change(
                item=moved[1],
                id=field,
                at=at(date(2025, 12, 10)),
                field=field,
                old=old,
                new=new,
            )
        )
    web = {"id": "web", "milestones": [{"id": "all", "from": [{**PAY, "project": "WEB"}]}]}

    then = trackers.build(GA, web, as_of=THEN).portfolio.milestones
    now = trackers.build(GA, web).portfolio.milestones

    assert [then[each].scope.remaining for each in ("p/x/ga", "p/web/all")] == [1, 0]
    assert [now[each].scope.remaining for each in ("p/x/ga", "p/web/all")] == [0, 1]


def test_a_project_that_keys_do_not_tell_stays_that_of_today(trackers: Any) -> None:
    moved = trackers.item("X-2", scope="vendor")
    trackers.changes[moved] = [
        Change(
            item=moved[1],
            id="1",
            at=at(date(2025, 12, 10)),
            field=ChangedField.KEY,
            old="Y-1",
            new="X-2",
        )
    ]
    vendor = {"id": "x", "milestones": [{"id": "all", "from": [{**PAY, "project": "vendor"}]}]}

    found = trackers.build(vendor, as_of=THEN).portfolio.milestones["p/x/all"]

    assert found.scope.remaining == 1


def test_the_plan_was_what_the_ledger_knew_by_then(trackers: Any) -> None:
    ref = trackers.version("2.0", due_date=date(2026, 3, 2))
    trackers.milestone_dates[ref] = [
        Observation(at(date(2025, 11, 3)), date(2026, 2, 2)),
        Observation(at(date(2025, 12, 10)), date(2026, 3, 2)),
    ]

    found = trackers.build(GA, as_of=THEN).portfolio.milestones["p/x/ga"]

    assert found.plan == date(2026, 2, 2)
    assert len(found.history) == 1


def test_before_recording_began_the_first_known_plan_stands(trackers: Any) -> None:
    ref = trackers.version("2.0", due_date=date(2026, 3, 2))
    trackers.milestone_dates[ref] = [
        Observation(at(date(2025, 12, 10)), date(2026, 2, 2)),
        Observation(at(date(2025, 12, 20)), date(2026, 3, 2)),
    ]

    found = trackers.build(GA, as_of=THEN).portfolio.milestones["p/x/ga"]

    assert found.plan == date(2026, 2, 2)


PROMISED = {
    "id": "x",
    "milestones": [
        {"id": "ga", "duration": "5wd", "commitment": "2026-03-02"},
        {"id": "late", "duration": "5wd", "commitment": "2026-03-02"},
        {"id": "new", "duration": "5wd", "baseline": {"finish": "2026-03-02"}},
        {"id": "bank", "external": True, "promise": "2026-03-02"},
    ],
}


def test_what_the_file_promised_was_what_it_said_then(trackers: Any) -> None:
    moved = [
        Observation(at(date(2025, 11, 3)), date(2026, 2, 2)),
        Observation(at(date(2025, 12, 10)), date(2026, 3, 2)),
    ]
    trackers.commitments = {"p/x/ga": moved, "p/x/late": [Observation(moved[0].at, None), moved[1]]}
    trackers.declared_baselines = {"p/x/new": moved}
    trackers.promises = {"p/x/bank": moved}

    then = trackers.build(PROMISED, as_of=THEN).portfolio.milestones
    now = trackers.build(PROMISED).portfolio.milestones

    assert then["p/x/ga"].commitment == date(2026, 2, 2)
    assert then["p/x/late"].commitment is None
    assert then["p/x/new"].baseline.finish == date(2026, 2, 2)
    assert then["p/x/bank"].promise == date(2026, 2, 2)
    assert {one.commitment for one in now.values()} == {None, date(2026, 3, 2)}


def test_what_changed_later_was_not_touched_yet(trackers: Any) -> None:
    item = trackers.item("PAY-1", "v-2.0", category=Category.DOING, started_at=at(date(2025, 9, 1)))
    trackers.version("2.0")
    trackers.changes[item] = [
        Change(item=item[1], id=str(n), at=at(day), field=ChangedField.POINTS, old="1", new="2")
        for n, day in enumerate((date(2025, 11, 3), date(2025, 12, 10)))
    ]

    (begun,) = trackers.build(GA, as_of=THEN).portfolio.projects[0].upkeep.begun

    assert begun.updated == date(2025, 11, 3)


def test_what_was_released_later_was_still_open(trackers: Any) -> None:
    trackers.version("2.0", closed=True, closed_on=date(2025, 12, 20))

    found = trackers.build(GA, as_of=THEN).portfolio.milestones["p/x/ga"]

    assert not found.closed
    assert found.actual is None


def test_today_is_not_rewound(trackers: Any) -> None:
    ref = trackers.version("2.0")
    item = trackers.item("PAY-1", "v-2.0")
    trackers.changes[item] = [
        Change(
            item=item[1],
            id="1",
            at=at(date(2026, 1, 5), 8),
            field=ChangedField.MILESTONE,
            old=None,
            new=ref[1],
        )
    ]

    found = trackers.build(GA).portfolio.milestones["p/x/ga"]

    assert found.scope.remaining == 1


def test_an_item_of_unknown_age_has_been_there_all_along(trackers: Any) -> None:
    trackers.version("2.0")
    trackers.item("PAY-1", "v-2.0", created_at=ALWAYS)

    built = trackers.build(GA, as_of=THEN)

    assert built.portfolio.milestones["p/x/ga"].scope.remaining == 1
    assert built.portfolio.streams["p/x"].since is None


def test_an_issue_that_was_transferred_later_was_where_it_was_and_nowhere_else(
    trackers: Any,
) -> None:
    """Its copy in the other repository is as old as it, and brings along its closings."""
    closed, moved = date(2025, 11, 3), date(2025, 12, 10)
    history = (
        (closed, "todo:open", "completed:closed"),
        (date(2025, 12, 5), "done:closed", "todo:open"),
    )
    old = trackers.item("acme/old#4", source="github")
    new = trackers.item("acme/api#9", source="github")
    stranger = trackers.item("acme/api#8", source="github")
    for ref in (old, new, stranger):
        trackers.changes[ref] = [
            Change(item=ref[1], id=f"{n}", at=at(day), field=ChangedField.STATUS, old=was, new=is_)
            for n, (day, was, is_) in enumerate(history)
        ]
    trackers.absent(old, Presence.MOVED, since=moved, moved_to="Acme/API#9")
    both = {
        "id": "all",
        "from": [{"source": "github", "repository": name} for name in ("acme/old", "acme/api")],
    }
    project = {"id": "x", "milestones": [both]}

    def scope(day: date | None = None) -> Any:
        given = {} if day is None else {"as_of": day}
        return trackers.build(project, **given).portfolio.milestones["p/x/all"].scope

    assert scope(date(2025, 11, 10)).done == 2
    assert scope(date(2025, 12, 8)).remaining == 2
    assert (scope(date(2025, 12, 12)).remaining, scope().remaining) == (2, 2)


def test_links_without_a_time_that_the_first_sync_read_were_there_all_along(trackers: Any) -> None:
    trackers.version("2.0")
    for number in range(1, 5):
        trackers.item(f"PAY-{number}", "v-2.0", created_at=at(date(2025, 11, 1)))
    for number, later in ((2, timedelta()), (3, timedelta(hours=9)), (4, timedelta(days=2))):
        trackers.blocks("PAY-1", f"PAY-{number}")
        first = trackers.links[0].seen_at
        trackers.links[-1] = replace(trackers.links[-1], seen_at=first + later)

    found = trackers.build(GA, as_of=THEN).portfolio.milestones["p/x/ga"]

    assert [item.key for item in found.open_items if item.blockers] == ["PAY-2", "PAY-3"]
