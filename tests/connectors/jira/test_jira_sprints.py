"""Sprints: in issues of both generations, on boards, and how their dates are kept up with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from slipwatch.aggregator.connector import Retry
from slipwatch.aggregator.records import (
    Batch,
    ChangedField,
    Listing,
    MilestoneKind,
    TrackerMilestone,
)
from slipwatch.demo import DemoServer, World
from slipwatch.demo.jira import JiraApp
from slipwatch.demo.jira_agile import Sprint
from slipwatch.demo.jira_site import JiraSite

from .conftest import TOKEN

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


@dataclass(slots=True, eq=False)
class Boards:
    """A Jira with a board of each kind, one of them with a sprint that an issue is in."""

    site: JiraSite
    server: DemoServer
    sprint: Sprint

    @property
    def auth(self) -> dict[str, object]:
        token = {"env": "TEST_JIRA_TOKEN"}
        return (
            {"email": self.site.user.email, "token": token} if self.site.cloud else {"token": token}
        )

    def plan(self, name: str, board: int = 0, **more: Any) -> Sprint:
        """Add a sprint of the days to come."""
        made = self.site.agile.add_sprint(self.site.agile.boards[board], name, NOW, NOW + 11 * DAY)
        for key, value in more.items():
            setattr(made, key, value)
        return made

    def fail(self, status: int, path: str, **headers: str) -> None:
        """Refuse whatever is asked below a path."""

        def fault(request: Request) -> Response | None:
            answer = Response(b"{}", status_code=status, headers=headers)
            return answer if path in request.url.path else None

        self.server.fault = fault


@pytest.fixture(params=[True, False], ids=["cloud", "datacenter"])
def boards(request: pytest.FixtureRequest) -> Iterator[Boards]:
    world = World(now=NOW)
    site = world.jira_cloud if request.param else world.jira_dc
    site.token = TOKEN
    project = site.add_project("PAY", "Payments")
    for kind in ("scrum", "kanban", "simple"):
        site.agile.add_board("PAY", kind, kind)
    with DemoServer(world, JiraApp(world, site), "jira") as server:
        made = Boards(
            site,
            server,
            site.agile.add_sprint(site.agile.boards[0], "Sprint 1", NOW, NOW + 11 * DAY),
        )
        issue = site.add_issue(project, "Take cards", at=NOW - 2 * DAY)
        site.set_sprints(issue, (made.sprint,), at=NOW - DAY, by=site.user)
        yield made


@pytest.fixture
def read(boards: Boards, connect: Any) -> Callable[..., Batch]:
    """Give a function that pulls once, with a connector of its own."""

    def pull_once(cursor: Any = None, **settings: Any) -> Batch:
        return pull(connect(boards.server.url, auth=boards.auth, **settings), cursor)

    return pull_once


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


def test_sprints_that_are_not_over_are_listed_at_every_pull(boards: Boards, read: Any) -> None:
    first = read()
    assert [made.id for made in first.milestones] == ["sprint:1"]

    boards.sprint.end += 7 * DAY
    boards.plan("Sprint 2", state="future")
    boards.server.requests.clear()
    second = read(first.cursor)

    assert {made.id: made.due_date for made in second.milestones} == {
        "sprint:1": date(2026, 1, 23),
        "sprint:2": date(2026, 1, 16),
    }
    # Which boards have sprints is asked once a day; a Kanban board is never asked.
    assert [seen.path for seen in boards.server.requests] == [
        "/rest/api/2/project/PAY/versions",
        "/rest/agile/1.0/board/1/sprint",
        "/rest/agile/1.0/board/3/sprint",
        f"/rest/api/2/{'search/jql' if boards.site.cloud else 'search'}",
    ]


def test_a_sprint_that_left_the_lists_is_asked_for_once(boards: Boards, read: Any) -> None:
    first = read()
    boards.sprint.state, boards.sprint.completed = "closed", NOW + 14 * DAY
    boards.plan("Sprint 2")

    second = read(first.cursor)
    third = read(second.cursor)

    ended = next(made for made in second.milestones if made.id == "sprint:1")
    assert (ended.closed, ended.closed_on) == (True, date(2026, 1, 19))
    assert [made.id for made in third.milestones] == ["sprint:2"]
    assert boards.server.requests.count("/rest/agile/1.0/sprint/1") == 1


def test_a_sprint_that_was_deleted_is_gone(boards: Boards, read: Any) -> None:
    first = read()
    boards.plan("Sprint 2")
    boards.site.agile.sprints.remove(boards.sprint)

    second = read(first.cursor)

    assert (first.gone, second.gone) == ((), ("sprint:1",))
    assert Listing(scope="PAY", kind=MilestoneKind.SPRINT) not in second.listings


@pytest.mark.parametrize("status", [401, 403, 404])
def test_the_sprints_of_a_board_that_is_hidden_now_are_not_gone(
    boards: Boards, read: Any, status: int
) -> None:
    first = read()
    boards.fail(status, "/rest/agile/")

    assert read(first.cursor).gone == ()


@pytest.mark.parametrize("status", [401, 403])
def test_a_sprint_that_is_refused_is_not_gone(boards: Boards, read: Any, status: int) -> None:
    first = read()
    boards.plan("Sprint 2")
    boards.sprint.state = "closed"
    boards.fail(status, "/rest/agile/1.0/sprint/1")

    assert read(first.cursor).gone == ()


def test_a_sprint_on_several_boards_is_one(boards: Boards, read: Any) -> None:
    boards.sprint.shared_with = (3,)
    for number in range(120):
        boards.plan(f"More {number}", board=2)

    made = [each.id for each in read().milestones]

    assert len(made) == len(set(made)) == 121


def test_a_page_that_permissions_shorten_does_not_end_a_list(boards: Boards, read: Any) -> None:
    second, board = boards.plan("Sprint 2"), boards.site.agile.boards[0]

    def one_at_a_time(request: Request) -> Response | None:
        if not request.url.path.endswith(f"/board/{board.id}/sprint"):
            return None
        start = int(request.query_params["startAt"])
        shown = [{"id": each.id, "name": each.name} for each in (boards.sprint, second)][start:]
        return JSONResponse({"values": shown[:1], "isLast": len(shown) == 1})

    boards.server.fault = one_at_a_time

    assert {"Sprint 1", "Sprint 2"} <= {milestone.name for milestone in read().milestones}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 501])
def test_a_site_without_boards_tells_of_sprints_in_its_issues(
    boards: Boards, read: Any, status: int
) -> None:
    boards.fail(status, "/rest/agile/")

    batch = read()

    assert [made.id for made in batch.milestones] == ["sprint:1"]
    assert batch.items[0].milestones == ("sprint:1",)
    assert batch.warnings == ()


def test_trouble_with_boards_is_told_after_the_issues(boards: Boards, connect: Any) -> None:
    boards.fail(500, "/rest/agile/")
    connector = connect(boards.server.url, auth=boards.auth)
    batches = connector.pull("PAY", None)

    first = next(batches)
    assert [made.id for made in first.milestones] == ["sprint:1"]
    with pytest.raises(Retry, match="board answered 500"):
        next(batches)

    boards.server.fault = None
    assert pull(connector, first.cursor).milestones != ()


def test_a_rate_limit_on_boards_is_waited_for(boards: Boards, read: Any) -> None:
    boards.fail(429, "/rest/agile/", **{"Retry-After": "3600"})

    with pytest.raises(Retry) as limited:
        read()
    assert limited.value.retry_at is not None


def test_boards_are_left_alone_where_nobody_wants_sprints(boards: Boards, read: Any) -> None:
    batch = read(sprints=False)

    assert (batch.milestones, batch.items[0].milestones) == ((), ())
    assert not any("agile" in seen.path for seen in boards.server.requests)


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
