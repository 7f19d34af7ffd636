"""Pulling from GitHub over HTTP: complete, cheap and resumable, in spite of what servers do."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.connector import Skip
from slipwatch.aggregator.records import Batch, Link, LinkKind, LinkOrigin, Presence

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = timedelta(hours=1)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def pull(connector: Any, cursor: Mapping[str, object] | None = None) -> list[Batch]:
    return list(connector.pull("acme/api", cursor))


def facts(batches: Iterable[Batch]) -> dict[str, tuple[object, ...]]:
    """What a store holds after these batches."""
    held: dict[str, tuple[object, ...]] = {}
    for batch in batches:
        for item in batch.items:
            links = tuple(link for link in batch.links if link.owner == item.id)
            held[item.id] = (item, links)
        for milestone in batch.milestones:
            held[f"milestone {milestone.id}"] = (milestone,)
    return held


def titles(batches: Iterable[Batch]) -> dict[str, str]:
    return {item.key: item.title for batch in batches for item in batch.items}


def paths(github: Any) -> list[str]:
    """What was asked since the last time, each path without what comes before issues."""
    asked = [request.path for request in github.requests]
    github.requests.clear()
    return asked


def fill(github: Any, count: int, *, seconds: int = 60) -> None:
    """A repository with ``count`` issues, one changed every few seconds, all long ago."""
    github.add("acme/api")
    github.now = START - timedelta(days=30)
    for number in range(1, count + 1):
        github.issue("acme/api", number)
        github.now += timedelta(seconds=seconds)
    github.now = START


@pytest.mark.parametrize("cursor_paging", [True, False])
@pytest.mark.parametrize("seconds", [60, 0])
def test_every_issue_comes_once_whatever_the_paging(
    github: Any, connect: Any, cursor_paging: bool, seconds: int
) -> None:
    fill(github, 23, seconds=seconds)
    github.cursor_paging, github.largest_page = cursor_paging, 5
    batches = pull(connect())
    assert sorted(titles(batches)) == sorted(f"acme/api#{n}" for n in range(1, 24))
    assert sum(len(batch.items) for batch in batches) == 23
    for request in github.requests[1:]:
        if request.path.endswith("/events"):
            continue
        assert request.query["state"] == "all"
        assert (request.query["sort"], request.query["direction"]) == ("updated", "asc")
        assert request.query["per_page"] == "100"


def test_requests_say_who_asks_and_for_which_version(github: Any, connect: Any) -> None:
    fill(github, 1)
    pull(connect())
    headers = github.requests[0].headers
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["user-agent"] == "slipwatch"
    assert headers["accept"] == "application/vnd.github+json"


@pytest.mark.parametrize("cursor_paging", [True, False])
def test_issues_that_change_during_the_walk_are_not_lost(
    github: Any, connect: Any, cursor_paging: bool
) -> None:
    fill(github, 20)
    github.cursor_paging, github.largest_page = cursor_paging, 5
    changed: list[int] = []

    def change_one(request: Any) -> None:
        if request.path.endswith("/issues") and len(changed) < 6:
            number = 2 * len(changed) + 1
            changed.append(number)
            github.now += timedelta(seconds=1)
            github.issue("acme/api", number, title=f"Changed {number}")

    github.before = change_one
    connector = connect()
    batches = pull(connector)
    github.before = None
    github.now += LATER
    batches += pull(connector, batches[-1].cursor)
    expected = {f"acme/api#{n}": f"Issue {n}" for n in range(1, 21)}
    expected |= {f"acme/api#{n}": f"Changed {n}" for n in changed}
    assert titles(batches) == expected


@pytest.mark.parametrize("cursor_paging", [True, False])
def test_a_walk_resumes_from_any_batch_with_the_same_facts(
    github: Any, connect: Any, cursor_paging: bool
) -> None:
    fill(github, 12, seconds=1)
    for number in range(2, 13):
        issue = github.repositories["acme/api"].issues[number]
        issue["body"] = f"blocked by #{number - 1}"
    repository = github.repositories["acme/api"]
    repository.sub_issues[1] = [("acme/api", 2)]
    repository.milestones = [{"id": 5, "number": 1, "title": "GA", "state": "open"}]
    github.cursor_paging, github.largest_page = cursor_paging, 4
    whole = pull(connect())
    assert len(whole) >= 4
    for stop in range(len(whole)):
        resumed = pull(connect(), dict(whole[stop].cursor))
        assert facts([*whole[: stop + 1], *resumed]) == facts(whole)


@pytest.mark.parametrize("age", [timedelta(0), timedelta(minutes=4), timedelta(days=30)])
@pytest.mark.parametrize("tells_time", [True, False])
def test_a_second_sync_without_changes_costs_two_requests(
    github: Any, connect: Any, service: Any, age: timedelta, tells_time: bool
) -> None:
    github.tells_time = tells_time
    if not tells_time:
        service.now = START
    fill(github, 3)
    github.now = START - age
    github.issue("acme/api", 1, title="parent")
    github.repositories["acme/api"].sub_issues[1] = [("acme/api", 2)]
    github.repositories["acme/api"].blocked_by[1] = [("acme/api", 3)]
    github.now = START
    connector = connect()
    batches = pull(connector)
    paths(github)
    for _ in range(4):
        github.now += timedelta(minutes=2)
        service.now += timedelta(minutes=2)
        batches = pull(connector, batches[-1].cursor)
        assert not any(batch.items for batch in batches)
        assert paths(github) == ["/repos/acme/api/milestones", "/repos/acme/api/issues"]
    github.now += timedelta(minutes=2)
    github.issue("acme/api", 2, title="changed")
    assert titles(pull(connector, batches[-1].cursor)) == {"acme/api#2": "changed"}


def test_the_time_of_the_last_change_is_sent_in_utc(github: Any, connect: Any) -> None:
    fill(github, 1)
    (*_, last) = pull(connect())
    github.requests.clear()
    cursor = dict(last.cursor) | {"since": "2026-03-02T17:55:00+09:00"}
    pull(connect(), cursor)
    assert github.requests[-1].query["since"] == "2026-03-02T08:55:00Z"


def test_a_change_that_shows_up_late_is_still_seen(github: Any, connect: Any) -> None:
    fill(github, 2)
    github.issue("acme/api", 2, title="now")
    connector = connect()
    first = pull(connector)
    github.now += timedelta(minutes=1)
    github.issue("acme/api", 1, title="late", updated_at=stamp(START - timedelta(minutes=3)))
    assert titles(pull(connector, first[-1].cursor)) == {"acme/api#1": "late"}


def test_a_dependency_that_does_not_touch_its_issue_is_seen_while_it_is_recent(
    github: Any, connect: Any
) -> None:
    fill(github, 2)
    github.issue("acme/api", 2)
    connector = connect()
    first = pull(connector)
    github.repositories["acme/api"].blocked_by[2] = [("acme/api", 1)]
    (link,) = (link for batch in pull(connector, first[-1].cursor) for link in batch.links)
    assert (link.upstream, link.downstream) == ("acme/api#1", "acme/api#2")


def test_an_empty_repository_is_asked_again_from_the_start(github: Any, connect: Any) -> None:
    github.add("acme/api")
    connector = connect()
    first = pull(connector)
    assert facts(first) == {}
    github.issue("acme/api", 1, updated_at=stamp(START - timedelta(days=900)))
    assert titles(pull(connector, first[-1].cursor)) == {"acme/api#1": "Issue 1"}


def test_a_cursor_that_cannot_be_read_means_everything(github: Any, connect: Any) -> None:
    fill(github, 2)
    assert len(titles(pull(connect(), {"since": 7, "page": "x"}))) == 2


def test_other_settings_mean_everything_anew(github: Any, connect: Any) -> None:
    fill(github, 2)
    github.issue("acme/api", 2, labels=[{"name": "on-hold"}])
    first = pull(connect())
    github.now += LATER
    again = pull(connect(blocked_labels=["on hold"]), first[-1].cursor)
    assert [item.blocked for batch in again for item in batch.items] == [False, True]


def test_links_come_with_their_issue(github: Any, connect: Any) -> None:
    fill(github, 3)
    web = github.add("acme/web")
    github.issue("acme/web", 7)
    repository = github.repositories["acme/api"]
    repository.sub_issues[1] = [("acme/api", 2), ("acme/web", 7)]
    repository.blocked_by[1] = [("acme/web", 7)]
    github.issue("acme/api", 1, body="Blocked by acme/web#7 and #3, blocks PAY-1")
    github.issue("acme/api", 2, parent_issue_url=f"{github.url}/repos/acme/api/issues/1", id=42)
    batches = pull(connect("acme/api", "acme/web"))
    assert web.name == "acme/web"
    parent = next(item for batch in batches for item in batch.items if item.key == "acme/api#1")
    expected = [
        (LinkKind.PARENT, "acme/api#2", "acme/api#1", LinkOrigin.TRACKER, "sub-issue"),
        (LinkKind.PARENT, "acme/web#7", "acme/api#1", LinkOrigin.TRACKER, "sub-issue"),
        (LinkKind.BLOCKS, "acme/web#7", "acme/api#1", LinkOrigin.TRACKER, "blocked by"),
        (LinkKind.BLOCKS, "acme/api#3", "acme/api#1", LinkOrigin.TEXT, "blocked by"),
        (LinkKind.BLOCKS, "acme/api#1", "PAY-1", LinkOrigin.TEXT, "blocks"),
    ]
    assert [link for batch in batches for link in batch.links] == [
        Link(owner=parent.id, kind=k, upstream=up, downstream=down, origin=origin, label=label)
        for k, up, down, origin, label in expected
    ]
    child = next(item for batch in batches for item in batch.items if item.id == "42")
    assert child.parent == "acme/api#1"
    for batch in batches:
        assert {link.owner for link in batch.links} <= {item.id for item in batch.items}


def test_long_lists_of_sub_issues_are_read_to_the_end(github: Any, connect: Any) -> None:
    fill(github, 8)
    github.largest_page = 3
    github.repositories["acme/api"].sub_issues[1] = [("acme/api", n) for n in range(2, 9)]
    links = [link for batch in pull(connect()) for link in batch.links]
    assert [link.upstream for link in links] == [f"acme/api#{n}" for n in range(2, 9)]


@pytest.mark.parametrize("status", [301, 404, 410])
def test_an_issue_that_went_away_meanwhile_has_no_links(
    github: Any, connect: Any, status: int
) -> None:
    fill(github, 2)
    github.repositories["acme/api"].sub_issues[1] = [("acme/api", 2)]

    def go_away(request: Any) -> None:
        if request.path.endswith("sub_issues"):
            github.scripted.append((status, {"Location": f"{github.url}/repositories/9/x"}, {}))

    github.before = go_away
    assert facts(pull(connect())).keys() == {
        str(issue["id"]) for issue in github.repositories["acme/api"].issues.values()
    }


def test_an_issue_that_is_transferred_meanwhile_is_said_to_have_moved(
    github: Any, connect: Any
) -> None:
    fill(github, 2)
    github.add("acme/web")
    there = github.issue("acme/web", 7)
    github.repositories["acme/api"].sub_issues[1] = [("acme/api", 2)]
    old = github.repositories["acme/api"].issues[1]["id"]

    def transfer(request: Any) -> None:
        if "/issues/1" in request.path:
            location = f"{github.url}/repositories/1001/issues/7"
            github.scripted.append((301, {"Location": location}, {"message": "Moved Permanently"}))

    github.before = transfer
    batches = pull(connect())
    (absence,) = (absence for batch in batches for absence in batch.absences)
    assert (absence.item, absence.presence) == (str(old), Presence.MOVED)
    assert absence.moved_to == f"acme/web#{there['number']}"


def test_milestones_come_at_every_sync_with_their_day(github: Any, connect: Any) -> None:
    fill(github, 1)
    days = {
        "2026-07-01T07:00:00Z": date(2026, 7, 1),
        "2026-01-15T08:00:00Z": date(2026, 1, 15),
        "2026-01-15T00:00:00Z": date(2026, 1, 15),
        None: None,
    }
    repository = github.repositories["acme/api"]
    repository.milestones = [
        {
            "id": 9000 + number,
            "number": number,
            "title": f"M{number}",
            "state": "closed" if number == 1 else "open",
            "due_on": due_on,
            "closed_at": "2026-07-02T23:30:00Z" if number == 1 else None,
            "html_url": f"https://github.example/acme/api/milestone/{number}",
            "description": None,
        }
        for number, due_on in enumerate(days, 1)
    ]
    github.issue("acme/api", 1, milestone=repository.milestones[2])
    github.largest_page = 3
    connector = connect()
    batches = pull(connector)
    found = {m.id: m for batch in batches for m in batch.milestones}
    assert [found[f"{n}"].due_date for n in range(9001, 9005)] == list(days.values())
    assert [m.closed for m in found.values()] == [True, False, False, False]
    assert found["9001"].closed_on == date(2026, 7, 2)
    assert found["9001"].url == "https://github.example/acme/api/milestone/1"
    assert {m.scope for m in found.values()} == {"acme/api"}
    (item,) = (item for batch in batches for item in batch.items)
    assert item.milestones == ("9003",)
    repository.milestones[1]["due_on"] = "2026-08-01T07:00:00Z"
    moved = pull(connector, batches[-1].cursor)
    assert {m.id: m.due_date for m in moved[0].milestones}["9002"] == date(2026, 8, 1)


def test_a_renamed_repository_is_read_with_the_same_query_and_keeps_its_keys(
    github: Any, connect: Any
) -> None:
    fill(github, 3)
    github.issue("acme/api", 3, state="closed", closed_at=stamp(START), body="after acme/api#1")
    connector = connect()
    first = pull(connector)
    github.rename("acme/api", "acme/core")
    github.now += LATER
    github.issue("acme/core", 2, title="under its new name", state="closed", body="after #1")
    paths(github)
    second = pull(connector, first[-1].cursor)
    assert titles(second) == {"acme/api#2": "under its new name"}
    (item,) = (item for batch in second for item in batch.items)
    assert item.scope == "acme/api"
    assert [link.upstream for batch in second for link in batch.links] == ["acme/api#1"]
    asked = github.requests
    assert [request.path for request in asked] == [
        "/repos/acme/api/milestones",
        "/repositories/1000/milestones",
        "/repositories/1000/issues",
        "/repositories/1000/issues/events",
    ]
    assert asked[1].query == asked[0].query == {"state": "all", "per_page": "100"}
    assert asked[2].query["state"] == "all"
    assert asked[2].query["since"] > stamp(START - LATER)
    paths(github)
    assert not titles(pull(connect(), second[-1].cursor))
    assert paths(github) == ["/repositories/1000/milestones", "/repositories/1000/issues"]


def test_a_rename_between_two_requests_keeps_the_query(github: Any, connect: Any) -> None:
    fill(github, 2)
    github.issue("acme/api", 1, state="closed", closed_at=stamp(START))

    def rename(request: Any) -> None:
        if request.path.endswith("/issues") and "acme/core" not in github.repositories:
            github.rename("acme/api", "acme/core")

    github.before = rename
    assert titles(pull(connect())).keys() == {"acme/api#1", "acme/api#2"}
    asked = [request for request in github.requests if request.path.endswith("/issues")]
    assert asked[-1].path == "/repositories/1000/issues"
    assert asked[-1].query == asked[-2].query


def test_another_repository_under_the_old_name_is_read_from_its_start(
    github: Any, connect: Any
) -> None:
    fill(github, 2)
    github.rename("acme/api", "acme/core")
    connector = connect()
    first = pull(connector)
    del github.repositories["acme/core"]
    del github.renamed["acme/api"]
    github.add("acme/api").number = 2000
    github.issue("acme/api", 1, title="another", updated_at=stamp(START - timedelta(days=90)))
    assert titles(pull(connect(), first[-1].cursor)) == {"acme/api#1": "another"}


def test_a_repository_is_known_as_the_operator_writes_it(github: Any, connect: Any) -> None:
    github.add("Acme/API")
    github.issue("Acme/API", 1)
    github.issue("Acme/API", 2, body="blocked by acme/Api#1")
    github.repositories["acme/api"].sub_issues[2] = [("Acme/API", 1)]
    batches = pull(connect("acme/api"))
    assert titles(batches).keys() == {"acme/api#1", "acme/api#2"}
    assert {link.upstream for batch in batches for link in batch.links} == {"acme/api#1"}


def test_where_issues_are_switched_off_milestones_remain(github: Any, connect: Any) -> None:
    repository = github.add("acme/api")
    repository.has_issues = False
    repository.milestones = [{"id": 5, "number": 1, "title": "GA", "state": "open"}]
    first, second = pull(connect())
    assert [m.name for m in first.milestones] == ["GA"]
    assert second.warnings == ("acme/api: issues are switched off",)


def test_pull_requests_are_marked_or_left_out(github: Any, connect: Any) -> None:
    fill(github, 1)
    github.issue("acme/api", 2, pull_request={"merged_at": None})
    assert [(item.key, item.level) for batch in pull(connect()) for item in batch.items] == [
        ("acme/api#1", "work"),
        ("acme/api#2", "pull_request"),
    ]
    without = pull(connect(pull_requests="skip"))
    assert titles(without).keys() == {"acme/api#1"}
    assert pull(connect(pull_requests="skip"), without[-1].cursor)[-1].items == ()


def test_one_lost_repository_does_not_stop_the_others(github: Any, connect: Any) -> None:
    fill(github, 1)
    connector = connect("acme/api", "acme/secret")
    with pytest.raises(Skip, match="acme/secret does not exist, or the account may not see it"):
        list(connector.pull("acme/secret", None))
    assert titles(pull(connector)).keys() == {"acme/api#1"}


def test_organizations_are_expanded_at_every_sync(github: Any, connect: Any) -> None:
    fill(github, 1)
    github.organizations["acme"] = [
        {"full_name": "Acme/Api", "archived": False},
        {"full_name": "acme/web", "archived": False, "disabled": False},
        {"full_name": "acme/old", "archived": True},
        {"full_name": "acme/docs"},
    ]
    github.largest_page = 2
    connector = connect("acme/api", organizations=["acme"])
    assert connector.scopes() == ("acme/api", "acme/web", "acme/docs")
    pull(connector)
    assert connector.scopes() == ("acme/api", "acme/web", "acme/docs")
    assert connect("acme/api").scopes() == ("acme/api",)


def test_an_organization_that_cannot_be_listed_is_left_out_and_named(
    github: Any, connect: Any
) -> None:
    fill(github, 1)
    github.organizations["acme"] = [{"full_name": "acme/api"}]
    connector = connect(repositories=[], organizations=["nobody", "acme"])
    assert set(connector.scopes()) == {"nobody", "acme/api"}
    with pytest.raises(Skip, match="nobody does not exist"):
        list(connector.pull("nobody", None))
    assert titles(pull(connector)).keys() == {"acme/api#1"}


def test_patterns_choose_an_organizations_repositories(github: Any, connect: Any) -> None:
    names = ("Web-Shop", "web-archive", "web-app", "api", "docs")
    github.organizations["acme"] = [{"full_name": f"acme/{name}"} for name in names]
    web = {"name": "acme", "include": ["web-*", "API"], "exclude": ["*-ARCHIVE"]}
    assert connect(repositories=[], organizations=[web]).scopes() == (
        "acme/Web-Shop",
        "acme/web-app",
        "acme/api",
    )


def test_an_enterprise_server_answers_below_its_prefix(github: Any, connect: Any) -> None:
    github.prefix = "/api/v3"
    github.url += "/api/v3"
    fill(github, 7)
    github.rename("acme/api", "acme/core")
    github.repositories["acme/core"].sub_issues[1] = [("acme/core", 2)]
    github.largest_page = 3
    batches = pull(connect())
    assert titles(batches).keys() == {f"acme/api#{n}" for n in range(1, 8)}
    assert [link.upstream for batch in batches for link in batch.links] == ["acme/api#2"]
    assert all(request.path.startswith("/api/v3/rep") for request in github.requests)


def test_a_closed_connector_can_be_used_again(github: Any, connect: Any) -> None:
    fill(github, 1)
    connector = connect()
    pull(connector)
    connector.close()
    assert titles(pull(connector)).keys() == {"acme/api#1"}
    assert connector.name == "github"
