"""Issues that came from another repository bring along what happened to them there.

Their events are copied under other ids, with the times of then: a list of the repository's events
that is read back to a time has them before it, or not at all.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.records import Batch, Change, ChangedField

from .conftest import Connect, FakeGitHub, Repository, stamp

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SCOPE = "acme/api"
ARRIVED = 90
BEFORE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("closed", {}),
    ("reopened", {}),
    ("closed", {"state_reason": "not_planned"}),
)
STATUSES = [
    ("todo:open", "completed:closed"),
    ("done:closed", "todo:open"),
    ("todo:open", "dropped:closed"),
]


@pytest.fixture(autouse=True)
def repository(github: FakeGitHub) -> Repository:
    found = github.add(SCOPE)
    found.milestones = [
        {"id": 51, "number": 1, "title": "v1", "state": "open", "created_at": stamp(START - DAY)}
    ]
    for number in range(1, 4):
        github.now += DAY
        github.event(SCOPE, number, "assigned", assignee={"login": "ana"})
    github.now += DAY
    return found


def transfer(github: FakeGitHub, *kinds: tuple[str, dict[str, Any]], by_time: bool = False) -> None:
    """Let an issue arrive of which things are told that happened before the repository began.

    ``by_time`` lists the copied events where their times belong, not where their ids do.
    """
    repository = github.repositories[SCOPE]
    now, github.now = github.now, START - DAY
    before = list(repository.events)
    github.issue(SCOPE, ARRIVED)
    for kind, fields in kinds:
        github.now += timedelta(minutes=1)
        github.event(SCOPE, ARRIVED, kind, **fields)
    copied = repository.events[len(before) :]
    repository.events[:] = [*copied, *before] if by_time else [*before, *copied]
    github.now = now
    github.event(SCOPE, ARRIVED, "transferred")


def pull(connector: Any, cursor: Any = None) -> list[Batch]:
    return list(connector.pull(SCOPE, cursor))


def held(batches: list[Batch], field: ChangedField) -> list[tuple[str | None, str | None]]:
    """What a store holds of the issue that arrived; a change that comes again replaces itself."""
    found: dict[str, Change] = {}
    item = str(100_000 * 1000 + ARRIVED)
    for batch in batches:
        found |= {change.id: change for change in batch.changes if change.item == item}
    changes = sorted(found.values(), key=lambda change: (change.at, change.id))
    return [(change.old, change.new) for change in changes if change.field is field]


def own(github: FakeGitHub) -> int:
    found = sum(one.path.endswith(f"/{ARRIVED}/events") for one in github.requests)
    github.requests.clear()
    return found


@pytest.mark.parametrize("by_time", [False, True])
@pytest.mark.parametrize("largest_page", [2, 100])
def test_what_was_closed_before_an_issue_came_is_told_wherever_the_list_has_it(
    github: FakeGitHub, connect: Connect, largest_page: int, *, by_time: bool
) -> None:
    github.largest_page = largest_page
    connector = connect(api="rest")
    first = pull(connector)
    transfer(github, *BEFORE, by_time=by_time)
    second = pull(connector, first[-1].cursor)
    assert held(second, ChangedField.STATUS) == STATUSES
    assert held(second, ChangedField.KEY) == [(None, f"{SCOPE}#{ARRIVED}")]
    assert own(github) == (1 if largest_page == 100 else 2)
    whole = pull(connect(api="rest"))
    assert held(whole, ChangedField.STATUS) == STATUSES
    assert held([*first, *second, *whole], ChangedField.STATUS) == STATUSES


def test_an_issue_that_came_is_read_by_itself_no_more_once_that_is_settled(
    github: FakeGitHub, connect: Connect
) -> None:
    connector = connect(api="rest")
    first = pull(connector)
    transfer(github, *BEFORE)
    second = pull(connector, first[-1].cursor)
    assert own(github) == 1
    github.now += DAY
    github.event(SCOPE, 1, "unassigned", assignee={"login": "ana"})
    third = pull(connector, second[-1].cursor)
    github.now += DAY
    github.event(SCOPE, ARRIVED, "assigned", assignee={"login": "ana"})
    own(github)
    fourth = pull(connector, third[-1].cursor)
    assert own(github) == 0
    assert held(fourth, ChangedField.ASSIGNEE) == [(None, "ana")]


def test_milestones_before_and_after_the_transfer_are_told_apart(
    github: FakeGitHub, connect: Connect, repository: Repository
) -> None:
    connector = connect(api="rest")
    first = pull(connector)
    transfer(github, ("milestoned", {"milestone": {"title": "v1"}}))
    github.now += timedelta(minutes=1)
    github.event(SCOPE, ARRIVED, "milestoned", milestone={"title": "v1"})
    second = pull(connector, first[-1].cursor)
    assert held(second, ChangedField.MILESTONE) == [(None, "elsewhere:v1"), (None, "51")]


@pytest.mark.parametrize("copied", [3, 120])
def test_what_happened_to_others_is_not_lost_behind_what_an_issue_brought_along(
    github: FakeGitHub, connect: Connect, copied: int
) -> None:
    github.largest_page = 10
    connector = connect(api="rest")
    first = pull(connector)
    github.event(SCOPE, 1, "unassigned", assignee={"login": "ana"})
    transfer(github, *(("assigned", {"assignee": {"login": "ana"}}) for _ in range(copied)))
    second = pull(connector, first[-1].cursor)
    assert any(
        change.field is ChangedField.ASSIGNEE and change.new is None
        for batch in second
        for change in batch.changes
    )
    assert len(held(second, ChangedField.ASSIGNEE)) == copied
