"""Censuses as those who run slipwatch meet them: on the command line and in a running service."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from slipwatch.demo import DemoServers, World

from .running import Commands, Running, eventually, write_config

Config = dict[str, Any]
Start = Callable[..., Running]


def _rows(out: str) -> dict[str, str]:
    """Give the outcome of each source's sync."""
    lines = [line.split(maxsplit=3) for line in out.splitlines()[1:]]
    return {line[0]: line[3].rstrip() for line in lines}


def test_a_census_can_be_taken_now_and_a_clean_up_be_accepted(
    slipwatch: Commands, config: Config, tmp_path: Path, world: World, servers: DemoServers
) -> None:
    config["sources"] = {"cloud": config["sources"]["cloud"]}
    config["programs"] = []
    write_config(tmp_path, config)
    assert slipwatch("sync").code == 0
    for issue in list(world.jira_cloud.issues.values())[:6]:
        world.jira_cloud.delete_issue(issue)
    servers.jira_cloud.requests.clear()
    slipwatch("sync")
    assert not any("fields=id&" in seen.query for seen in servers.jira_cloud.requests)

    for option in ("--census", "--full"):
        done = slipwatch("sync", option)
        assert done.code == 0
        problem = "census of T000 not believed: 6 of 30 items are missing at once"
        assert _rows(done.out) == {"cloud": f"ok; {problem}"}
    findings = slipwatch("assess", "--format", "json").out
    assert "From the listing of T000, 6 items are missing at once." in findings

    assert _rows(slipwatch("sync", "--accept-missing").out) == {"cloud": "ok"}
    assert "missing at once" not in slipwatch("assess", "--format", "json").out
    assert '"items": 30' in slipwatch("assess", "--format", "json").out
    slipwatch("sync", "--census")
    assert '"items": 24' in slipwatch("assess", "--format", "json").out


def test_a_service_takes_censuses_by_itself_and_shows_what_they_find(
    start: Start, config: Config, world: World
) -> None:
    config["sync"]["census_every"] = "1s"
    service = start(config)

    def absent(source: str, presence: str) -> float | None:
        name = "slipwatch_source_absent_items"
        return service.metric(name, source=source, presence=presence)

    eventually(lambda: service.metric("slipwatch_source_census_timestamp_seconds", source="dc"))
    with world.lock:
        one, two, *others = list(world.jira_dc.issues.values())
        world.jira_dc.delete_issue(one)
        world.jira_dc.hide_issue(two)
    eventually(lambda: absent("dc", "gone") == absent("dc", "invisible") == 1)
    eventually(lambda: service.metric("slipwatch_source_invisible_items", source="dc") == 1)

    with world.lock:
        for issue in others[:9]:
            world.jira_dc.hide_issue(issue)
    eventually(lambda: service.metric("slipwatch_source_up", source="dc") == 0)
    assert service.metric("slipwatch_source_up", source="cloud") == 1
    refused = service.metric("slipwatch_source_censuses_total", source="dc", outcome="refused")
    assert refused
    assert (absent("dc", "invisible"), absent("dc", "missed")) == (1, 0)
    assert "census not believed" in service.log

    with world.lock:
        for issue in others[:9]:
            world.jira_dc.show_issue(issue)
    eventually(lambda: service.metric("slipwatch_source_up", source="dc") == 1)
