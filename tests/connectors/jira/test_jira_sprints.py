"""Sprints: in issues of both generations, on boards, and how their dates are kept up with."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.connector import Retry
from slipwatch.aggregator.records import (
    Batch,
    ChangedField,
    Listing,
    MilestoneKind,
    TrackerMilestone,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SPRINT_FIELD = {
    "id": "customfield_20",
    "name": "Sprint",
    "custom": True,
    "schema": {"custom": "com.pyxis.greenhopper.jira:gh-sprint"},
}
CLOSED = {
    "id": 37,
    "name": "Pay, 1 [old]=x",
    "state": "closed",
    "boardId": 12,
    "goal": "",
    "startDate": "2025-12-01T09:00:00.000Z",
    "endDate": "2025-12-12T17:00:00.000Z",
    "completeDate": "2025-12-15T08:00:00.000Z",
}
OLD_FORM = (
    "com.atlassian.greenhopper.service.sprint.Sprint@1d0b[id=37,rapidViewId=12,state=CLOSED,"
    "name=Pay, 1 [old]=x,goal=<null>,startDate=2025-12-01T09:00:00.000Z,"
    "endDate=2025-12-12T17:00:00.000Z,completeDate=2025-12-15T08:00:00.000Z,sequence=37]"
)


def sprint(number: int, state: str = "active", **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Sprint {number}",
        "state": state,
        "originBoardId": 12,
        "startDate": "2026-01-05T08:00:00.000Z",
        "endDate": "2026-01-16T17:00:00.000Z",
        **more,
    }


@pytest.fixture
def with_board(site: Any) -> Any:
    """A site with a board of each kind."""
    site.fields = [SPRINT_FIELD]
    site.boards = [
        {"id": 12, "type": "scrum", "location": {"projectKey": "PAY"}},
        {"id": 13, "type": "kanban"},
        {"id": 14, "type": "simple"},
    ]
    site.sprints = {12: [sprint(40)]}
    return site


def pull(connector: Any, cursor: Any = None) -> Batch:
    (batch,) = connector.pull("PAY", cursor)
    made: Batch = batch
    return made


@pytest.mark.parametrize("value", [[CLOSED], [OLD_FORM], OLD_FORM, [None, CLOSED, 7, "odd"]])
def test_both_forms_of_a_sprint_say_the_same(
    site: Any, connect: Any, make_issue: Any, value: object
) -> None:
    site.fields = [SPRINT_FIELD]
    site.issues = [
        make_issue(1, NOW - DAY, customfield_20=value, fixVersions=[{"id": "37", "name": "1.0"}])
    ]

    batch = pull(connect(site.url))

    assert batch.items[0].milestones == ("37", "sprint:37")
    assert batch.milestones == (
        TrackerMilestone(
            id="sprint:37",
            scope="PAY",
            kind=MilestoneKind.SPRINT,
            name="Pay, 1 [old]=x",
            url=f"{site.url}/secure/RapidBoard.jspa?rapidView=12",
            start_date=date(2025, 12, 1),
            due_date=date(2025, 12, 12),
            closed=True,
            closed_on=date(2025, 12, 15),
        ),
    )


def test_sprints_that_are_not_over_are_listed_at_every_pull(
    with_board: Any, connect: Any, make_issue: Any
) -> None:
    with_board.issues = [make_issue(1, NOW - DAY, customfield_20=[sprint(40)])]
    first = pull(connect(with_board.url))
    assert [made.id for made in first.milestones] == ["sprint:40"]

    with_board.sprints[12] = [sprint(40, endDate="2026-01-23T17:00:00.000Z"), sprint(41, "future")]
    with_board.asked.clear()
    second = pull(connect(with_board.url), first.cursor)

    assert {made.id: made.due_date for made in second.milestones} == {
        "sprint:40": date(2026, 1, 23),
        "sprint:41": date(2026, 1, 16),
    }
    # One board has sprints; which they are is asked once a day.
    assert with_board.asked == [
        "project/PAY/versions",
        "/rest/agile/1.0/board/12/sprint",
        "search/jql" if with_board.cloud else "search",
    ]


def test_a_sprint_that_left_the_lists_is_asked_for_once(
    with_board: Any, connect: Any, make_issue: Any
) -> None:
    with_board.issues = [make_issue(1, NOW - DAY)]
    first = pull(connect(with_board.url))
    with_board.sprints[12] = [
        sprint(40, "closed", completeDate="2026-01-19T09:00:00.000Z"),
        sprint(41),
    ]

    second = pull(connect(with_board.url), first.cursor)
    third = pull(connect(with_board.url), second.cursor)

    ended = next(made for made in second.milestones if made.id == "sprint:40")
    assert (ended.closed, ended.closed_on) == (True, date(2026, 1, 19))
    assert [made.id for made in third.milestones] == ["sprint:41"]
    assert with_board.asked.count("/rest/agile/1.0/sprint/40") == 1


def test_a_sprint_that_was_deleted_is_gone(with_board: Any, connect: Any) -> None:
    first = pull(connect(with_board.url))
    with_board.sprints[12] = [sprint(41)]

    second = pull(connect(with_board.url), first.cursor)

    assert (first.gone, second.gone) == ((), ("sprint:40",))
    assert Listing(scope="PAY", kind=MilestoneKind.SPRINT) not in second.listings


@pytest.mark.parametrize("status", [401, 403, 404])
def test_the_sprints_of_a_board_that_is_hidden_now_are_not_gone(
    with_board: Any, connect: Any, status: int
) -> None:
    first = pull(connect(with_board.url))
    with_board.fail(status, path="/rest/agile/")

    assert pull(connect(with_board.url), first.cursor).gone == ()


@pytest.mark.parametrize("status", [401, 403])
def test_a_sprint_that_is_refused_is_not_gone(with_board: Any, connect: Any, status: int) -> None:
    first = pull(connect(with_board.url))
    with_board.sprints[12] = [sprint(41)]
    with_board.fail(status, path="/rest/agile/1.0/sprint/40")

    assert pull(connect(with_board.url), first.cursor).gone == ()


def test_a_sprint_on_several_boards_is_one(with_board: Any, connect: Any) -> None:
    with_board.boards.append({"id": 15, "type": "scrum"})
    with_board.sprints[15] = [sprint(40), *(sprint(number) for number in range(50, 170))]

    made = [each.id for each in pull(connect(with_board.url)).milestones]

    assert len(made) == len(set(made)) == 121


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 501])
def test_a_site_without_boards_tells_of_sprints_in_its_issues(
    with_board: Any, connect: Any, make_issue: Any, status: int
) -> None:
    with_board.fail(status, {"errorMessages": ["No"]}, path="/rest/agile/")
    with_board.issues = [make_issue(1, NOW - DAY, customfield_20=[sprint(40)])]

    batch = pull(connect(with_board.url))

    assert [made.id for made in batch.milestones] == ["sprint:40"]
    assert batch.items[0].milestones == ("sprint:40",)
    assert batch.warnings == ()


def test_trouble_with_boards_is_told_after_the_issues(
    with_board: Any, connect: Any, make_issue: Any
) -> None:
    with_board.fail(500, path="/rest/agile/")
    with_board.issues = [make_issue(1, NOW - DAY, customfield_20=[sprint(40)])]
    batches = connect(with_board.url).pull("PAY", None)

    first = next(batches)
    assert [made.id for made in first.milestones] == ["sprint:40"]
    with pytest.raises(Retry, match="board answered 500"):
        next(batches)

    with_board.faults.clear()
    assert pull(connect(with_board.url), first.cursor).milestones != ()


def test_a_rate_limit_on_boards_is_waited_for(with_board: Any, connect: Any) -> None:
    with_board.fail(429, path="/rest/agile/", headers={"Retry-After": "3600"})

    with pytest.raises(Retry) as limited:
        pull(connect(with_board.url))
    assert limited.value.retry_at is not None


def test_boards_are_left_alone_where_nobody_wants_sprints(
    with_board: Any, connect: Any, make_issue: Any
) -> None:
    with_board.issues = [make_issue(1, NOW - DAY, customfield_20=[sprint(40)])]

    batch = pull(connect(with_board.url, sprints=False))

    assert (batch.milestones, batch.items[0].milestones) == ((), ())
    assert not any("agile" in asked for asked in with_board.asked)


def test_each_sprint_joined_or_left_is_a_change(site: Any, connect: Any, make_issue: Any) -> None:
    def entry(number: int, day: int, old: str | None, new: str | None) -> dict[str, Any]:
        item = {"field": "Sprint", "fieldtype": "custom", "from": old, "to": new}
        item |= {"fieldId": "customfield_20"} if site.cloud else {}
        return {
            "id": str(number),
            "created": f"2025-12-{day:02}T10:00:00.000+0000",
            "items": [{**item, "fromString": "names", "toString": "names, of sprints"}],
        }

    site.fields = [SPRINT_FIELD]
    histories = [entry(1, 2, "", "36"), entry(2, 3, "36, 39", "36, 40, 41")]
    site.issues = [make_issue(1, NOW - DAY, histories=histories)]

    changes = pull(connect(site.url)).changes

    assert {change.field for change in changes} == {ChangedField.MILESTONE}
    assert [(change.old, change.new) for change in changes] == [
        (None, "sprint:36"),
        ("sprint:39", None),
        (None, "sprint:40"),
        (None, "sprint:41"),
    ]
    assert len({change.id for change in changes}) == 4
