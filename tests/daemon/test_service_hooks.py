"""From a tracker's webhook to what people see: read again at once, attributed, never twice."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from slipwatch.aggregator.store import open_store
from slipwatch.demo import Delivery, DemoServers, GithubHooks, JiraHooks, World
from slipwatch.demo.github_records import GithubIssue, Repository
from tests import clock

from .running import Running, eventually, write_config

Start = Callable[..., Running]
Config = dict[str, Any]

SECRET = "a webhook's secret"
GITHUB, CLOUD = "shop/github/second", "shop/cloud/second"
PLAN = "slipwatch_milestone_plan_timestamp_seconds"


@pytest.fixture
def hooked(config: Config, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Give settings with webhooks for two of the sources, that sync but once by themselves."""
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setenv("NEXT_SECRET", f"{SECRET}, renewed")
    for name in ("cloud", "github"):
        config["sources"][name]["webhook"] = {"secret": {"env": "HOOK_SECRET"}}
    config["sync"]["every"] = config["assess"]["every"] = "1h"
    return config


@pytest.fixture
def service(start: Start, hooked: Config) -> Running:
    """Give a service that has read everything once and has nothing to do."""
    running = start(hooked)
    eventually(lambda: running.metric("slipwatch_source_up") == 3)
    return running


def plan(service: Running, milestone: str) -> date | None:
    """Give the day that a milestone is planned for, as /metrics has it."""
    end = service.metric(PLAN, milestone=milestone)
    return None if end is None else datetime.fromtimestamp(end - 1, UTC).date()


def ledger(service: Running, milestone: str) -> list[dict[str, Any]]:
    """Give the lines of a milestone's ledger, without their times."""
    lines = service.get(f"/api/v1/ledger/{milestone}").json()["observations"]
    return [{key: line[key] for key in line if key != "at"} for line in lines]


def count(service: Running, name: str, source: str) -> float:
    return service.metric(f"slipwatch_{name}_total", source=source) or 0


def ended(service: Running, source: str) -> float:
    """Count the syncs that have come to their end; ``syncs`` counts those that were begun."""
    return service.metric("slipwatch_sync_duration_seconds_count", source=source) or 0


def move_milestone(world: World, by: timedelta) -> tuple[Delivery, date]:
    """Move the date of the milestone on GitHub; give what GitHub tells of it, and the new day."""
    repository = next(iter(world.github.repositories.values()))
    milestone = next(one for one in repository.milestones if one.title == "v2")
    assert milestone.due is not None
    with world.lock:
        before, after = milestone.due, milestone.due + by
        world.github.edit_milestone(milestone, at=clock.now(), due=after)
        told = GithubHooks(world, SECRET).milestone(
            "edited",
            milestone,
            repository,
            due_before=datetime(before.year, before.month, before.day, 8, tzinfo=UTC),
        )
    return told, after


def move_version(world: World, by: timedelta) -> tuple[Delivery, date]:
    """Move the date of the version in Jira; give what Jira tells of it, and the new day."""
    project = world.jira_cloud.projects["T000"]
    version = next(one for one in project.versions if one.name == "2.0")
    assert version.release is not None
    with world.lock:
        world.now = clock.now()
        after = version.release + by
        world.jira_cloud.edit_version(version, release=after)
        return JiraHooks(world, world.jira_cloud, SECRET).version(
            "updated", version, project
        ), after


def test_a_moved_milestone_is_shown_at_once_with_who_moved_it(
    service: Running, world: World
) -> None:
    first = plan(service, GITHUB)
    told, after = move_milestone(world, timedelta(days=7))

    assert told.send(f"{service.address}/hooks/github") == 202

    eventually(lambda: plan(service, GITHUB) == after)
    eventually(lambda: count(service, "syncs", "github") == 2)
    assert ledger(service, GITHUB) == [
        {"value": f"{first}", "days": None, "origin": "observation", "actor": None},
        {"value": f"{after}", "days": 5, "origin": "webhook", "actor": "slipwatch"},
    ]
    assert service.metric("slipwatch_milestone_date_moves_total", milestone=GITHUB) == 1
    assert count(service, "syncs", "cloud") == 1


def test_a_moved_version_is_read_again_though_jira_names_its_project_by_number(
    service: Running, world: World
) -> None:
    told, after = move_version(world, timedelta(days=7))

    assert told.send(f"{service.address}/hooks/cloud") == 202

    eventually(lambda: plan(service, CLOUD) == after)
    assert ledger(service, CLOUD)[-1]["origin"] == "webhook"
    assert count(service, "syncs", "github") == 1


def test_a_delivery_that_comes_again_changes_nothing(service: Running, world: World) -> None:
    told, after = move_milestone(world, timedelta(days=7))
    assert told.send(f"{service.address}/hooks/github") == 202
    eventually(lambda: plan(service, GITHUB) == after)
    eventually(lambda: count(service, "syncs", "github") == 2)

    assert told.send(f"{service.address}/hooks/github") == 202

    assert count(service, "hook_replays", "github") == 1
    later, last = move_milestone(world, timedelta(days=7))
    assert later.send(f"{service.address}/hooks/github") == 202
    eventually(lambda: plan(service, GITHUB) == last)
    eventually(lambda: count(service, "syncs", "github") == 3)
    assert count(service, "hook_deliveries", "github") == 3


def test_strangers_learn_nothing_and_change_nothing(service: Running, world: World) -> None:
    told, _ = move_milestone(world, timedelta(days=7))
    unsigned = replace(told, headers={"X-GitHub-Event": "milestone"})
    tampered = replace(told, body=told.body.replace(b"edited", b"closed"))
    foreign = GithubHooks(world, "another secret").ping(_repository(world))
    garbage = replace(told, body=b"{", headers={})

    answers = {
        name: (delivery.send(f"{service.address}/hooks/{source}"))
        for name, source, delivery in (
            ("unsigned", "github", unsigned),
            ("tampered", "github", tampered),
            ("foreign", "github", foreign),
            ("garbage", "github", garbage),
            ("no secret", "dc", told),
            ("no source", "nobody", told),
        )
    }

    assert answers == {
        "unsigned": 401,
        "tampered": 401,
        "foreign": 401,
        "garbage": 401,
        "no secret": 404,
        "no source": 404,
    }
    assert service.metric("slipwatch_hook_refusals_total", source="github", code="401") == 4
    assert count(service, "hook_deliveries", "github") == 0
    assert count(service, "syncs", "github") == 1
    assert "Keep it logically awesome" not in service.log
    assert SECRET not in service.log


def test_a_thousand_deliveries_cost_few_syncs(
    service: Running, world: World, servers: DemoServers
) -> None:
    repository = _repository(world)
    issue = next(iter(repository.issues.values()))
    hooks = GithubHooks(world, SECRET)
    deliveries = [hooks.issue("edited", issue) for _ in range(1000)]
    asked = len(servers.github.requests)
    url = f"{service.address}/hooks/github"

    with ThreadPoolExecutor(4) as senders:
        answers = set(senders.map(Delivery.send, deliveries, [url] * len(deliveries)))

    assert answers == {202}
    eventually(lambda: count(service, "syncs", "github") > 1)
    told, after = move_milestone(world, timedelta(days=7))
    assert told.send(url) == 202
    eventually(lambda: plan(service, GITHUB) == after)
    assert count(service, "hook_deliveries", "github") == 1001
    assert len(servers.github.requests) - asked < 200


def test_what_is_told_during_a_sync_is_read_after_it(
    service: Running, world: World, servers: DemoServers
) -> None:
    hold, held = threading.Event(), threading.Event()

    def slow(request: Request) -> None:
        if request.url.path.endswith("/issues") and not held.is_set():
            held.set()
            hold.wait(30)

    servers.github.fault = slow
    first, _ = move_milestone(world, timedelta(days=7))
    assert first.send(f"{service.address}/hooks/github") == 202
    eventually(held.is_set)

    # Its milestones have been listed by now: this one is not seen by the sync under way.
    told, after = move_milestone(world, timedelta(days=7))
    assert told.send(f"{service.address}/hooks/github") == 202
    hold.set()

    eventually(lambda: plan(service, GITHUB) == after)
    eventually(lambda: count(service, "syncs", "github") == 3)


def test_a_source_that_is_to_be_left_alone_is_not_asked_for_a_webhooks_sake(
    service: Running, world: World, servers: DemoServers
) -> None:
    def limited(_request: Request) -> Response:
        return JSONResponse({"message": "slow down"}, 429, {"Retry-After": "3600"})

    servers.github.fault = limited
    first, _ = move_milestone(world, timedelta(days=7))
    assert first.send(f"{service.address}/hooks/github") == 202
    eventually(lambda: count(service, "sync_failures", "github") == 1)
    asked = len(servers.github.requests)

    told, after = move_milestone(world, timedelta(days=7))
    assert told.send(f"{service.address}/hooks/github") == 202

    # What the webhook itself says is known all the same.
    eventually(lambda: plan(service, GITHUB) == after)
    assert len(servers.github.requests) == asked
    assert ledger(service, GITHUB)[-1]["origin"] == "webhook"


def test_what_the_trackers_index_does_not_know_yet_is_looked_for_again(
    service: Running, world: World
) -> None:
    project = world.jira_cloud.projects["T000"]
    version = next(one for one in project.versions if one.name == "2.0")
    issue = next(one for one in project.issues if version in one.versions)
    before = service.metric("slipwatch_milestone_items", milestone=CLOUD)
    assert before is not None
    told = JiraHooks(world, world.jira_cloud, SECRET).issue("updated", issue)
    assert told.send(f"{service.address}/hooks/cloud") == 202
    eventually(lambda: ended(service, "cloud") == 2)

    with world.lock:
        now = world.now = clock.now()
        world.jira_cloud.add_issue(project, "One more", at=now, versions=(version,))

    eventually(lambda: service.metric("slipwatch_milestone_items", milestone=CLOUD) == before + 1)
    assert count(service, "syncs", "cloud") == 3


def test_secrets_change_one_after_the_other_without_a_restart(
    service: Running, hooked: Config, world: World, tmp_path: Path
) -> None:
    repository = _repository(world)
    old, new = (GithubHooks(world, secret) for secret in (SECRET, f"{SECRET}, renewed"))
    url = f"{service.address}/hooks/github"
    assert (old.ping(repository).send(url), new.ping(repository).send(url)) == (202, 401)

    both = {"secret": {"env": "NEXT_SECRET"}, "previous": {"env": "HOOK_SECRET"}}
    hooked["sources"]["github"]["webhook"] = both
    write_config(tmp_path, hooked)
    assert service.post("/-/reload").status_code == 200
    assert (old.ping(repository).send(url), new.ping(repository).send(url)) == (202, 202)

    hooked["sources"]["github"]["webhook"] = {"secret": {"env": "NOT_THERE"}}
    write_config(tmp_path, hooked)
    assert service.post("/-/reload").status_code == 200
    assert new.ping(repository).send(url) == 503
    assert "NOT_THERE is not set" in service.log

    del hooked["sources"]["github"]["webhook"]
    write_config(tmp_path, hooked)
    assert service.post("/-/reload").status_code == 200
    assert new.ping(repository).send(url) == 404


def test_a_deleted_issue_is_scope_no_more(service: Running, world: World) -> None:
    issue = next(
        one
        for one in _repository(world).issues.values()
        if one.milestone is not None and one.milestone.title == "v2" and not one.pull_request
    )
    before = service.metric("slipwatch_milestone_items", milestone=GITHUB)
    assert before is not None
    with world.lock:
        told = GithubHooks(world, SECRET).issue("deleted", issue)
        world.github.delete_issue(issue)

    assert told.send(f"{service.address}/hooks/github") == 202

    eventually(lambda: service.metric("slipwatch_milestone_items", milestone=GITHUB) == before - 1)


def _repository(world: World) -> Repository:
    return next(iter(world.github.repositories.values()))


def _links(folder: Path, owner: GithubIssue) -> set[tuple[str, str]]:
    """Give the links that GitHub itself has for an issue, as the service has stored them."""
    with open_store(f"sqlite:///{folder / 'slipwatch.db'}") as store:
        return {
            (link.upstream, link.downstream)
            for _, link, _ in store.links("github")
            if link.owner == str(owner.id) and link.label in {"sub-issue", "blocked by"}
        }


def test_links_that_are_no_change_of_their_issues_are_read_as_soon_as_a_webhook_tells(
    service: Running, world: World, tmp_path: Path
) -> None:
    issues = _repository(world).issues.values()
    parent, child, blocked, blocker = [
        one for one in issues if not (one.pull_request or one.blocked_by or one.parent)
    ][:4]
    hooks = GithubHooks(world, SECRET)
    with world.lock:
        world.github.edges_touch = False
        world.github.block(blocked, blocker, at=clock.now())
        waits = hooks.dependency("blocked_by_added", blocked, blocker)
        world.github.add_sub_issue(parent, child, at=clock.now())
        part = hooks.sub_issue("sub_issue_added", parent, child)

    assert waits.send(f"{service.address}/hooks/github") == 202
    assert part.send(f"{service.address}/hooks/github") == 202

    eventually(lambda: (blocker.key, blocked.key) in _links(tmp_path, blocked))
    eventually(lambda: (child.key, parent.key) in _links(tmp_path, parent))

    with world.lock:
        world.github.unblock(blocked, blocker, at=clock.now())
        no_more = hooks.dependency("blocked_by_removed", blocked, blocker)
    assert no_more.send(f"{service.address}/hooks/github") == 202
    eventually(lambda: (blocker.key, blocked.key) not in _links(tmp_path, blocked))
    assert (child.key, parent.key) in _links(tmp_path, parent)
