"""GitLab keeps the contract of connectors: its projects, and its groups with their epics."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.connector import Explores, ReceivesHooks
from slipwatch.connectors.conformance import (
    CensusConformance,
    ExploringConformance,
    HookConformance,
    HttpConformance,
    Signed,
    World,
)
from slipwatch.connectors.gitlab.connector import GitLabConnector
from slipwatch.connectors.gitlab.settings import GitLabSettings
from slipwatch.demo import DemoServer
from slipwatch.demo import World as Company
from slipwatch.demo.gitlab import GitlabApp
from slipwatch.demo.gitlab_site import GitlabSite

TOKEN = "glpat-very-secret-token"
HOOK_SECRET = "hook-secret-of-gitlab"


def settings(tmp_path: Path, **keys: Any) -> dict[str, Any]:
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "secret").write_text(HOOK_SECRET)
    return {
        "kind": "gitlab",
        "auth": {"token": {"file": str(tmp_path / "token")}},
        "webhook": {"secret": {"file": str(tmp_path / "secret")}},
        **keys,
    }


def signed(event: dict[str, Any]) -> Signed:
    headers = {"x-gitlab-token": HOOK_SECRET, "idempotency-key": "f5e5f430-f57b"}
    return Signed(
        body=json.dumps(event).encode(), sign=lambda _body: dict(headers), signs_body=False
    )


class TestProject(CensusConformance, ExploringConformance, HookConformance, HttpConformance):
    """One of the issues is confidential, and seen by the account."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[World]:
        company, site = Company(), GitlabSite(token=TOKEN)
        at = company.now - timedelta(days=9)
        project = site.add_project("acme/platform/api")
        goal = site.add_milestone("acme", "v2", due=date(2026, 2, 1))
        spare = site.add_milestone("acme", "v3", due=date(2026, 3, 1))
        sprint = site.add_iteration("acme", None, date(2026, 1, 1), date(2026, 1, 14))
        issues = [
            site.add_issue(project, f"Issue {n}", at=at + timedelta(hours=n)) for n in range(7)
        ]
        issues[3].confidential = True
        for issue in issues[:3]:
            site.set_milestone(issue, goal, at=at + timedelta(hours=8))
        site.set_iteration(issues[1], sprint, at=at + timedelta(hours=9))
        site.close(issues[2], at=at + timedelta(hours=21))
        site.link("blocks", issues[4], issues[3], at=at + timedelta(hours=22))
        issues[5].description = "Depends on #7."
        keys = settings(tmp_path, projects=["acme/platform/api"])

        def edit() -> str:
            with company.lock:
                company.now += timedelta(minutes=10)
                issues[0].title += " again"
                issues[0].updated = company.now
            return str(issues[0].id)

        def delete() -> str:
            with company.lock:
                del project.issues[issues[6].iid]
            return str(issues[6].id)

        def delete_milestone() -> str:
            with company.lock:
                site.delete_milestone(spare)
            return str(spare.id)

        with DemoServer(company, GitlabApp(site), "gitlab") as server:
            yield World(
                connect=lambda url, context: GitLabConnector(
                    "gitlab", GitLabSettings.model_validate({**keys, "url": url}), context
                ),
                url=server.url,
                scope="acme/platform/api",
                missing="acme/nothing",
                items={str(issue.id): issue.key for issue in issues},
                milestones=frozenset({str(goal.id), str(spare.id), f"iteration:{sprint.id}"}),
                links=frozenset({(issues[4].key, issues[3].key), (issues[6].key, issues[5].key)}),
                edit=edit,
                delete=delete,
                delete_milestone=delete_milestone,
                now=company.now,
                secrets=(TOKEN, HOOK_SECRET),
                page_parameter="per_page",
                delivery=signed(
                    {
                        "object_kind": "issue",
                        "project": {"path_with_namespace": "acme/platform/api"},
                        "object_attributes": {"id": 1},
                    }
                ),
            )


class TestGroup(CensusConformance, HttpConformance):
    """The epics of a group are a scope beside its projects."""

    extras = frozenset({Explores, ReceivesHooks})

    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[World]:
        company, site = Company(), GitlabSite(token=TOKEN)
        at = company.now - timedelta(days=9)
        site.add_project("acme/api")
        epics = [site.add_epic("acme", f"Epic {n}", at=at + timedelta(hours=n)) for n in range(7)]
        epics[5].description = "Depends on acme&7."
        keys = settings(tmp_path, groups=["acme"])

        def edit() -> str:
            with company.lock:
                company.now += timedelta(minutes=10)
                epics[0].title += " again"
                epics[0].updated = company.now
            return f"epic:{epics[0].id}"

        def delete() -> str:
            with company.lock:
                site.epics.remove(epics[6])
            return f"epic:{epics[6].id}"

        with DemoServer(company, GitlabApp(site), "gitlab") as server:
            yield World(
                connect=lambda url, context: GitLabConnector(
                    "gitlab", GitLabSettings.model_validate({**keys, "url": url}), context
                ),
                url=server.url,
                scope="acme",
                missing="acme/nothing",
                items={f"epic:{epic.id}": f"acme&{epic.iid}" for epic in epics},
                links=frozenset({("acme&7", "acme&6")}),
                edit=edit,
                delete=delete,
                id_prefix="epic:",
                now=company.now,
                secrets=(TOKEN, HOOK_SECRET),
                page_parameter="per_page",
            )
