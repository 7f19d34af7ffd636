"""A program across GitLab and Jira, from the trackers to the assessment, by the command line."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import yaml

from slipwatch.demo import CLOUD_TOKEN, DemoServer, World
from slipwatch.demo.gitlab import GitlabApp
from slipwatch.demo.gitlab_site import GitlabSite
from slipwatch.demo.jira import JiraApp

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SLIPWATCH = Path(sys.executable).parent / "slipwatch"


def test_a_group_milestone_waits_for_the_jira_version_that_an_issue_names(tmp_path: Path) -> None:
    world, site = World(now=NOW), GitlabSite(token="glpat-very-secret-token")
    at = NOW - timedelta(days=9)
    payments = world.jira_cloud.add_project("PAY", "Payments")
    version = world.jira_cloud.add_version(payments, "2.0", release=date(2026, 2, 1))
    world.jira_cloud.add_issue(payments, "Take cards", at=at, versions=(version,))
    goal = site.add_milestone("acme", "v2", due=date(2026, 2, 20))
    issue = site.add_issue(site.add_project("acme/api"), "Pay by card", at=at)
    issue.description = "Blocked by PAY-1 for now."
    site.set_milestone(issue, goal, at=at)
    with (
        DemoServer(world, JiraApp(world, world.jira_cloud), "jira") as jira,
        DemoServer(world, GitlabApp(site), "gitlab") as gitlab,
    ):
        config = tmp_path / "slipwatch.yaml"
        config.write_text(
            yaml.safe_dump(
                {
                    "store": f"sqlite:///{tmp_path / 'slipwatch.db'}",
                    "sources": {
                        "jira": {
                            "kind": "jira",
                            "url": jira.url,
                            "auth": {
                                "email": "slipwatch@acme.example",
                                "token": {"env": "JIRA_TOKEN"},
                            },
                            "projects": ["PAY"],
                        },
                        "gitlab": {
                            "kind": "gitlab",
                            "url": gitlab.url,
                            "auth": {"token": {"env": "GITLAB_TOKEN"}},
                            "projects": ["acme/api"],
                        },
                    },
                    "programs": [
                        {
                            "id": "shop",
                            "projects": [
                                {
                                    "id": "payments",
                                    "scope": [{"source": "jira", "project": "PAY"}],
                                    "discover": ["versions"],
                                },
                                {
                                    "id": "api",
                                    "scope": [{"source": "gitlab", "project": "acme/api"}],
                                    "milestones": [
                                        {
                                            "id": "v2",
                                            "from": [
                                                {
                                                    "source": "gitlab",
                                                    "project": "acme/api",
                                                    "milestone": "v2",
                                                }
                                            ],
                                        }
                                    ],
                                },
                            ],
                        }
                    ],
                }
            )
        )
        environment = {**os.environ, "JIRA_TOKEN": CLOUD_TOKEN, "GITLAB_TOKEN": site.token}
        for command in (["sync"], ["assess", "--format", "json", "--as-of", "2026-01-05"]):
            done = subprocess.run(
                [SLIPWATCH, *command, "--config", config],
                check=False,
                text=True,
                capture_output=True,
                env=environment,
            )
            assert done.returncode == 0, done.stderr
    assessment = json.loads(done.stdout)
    plans = {m["id"]: m["dates"]["plan"] for m in assessment["milestones"]}
    assert plans["shop/api/v2"] == "2026-02-20"
    (dependency,) = assessment["dependencies"]
    assert dependency["to"] == "shop/api/v2"
    assert dependency["from"].startswith("shop/payments/")
    assert dependency["evidence"] == [["jira:PAY-1", "gitlab:acme/api#1"]]
