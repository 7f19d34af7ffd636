"""Jira from the tracker to the assessment: levels above epics, the gateway, and new names."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.store import EntityKind, open_store
from slipwatch.demo import DemoServer, World
from slipwatch.demo.github import GithubApp
from slipwatch.demo.jira import JiraApp
from slipwatch.demo.jira_objects import JiraProject
from slipwatch.demo.jira_site import JiraSite
from tests import clock
from tests.clock import BEGAN, TODAY

from .running import Commands, write_config

LONG_AGO = BEGAN - timedelta(days=30)
BASIC = {"email": "slipwatch@acme.example", "token": {"env": "TOKEN"}}
BEARER = {"token": {"env": "TOKEN"}}


@pytest.fixture
def world() -> World:
    return World(now=BEGAN)


@pytest.fixture
def serve(world: World) -> Iterator[Any]:
    """Give a function that serves a site and returns its address."""
    with ExitStack() as stack:

        def start(app: Any, name: str) -> str:
            return stack.enter_context(DemoServer(world, app, name)).url

        yield start


def configure(folder: Path, sources: dict[str, Any], milestones: list[dict[str, Any]]) -> None:
    scope = [{"source": name} for name in sources]
    project = {"id": "pay", "scope": scope, "milestones": milestones}
    write_config(
        folder,
        {
            "assess": {"trials": 100},
            "sources": sources,
            "programs": [{"id": "shop", "projects": [project]}],
        },
    )


def assessed(slipwatch: Commands, **env: str) -> dict[str, Any]:
    """Sync, assess, and give the milestones by the last part of their ids."""
    synced = slipwatch("sync", **env)
    assert synced.code == 0, synced.err
    done = slipwatch("assess", "--format", "json", **env)
    assert done.code == 0, done.err
    return {one["id"].rpartition("/")[2]: one for one in json.loads(done.out)["milestones"]}


def grow(site: JiraSite, project: JiraProject) -> None:
    """Plan an initiative of two epics with three stories, and a story outside of it."""
    top = site.add_issue(project, "Checkout", type_name="Initiative", at=LONG_AGO)
    epics = [
        site.add_issue(project, f"Epic {n}", type_name="Epic", parent=top, at=LONG_AGO)
        for n in range(2)
    ]
    stories = [
        site.add_issue(project, f"Story {n}", parent=epics[n % 2], at=LONG_AGO) for n in range(3)
    ]
    site.add_issue(project, "Something else", at=LONG_AGO)
    site.transition(stories[0], "Done", at=BEGAN, by=site.user, resolution="Done")


@pytest.mark.parametrize("cloud", [True, False])
def test_an_initiative_counts_the_stories_of_its_epics(
    slipwatch: Commands, world: World, serve: Any, tmp_path: Path, cloud: bool
) -> None:
    site = world.jira_cloud if cloud else world.jira_dc
    grow(site, site.add_project("PAY", "Payments"))
    url = serve(JiraApp(world, site), "jira")
    source = {"kind": "jira", "url": url, "projects": ["PAY"], "auth": BASIC if cloud else BEARER}
    selector = {"source": "jira", "project": "PAY", "epic": "PAY-1"}
    configure(tmp_path, {"jira": source}, [{"id": "checkout", "from": [selector]}])

    found = assessed(slipwatch, TOKEN=site.token)

    scope = found["checkout"]["scope"]
    assert (scope["done"], scope["remaining"]) == (1, 2)


def test_a_token_of_an_app_reads_through_the_gateway_and_people_open_the_site(
    slipwatch: Commands, world: World, serve: Any, tmp_path: Path
) -> None:
    site = world.jira_cloud
    project = site.add_project("PAY", "Payments")
    version = site.add_version(project, "2.0", release=TODAY + timedelta(days=60))
    site.add_issue(project, "Take cards", at=LONG_AGO, versions=(version,))
    gateway = "/ex/jira/11f-22"
    url = f"{serve(JiraApp(world, site, gateway=gateway), 'jira')}{gateway}"
    source = {
        "kind": "jira",
        "url": url,
        "browse_url": "https://acme.atlassian.net",
        "projects": ["PAY"],
        "auth": BEARER,
    }
    selector = {"source": "jira", "project": "PAY", "version": "2.0"}
    configure(tmp_path, {"jira": source}, [{"id": "v2", "from": [selector]}])

    found = assessed(slipwatch, TOKEN=site.token)

    assert found["v2"]["url"].startswith("https://acme.atlassian.net/")
    assert found["v2"]["scope"]["remaining"] == 1
    refused = slipwatch("sync", TOKEN="wrong")
    assert "the credentials were not accepted" in refused.err


def test_what_is_renamed_keeps_its_id_its_history_and_who_declared_it(
    slipwatch: Commands, world: World, serve: Any, tmp_path: Path
) -> None:
    site, github = world.jira_cloud, world.github
    due = TODAY + timedelta(days=60)
    project = site.add_project("PAY", "Payments")
    version = site.add_version(project, "2.0", release=due)
    board = site.agile.add_board("PAY", "Payments")
    sprint = site.agile.add_sprint(board, "Sprint 7", BEGAN, BEGAN + timedelta(days=10))
    issue = site.add_issue(project, "Take cards", at=LONG_AGO, versions=(version,))
    site.set_sprints(issue, (sprint,), at=LONG_AGO, by=site.user)
    web = github.add_repository("acme/web", at=LONG_AGO)
    launch = github.add_milestone(web, "Launch", at=LONG_AGO, due=due)
    github.add_issue(web, "Shop", at=LONG_AGO, milestone=launch)
    sources = {
        "jira": {
            "kind": "jira",
            "url": serve(JiraApp(world, site), "jira"),
            "projects": ["PAY"],
            "auth": BASIC,
        },
        "github": {
            "kind": "github",
            "url": f"{serve(GithubApp(world), 'github')}/api/v3",
            "repositories": ["acme/web"],
            "auth": {"token": {"env": "GITHUB_TOKEN"}},
        },
    }
    pay, shop = {"source": "jira", "project": "PAY"}, {"source": "github", "repository": "acme/web"}
    configure(
        tmp_path,
        sources,
        [
            {"id": "v2", "from": [{**pay, "version": "2.0"}]},
            {"id": "sprint", "from": [{**pay, "sprint": "Sprint 7"}]},
            {"id": "launch", "from": [{**shop, "milestone": "Launch"}]},
        ],
    )
    tokens = {"TOKEN": site.token, "GITHUB_TOKEN": github.token}
    before = assessed(slipwatch, **tokens)

    later = due + timedelta(days=7)
    with world.lock:
        world.now = clock.now()
        site.edit_version(version, name="2026.4", release=later)
        sprint.name, sprint.end = "Cards", sprint.end + timedelta(days=7)
        github.edit_milestone(launch, at=world.now, title="Grand opening", due=later)
    after = assessed(slipwatch, **tokens)

    assert before.keys() == after.keys() == {"v2", "sprint", "launch"}
    dates = {name: date.fromisoformat(one["dates"]["plan"]) for name, one in after.items()}
    assert dates == {"v2": later, "sprint": sprint.end.date(), "launch": later}
    assert {name: one["scope"]["remaining"] for name, one in after.items()} == dict.fromkeys(
        after, 1
    )
    assert {name: one["slip"]["moves"] for name, one in after.items()} == dict.fromkeys(after, 1)
    with open_store(f"sqlite:///{tmp_path / 'slipwatch.db'}") as store:
        names = {one.name: one.former_names for _, one in store.tracker_milestones()}
        moved = {entry.entity for entry in store.ledger(EntityKind.MILESTONE)}
    assert names == {"2026.4": ("2.0",), "Cards": ("Sprint 7",), "Grand opening": ("Launch",)}
    assert moved == {str(version.id), f"sprint:{sprint.id}", str(launch.id)}
