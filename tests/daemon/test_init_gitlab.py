"""init on a GitLab, alone and beside a Jira: what it writes can be run."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from slipwatch.demo import DemoServer, World
from slipwatch.demo.gitlab import GitlabApp
from slipwatch.demo.gitlab_site import GitlabSite
from slipwatch.demo.jira import JiraApp
from tests.clock import BEGAN

from .running import Commands

TOKEN = "glpat-open-sesame-0123456789"


@pytest.fixture
def sites(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Run a GitLab whose API waits for a version of a Jira, and whose shop waits for the API."""
    world, site = World(now=BEGAN), GitlabSite(token=TOKEN)
    at, due = BEGAN - timedelta(days=9), BEGAN.date() + timedelta(days=60)
    payments = world.jira_cloud.add_project("PAY", "Payments")
    version = world.jira_cloud.add_version(payments, "2.0", release=due)
    world.jira_cloud.add_issue(payments, "Take cards", at=at, versions=(version,))
    api, web = site.add_project("acme/platform/api"), site.add_project("acme/web")
    launch = site.add_milestone("acme", "Launch", due=due)
    ready = site.add_milestone("acme/platform/api", "API: v2", due=due)
    login, shop = site.add_issue(api, "Pay by card", at=at), site.add_issue(web, "Shop", at=at)
    login.description = "Blocked by PAY-1 for now."
    site.set_milestone(login, ready, at=at)
    site.set_milestone(shop, launch, at=at)
    site.link("blocks", login, shop, at=at)
    monkeypatch.setenv("GITLAB_TOKEN", TOKEN)
    monkeypatch.setenv("JIRA_TOKEN", world.jira_cloud.token)
    with (
        DemoServer(world, GitlabApp(site), "gitlab") as gitlab,
        DemoServer(world, JiraApp(world, world.jira_cloud), "jira") as jira,
    ):
        yield SimpleNamespace(gitlab=gitlab.url, jira=jira.url)


def test_a_gitlab_and_a_jira_become_one_program_that_can_be_run(
    slipwatch: Commands, sites: Any, tmp_path: Path
) -> None:
    done = slipwatch(
        "init",
        *("--url", sites.gitlab, "--token-env", "GITLAB_TOKEN"),
        *("--url", sites.jira, "--token-env", "JIRA_TOKEN", "--email", ""),
        *("--email", "slipwatch@acme.example", "--all", "--yes"),
    )

    assert done.code == 0, done.err
    assert "GitLab 17.5.1-ee; the token belongs to Slipwatch (@slipwatch)." in done.err
    assert "(sources 2, programs 1, projects 3, milestones 4, dependencies seen 2)" in done.out
    text = (tmp_path / "slipwatch.yaml").read_text()
    assert "- {milestone: payments/2.0}  # acme/platform/api#1 waits for PAY-1" in text
    assert "- {milestone: api/api-v2}  # acme/web#1 waits for acme/platform/api#1" in text
    assert TOKEN not in text
    written = yaml.safe_load(text)
    assert written["sources"]["gitlab"] == {
        "kind": "gitlab",
        "url": sites.gitlab,
        "auth": {"token": {"env": "GITLAB_TOKEN"}},
        "projects": ["acme/web", "acme/platform/api"],
    }
    told = [slipwatch(*command.split()) for command in ("config check", "sync", "assess")]
    assert [one.code for one in told] == [0, 0, 0], [one.err for one in told]
    assert "launch" in told[2].out


def test_an_address_of_a_group_reads_it_whole_with_its_epics(
    slipwatch: Commands, sites: Any, tmp_path: Path
) -> None:
    done = slipwatch("init", "--url", f"{sites.gitlab}/groups/acme", "--yes")

    assert done.code == 0, done.err
    written = yaml.safe_load((tmp_path / "slipwatch.yaml").read_text())
    assert written["sources"]["gitlab"]["groups"] == ["acme"]
    assert "projects" not in written["sources"]["gitlab"]
    assert {one["id"] for one in written["programs"][0]["projects"]} == {"api", "web"}
    assert slipwatch("config", "check").code == 0
    assert slipwatch("sync").code == 0
