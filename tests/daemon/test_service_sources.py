"""What becomes of a service when its sources, its store or its plug-ins fail, and afterwards."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from slipwatch.demo import DemoServers, World

from .running import Running, eventually

Start = Callable[..., Running]
Config = dict[str, Any]
NAMES = {"cloud", "dc", "github"}


def sources_up(service: Running) -> set[str]:
    return {
        dict(labels)["source"]
        for (name, labels), value in service.samples().items()
        if name == "slipwatch_source_up" and value
    }


def grey(service: Running) -> set[str]:
    return {name for name in NAMES if service.status(f"shop/{name}/second") == "grey"}


def syncs(service: Running, source: str) -> float:
    return service.metric("slipwatch_syncs_total", source=source) or 0


def has_synced_twice(service: Running, source: str) -> bool:
    return syncs(service, source) >= 2


def test_sources_fail_alone_and_recover_by_themselves(
    start: Start, config: Config, servers: DemoServers, world: World, tmp_path: Path
) -> None:
    service = start(config)
    eventually(lambda: sources_up(service) == NAMES)
    assert grey(service) == set()

    _, port = servers.jira_cloud.url.rsplit(":", 1)
    servers.jira_cloud.stop()
    (tmp_path / "github-token").rename(tmp_path / "lost")
    eventually(lambda: sources_up(service) == {"cloud", "dc"})
    assert grey(service) == {"github"}
    assert "cannot read" in service.log

    token, world.jira_dc.token = world.jira_dc.token, "another one"
    eventually(lambda: sources_up(service) == {"cloud"})
    assert grey(service) == {"github", "dc"}
    assert service.metric("slipwatch_source_requests_total", source="dc", code="401")

    # A server that is down is asked five times, over some ten seconds, before it counts as such.
    eventually(lambda: not sources_up(service))
    assert grey(service) == NAMES
    assert service.metric("slipwatch_source_requests_total", source="cloud", code="error")
    assert service.metric("slipwatch_sync_failures_total", source="cloud")
    assert service.is_ready()

    servers.jira_cloud.start(int(port))
    world.jira_dc.token = token
    (tmp_path / "lost").rename(tmp_path / "github-token")
    eventually(lambda: sources_up(service) == NAMES)
    assert grey(service) == set()
    assert service.code() is None


def test_a_project_that_may_not_be_read_leaves_the_rest_of_its_source(
    start: Start, config: Config
) -> None:
    config["sources"]["cloud"]["projects"] = ["T000", "GONE"]

    service = start(config)

    eventually(lambda: sources_up(service) == NAMES)
    assert service.metric("slipwatch_sync_failures_total", source="cloud")
    assert grey(service) == set()
    assert "scope skipped" in service.log


def test_a_source_that_asks_for_an_hour_gets_it_also_over_a_restart(
    start: Start, config: Config, servers: DemoServers
) -> None:
    refused: list[str] = []

    def limit(request: Request) -> Response:
        refused.append(request.url.path)
        return Response(
            status_code=429,
            headers={"Retry-After": "3600", "X-RateLimit-Remaining": "0"},
        )

    servers.jira_cloud.fault = limit
    service = start(config)

    eventually(lambda: syncs(service, "dc") >= 4)

    assert len(refused) == 1
    assert syncs(service, "cloud") == 1
    assert service.metric("slipwatch_sync_duration_seconds_count", source="cloud") == 1
    assert service.metric("slipwatch_source_rate_limit_remaining", source="cloud") == 0
    assert sources_up(service) == {"dc", "github"}
    service.end()

    again = start(config)
    eventually(lambda: syncs(again, "dc") >= 2)
    assert len(refused) == 1
    assert syncs(again, "cloud") == 0


def test_the_requests_that_github_leaves_are_on_metrics(start: Start, config: Config) -> None:
    service = start(config)

    left = eventually(
        lambda: service.metric("slipwatch_source_rate_limit_remaining", source="github")
    )

    assert left > 0


def test_a_store_that_fails_for_a_while_costs_neither_the_service_nor_what_it_shows(
    start: Start, config: Config, tmp_path: Path
) -> None:
    service = start(config)
    eventually(service.is_ready)
    before = service.metric("slipwatch_assessment_timestamp_seconds")

    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(tmp_path / "slipwatch.db", timeout=30)) as database:
            database.execute(f"ALTER TABLE {old} RENAME TO {new}")

    rename("source_status", "lost")
    eventually(lambda: service.metric("slipwatch_assessment_failures_total"))
    eventually(lambda: service.metric("slipwatch_sync_failures_total", source="dc"))
    assert service.is_ready()
    assert service.metric("slipwatch_milestone_info") == 3
    frozen = service.metric("slipwatch_assessment_timestamp_seconds")
    assert before is not None
    assert frozen is not None

    rename("lost", "source_status")
    eventually(lambda: (service.metric("slipwatch_assessment_timestamp_seconds") or 0) > frozen)
    assert "assessment failed" in service.log
    assert "sync failed" in service.log
    assert service.end()[0] == 0


PLUGIN = '''
from typing import Literal

from slipwatch.aggregator.assessment import Severity
from slipwatch.config.sources import SourceSettings
from slipwatch.rules.base import Rule


class CrashSettings(SourceSettings):
    """A tracker of somebody else."""

    kind: Literal["crash"]
    at: Literal["birth", "pull"]


class CrashConnector:
    def __init__(self, name, settings, context):
        self.name = name
        if settings.at == "birth":
            raise RuntimeError("token=sesame")

    def scopes(self):
        raise SystemExit("good bye")

    def close(self):
        pass


class Plugin:
    settings = CrashSettings
    connector = CrashConnector


class Broken(Rule):
    """Never works."""

    id = "OUR-001"
    title = "Never works"
    severity = "low"

    def judge(self, world):
        raise RuntimeError("no rule\\x1b[2J today")
'''


def install_plugin(site: Path) -> None:
    """Put a package with a connector and a rule where Python finds it."""
    info = site / "others-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "others.py").write_text(PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        dedent("""\
            [slipwatch.connectors]
            crash = others:Plugin
            [slipwatch.rules]
            broken = others:Broken
            """)
    )


def test_plug_ins_that_crash_are_logged_and_harm_nobody_else(
    start: Start, config: Config, tmp_path: Path
) -> None:
    install_plugin(tmp_path / "site")
    config["sources"] = {
        "dc": config["sources"]["dc"],
        "born": {"kind": "crash", "at": "birth"},
        "pulled": {"kind": "crash", "at": "pull"},
    }
    config["programs"][0]["projects"] = config["programs"][0]["projects"][1:2]

    service = start(config, PYTHONPATH=str(tmp_path / "site"))

    eventually(service.is_ready)
    for name in ("born", "pulled"):
        eventually(partial(has_synced_twice, service, name))
        assert service.metric("slipwatch_sync_failures_total", source=name)
    assert eventually(lambda: service.metric("slipwatch_source_up", source="dc")) == 1
    assert service.metric("slipwatch_source_up", source="born") == 0
    log = service.log
    assert "RuntimeError in its connector" in log
    assert "sesame" not in log
    assert "good bye" in log
    assert "rule failed" in log
    assert "OUR-001" in log
    assert 'raise RuntimeError("no rule' in log
    assert "\x1b" not in log
    assert service.end()[0] == 0
