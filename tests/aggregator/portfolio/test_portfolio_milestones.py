"""Milestones: what is selected, discovered, counted and dated."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from slipwatch.aggregator.assess import assess_portfolio
from slipwatch.aggregator.portfolio.facts import RecordedBaseline
from slipwatch.aggregator.portfolio.model import Observation
from slipwatch.aggregator.records import Category, Level, LinkKind, MilestoneKind, Outcome

PAY = {"source": "jira", "project": "PAY"}
API = {"source": "github", "repository": "acme/api"}
DAY = date(2025, 12, 1)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 8, tzinfo=UTC)


def test_a_version_lends_a_milestone_its_items_dates_and_address(trackers: Any) -> None:
    trackers.version("2.0", due_date=date(2026, 2, 2), url="https://jira.example/v2")
    trackers.item("PAY-1", "v-2.0")
    trackers.done("PAY-2", "v-2.0", day=DAY)
    trackers.done("PAY-3", "v-2.0", day=DAY, outcome=Outcome.DROPPED)
    trackers.item("PAY-4")

    ga = {"id": "ga", "from": [{**PAY, "version": "2.0"}]}
    found = trackers.build({"id": "x", "milestones": [ga]}).portfolio.milestones["p/x/ga"]

    assert (found.scope.done, found.scope.remaining, found.scope.dropped) == (1, 1, 1)
    assert found.plan == date(2026, 2, 2)
    assert found.url == "https://jira.example/v2"
    assert [item.key for item in found.open_items] == ["PAY-1"]


def test_several_origins_give_the_latest_date_and_are_done_together(trackers: Any) -> None:
    trackers.version("2.0", due_date=date(2026, 2, 2), closed=True, closed_on=DAY)
    trackers.milestone(
        "v2", "acme/api", "github", MilestoneKind.MILESTONE, due_date=date(2026, 3, 2)
    )

    ga = {"id": "ga", "from": [{**PAY, "version": "2.0"}, {**API, "milestone": "v2"}]}
    found = trackers.build({"id": "x", "milestones": [ga]}).portfolio.milestones["p/x/ga"]

    assert found.plan == date(2026, 3, 2)
    assert not found.closed
    assert found.actual is None
    assert found.sources == ("github", "jira")


def test_epics_subtasks_and_pull_requests_are_no_scope(trackers: Any) -> None:
    trackers.version("2.0")
    trackers.item("PAY-1", "v-2.0")
    for number, level in enumerate((Level.EPIC, Level.SUBTASK, Level.PULL_REQUEST), 2):
        trackers.item(f"PAY-{number}", "v-2.0", level=level)

    ga = {"id": "ga", "from": [{**PAY, "version": "2.0"}]}
    found = trackers.build({"id": "x", "milestones": [ga]}).portfolio.milestones["p/x/ga"]

    assert found.scope.remaining == 1


def test_an_epic_is_a_milestone_of_its_children_and_its_own_due_date(trackers: Any) -> None:
    trackers.item("PAY-1", level=Level.EPIC, due_date=date(2026, 3, 3))
    trackers.item("PAY-2", parent="PAY-1")
    trackers.item("PAY-3", parent="PAY-2")
    trackers.item("PAY-4")

    epic = {"id": "epic", "from": [{"source": "jira", "epic": "PAY-1"}]}
    found = trackers.build({"id": "x", "milestones": [epic]}).portfolio.milestones["p/x/epic"]

    assert found.plan == date(2026, 3, 3)
    assert [item.key for item in found.open_items] == ["PAY-2", "PAY-3"]
    assert found.baseline.finish == date(2026, 3, 3)


def test_a_parent_issue_is_a_milestone_of_its_sub_issues(trackers: Any) -> None:
    trackers.item("acme/api#1", source="github")
    trackers.item("acme/web#2", source="github")
    trackers.blocks("acme/web#2", "acme/api#1", source="github", kind=LinkKind.PARENT)

    parent = {"id": "parent", "from": [{"source": "github", "epic": "acme/api#1"}]}
    built = trackers.build({"id": "x", "milestones": [parent]})

    found = built.portfolio.milestones["p/x/parent"]
    assert [item.key for item in found.open_items] == ["acme/web#2"]


def test_what_nobody_listed_is_discovered_and_what_is_archived_is_not(trackers: Any) -> None:
    trackers.version("API 2.0 (GA)")
    trackers.version("old", archived=True)
    trackers.version("listed")

    listed = {"id": "mine", "from": [{**PAY, "version": "listed"}]}
    built = trackers.build(
        {"id": "x", "scope": [PAY], "discover": ["versions"], "milestones": [listed]}
    )

    assert list(built.portfolio.milestones) == ["p/x/api-2.0-ga", "p/x/mine"]
    assert built.portfolio.milestones["p/x/api-2.0-ga"].discovered


def test_a_discovered_id_survives_a_new_name(trackers: Any) -> None:
    trackers.version("Winter")
    project = {"id": "x", "scope": [PAY], "discover": ["versions"]}
    trackers.slugs = dict(trackers.build(project).slugs)
    ref = trackers.version("Winter")
    trackers.milestones[ref] = type(trackers.milestones[ref])(
        id="v-Winter", scope="PAY", kind=MilestoneKind.VERSION, name="Spring"
    )

    built = trackers.build(project)

    assert list(built.portfolio.milestones) == ["p/x/winter"]
    assert built.portfolio.milestones["p/x/winter"].title == "Spring"


def test_equal_names_get_different_ids(trackers: Any) -> None:
    trackers.version("v 1")
    trackers.version("V-1")

    built = trackers.build({"id": "x", "scope": [PAY], "discover": ["versions"]})

    assert list(built.portfolio.milestones) == ["p/x/v-1", "p/x/v-1-2"]


def test_a_labelled_scope_discovers_only_milestones_with_such_items(trackers: Any) -> None:
    for name in ("ours", "theirs"):
        trackers.milestone(name, "acme/api", "github", MilestoneKind.MILESTONE)
    trackers.item("acme/api#1", "v-ours", source="github", labels=("checkout",))
    trackers.item("acme/api#2", "v-ours", source="github")
    trackers.item("acme/api#3", "v-theirs", source="github")

    built = trackers.build(
        {"id": "x", "scope": [{**API, "labels": ["checkout"]}], "discover": ["milestones"]}
    )

    assert list(built.portfolio.milestones) == ["p/x/ours"]
    assert built.portfolio.milestones["p/x/ours"].scope.remaining == 1


def test_a_release_date_typed_for_later_is_not_the_day_it_was_done(trackers: Any) -> None:
    trackers.version("2.0", closed=True, closed_on=date(2026, 6, 1))
    trackers.done("PAY-1", "v-2.0", day=date(2025, 12, 15))

    ga = {"id": "ga", "from": [{**PAY, "version": "2.0"}]}
    found = trackers.build({"id": "x", "milestones": [ga]}).portfolio.milestones["p/x/ga"]

    assert found.actual == date(2025, 12, 15)


def test_the_first_date_ever_seen_is_the_baseline(trackers: Any) -> None:
    ref = trackers.version("2.0", due_date=date(2026, 2, 16))
    trackers.milestone_dates[ref] = [
        Observation(at(date(2025, 11, 3)), None),
        Observation(at(date(2025, 11, 10)), date(2026, 2, 2)),
        Observation(at(date(2025, 12, 1)), date(2026, 2, 16)),
    ]

    ga = {"id": "ga", "from": [{**PAY, "version": "2.0"}]}
    found = trackers.build({"id": "x", "milestones": [ga]}).portfolio.milestones["p/x/ga"]

    assert found.baseline.finish == date(2026, 2, 2)


def test_scope_is_compared_with_what_it_held_at_the_baseline(trackers: Any) -> None:
    trackers.version("2.0")
    kept = trackers.item("PAY-1", "v-2.0")
    moved = trackers.item("PAY-2")
    dropped = trackers.done("PAY-3", "v-2.0", day=DAY, outcome=Outcome.DROPPED)
    trackers.item("PAY-4", "v-2.0")
    trackers.baselines["p/x/ga"] = RecordedBaseline(
        recorded_on=DAY, start=DAY, duration=8, items=frozenset({kept, moved, dropped})
    )

    ga = {"id": "ga", "from": [{**PAY, "version": "2.0"}]}
    found = trackers.build({"id": "x", "milestones": [ga]}).portfolio.milestones["p/x/ga"]

    assert (found.scope.baseline, found.scope.added, found.scope.removed) == (3, 1, 2)
    assert (found.baseline.start, found.baseline.duration) == (DAY, 8)


def test_being_blocked_counts_from_the_earliest_sign_of_it(trackers: Any) -> None:
    trackers.version("2.0")
    trackers.item("PAY-1", "v-2.0")
    since = at(DAY)
    trackers.item("PAY-2", "v-2.0", blocked=True, blocked_since=since + timedelta(days=3))
    trackers.blocks("PAY-1", "PAY-2", since=since)

    ga = {"id": "ga", "from": [{**PAY, "version": "2.0"}]}
    found = trackers.build({"id": "x", "milestones": [ga]}).portfolio.milestones["p/x/ga"]

    blocked = next(item for item in found.open_items if item.key == "PAY-2")
    assert blocked.blocked_since == since
    assert blocked.blockers == ("jira:PAY-1",)


def test_an_item_whose_blocker_is_done_is_not_blocked(trackers: Any) -> None:
    trackers.version("2.0")
    trackers.done("PAY-1", "v-2.0", day=DAY)
    trackers.item("PAY-2", "v-2.0")
    trackers.blocks("PAY-1", "PAY-2")

    ga = {"id": "ga", "from": [{**PAY, "version": "2.0"}]}
    found = trackers.build({"id": "x", "milestones": [ga]}).portfolio.milestones["p/x/ga"]

    assert found.open_items[0].blocked_since is None


def test_a_stream_counts_what_was_completed_and_begins_with_the_first_item(trackers: Any) -> None:
    trackers.done("PAY-1", day=DAY)
    trackers.done("PAY-2", day=DAY, outcome=Outcome.DROPPED)
    trackers.item("PAY-3", created_at=at(date(2025, 6, 2)))

    stream = trackers.build({"id": "x", "scope": [PAY]}).portfolio.streams["p/x"]

    assert stream.finished == (DAY,)
    assert stream.since == date(2025, 6, 2)


def test_projects_that_name_a_stream_share_its_team(trackers: Any) -> None:
    trackers.done("PAY-1", day=DAY)
    trackers.done("acme/api#1", day=DAY, source="github")

    built = trackers.build(
        {"id": "x", "scope": [PAY], "stream": "core"},
        {"id": "y", "scope": [API], "stream": "core"},
    )

    assert built.portfolio.streams["stream:core"].finished == (DAY, DAY)


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", date(2025, 12, 1)), ("Asia/Tokyo", date(2025, 12, 2))]
)
def test_days_are_those_of_the_program(trackers: Any, zone: str, day: date) -> None:
    late = datetime(2025, 12, 1, 22, tzinfo=UTC)
    trackers.item("PAY-1", category=Category.DONE, outcome=Outcome.COMPLETED, done_at=late)

    built = trackers.build({"id": "x", "scope": [PAY]}, timezone=zone)

    assert built.portfolio.streams["p/x"].finished == (day,)


def test_a_sprint_is_a_milestone_by_name_or_by_discovery(trackers: Any) -> None:
    trackers.milestone("S1", "WEB", "jira", MilestoneKind.SPRINT, due_date=date(2026, 2, 2))
    trackers.version("S1b", due_date=date(2026, 4, 1))
    trackers.item("PAY-1", "v-S1")
    trackers.item("PAY-2", "v-S1b")

    # Its board is in another project; what counts is where its issues are.
    named = {"id": "named", "from": [{**PAY, "sprint": "s1"}]}
    project = {"id": "x", "scope": [PAY], "discover": ["sprints"]}
    by_name = trackers.build({"id": "x", "milestones": [named]}).portfolio.milestones["p/x/named"]
    discovered = trackers.build(project).portfolio.milestones

    assert (by_name.plan, by_name.scope.remaining) == (date(2026, 2, 2), 1)
    assert list(discovered) == ["p/x/s1"]


def test_a_version_is_not_taken_for_a_sprint_of_its_name(trackers: Any) -> None:
    trackers.version("2.0", due_date=date(2026, 4, 1))
    trackers.milestones["jira", "sprint:2"] = replace(
        trackers.milestones["jira", "v-2.0"],
        id="sprint:2",
        kind=MilestoneKind.SPRINT,
        due_date=date(2026, 5, 1),
    )

    ga = {"id": "ga", "from": [{**PAY, "version": "2.0"}]}
    sprint = {"id": "sprint", "from": [{**PAY, "sprint": "2.0"}]}
    found = trackers.build({"id": "x", "milestones": [ga, sprint]}).portfolio.milestones

    assert found["p/x/ga"].plan == date(2026, 4, 1)
    assert found["p/x/sprint"].plan == date(2026, 5, 1)


def test_a_milestone_whose_version_is_gone_says_so_and_keeps_its_history(trackers: Any) -> None:
    gone = trackers.version("2.0", gone_at=at(DAY))
    trackers.milestone_dates[gone] = [
        Observation(at(DAY - timedelta(days=9)), date(2026, 2, 2)),
        Observation(at(DAY), None),
    ]
    ga = {"id": "ga", "from": [{**PAY, "version": "2.0"}]}

    found = trackers.build({"id": "x", "milestones": [ga]}).portfolio.milestones["p/x/ga"]

    assert found.missing == ("version 2.0 in jira any more",)
    assert found.plan is None
    assert not found.closed
    assert found.baseline.finish == date(2026, 2, 2)
    assert [seen.value for seen in found.history] == [date(2026, 2, 2), None]


def test_a_released_version_that_is_gone_closes_nothing(trackers: Any) -> None:
    trackers.version("2.0", closed=True, closed_on=DAY, gone_at=at(DAY))
    ga = {"id": "ga", "from": [{**PAY, "version": "2.0"}]}

    found = trackers.build({"id": "x", "milestones": [ga]}).portfolio.milestones["p/x/ga"]

    assert (found.closed, found.actual) == (False, None)


def test_a_version_that_was_made_anew_takes_the_place_of_the_one_that_is_gone(
    trackers: Any,
) -> None:
    trackers.version("2.0", gone_at=at(DAY))
    trackers.milestone("2.0 new", "PAY", "jira", MilestoneKind.VERSION, due_date=date(2026, 3, 2))
    new = trackers.milestones["jira", "v-2.0 new"]
    trackers.milestones["jira", "v-2.0 new"] = replace(new, name="2.0")
    ga = {"id": "ga", "from": [{**PAY, "version": "2.0"}]}

    found = trackers.build({"id": "x", "milestones": [ga]}).portfolio.milestones["p/x/ga"]

    assert found.missing == ()
    assert found.plan == date(2026, 3, 2)


def test_a_version_that_is_gone_is_discovered_no_more(trackers: Any) -> None:
    trackers.version("2.0", gone_at=at(DAY))
    trackers.version("3.0")
    project = {"id": "x", "scope": [PAY], "discover": ["versions"]}

    assert set(trackers.build(project).portfolio.milestones) == {"p/x/3.0"}
    before = trackers.build(project, as_of=DAY - timedelta(days=3)).portfolio
    assert set(before.milestones) == {"p/x/2.0", "p/x/3.0"}


def test_two_origins_that_move_between_two_syncs_are_one_move(trackers: Any) -> None:
    version = trackers.version("2.0", due_date=date(2026, 2, 2))
    other = trackers.milestone("v2", "acme/api", "github", MilestoneKind.MILESTONE)
    trackers.milestone_dates[version] = [
        Observation(at(DAY), date(2026, 3, 2)),
        Observation(at(DAY) + timedelta(days=1), date(2026, 2, 2)),
    ]
    trackers.milestone_dates[other] = [
        Observation(at(DAY), date(2026, 2, 16)),
        Observation(at(DAY) + timedelta(days=1, minutes=4), date(2026, 3, 2)),
    ]
    ga = {"id": "ga", "from": [{**PAY, "version": "2.0"}, {**API, "milestone": "v2"}]}

    found = trackers.build({"id": "x", "milestones": [ga]}).portfolio.milestones["p/x/ga"]

    assert [seen.value for seen in found.history] == [date(2026, 3, 2)]


GA = {"id": "x", "milestones": [{"id": "ga", "from": [{**PAY, "version": "2.0"}]}]}
LAST = date(2025, 12, 15)


@pytest.mark.parametrize(
    ("left", "seen", "actual"),
    [
        (False, None, LAST),
        (False, date(2025, 12, 22), LAST),
        (False, date(2025, 12, 10), date(2025, 12, 10)),
        (True, date(2025, 12, 22), date(2025, 12, 22)),
        (True, None, date(2025, 12, 30)),
    ],
)
def test_a_version_was_done_with_its_last_item_or_when_it_was_seen_released(
    trackers: Any, left: bool, seen: date | None, actual: date
) -> None:
    """Whatever release date somebody typed, which counts where nothing else is known."""
    version = trackers.version("2.0", closed=True, closed_on=date(2025, 12, 30))
    trackers.done("PAY-1", "v-2.0", day=DAY)
    trackers.done("PAY-2", "v-2.0", day=LAST)
    if left:
        trackers.item("PAY-3", "v-2.0")
    if seen is not None:
        trackers.closed_at[version] = at(seen)

    found = trackers.build(GA).portfolio.milestones["p/x/ga"]

    assert found.actual == actual
    assert found.stated == date(2025, 12, 30)


def test_a_version_is_open_until_a_sync_saw_it_released(trackers: Any) -> None:
    version = trackers.version("2.0", closed=True, closed_on=DAY)
    trackers.closed_at[version] = at(date(2025, 12, 22))

    def found(day: date) -> Any:
        return trackers.build(GA, as_of=day).portfolio.milestones["p/x/ga"]

    assert not found(date(2025, 12, 20)).closed
    assert found(date(2025, 12, 23)).closed


@pytest.mark.parametrize(
    ("typed", "reasons"),
    [
        (date(2025, 12, 18), ("done 2025-12-15",)),
        (
            date(2025, 12, 19),
            ("done 2025-12-15", "its tracker says 2025-12-19, a date that was typed"),
        ),
        (
            date(2025, 12, 9),
            ("done 2025-12-15", "its tracker says 2025-12-09, a date that was typed"),
        ),
    ],
)
def test_a_typed_release_date_that_is_far_off_is_named(
    trackers: Any, typed: date, reasons: tuple[str, ...]
) -> None:
    """Three working days are not far."""
    trackers.version("2.0", closed=True, closed_on=typed)
    trackers.done("PAY-1", "v-2.0", day=LAST)

    assessed = assess_portfolio(trackers.build(GA).portfolio, seed=0, trials=100)

    (found,) = assessed.assessment.milestones
    assert (found.status, found.reasons) == ("green", reasons)
