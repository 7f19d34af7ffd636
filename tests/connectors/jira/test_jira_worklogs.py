"""Time logged on issues: all of it, by nobody, and again as it is now whenever it changes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from slipwatch.aggregator.connector import Skip
from slipwatch.aggregator.records import Batch, Worklog
from slipwatch.demo import DemoServer, User, World
from slipwatch.demo.jira import JiraApp
from slipwatch.demo.jira_objects import JiraIssue
from slipwatch.demo.jira_site import JiraSite
from slipwatch.demo.jira_worklogs import WITH_ISSUE

from .conftest import TOKEN

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANA = User("ana", "Ana Lima", 1001)


@dataclass(slots=True, eq=False)
class Office:
    """A Jira with two issues; time can be logged on the first one."""

    site: JiraSite
    server: DemoServer
    issue: JiraIssue

    @property
    def auth(self) -> dict[str, object]:
        token = {"env": "TEST_JIRA_TOKEN"}
        return (
            {"email": self.site.user.email, "token": token} if self.site.cloud else {"token": token}
        )

    def log(self, *minutes: int, at: datetime = NOW) -> None:
        """Log time, an entry each hour before."""
        for ago, each in enumerate(minutes, 1):
            self.site.log_work(self.issue, 60 * each, started=at - ago * HOUR, at=at, by=ANA)


@pytest.fixture(params=[True, False], ids=["cloud", "datacenter"])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    world = World(now=NOW)
    site = world.jira_cloud if request.param else world.jira_dc
    site.token = TOKEN
    project = site.add_project("PAY", "Payments")
    issue, _ = (site.add_issue(project, title, at=NOW - 9 * HOUR) for title in ("Cards", "Refunds"))
    with DemoServer(world, JiraApp(world, site), "jira") as server:
        yield Office(site, server, issue)


@pytest.fixture
def read(office: Office, connect: Any) -> Callable[..., Batch]:
    """Give a function that pulls once, with a connector of its own."""

    def pull(cursor: Any = None, **settings: Any) -> Batch:
        connector = connect(office.server.url, auth=office.auth, **{"worklogs": True, **settings})
        (batch,) = connector.pull("PAY", cursor)
        made: Batch = batch
        return made

    return pull


def test_time_comes_with_its_issue_and_with_nobodys_name(office: Office, read: Any) -> None:
    office.log(30, 90)
    batch = read()

    identity = str(office.issue.id)
    assert batch.worklogs == tuple(
        Worklog(
            item=identity, id=str(logged.id), started_at=NOW - ago * HOUR, seconds=logged.seconds
        )
        for ago, logged in enumerate(office.issue.worklogs, 1)
    )
    assert "ana" not in repr(batch.worklogs).casefold()


def test_of_who_logged_time_only_a_role_that_is_priced_is_kept(office: Office, read: Any) -> None:
    office.log(30)
    office.site.log_work(office.issue, 60, started=NOW - HOUR, at=NOW, by=User("bo", "Bo Chen", 2))
    before = read()
    batch = read(before.cursor, roles={ANA.name: "architect"})

    assert [each.role for each in before.worklogs] == [None, None]
    assert [each.role for each in batch.worklogs] == ["architect", None]
    assert "ana" not in repr(batch.worklogs).casefold()


def test_of_an_issue_with_more_than_come_along_all_are_read(office: Office, read: Any) -> None:
    office.log(*range(1, WITH_ISSUE + 4))

    assert [each.seconds // 60 for each in read().worklogs] == [*range(1, WITH_ISSUE + 4)]


def test_what_is_taken_back_is_gone_with_the_next_pull(office: Office, read: Any) -> None:
    office.log(30, 90)
    first = read()
    office.site.delete_work(
        office.issue, office.issue.worklogs[0], at=NOW + HOUR, by=office.site.user
    )
    again = read(first.cursor)

    assert [each.seconds for each in again.worklogs] == [5400]
    assert office.issue.key in {item.key for item in again.items}


def test_without_the_setting_no_time_is_asked_for(office: Office, read: Any) -> None:
    office.log(*range(1, WITH_ISSUE + 4))
    asked: list[str] = []

    def listen(request: Request) -> Response | None:
        asked.append(str(request.url))
        return None

    office.server.fault = listen

    assert read(worklogs=False).worklogs == ()
    assert asked
    assert not any("worklog" in url for url in asked)


def test_turned_on_it_is_read_of_issues_that_were_read_before(office: Office, read: Any) -> None:
    office.log(30)
    before = read(worklogs=False)

    assert [each.seconds for each in read(before.cursor).worklogs] == [1800]


def test_half_of_what_was_logged_is_not_taken_for_all(office: Office, read: Any) -> None:
    office.log(*range(1, WITH_ISSUE + 4))

    def refuse(request: Request) -> Response | None:
        refused = request.url.path.endswith("/worklog")
        return Response(b"{}", status_code=403) if refused else None

    office.server.fault = refuse

    with pytest.raises(Skip, match=r"issue/\d+/worklog answered 403"):
        read()


def test_an_entry_that_says_nothing_costs_neither_issue_nor_time(
    site: Any, connect: Any, make_issue: Any
) -> None:
    odd = [
        {"id": "1", "started": "2026-01-02T10:00:00.000+0100", "timeSpentSeconds": 600},
        {"id": "2", "started": "soon", "timeSpentSeconds": 600},
        {"id": "3", "started": "2026-01-02T10:00:00.000+0100", "timeSpentSeconds": -5},
        {"id": None, "started": None, "timeSpentSeconds": "x"},
        {},
    ]
    site.issues = [make_issue(1, NOW, worklog={"total": 5, "worklogs": odd})]
    (batch,) = connect(site.url, worklogs=True).pull("PAY", None)

    assert [(each.id, each.started_at.hour, each.seconds) for each in batch.worklogs] == [
        ("1", 9, 600)
    ]
