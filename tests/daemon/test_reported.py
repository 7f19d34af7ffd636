"""What people report in their trackers, from the trackers to the assessment."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipwatch.aggregator.store import open_store
from slipwatch.aggregator.sync import sync_source
from slipwatch.daemon.pipeline import run_assessment
from slipwatch.daemon.settings import read_settings
from slipwatch.daemon.wiring import connect
from slipwatch.demo import DemoServers, World
from slipwatch.demo.github_projects import Project

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    """Give a Jira and a GitHub in which three statuses are reported."""
    made = World(now=NOW)
    at = NOW - timedelta(days=30)
    site = made.jira_cloud
    project = site.add_project("PAY", "Payments")
    for word in ("At risk", "Ask Lou"):
        site.add_issue(project, "Status", at=at).reported = word
    repository = made.github.add_repository("acme/web", at=at)
    issue = made.github.add_issue(repository, "Status", at=at)
    board = Project(number=3, owner="acme", kinds={"Title": "title", "Health": "single_select"})
    board.put(issue, at=at, health={"id": "f7", "name": {"raw": "Off track", "html": "Off track"}})
    made.github_projects.append(board)
    return made


@pytest.fixture
def servers(world: World) -> Iterator[DemoServers]:
    with DemoServers(world) as running:
        yield running


def reported(source: str, item: str) -> dict[str, Any]:
    return {"from": {"source": source, "item": item}}


def test_a_status_that_people_choose_in_a_tracker_stands_beside_the_measured_one(
    servers: DemoServers, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIRA", world.jira_cloud.token)
    monkeypatch.setenv("GITHUB", world.github.token)
    late = {"id": "launch", "duration": "5wd", "commitment": "2025-12-01"}
    config = {
        "timezone": "UTC",
        "assess": {"trials": 100},
        "sources": {
            "jira": {
                "kind": "jira",
                "url": servers.jira_cloud.url,
                "projects": ["PAY"],
                "auth": {"email": "slipwatch@acme.example", "token": {"env": "JIRA"}},
                "fields": {"reported": "Reported status"},
            },
            "hub": {
                "kind": "github",
                "url": servers.github.url,
                "repositories": ["acme/web"],
                "auth": {"token": {"env": "GITHUB"}},
                "projects": [{"owner": "acme", "number": 3, "reported": "Health"}],
            },
        },
        "programs": [
            {
                "id": "shop",
                "reported": reported("jira", "PAY-1"),
                "projects": [
                    {"id": "web", "reported": reported("hub", "acme/web#1"), "milestones": [late]},
                    {"id": "app", "reported": reported("jira", "PAY-2")},
                ],
            }
        ],
    }
    file = tmp_path / "slipwatch.yaml"
    file.write_text(yaml.safe_dump(config))
    settings = read_settings(file)

    with open_store(f"sqlite:///{tmp_path / 'slipwatch.db'}") as store:
        for name in settings.sources:
            connector = connect(settings, name, now=lambda: NOW)
            result = sync_source(connector, store, now=lambda: NOW)
            connector.close()
            assert (result.error, result.warnings) == (None, ())
        found = run_assessment(settings, store, as_of=NOW.date(), now=NOW, remember=True).assessment

    (program,) = found.programs
    projects = {view.id: view.reported for view in found.projects}
    assert program.reported is not None
    assert (program.reported.status, program.reported.origin) == ("amber", "jira:PAY-1")
    assert (program.reported.computed, program.reported.gap) == ("red", 1)
    web = projects["shop/web"]
    assert web is not None
    assert (web.status, web.origin, web.gap) == ("red", "hub:acme/web#1", 0)
    assert projects["shop/app"] is None
