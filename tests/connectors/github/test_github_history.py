"""What events tell: membership of milestones, closing, assignees, and titles of long ago."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.connector import Retry
from slipwatch.aggregator.records import Batch, Change, ChangedField

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def pull(connector: Any, cursor: Any = None) -> list[Batch]:
    return list(connector.pull("acme/api", cursor))


def told(batches: Iterable[Batch]) -> list[tuple[str, str | None, str | None]]:
    """What a store holds of fields, oldest first; an entry that comes again replaces itself."""
    held: dict[tuple[str, str], Change] = {}
    for batch in batches:
        held.update({(change.item, change.id): change for change in batch.changes})
    changes = sorted(held.values(), key=lambda change: (change.at, change.id))
    return [(change.field, change.old, change.new) for change in changes]


def warnings(batches: Iterable[Batch]) -> list[str]:
    return [warning for batch in batches for warning in batch.warnings]


def asked(github: Any, ending: str) -> int:
    paths = [str(request.path) for request in github.requests]
    github.requests.clear()
    return sum(path.endswith(ending) for path in paths)


def milestone(number: int, title: str, *, created: datetime = START - 90 * DAY) -> dict[str, Any]:
    stamp = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"id": number, "number": number, "title": title, "state": "open", "created_at": stamp}


@pytest.fixture
def repository(github: Any) -> Any:
    found = github.add("acme/api")
    found.milestones = [milestone(51, "v1"), milestone(52, "v2")]
    return found


def put(github: Any, number: int, title: str, kind: str = "milestoned") -> None:
    """Put an issue into a milestone, or take it out of one, as it was called then."""
    github.now += timedelta(minutes=1)
    github.event("acme/api", number, kind, milestone={"title": title})


@pytest.mark.usefixtures("repository")
def test_events_become_the_history_of_their_issue(github: Any, connect: Any) -> None:
    put(github, 1, "v1")
    put(github, 1, "v1", "demilestoned")
    put(github, 1, "v2")
    for kind, fields in (
        ("assigned", {"assignee": {"login": "ana"}}),
        ("unassigned", {"assignee": {"login": "ana"}}),
        ("labeled", {"label": {"name": "bug"}}),
        ("closed", {}),
        ("reopened", {}),
    ):
        github.now += timedelta(minutes=1)
        github.event("acme/api", 1, kind, **fields)
    batches = pull(connect())
    assert told(batches) == [
        (ChangedField.MILESTONE, None, "51"),
        (ChangedField.MILESTONE, "51", None),
        (ChangedField.MILESTONE, None, "52"),
        (ChangedField.ASSIGNEE, None, "ana"),
        (ChangedField.ASSIGNEE, "ana", None),
        (ChangedField.STATUS, "todo:open", "completed:closed"),
        (ChangedField.STATUS, "done:closed", "todo:open"),
    ]
    (item,) = (item for batch in batches for item in batch.items)
    changes = [change for batch in batches for change in batch.changes]
    assert {change.item for change in changes} == {item.id}
    assert {change.actor for change in changes} == {"dana"}
    assert changes[-1].id == "EV_900"
    assert changes[-1].at == START + timedelta(minutes=1)


def test_history_is_read_for_what_changed_alone(github: Any, connect: Any, repository: Any) -> None:
    for number in range(1, 41):
        put(github, number, "v1")
    github.largest_page = 10
    connector = connect()
    first = pull(connector)
    assert len(told(first)) == 40
    assert asked(github, "/events") == 4
    github.now += DAY
    second = pull(connector, first[-1].cursor)
    assert asked(github, "/events") == 0
    put(github, 3, "v1", "demilestoned")
    third = pull(connector, second[-1].cursor)
    assert told(third)[-1] == (ChangedField.MILESTONE, "51", None)
    assert len(told(third)) < 10
    assert asked(github, "/events") <= 2
    assert len(repository.events) == 41


@pytest.mark.usefixtures("repository")
def test_a_walk_through_events_resumes_where_it_was_stopped(github: Any, connect: Any) -> None:
    for number in range(1, 31):
        put(github, number, "v1")
    github.largest_page = 6
    whole = pull(connect())
    for stop in range(len(whole)):
        resumed = pull(connect(), dict(whole[stop].cursor))
        assert told([*whole[: stop + 1], *resumed]) == told(whole)
    held = [number for number, batch in enumerate(whole) if batch.changes]
    github.requests.clear()
    pull(connect(), dict(whole[held[-2]].cursor))
    assert asked(github, "/events") == 2


@pytest.mark.usefixtures("repository")
def test_events_that_come_while_older_ones_are_read_are_not_lost(github: Any, connect: Any) -> None:
    for number in range(1, 13):
        put(github, number, "v1")
    github.largest_page = 5
    moved: list[int] = []

    def move_one(request: Any) -> None:
        if request.path.endswith("/events") and len(moved) < 3:
            moved.append(len(moved) + 1)
            put(github, moved[-1], "v2")

    github.before = move_one
    connector = connect()
    batches = pull(connector)
    github.before = None
    github.now += DAY
    batches += pull(connector, batches[-1].cursor)
    assert sum(entry == (ChangedField.MILESTONE, None, "51") for entry in told(batches)) == 12
    assert sum(entry == (ChangedField.MILESTONE, None, "52") for entry in told(batches)) == 3


def test_a_milestone_renamed_long_ago_is_known_by_an_issue_that_is_still_in_it(
    github: Any, connect: Any, repository: Any
) -> None:
    put(github, 1, "old name")
    put(github, 2, "old name")
    put(github, 2, "old name", "demilestoned")
    github.issue("acme/api", 1, milestone=repository.milestones[0])
    batches = pull(connect())
    assert told(batches) == [
        (ChangedField.MILESTONE, None, "51"),
        (ChangedField.MILESTONE, None, "51"),
        (ChangedField.MILESTONE, "51", None),
    ]


def test_a_milestone_renamed_between_syncs_is_known_by_its_former_title(
    github: Any, connect: Any, repository: Any
) -> None:
    put(github, 1, "v1")
    connector = connect()
    first = pull(connector)
    put(github, 1, "v1", "demilestoned")
    repository.milestones[0]["title"] = "v1.0"
    assert told(pull(connector, first[-1].cursor))[-1] == (ChangedField.MILESTONE, "51", None)


def test_a_milestone_deleted_between_syncs_is_known_by_its_last_title(
    github: Any, connect: Any, repository: Any
) -> None:
    put(github, 1, "v1")
    connector = connect()
    first = pull(connector)
    put(github, 1, "v1", "demilestoned")
    github.now += timedelta(minutes=1)
    repository.milestones[0] = milestone(53, "v1", created=github.now)
    second = pull(connector, first[-1].cursor)
    assert told([*first, *second])[-1] == (ChangedField.MILESTONE, "51", None)
    put(github, 1, "v1")
    third = pull(connector, second[-1].cursor)
    assert told(third)[-1] == (ChangedField.MILESTONE, None, "53")
    del repository.milestones[0]
    put(github, 1, "v1", "demilestoned")
    assert told(pull(connector, third[-1].cursor))[-1] == (ChangedField.MILESTONE, "53", None)


def test_a_title_that_was_given_anew_means_what_it_meant_then(
    github: Any, connect: Any, repository: Any
) -> None:
    put(github, 1, "next")
    put(github, 2, "next")
    put(github, 2, "next", "demilestoned")
    github.now += timedelta(minutes=1)
    repository.milestones.append(milestone(53, "next", created=github.now))
    repository.milestones[0]["title"] = "v1, once next"
    github.issue("acme/api", 1, milestone=repository.milestones[0])
    put(github, 3, "next")
    assert told(pull(connect())) == [
        (ChangedField.MILESTONE, None, "51"),
        (ChangedField.MILESTONE, None, "51"),
        (ChangedField.MILESTONE, "51", None),
        (ChangedField.MILESTONE, None, "53"),
    ]


@pytest.mark.usefixtures("repository")
def test_a_milestone_that_is_no_more_is_told_by_its_title(github: Any, connect: Any) -> None:
    put(github, 1, "deleted since")
    assert told(pull(connect())) == [(ChangedField.MILESTONE, None, "title:deleted since")]


@pytest.mark.usefixtures("repository")
def test_what_was_before_a_transfer_was_in_another_repository(github: Any, connect: Any) -> None:
    put(github, 1, "v1")
    github.now += timedelta(minutes=1)
    github.event("acme/api", 1, "transferred")
    put(github, 1, "v2")
    assert told(pull(connect())) == [
        (ChangedField.MILESTONE, None, "elsewhere:v1"),
        (ChangedField.KEY, None, "acme/api#1"),
        (ChangedField.MILESTONE, None, "52"),
    ]


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("status", [403, 404, 410])
def test_issues_do_not_depend_on_their_history(github: Any, connect: Any, status: int) -> None:
    put(github, 1, "v1")

    def refuse(request: Any) -> None:
        if request.path.endswith("/events"):
            github.scripted.append((status, {}, b"<html>sorry</html>"))

    github.before = refuse
    connector = connect()
    first = pull(connector)
    assert [item.key for batch in first for item in batch.items] == ["acme/api#1"]
    assert "acme/api: the history of its issues" in warnings(first)[0]
    github.before = None
    assert told(pull(connector, first[-1].cursor)) == [(ChangedField.MILESTONE, None, "51")]


@pytest.mark.usefixtures("repository")
def test_an_outage_of_the_history_is_said_once_the_issues_are_there(
    github: Any, connect: Any
) -> None:
    put(github, 1, "v1")

    def fail(request: Any) -> None:
        if request.path.endswith("/events"):
            github.scripted.append((500, {}, b"<html>sorry</html>"))

    github.before = fail
    connector = connect()
    first: list[Batch] = []
    with pytest.raises(Retry, match="events answered 500"):
        first.extend(connector.pull("acme/api", None))
    assert [item.key for batch in first for item in batch.items] == ["acme/api#1"]
    github.before = None
    assert told(pull(connector, first[-1].cursor)) == [(ChangedField.MILESTONE, None, "51")]


@pytest.mark.usefixtures("repository")
def test_events_without_an_issue_an_actor_or_a_time_do_no_harm(github: Any, connect: Any) -> None:
    put(github, 1, "v1")
    github.event("acme/api", 1, "closed", actor=None, node_id=None)
    github.event("acme/api", 1, "reopened", created_at=None)
    github.event("acme/api", 1, "milestoned", milestone=None)
    batches = pull(connect())
    assert {entry[0] for entry in told(batches)} == {ChangedField.MILESTONE, ChangedField.STATUS}
    assert warnings(batches) == []


@pytest.mark.usefixtures("repository")
def test_pull_requests_bring_their_history_only_where_they_are_kept(
    github: Any, connect: Any
) -> None:
    github.issue("acme/api", 1, pull_request={"merged_at": None})
    github.event("acme/api", 1, "closed")
    assert told(pull(connect())) == [(ChangedField.STATUS, "doing:open", "dropped:closed")]
    assert told(pull(connect(pull_requests="skip"))) == []
