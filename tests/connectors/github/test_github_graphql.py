"""REST and GraphQL tell the same; what is asked of which is a matter of requests alone."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from slipwatch.aggregator.connector import Retry, Stop
from slipwatch.aggregator.records import Batch, Change, ChangedField, Link, LinkKind
from slipwatch.connectors.github.connector import GitHubConnector
from slipwatch.demo import DemoServers, World, bulk_world
from slipwatch.demo.people import User

from .conftest import Service

ANA = User("ana", "Ana", 1)
SCOPE = "acme/r000"
Make = Callable[..., GitHubConnector]


@pytest.fixture
def world() -> World:
    made = bulk_world(projects=0, repositories=2, issues=130)
    site = made.github
    repository = site.by_name[SCOPE]
    issues = list(repository.issues.values())
    for number, issue in enumerate(issues[:60]):
        at = made.now - timedelta(days=3) + timedelta(minutes=number)
        site.set_milestone(issue, repository.milestones[number % 2], at=at, by=ANA)
        site.assign(issue, ANA, at=at)
    for child in issues[3:6]:
        site.add_sub_issue(issues[2], child, at=made.now - timedelta(days=2))
    site.block(issues[7], issues[8], at=made.now - timedelta(days=2))
    site.close(issues[7], at=made.now - timedelta(days=1), by=ANA)
    site.reopen(issues[7], at=made.now - timedelta(hours=9), by=ANA)
    plain = [issue for issue in issues if not issue.pull_request]
    for issue, reason in zip(plain[10:], ("not_planned", "duplicate", "completed"), strict=False):
        site.close(issue, at=made.now - timedelta(hours=8), by=ANA)
        site.close(issue, at=made.now - timedelta(hours=7), by=ANA, reason=reason)
    return made


@pytest.fixture
def servers(world: World) -> Iterator[DemoServers]:
    with DemoServers(world) as servers:
        yield servers


@pytest.fixture
def make(servers: DemoServers, connect_to: Any) -> Make:
    def make(api: str, **settings: Any) -> GitHubConnector:
        found: GitHubConnector = connect_to(servers, api=api, **settings)
        return found

    return make


def pull(connector: GitHubConnector, cursor: Any = None) -> list[Batch]:
    return list(connector.pull(SCOPE, cursor))


def facts(batches: list[Batch]) -> dict[object, object]:
    held: dict[object, object] = {}
    for batch in batches:
        for item in batch.items:
            links = sorted(map(repr, (link for link in batch.links if link.owner == item.id)))
            held[item.id] = (item, links)
        held.update({(change.item, change.id): change for change in batch.changes})
        held.update({milestone.id: milestone for milestone in batch.milestones})
    return held


def asked(servers: DemoServers) -> dict[str, int]:
    """How often each API was asked since the last time."""
    seen = list(servers.github.requests)
    servers.github.requests.clear()
    queries = sum(one.path.endswith("/graphql") for one in seen)
    return {"rest": len(seen) - queries, "graphql": queries}


def links(batches: list[Batch]) -> list[Link]:
    return [link for batch in batches for link in batch.links]


def warnings(batches: list[Batch]) -> list[str]:
    return [warning for batch in batches for warning in batch.warnings]


@pytest.mark.parametrize("path", ["", "/api/v3"])
def test_both_tell_the_same(make: Make, servers: DemoServers, path: str) -> None:
    by_rest = pull(make("rest", path=path))
    rest = asked(servers)
    by_both = pull(make("auto", path=path))
    both = asked(servers)
    assert facts(by_both) == facts(by_rest)
    assert sum(len(batch.changes) for batch in by_rest) > 150
    assert rest["graphql"] == 0
    assert both == {"rest": 3, "graphql": 2}
    assert rest["rest"] > sum(both.values())


def test_graphql_alone_tells_the_same_and_later_syncs_too(
    make: Make, servers: DemoServers, world: World
) -> None:
    connectors = [make(api) for api in ("rest", "graphql", "auto")]
    pulls = [pull(connector) for connector in connectors]
    site, repository = world.github, world.github.by_name[SCOPE]
    world.now += timedelta(hours=1)
    for number in (11, 12, 13):
        site.close(repository.issues[number], at=world.now, by=ANA)
    site.block(repository.issues[14], repository.issues[15], at=world.now)
    later = [
        pull(connector, dict(batches[-1].cursor))
        for connector, batches in zip(connectors, pulls, strict=True)
    ]
    told = [facts(first + second) for first, second in zip(pulls, later, strict=True)]
    assert told[0] == told[1] == told[2]
    assert "acme/r000#11" in {item.key for batch in later[1] for item in batch.items}
    asked(servers)
    for connector, batches in zip(connectors, later, strict=True):
        pull(connector, dict(batches[-1].cursor))
        assert asked(servers) == {"rest": 2, "graphql": 0}


@pytest.mark.parametrize("tells_reasons", [True, False])
def test_both_tell_the_same_of_how_issues_and_pull_requests_ended(
    make: Make, world: World, *, tells_reasons: bool
) -> None:
    site, repository = world.github, world.github.by_name[SCOPE]
    site.tells_reasons = tells_reasons
    made = site.add_issue(repository, "A pull", at=world.now, by=ANA, pull_request=True)
    one, other = (site.add_issue(repository, "An issue", at=world.now, by=ANA) for _ in range(2))
    connectors = [make(api) for api in ("rest", "graphql", "auto")]
    pulls = [pull(connector) for connector in connectors]
    for again in (False, True):
        world.now += timedelta(hours=1)
        site.close(one, at=world.now, by=ANA, reason="not_planned")
        site.close(other, at=world.now, by=ANA, reason="duplicate")
        site.close(made, at=world.now, by=ANA, merge=again)
        pulls = [
            [*batches, *pull(connector, dict(batches[-1].cursor))]
            for connector, batches in zip(connectors, pulls, strict=True)
        ]
        assert facts(pulls[0]) == facts(pulls[1]) == facts(pulls[2])
        if not again:
            world.now += timedelta(hours=1)
            site.close(one, at=world.now, by=ANA, reason="completed")
            site.reopen(other, at=world.now, by=ANA)
            site.reopen(made, at=world.now, by=ANA)
    changes = [change for change in facts(pulls[0]).values() if isinstance(change, Change)]
    told = {
        issue.title: sorted(
            (change.old or "", change.new or "")
            for change in changes
            if change.item == str(issue.id) and change.field is ChangedField.STATUS
        )
        for issue in (made, one)
    }
    assert told["A pull"] == [
        ("doing:open", "completed:closed"),
        ("doing:open", "dropped:closed"),
        ("dropped:closed", "doing:open"),
    ]
    completed, dropped = (
        ("completed:closed", "dropped:closed") if tells_reasons else ("done:closed", "done:closed")
    )
    assert told["An issue"] == [
        ("done:closed", completed),
        ("done:closed", dropped),
        ("todo:open", dropped),
    ]


def test_both_tell_the_same_of_an_issue_that_came_from_elsewhere(make: Make, world: World) -> None:
    site, there, other = world.github, *world.github.repositories.values()
    issues = [site.add_issue(other, f"It is {n}", at=world.now, by=ANA) for n in range(2)]
    connectors = [make(api) for api in ("rest", "graphql", "auto")]
    pulls = [pull(connector) for connector in connectors]
    for issue in issues:
        site.assign(issue, ANA, at=world.now)
        site.close(issue, at=world.now, by=ANA)
        site.close(issue, at=world.now + timedelta(minutes=1), by=ANA, reason="not_planned")
        site.reopen(issue, at=world.now + timedelta(minutes=2), by=ANA)
    world.now += timedelta(days=1)
    came = [site.transfer_issue(issue, there, at=world.now, by=ANA) for issue in issues]
    site.set_milestone(came[0], there.milestones[0], at=world.now, by=ANA)
    pulls = [
        [*batches, *pull(connector, dict(batches[-1].cursor))]
        for connector, batches in zip(connectors, pulls, strict=True)
    ]
    assert facts(pulls[0]) == facts(pulls[1]) == facts(pulls[2]) == facts(pull(make("rest")))
    for issue in came:
        changes = [
            change
            for change in facts(pulls[0]).values()
            if isinstance(change, Change) and change.item == str(issue.id)
        ]
        assert sum(change.field is ChangedField.STATUS for change in changes) == 3


def test_a_sync_that_finds_nothing_new_takes_nothing_from_the_rate_limit(
    make: Make, servers: DemoServers, world: World, service: Service
) -> None:
    connector = make("auto")
    world.now += timedelta(hours=1)
    batches = pull(connector)
    batches = pull(connector, dict(batches[-1].cursor))
    service.seen.clear()
    for _ in range(3):
        batches = pull(connector, dict(batches[-1].cursor))
    assert [seen.code for seen in service.seen] == ["304"] * 6
    assert len({seen.rate_limit_remaining for seen in service.seen}) == 1

    world.github.touch(world.github.by_name[SCOPE].issues[11], world.now)
    found = pull(connector, dict(batches[-1].cursor))
    assert [item.key for batch in found for item in batch.items] == ["acme/r000#11"]


def test_a_server_without_graphql_is_asked_for_it_once(
    make: Make, servers: DemoServers, world: World
) -> None:
    world.github.graphql = False
    expected = facts(pull(make("rest")))
    asked(servers)
    connector = make("auto")
    found = pull(connector)
    assert facts(found) == expected
    assert warnings(found) == []
    assert asked(servers)["graphql"] == 1
    pull(connector)
    assert asked(servers)["graphql"] == 0
    with pytest.raises(Stop, match="set api to auto"):
        pull(make("graphql"))


@pytest.mark.parametrize(
    "lacks", [("blockedBy",), ("subIssues", "blockedBy"), ("timelineItems",)], ids="+".join
)
def test_an_older_schema_gives_what_it_has(
    make: Make, servers: DemoServers, world: World, lacks: tuple[str, ...]
) -> None:
    expected = facts(pull(make("rest")))
    world.github.graphql_lacks = frozenset(lacks)
    asked(servers)
    assert facts(pull(make("auto"))) == expected
    assert 1 < asked(servers)["graphql"] <= 5


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html>sign in</html>"),
        (200, '{"errors": [{"type": "FORBIDDEN", "message": "no"}], "data": null}'),
        (200, '{"data": {"nodes": null}}'),
        (200, "[]"),
        (401, '{"message": "Bad credentials"}'),
        (403, '{"message": "Resource not accessible by personal access token"}'),
        (502, "<html>too much</html>"),
    ],
)
def test_graphql_that_does_not_answer_is_done_without(
    make: Make, servers: DemoServers, status: int, body: str
) -> None:
    expected = facts(pull(make("rest")))

    def refuse(request: Request) -> Response | None:
        return Response(body, status) if request.url.path.endswith("/graphql") else None

    servers.github.fault = refuse
    assert facts(pull(make("auto"))) == expected
    with pytest.raises((Retry, Stop)):
        pull(make("graphql"))


def test_a_used_up_limit_of_graphql_leaves_the_rest_to_rest(
    make: Make, servers: DemoServers, world: World
) -> None:
    expected = facts(pull(make("rest")))
    world.github.points = 0
    asked(servers)
    assert facts(pull(make("auto"))) == expected
    assert asked(servers)["graphql"] == 1
    with pytest.raises(Retry, match="rate limit") as raised:
        pull(make("graphql"))
    assert raised.value.retry_at is not None


def test_a_walk_by_graphql_resumes_with_the_same_facts(make: Make) -> None:
    whole = pull(make("auto"))
    for stop in range(len(whole)):
        resumed = pull(make("auto"), dict(whole[stop].cursor))
        assert facts([*whole[: stop + 1], *resumed]) == facts(whole)
    assert not any(len(batch.changes) and not batch.items for batch in whole)


def test_long_lists_are_completed_by_rest(make: Make, servers: DemoServers, world: World) -> None:
    site, repository = world.github, world.github.by_name[SCOPE]
    parent, *children = list(repository.issues.values())[10:125]
    for turn, child in enumerate(children):
        at = world.now - timedelta(hours=5) + timedelta(seconds=turn)
        site.add_sub_issue(parent, child, at=at)
        site.assign(parent, ANA, at=at)
    assert facts(pull(make("auto"))) == facts(pull(make("rest")))


def test_issues_that_are_gone_meanwhile_do_no_harm(
    make: Make, servers: DemoServers, world: World
) -> None:
    site, repository = world.github, world.github.by_name[SCOPE]
    gone = repository.issues[9]

    def delete(request: Request) -> None:
        if request.url.path.endswith("/graphql") and gone.number in repository.issues:
            with world.lock:
                site.delete_issue(gone)

    servers.github.fault = delete
    found = pull(make("auto"))
    assert {issue.key for issue in repository.issues.values()} <= {
        item.key for batch in found for item in batch.items
    }


def test_cross_references_are_the_same_from_both_where_they_are_wanted(
    make: Make, servers: DemoServers, world: World
) -> None:
    site, issues = world.github, world.github.by_name[SCOPE].issues
    elsewhere = world.github.by_name["acme/r001"].issues[4]
    for where in (issues[21], issues[21], elsewhere, issues[9]):
        site.mention(issues[20], where, at=world.now - timedelta(minutes=1))
    site.block(issues[20], issues[9], at=world.now - timedelta(minutes=1))
    assert not [link for link in links(pull(make("auto"))) if link.kind is LinkKind.RELATES]
    asked(servers)
    by_both = pull(make("auto", cross_references=True))
    assert asked(servers)["rest"] < 5
    assert facts(by_both) == facts(pull(make("rest", cross_references=True)))
    found = [link for link in links(by_both) if link.kind is LinkKind.RELATES]
    assert [(link.upstream, link.downstream) for link in found] == [
        ("acme/r000#21", "acme/r000#20"),
        ("acme/r001#4", "acme/r000#20"),
    ]
