"""Jira Cloud and Jira Data Center keep the contract of connectors."""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from slipwatch.aggregator.connector import Connector, Context, Skip
from slipwatch.connectors.conformance import (
    CensusConformance,
    Conformance,
    ExploringConformance,
    HookConformance,
    HttpConformance,
    Signed,
    World,
)
from slipwatch.connectors.conformance.bench import Bench
from slipwatch.connectors.jira.connector import JiraConnector
from slipwatch.connectors.jira.settings import JiraSettings
from slipwatch.demo import CLOUD_TOKEN, DATA_CENTER_TOKEN, DemoServer
from slipwatch.demo import World as Company
from slipwatch.demo.jira import JiraApp
from slipwatch.demo.jira_objects import JiraIssue, JiraVersion
from slipwatch.demo.jira_site import JiraSite

from .beside import Nursery, ReadBeside
from .line import JiraBeside

EMAIL = "slipwatch@acme.example"
LOGIN = base64.b64encode(f"{EMAIL}:{CLOUD_TOKEN}".encode()).decode()


HOOK_SECRET = "hook-secret-of-jira"
HOOK = {"webhookEvent": "jira:issue_updated", "issue": {"id": "1", "key": "PAY-1", "fields": {}}}


def sign(body: bytes) -> dict[str, str]:
    digest = hmac.new(HOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"x-hub-signature": f"sha256={digest}", "x-atlassian-webhook-identifier": "7"}


def fill(company: Company, site: JiraSite) -> tuple[list[JiraIssue], JiraVersion]:
    at = company.now - timedelta(days=9)
    project = site.add_project("PAY", "Payments")
    version = site.add_version(project, "2.0", release=date(2026, 2, 1))
    issues = [
        site.add_issue(
            project,
            f"Issue {n}",
            at=at + timedelta(hours=n),
            description="Some text.",
            versions=(version,) if n % 2 else (),
            labels=("bug",),
            due=date(2026, 1, 20),
        )
        for n in range(7)
    ]
    by = project.lead
    site.set_due(issues[1], date(2026, 1, 30), at=at + timedelta(hours=20), by=by)
    site.transition(issues[2], "Done", at=at + timedelta(hours=21), by=by)
    site.link("Blocks", issues[4], issues[3], at=at + timedelta(hours=22), by=by)
    return issues, version


@contextmanager
def serve(
    tmp_path: Path,
    *,
    cloud: bool,
    made: Callable[[str, JiraSettings, Context], Connector] = JiraConnector,
) -> Generator[World]:
    company = Company()
    site = company.jira_cloud if cloud else company.jira_dc
    issues, version = fill(company, site)
    token = tmp_path / "token"
    token.write_text(CLOUD_TOKEN if cloud else DATA_CENTER_TOKEN)
    secret = tmp_path / "secret"
    secret.write_text(HOOK_SECRET)
    settings = {
        "kind": "jira",
        "auth": {"token": {"file": str(token)}} | ({"email": EMAIL} if cloud else {}),
        "projects": ["PAY"],
        "webhook": {"secret": {"file": str(secret)}},
    }

    def edit() -> str:
        with company.lock:
            company.now += timedelta(minutes=20)
            issues[0].summary += " again"
            site.touch(issues[0], company.now)
        return str(issues[0].id)

    spare = site.add_version(site.projects["PAY"], "3.0", release=date(2026, 3, 1))

    def delete() -> str:
        with company.lock:
            site.delete_issue(issues[6])
        return str(issues[6].id)

    def delete_milestone() -> str:
        with company.lock:
            site.delete_version(site.projects["PAY"], spare)
        return str(spare.id)

    with DemoServer(company, JiraApp(company, site), "jira") as server:
        yield World(
            connect=lambda url, context: made(
                "jira", JiraSettings.model_validate(settings | {"url": url}), context
            ),
            url=server.url,
            scope="PAY",
            missing="NONE",
            items={str(issue.id): issue.key for issue in issues},
            milestones=frozenset({str(version.id), str(spare.id)}),
            links=frozenset({(issues[4].key, issues[3].key)}),
            edit=edit,
            delete=delete,
            delete_milestone=delete_milestone,
            now=company.now,
            secrets=(CLOUD_TOKEN, LOGIN) if cloud else (DATA_CENTER_TOKEN,),
            page_parameter="maxResults",
            pages=1 if cloud else 3,  # Cloud gives changelogs by the thousand: so large is a batch
            delivery=Signed(body=json.dumps(HOOK).encode(), sign=sign),
        )


class TestJiraCloud(CensusConformance, ExploringConformance, HookConformance, HttpConformance):
    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[World]:
        with serve(tmp_path, cloud=True) as world:
            yield world


class TestJiraDataCenter(CensusConformance, ExploringConformance, HookConformance, HttpConformance):
    """What is told over the line to a process beside is the same, trouble included."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[World]:
        with serve(tmp_path, cloud=False, made=JiraBeside) as world:
            yield world


class TestJiraReadBeside(Conformance):
    """What a process beside reads is what this one would, by the program that is started for it.

    It really sleeps, and so is not tried on what is to be waited for.
    """

    bench = HttpConformance.bench
    test_small_pages_make_many_batches = HttpConformance.test_small_pages_make_many_batches
    test_every_request_is_counted = HttpConformance.test_every_request_is_counted
    test_recorded_payloads_convert_to_what_a_pull_gives = (
        HttpConformance.test_recorded_payloads_convert_to_what_a_pull_gives
    )

    @pytest.fixture(scope="class")
    @classmethod
    def nursery(cls) -> Iterator[Nursery]:
        """Give the process that others are forked from."""
        with Nursery() as nursery:
            yield nursery

    @pytest.fixture
    def world(self, tmp_path: Path, nursery: Nursery) -> Iterator[World]:
        def beside(name: str, settings: JiraSettings, context: Context) -> ReadBeside:
            return ReadBeside(nursery, name, settings, context)

        with serve(tmp_path, cloud=False, made=beside) as world:
            yield world

    def test_another_process_reads_each_pull(self, bench: Bench) -> None:
        with closing(bench.connector()) as connector:
            assert isinstance(connector, ReadBeside)
            for _ in range(2):
                assert list(connector.pull(bench.world.scope, None))
        assert len({os.getpid(), *connector.processes}) == 3

    def test_what_stops_a_pull_there_stops_it_here(self, bench: Bench) -> None:
        with pytest.raises(Skip, match="NONE does not exist, or the account may not see it"):
            bench.pull(scope=bench.world.missing)
