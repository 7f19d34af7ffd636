"""What a census says of GitHub's issues, and issues that are read by their numbers."""

from datetime import date, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.connector import Listed
from slipwatch.aggregator.records import Batch, LinkKind
from slipwatch.connectors.github.connector import GitHubConnector

from .conftest import Connect, FakeGitHub, Request

KEY = "acme/api#1"


def said(connector: GitHubConnector) -> dict[str, Listed | None]:
    return {item: one for page in connector.listing("acme/api") for item, one in page.items()}


def read(connector: GitHubConnector, *issues: dict[str, Any], scope: str = "acme/api") -> Batch:
    """Read issues anew that were pulled before."""
    *_, last = connector.pull(scope, None)
    items = {str(issue["id"]): f"{scope}#{issue['number']}" for issue in issues}
    (batch,) = connector.read(scope, items, last.cursor)
    return batch


@pytest.fixture
def blocked(github: FakeGitHub) -> dict[str, Any]:
    """Give an issue with a sub-issue, which waits for two others."""
    repository = github.add("acme/api")
    for number in range(1, 5):
        github.issue("acme/api", number)
    repository.sub_issues[1] = [("acme/api", 2)]
    repository.blocked_by[1] = [("acme/api", 3), ("acme/api", 4)]
    return repository.issues[1]


def test_a_listing_names_parents_sub_issues_and_what_an_issue_waits_for(
    github: FakeGitHub, blocked: dict[str, Any], connect: Connect
) -> None:
    above = f"{github.url}/repos/acme/api/issues/1"
    child = github.issue("acme/api", 2, parent_issue_url=above)
    found = said(connect())
    nobody: dict[LinkKind, frozenset[str]] = {
        LinkKind.PARENT: frozenset(),
        LinkKind.BLOCKS: frozenset(),
    }
    assert found[str(blocked["id"])] == Listed(
        key=KEY,
        links={
            LinkKind.PARENT: frozenset({"acme/api#2"}),
            LinkKind.BLOCKS: frozenset({"acme/api#3", "acme/api#4"}),
        },
    )
    assert found[str(child["id"])] == Listed(key="acme/api#2", parent=KEY, links=nobody)
    assert len(found) == 4


SUBS = {LinkKind.PARENT: frozenset({"acme/api#2"})}


@pytest.mark.parametrize(
    ("summaries", "told"),
    [
        ({"sub_issues_summary": None, "issue_dependencies_summary": None}, {}),
        ({"sub_issues_summary": [], "issue_dependencies_summary": "2"}, {}),
        ({"issue_dependencies_summary": {"blocked_by": 1}}, SUBS),
        ({"issue_dependencies_summary": {"total_blocked_by": None}}, SUBS),
        ({"pull_request": {"merged_at": None}}, {}),
    ],
)
def test_what_a_server_does_not_sum_up_is_not_told(
    github: FakeGitHub,
    blocked: dict[str, Any],
    connect: Connect,
    summaries: dict[str, Any],
    told: dict[LinkKind, frozenset[str]],
) -> None:
    github.issue("acme/api", 1, **summaries)
    assert said(connect())[str(blocked["id"])] == Listed(key=KEY, links=told)


TARGET = {"issue_field_id": 7, "issue_field_name": "Target date", "value": "2026-03-09"}
ESTIMATE = {"issue_field_id": 8, "issue_field_name": "Estimate", "value": 3}


@pytest.mark.parametrize(
    ("fields", "planned"),
    [
        ({"issue_field_values": [TARGET, ESTIMATE]}, (None, date(2026, 3, 9), 3.0)),
        ({"issue_field_values": []}, (None, None, None)),
        ({"issue_field_values": None}, None),
        ({"issue_field_values": [TARGET | {"issue_field_name": None}]}, None),
        ({"issue_field_values": ["odd"]}, None),
        ({}, None),
    ],
)
def test_a_listing_tells_the_dates_of_an_issues_own_fields_where_they_are_listed(
    github: FakeGitHub, connect: Connect, fields: dict[str, Any], planned: Any
) -> None:
    github.add("acme/api")
    issue = github.issue("acme/api", 1, **fields)
    one = said(connect())[str(issue["id"])]
    assert one is not None
    assert one.planned == planned
    if planned is not None:
        (item,) = [one for batch in connect().pull("acme/api", None) for one in batch.items]
        assert (item.start_date, item.due_date, item.points) == planned


def test_where_projects_plan_issues_a_listing_tells_no_dates(
    github: FakeGitHub, connect: Connect
) -> None:
    github.add("acme/api")
    github.issue("acme/api", 1, issue_field_values=[TARGET])
    connector = connect(projects=[{"owner": "acme", "number": 1}])
    assert [one and one.planned for one in said(connector).values()] == [None]


def test_links_of_an_issue_that_was_transferred_meanwhile_are_not_told(
    github: FakeGitHub, blocked: dict[str, Any], connect: Connect
) -> None:
    def transfer(request: Request) -> None:
        if request.path.endswith("/blocked_by"):
            github.scripted.append((301, {"Location": f"{github.url}/elsewhere"}, {}))

    github.before = transfer
    assert said(connect())[str(blocked["id"])] == Listed(key=KEY, links=SUBS)


@pytest.mark.parametrize("cursor_paging", [True, False])
def test_every_issue_is_listed_once_whatever_has_links(
    github: FakeGitHub, connect: Connect, *, cursor_paging: bool
) -> None:
    github.cursor_paging, github.largest_page = cursor_paging, 10
    repository = github.add("acme/api")
    for number in range(1, 46):
        github.now += timedelta(minutes=1)
        github.issue("acme/api", number)
        if number % 2:
            repository.blocked_by[number] = [("acme/api", 1)] if number > 1 else []
    pages = list(connect(api="rest").listing("acme/api"))
    listed = [item for page in pages for item in page]
    assert sorted(listed) == sorted(str(one["id"]) for one in repository.issues.values())
    waits = {
        said.key for page in pages for said in page.values() if said and any(said.links.values())
    }
    assert len(waits) == 22


def test_pull_requests_that_are_skipped_are_listed_and_not_read(
    github: FakeGitHub, blocked: dict[str, Any], connect: Connect
) -> None:
    pull = github.issue("acme/api", 5, pull_request={"merged_at": None})
    connector = connect(pull_requests="skip")
    assert said(connector)[str(pull["id"])] is None
    assert str(pull["id"]) in {item for page in connector.ids("acme/api") for item in page}
    assert read(connector, pull).items == ()


def test_an_issue_that_is_read_by_number_comes_with_its_links_and_history(
    github: FakeGitHub, blocked: dict[str, Any], connect: Connect
) -> None:
    github.event("acme/api", 1, "assigned", assignee={"login": "dana"})
    connector = connect()
    whole = list(connector.pull("acme/api", None))
    owner = str(blocked["id"])

    batch = read(connector, blocked)

    assert list(batch.items) == [one for b in whole for one in b.items if one.id == owner]
    assert list(batch.links) == [one for b in whole for one in b.links if one.owner == owner]
    assert list(batch.changes) == [one for b in whole for one in b.changes if one.item == owner]
    assert (len(batch.links), len(batch.changes)) == (3, 1)


def test_issues_that_went_or_cannot_be_read_are_left_out_and_the_others_come(
    github: FakeGitHub, blocked: dict[str, Any], connect: Connect
) -> None:
    repository = github.repositories["acme/api"]
    gone, broken = repository.issues[2], repository.issues[3]
    connector = connect()
    *_, last = connector.pull("acme/api", None)
    del repository.issues[2]
    repository.sub_issues.clear()
    repository.issues[3] = broken | {"title": 7}
    repository.blocked_by.clear()
    other = {"id": 1, "number": 4}
    items = {str(one["id"]): f"acme/api#{one['number']}" for one in (gone, broken, other, blocked)}

    (batch,) = connector.read("acme/api", items, last.cursor)

    assert [item.id for item in batch.items] == [str(blocked["id"])]


def test_an_issue_of_a_repository_that_was_renamed_is_read_where_it_is(
    github: FakeGitHub, blocked: dict[str, Any], connect: Connect
) -> None:
    github.rename("acme/api", "acme/core")
    repository = github.repositories["acme/core"]
    repository.sub_issues[1] = [("acme/core", 2)]
    repository.blocked_by.clear()
    batch = read(connect(), blocked)
    assert [item.key for item in batch.items] == [KEY]
    assert [(link.upstream, link.downstream) for link in batch.links] == [("acme/api#2", KEY)]
