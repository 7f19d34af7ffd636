"""Listing ids and locating items, against simulated trackers of a good size."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from slipwatch.aggregator.connector import Context, Retry, Skip, Stop, TakesCensus
from slipwatch.aggregator.records import Absence, Presence
from slipwatch.connectors.github.connector import GitHubConnector
from slipwatch.connectors.github.settings import GitHubSettings
from slipwatch.connectors.jira.connector import JiraConnector
from slipwatch.connectors.jira.settings import JiraSettings
from slipwatch.demo import DemoServer, DemoServers, User, World, bulk_world

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SOMEBODY = User("sam", "Sam", 7)
Serve = Callable[[World], DemoServers]
Connect = Callable[[DemoServers], Any]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda world: stack.enter_context(DemoServers(world))


@pytest.fixture
def context() -> Context:
    return Context(now=lambda: NOW, sleep=lambda _seconds: None)


def jira(servers: DemoServers, context: Context, *, cloud: bool) -> JiraConnector:
    """Connect to one of the simulated Jiras."""
    auth: dict[str, Any] = {"token": {"env": "CENSUS_TOKEN"}}
    if cloud:
        auth["email"] = "slipwatch@acme.example"
    url = (servers.jira_cloud if cloud else servers.jira_dc).url
    settings = {"kind": "jira", "url": url, "auth": auth, "projects": ["T000"]}
    return JiraConnector("jira", JiraSettings.model_validate(settings), context)


@pytest.fixture
def cloud(context: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    monkeypatch.setenv("CENSUS_TOKEN", World().jira_cloud.token)
    with ExitStack() as stack:

        def connect(servers: DemoServers) -> JiraConnector:
            connector = jira(servers, context, cloud=True)
            stack.callback(connector.close)
            return connector

        yield connect


@pytest.fixture
def data_center(context: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    monkeypatch.setenv("CENSUS_TOKEN", World().jira_dc.token)
    with ExitStack() as stack:

        def connect(servers: DemoServers) -> JiraConnector:
            connector = jira(servers, context, cloud=False)
            stack.callback(connector.close)
            return connector

        yield connect


@pytest.fixture
def github(context: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    monkeypatch.setenv("CENSUS_TOKEN", World().github.token)
    with ExitStack() as stack:

        def connect(servers: DemoServers) -> GitHubConnector:
            settings = {
                "kind": "github",
                "url": servers.github.url,
                "auth": {"token": {"env": "CENSUS_TOKEN"}},
                "repositories": ["acme/r000"],
            }
            connector = GitHubConnector("github", GitHubSettings.model_validate(settings), context)
            stack.callback(connector.close)
            return connector

        yield connect


def listed(connector: TakesCensus, scope: str) -> set[str]:
    return {one for page in connector.ids(scope) for one in page}


def became(connector: TakesCensus, scope: str, **items: str) -> dict[str, Absence]:
    """Locate items, given as ``_ID=key``."""
    asked = {item.removeprefix("_"): key for item, key in items.items()}
    return {absence.item: absence for absence in connector.locate(scope, asked)}


def refuse(server: DemoServer, *endings: str, status: int, body: bytes = b"{}") -> None:
    """Refuse requests for paths with these ends."""

    def fault(request: Request) -> Response | None:
        if not request.url.path.endswith(endings):
            return None
        return Response(body, status_code=status, media_type="application/json")

    server.fault = fault


def test_cloud_gives_five_thousand_ids_at_a_time(serve: Serve, cloud: Connect) -> None:
    world = bulk_world(projects=1, issues=5100)
    servers = serve(world)

    assert listed(cloud(servers), "T000") == {str(one) for one in world.jira_cloud.issues}
    searches = [seen for seen in servers.jira_cloud.requests if seen.path.endswith("/search/jql")]
    assert len(searches) == 2
    assert all("fields=id&" in seen.query for seen in searches)


def test_data_center_is_listed_beyond_what_its_search_engine_gives(
    serve: Serve, data_center: Connect
) -> None:
    world = bulk_world(projects=0, data_center_projects=1, issues=10_300)
    servers = serve(world)

    assert listed(data_center(servers), "T000") == {str(one) for one in world.jira_dc.issues}
    searches = [seen for seen in servers.jira_dc.requests if seen.path.endswith("/search")]
    assert 1 <= len(searches) <= 12
    assert not any("expand" in seen.query for seen in searches)


@pytest.mark.parametrize("by_cursor", [True, False])
def test_github_lists_issues_and_pull_requests_open_and_closed(
    serve: Serve, github: Connect, *, by_cursor: bool
) -> None:
    world = bulk_world(projects=0, repositories=1, issues=250)
    world.github.cursor_paging = by_cursor
    (repository,) = world.github.repositories.values()
    servers = serve(world)

    assert any(one.pull_request for one in repository.issues.values())
    expected = {str(one.id) for one in repository.issues.values()}
    assert listed(github(servers), "acme/r000") == expected
    assert len(servers.github.requests) == 3


def test_a_repository_whose_issues_are_switched_off_lists_none_and_loses_none(
    serve: Serve, github: Connect
) -> None:
    world = bulk_world(projects=0, repositories=1, issues=3)
    (repository,) = world.github.repositories.values()
    repository.has_issues = False
    servers = serve(world)
    connector = github(servers)

    assert listed(connector, "acme/r000") == set()
    refuse(servers.github, "/issues/1", status=410)
    body = b'{"id": 700000000, "full_name": "acme/r000", "has_issues": false}'
    server_fault = servers.github.fault
    assert server_fault is not None

    def fault(request: Request) -> Response | None:
        if request.url.path.endswith("/acme/r000"):
            return Response(body, media_type="application/json")
        return server_fault(request)

    servers.github.fault = fault
    with pytest.raises(Skip, match="switched off"):
        became(connector, "acme/r000", _1="acme/r000#1")


def test_a_list_that_leads_back_to_itself_is_given_up(serve: Serve, cloud: Connect) -> None:
    servers = serve(bulk_world(projects=1, issues=3))
    body = b'{"issues": [{"id": "1"}], "nextPageToken": "again"}'
    refuse(servers.jira_cloud, "/search/jql", status=200, body=body)

    with pytest.raises(Retry, match="circle"):
        listed(cloud(servers), "T000")


def test_an_issue_that_is_refused_while_its_project_is_not_is_invisible(
    serve: Serve, cloud: Connect
) -> None:
    servers = serve(bulk_world(projects=1, issues=3))
    refuse(servers.jira_cloud, "/issue/1", status=401)

    found = became(cloud(servers), "T000", _1="T000-1")

    assert found["1"].presence is Presence.INVISIBLE


def test_credentials_that_are_refused_while_issues_are_located_hide_nothing(
    serve: Serve, cloud: Connect
) -> None:
    servers = serve(bulk_world(projects=1, issues=3))
    refuse(servers.jira_cloud, "/issue/1", "/project/T000", status=401)

    with pytest.raises(Stop):
        became(cloud(servers), "T000", _1="T000-1")


def test_answers_of_one_portion_come_before_the_next_is_asked(serve: Serve, cloud: Connect) -> None:
    servers = serve(bulk_world(projects=1, issues=3))
    items = {f"_{number}": f"T000-{number}" for number in range(900_000, 900_120)}
    asked = {item.removeprefix("_"): key for item, key in items.items()}

    absences = cloud(servers).locate("T000", asked)
    next(absences)

    assert servers.jira_cloud.requests.count("/project/T000") == 1
    assert len(servers.jira_cloud.requests) < 60
    assert len(list(absences)) == 119


def test_an_issue_that_was_transferred_out_of_sight_has_moved(
    serve: Serve, github: Connect
) -> None:
    world = bulk_world(projects=0, repositories=2, issues=3)
    first, second = world.github.repositories.values()
    issue = first.issues[1]
    there = world.github.transfer_issue(issue, second, at=world.now, by=SOMEBODY)
    world.github.hide_issue(there)

    found = became(github(serve(world)), "acme/r000", **{f"_{issue.id}": issue.key})

    assert (found[str(issue.id)].presence, found[str(issue.id)].moved_to) == (Presence.MOVED, None)


def test_a_repository_that_was_renamed_keeps_its_issues(serve: Serve, github: Connect) -> None:
    world = bulk_world(projects=0, repositories=1, issues=120)
    (repository,) = world.github.repositories.values()
    world.github.rename(repository, "acme/renamed")
    connector = github(serve(world))
    issue = repository.issues[1]

    assert len(listed(connector, "acme/r000")) == len(repository.issues)
    assert became(connector, "acme/r000", **{f"_{issue.id}": "acme/r000#1"}) == {}
