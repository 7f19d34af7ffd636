"""Issues and epics of GitLab that a census finds and no sync has brought, read by their numbers."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from slipwatch.aggregator.census import Wish, take_censuses
from slipwatch.aggregator.connector import Listed, Retry
from slipwatch.aggregator.records import Batch, Presence
from slipwatch.aggregator.store import Store, open_store
from slipwatch.aggregator.sync import SyncResult, sync_source

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    with open_store(sqlite_url) as store:
        yield store


def of(batches: list[Batch], item: str) -> tuple[list[Any], ...]:
    """Give all that was said of an item."""
    return (
        [one for batch in batches for one in batch.items if one.id == item],
        [one for batch in batches for one in batch.links if one.owner == item],
        [one for batch in batches for one in batch.changes if one.item == item],
        [one for batch in batches for one in batch.absences if one.item == item],
    )


def read(connector: Any, scope: str, items: dict[str, str]) -> list[Batch]:
    (*_, last) = connector.pull(scope, None)
    return list(connector.read(scope, items, last.cursor))


def planned(site: Any) -> Any:
    """Make an issue that something happened to, which waits for another and is in an epic."""
    project = site.add_project("acme/api")
    issue, other = (site.add_issue(project, f"Issue {n}", at=NOW - 9 * DAY) for n in range(2))
    issue.epic = site.add_epic("acme", "Identity", at=NOW - 9 * DAY)
    goal = site.add_milestone("acme/api", "v2")
    sprint = site.add_iteration("acme", None, date(2026, 1, 1), date(2026, 1, 14))
    site.set_milestone(issue, goal, at=NOW - 8 * DAY)
    site.set_iteration(issue, sprint, at=NOW - 7 * DAY)
    site.close(issue, at=NOW - 6 * DAY)
    site.link("blocks", other, issue, at=NOW - 5 * DAY)
    return issue


def test_an_issue_that_is_read_by_number_comes_with_its_links_and_history(
    site: Any, connect: Any, server: Any
) -> None:
    issue = planned(site)
    connector = connect()
    whole = list(connector.pull("acme/api", None))
    server.requests.clear()

    found = list(connector.read("acme/api", {str(issue.id): issue.key}, whole[-1].cursor))

    assert of(found, str(issue.id)) == of(whole, str(issue.id))
    assert [len(part) for part in of(found, str(issue.id))] == [1, 1, 3, 0]
    assert [len(batch.items) for batch in found] == [1]
    assert len(server.requests) == 5


def test_an_epic_is_read_by_number(site: Any, connect: Any) -> None:
    site.add_project("acme/api")
    epic = site.add_epic("acme", "Identity", at=NOW - 9 * DAY)
    epic.description = "Depends on acme&7."
    identity = f"epic:{epic.id}"
    connector = connect(groups=["acme"])
    whole = list(connector.pull("acme", None))
    found = read(connector, "acme", {identity: f"acme&{epic.iid}"})
    assert of(found, identity) == of(whole, identity)
    assert [len(part) for part in of(found, identity)] == [1, 1, 0, 0]


def test_issues_that_went_or_cannot_be_read_are_left_out_and_the_others_come(
    site: Any, connect: Any, server: Any
) -> None:
    project = site.add_project("acme/api")
    issues = [site.add_issue(project, f"Issue {n}", at=NOW - 9 * DAY) for n in range(4)]
    gone, hidden, broken, sound = issues
    items = {str(issue.id): issue.key for issue in issues} | {"999": sound.key}
    connector = connect()
    (*_, last) = connector.pull("acme/api", None)
    del project.issues[gone.iid]
    hidden.confidential = True
    site.access_level = 10

    def fault(request: Request) -> Response | None:
        is_broken = request.url.path.endswith(f"/issues/{broken.iid}")
        return Response(b'{"id": "none"}') if is_broken else None

    server.fault = fault
    (batch,) = connector.read("acme/api", items, last.cursor)
    assert [item.id for item in batch.items] == [str(sound.id)]


def test_an_issue_that_moved_away_meanwhile_says_where_to(site: Any, connect: Any) -> None:
    project, other = site.add_project("acme/api"), site.add_project("acme/web")
    issue = site.add_issue(project, "Log in", at=NOW - 9 * DAY)
    site.move(issue, other, at=NOW - DAY)
    (batch,) = read(connect(), "acme/api", {str(issue.id): issue.key})
    (absence,) = batch.absences
    assert (absence.item, absence.presence) == (str(issue.id), Presence.MOVED)
    assert absence.moved_to == "acme/web#1"


def test_a_limit_that_is_met_is_no_issue_that_went(site: Any, connect: Any, server: Any) -> None:
    issue = planned(site)
    connector = connect()

    def refuse(_request: object) -> Response:
        return Response(status_code=429, headers={"Retry-After": "3600"})

    server.fault = refuse
    with pytest.raises(Retry):
        list(connector.read("acme/api", {str(issue.id): issue.key}, {}))


def test_an_issue_of_a_project_that_was_renamed_is_read_where_it_is(
    site: Any, connect: Any
) -> None:
    project = site.add_project("acme/api")
    issue = site.add_issue(project, "Log in", at=NOW - 9 * DAY)
    site.rename(project, "acme/service")
    (batch,) = read(connect(), "acme/api", {str(issue.id): "acme/api#1"})
    assert [item.key for item in batch.items] == ["acme/api#1"]


def test_a_listing_names_issues_with_their_epics(site: Any, connect: Any) -> None:
    issue = planned(site)
    pages = list(connect().listing("acme/api"))
    assert pages[0][str(issue.id)] == Listed(key="acme/api#1", parent="acme&1")
    assert len(pages[0]) == 2


def sync(connector: Any, store: Store, *, after: timedelta) -> SyncResult:
    result = sync_source(connector, store, now=lambda: NOW + after)
    return take_censuses(connector, store, result, Wish(every=DAY), now=lambda: NOW + after)


def test_an_issue_that_the_account_may_see_only_later_is_read_by_a_census(
    site: Any, connect: Any, store: Store
) -> None:
    issue = planned(site)
    identity = str(issue.id)
    issue.confidential = True
    site.access_level = 10
    sync(connect(), store, after=timedelta())
    assert identity not in store.ids("gitlab", "acme/api")

    site.access_level = 20
    assert sync(connect(), store, after=DAY / 2).items == 0
    result = sync(connect(), store, after=2 * DAY)

    assert result.error is None
    stored = {item.id: item for _, item in store.items("gitlab")}
    assert stored[identity].parent == "acme&1"
    assert len([one for _, one in store.changes("gitlab") if one.item == identity]) == 3
    assert [link.owner for _, link, _ in store.links("gitlab")].count(identity) == 1


def test_a_census_that_finds_nothing_new_reads_no_issue(
    site: Any, connect: Any, store: Store, server: Any
) -> None:
    planned(site)
    sync(connect(), store, after=timedelta())
    server.requests.clear()
    sync(connect(), store, after=DAY / 2)
    without = len(server.requests)
    server.requests.clear()
    sync(connect(), store, after=2 * DAY)
    assert len(server.requests) == without + 1 + 1  # its project, and the list
