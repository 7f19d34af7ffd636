"""How each closing of an issue ended it, and what is told of the days between."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.records import Batch, Change, ChangedField

from .conftest import Connect, FakeGitHub, stamp

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SCOPE = "acme/api"
DROPPED = {"state_reason": "not_planned"}


@pytest.fixture(autouse=True)
def repository(github: FakeGitHub) -> Any:
    return github.add(SCOPE)


def pull(connector: Any, cursor: Any = None) -> list[Batch]:
    return list(connector.pull(SCOPE, cursor))


def held(batches: list[Batch]) -> list[Change]:
    """What a store holds, oldest first; a change that comes again replaces itself."""
    found: dict[tuple[str, str], Change] = {}
    for batch in batches:
        found.update({(change.item, change.id): change for change in batch.changes})
    return sorted(found.values(), key=lambda change: (change.at, change.id))


def statuses(batches: list[Batch], number: int = 1) -> list[tuple[str | None, str | None]]:
    item = str(100_000 * 1000 + number)
    return [
        (change.old, change.new)
        for change in held(batches)
        if change.field is ChangedField.STATUS and change.item == item
    ]


def happen(github: FakeGitHub, number: int, *kinds: str, **fields: Any) -> None:
    """Let things happen to an issue, a minute after one another."""
    for kind in kinds:
        github.now += timedelta(minutes=1)
        github.event(SCOPE, number, kind, **fields)
        if kind == "closed":
            reason = fields.get("state_reason") or "completed"
            github.issue(SCOPE, number, state="closed", state_reason=reason)
        else:
            github.issue(SCOPE, number, state="open", state_reason="reopened")


@pytest.mark.parametrize(
    ("fields", "ended"),
    [
        ({}, "completed:closed"),
        ({"state_reason": "completed"}, "completed:closed"),
        (DROPPED, "dropped:closed"),
        ({"state_reason": "duplicate"}, "dropped:closed"),
    ],
)
def test_a_closing_tells_how_it_ended_its_issue(
    github: FakeGitHub, connect: Connect, fields: dict[str, Any], ended: str
) -> None:
    happen(github, 1, "closed", **fields)
    assert statuses(pull(connect())) == [("todo:open", ended)]


def test_a_server_that_tells_no_reasons_leaves_the_outcome_open(
    github: FakeGitHub, connect: Connect
) -> None:
    github.tells_reasons = False
    happen(github, 1, "closed")
    assert statuses(pull(connect())) == [("todo:open", "done:closed")]


def test_an_issue_that_was_completed_and_dropped_later_tells_both(
    github: FakeGitHub, connect: Connect
) -> None:
    happen(github, 1, "closed", "reopened")
    happen(github, 1, "closed", **DROPPED)
    assert statuses(pull(connect())) == [
        ("todo:open", "completed:closed"),
        ("done:closed", "todo:open"),
        ("todo:open", "dropped:closed"),
    ]


CHANGED = [("todo:open", "completed:closed"), ("done:closed", "dropped:closed")]


@pytest.mark.parametrize("largest_page", [1, 2, 100])
def test_a_reason_that_is_changed_leaves_the_issue_closed_on_the_days_between(
    github: FakeGitHub, connect: Connect, largest_page: int
) -> None:
    github.largest_page = largest_page
    happen(github, 1, "closed")
    happen(github, 2, "closed", "reopened")
    happen(github, 1, "closed", **DROPPED)
    happen(github, 3, "closed")
    whole = pull(connect())
    assert statuses(whole) == CHANGED
    assert statuses(whole, 2) == [("todo:open", "completed:closed"), ("done:closed", "todo:open")]
    assert statuses(whole, 3) == [("todo:open", "completed:closed")]


@pytest.mark.parametrize("reopens", [False, True])
@pytest.mark.parametrize("last", [DROPPED, {"state_reason": "duplicate"}, {}])
def test_a_walk_that_was_stopped_knows_a_changed_reason_all_the_same(
    github: FakeGitHub, connect: Connect, last: dict[str, Any], *, reopens: bool
) -> None:
    github.largest_page = 2
    first = DROPPED if last != DROPPED else {}
    happen(github, 1, "closed", **first)
    for number in range(2, 6):
        happen(github, number, "closed")
    happen(github, 1, "closed", **last)
    if reopens:
        happen(github, 1, "reopened")
    for number in range(6, 9):
        happen(github, number, "closed")
    whole = pull(connect())
    assert statuses(whole)[1][0] == "done:closed"
    for stop in range(len(whole)):
        resumed = pull(connect(), dict(whole[stop].cursor))
        assert held([*whole[: stop + 1], *resumed]) == held(whole)


@pytest.mark.parametrize("largest_page", [1, 100])
def test_a_reason_that_is_changed_after_a_sync_leaves_the_issue_closed_before(
    github: FakeGitHub, connect: Connect, largest_page: int
) -> None:
    github.largest_page = largest_page
    happen(github, 1, "closed")
    happen(github, 3, "closed")
    github.now += DAY
    happen(github, 4, "labeled")
    connector = connect(api="rest")
    first = pull(connector)
    github.now += DAY
    github.requests.clear()
    happen(github, 1, "closed", **DROPPED)
    happen(github, 2, "closed", "reopened")
    happen(github, 3, "reopened", "closed")
    second = pull(connector, first[-1].cursor)
    assert statuses([*first, *second]) == CHANGED
    assert statuses([*first, *second], 2) == [
        ("todo:open", "completed:closed"),
        ("done:closed", "todo:open"),
    ]
    own = [one.path for one in github.requests if one.path.endswith("/issues/3/events")]
    assert bool(own) == (largest_page == 1), "what was closed by then is told by what opened it"


PULL = {"pull_request": {"merged_at": None}}


def test_a_pull_request_was_dropped_until_it_was_merged(
    github: FakeGitHub, connect: Connect
) -> None:
    github.issue(SCOPE, 1, **PULL)
    happen(github, 1, "closed", "reopened")
    assert statuses(pull(connect())) == [
        ("doing:open", "dropped:closed"),
        ("dropped:closed", "doing:open"),
    ]
    merged = stamp(github.now + timedelta(seconds=61))
    github.issue(SCOPE, 1, pull_request={"merged_at": merged})
    happen(github, 1, "closed")
    assert statuses(pull(connect())) == [
        ("doing:open", "dropped:closed"),
        ("dropped:closed", "doing:open"),
        ("doing:open", "completed:closed"),
    ]


def test_a_server_that_tells_no_merges_leaves_the_last_closing_open(
    github: FakeGitHub, connect: Connect
) -> None:
    github.issue(SCOPE, 1, pull_request={})
    happen(github, 1, "closed", "reopened", "closed")
    assert statuses(pull(connect())) == [
        ("doing:open", "done:closed"),
        ("dropped:closed", "doing:open"),
        ("doing:open", "done:closed"),
    ]


def test_what_an_earlier_release_stored_is_read_anew(
    github: FakeGitHub, connect: Connect, repository: Any
) -> None:
    milestone = {"id": 51, "number": 1, "title": "v1", "state": "open", "created_at": stamp(START)}
    repository.milestones = [milestone]
    happen(github, 1, "milestoned", milestone={"title": "v1"})
    happen(github, 1, "closed", "reopened")
    happen(github, 1, "demilestoned", milestone={"title": "v1"})
    connector = connect(api="rest")
    cursor = pull(connector)[-1].cursor
    milestone["title"] = "v1.0"
    first = pull(connector, cursor)
    github.now += DAY
    older = dict(first[-1].cursor) | {"reads": "what it read"}
    again = pull(connector, older)
    assert statuses(again) == [("todo:open", "completed:closed"), ("done:closed", "todo:open")]
    placed = [one for one in held(again) if one.field is ChangedField.MILESTONE]
    assert [(one.old, one.new) for one in placed] == [(None, "51"), ("51", None)]
