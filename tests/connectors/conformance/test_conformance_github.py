"""GitHub keeps the contract of connectors."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from slipwatch.connectors.conformance import (
    CensusConformance,
    ExploringConformance,
    HookConformance,
    HttpConformance,
    Signed,
    World,
)
from slipwatch.connectors.github.connector import GitHubConnector
from slipwatch.connectors.github.settings import GitHubSettings
from slipwatch.demo import GITHUB_TOKEN, DemoServer
from slipwatch.demo import World as Company
from slipwatch.demo.github import GithubApp

HOOK_SECRET = "hook-secret-of-github"


def sign(body: bytes) -> dict[str, str]:
    digest = hmac.new(HOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {
        "x-hub-signature-256": f"sha256={digest}",
        "x-github-event": "label",
        "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    }


class GitHub(CensusConformance, ExploringConformance, HookConformance, HttpConformance):
    api = "auto"
    reviewed = False
    """Whether a gate is decided in a pull request, so that its reviews are read."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[World]:
        company = Company()
        site = company.github
        at = company.now - timedelta(days=9)
        repository = site.add_repository("acme/api", at=at)
        goal = site.add_milestone(repository, "v2", at=at, due=date(2026, 2, 1))
        spare = site.add_milestone(repository, "v3", at=at, due=date(2026, 3, 1))
        issues = [
            site.add_issue(
                repository,
                f"Issue {n}",
                at=at + timedelta(hours=n),
                body="Some text.",
                milestone=goal if n % 2 else None,
                labels=("bug",),
                type_name="Task",
            )
            for n in range(7)
        ]
        user = issues[0].user
        site.assign(issues[1], user, at=at + timedelta(hours=20))
        site.close(issues[2], at=at + timedelta(hours=21), by=user)
        site.block(issues[3], issues[4], at=at + timedelta(hours=22))
        site.add_sub_issue(issues[5], issues[6], at=at + timedelta(hours=23))
        approvals: frozenset[str] = frozenset()
        if self.reviewed:
            pull = site.add_issue(repository, "Build", at=at, pull_request=True)
            for hours in (24, 25, 26):
                review = site.review(pull, at=at + timedelta(hours=hours), by=user)
            site.dismiss(pull, review, at=at + timedelta(hours=27), by=user)
            approvals = frozenset({pull.key})
            issues.append(pull)
        token = tmp_path / "token"
        token.write_text(GITHUB_TOKEN)
        secret = tmp_path / "secret"
        secret.write_text(HOOK_SECRET)

        def edit() -> str:
            with company.lock:
                company.now += timedelta(minutes=10)
                issues[0].title += " again"
                site.touch(issues[0], company.now)
            return str(issues[0].id)

        def delete() -> str:
            with company.lock:
                site.delete_issue(issues[6])
            return str(issues[6].id)

        def delete_milestone() -> str:
            with company.lock:
                site.delete_milestone(repository, spare)
            return str(spare.id)

        with DemoServer(company, GithubApp(company), "github") as server:
            yield World(
                connect=lambda url, context: GitHubConnector(
                    "github",
                    GitHubSettings.model_validate(
                        {
                            "kind": "github",
                            "url": url,
                            "auth": {"token": {"file": str(token)}},
                            "webhook": {"secret": {"file": str(secret)}},
                            "repositories": ["acme/api"],
                            "api": self.api,
                        }
                    ),
                    replace(context, approvals=approvals),
                ),
                url=server.url,
                scope="acme/api",
                missing="acme/nothing",
                items={str(issue.id): issue.key for issue in issues},
                milestones=frozenset({str(goal.id), str(spare.id)}),
                links=frozenset({(issues[4].key, issues[3].key), (issues[6].key, issues[5].key)}),
                edit=edit,
                delete=delete,
                delete_milestone=delete_milestone,
                now=company.now,
                secrets=(GITHUB_TOKEN,),
                delivery=Signed(
                    body=b'{"action": "edited", "repository": {"id": 1, "full_name": "acme/api"}}',
                    sign=sign,
                ),
                page_parameter="per_page",
                # A list of two pages has no ETag, and a dismissal is an event of its own.
                quiet_requests=5 if self.reviewed else 3,
            )


class TestGitHubRest(GitHub):
    api = "rest"
    reviewed = True


class TestGitHubGraphQL(GitHub):
    api = "graphql"
