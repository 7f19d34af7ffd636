"""Reading the file again while the service runs: a mended one counts, a broken one does not."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request

from slipwatch.demo import DemoServers, World

from .running import Running, eventually, write_config

Start = Callable[..., Running]
Config = dict[str, Any]

RELOADED = "slipwatch_config_last_reload_successful"
RELOADED_AT = "slipwatch_config_last_reload_success_timestamp_seconds"


def test_a_broken_file_keeps_the_old_settings_and_says_so(
    start: Start, config: Config, tmp_path: Path
) -> None:
    service = start(config)
    eventually(service.is_ready)
    assert service.metric(RELOADED) == 1
    began = service.metric(RELOADED_AT)
    assert began is not None
    broken = {**config, "rules": {"settings": {"SCH-999": {"moves": 1}}}, "programs": [{"id": 7}]}
    write_config(tmp_path, broken)

    service.send(signal.SIGHUP)
    eventually(lambda: service.metric(RELOADED) == 0)
    refused = service.post("/-/reload")

    assert refused.status_code == 400
    assert "programs[0].id" in refused.text
    assert "rules.settings.SCH-999: there is no rule SCH-999" in refused.text
    assert service.metric(RELOADED_AT) == began
    assert service.metric("slipwatch_milestone_info") == 3
    assert "configuration not reloaded" in service.log
    done = service.metric("slipwatch_assessments_total")
    assert done is not None
    eventually(lambda: (service.metric("slipwatch_assessments_total") or 0) > done)

    write_config(tmp_path, config)
    accepted = service.post("/-/reload")

    assert accepted.status_code == 200
    assert service.metric(RELOADED) == 1
    assert (service.metric(RELOADED_AT) or 0) > began


def test_new_programs_and_sources_take_effect_at_once_and_old_ones_go(
    start: Start, config: Config, tmp_path: Path, servers: DemoServers
) -> None:
    config["sync"]["every"] = config["assess"]["every"] = "1h"
    dc = config["sources"].pop("dc")
    project = config["programs"][0]["projects"].pop(1)
    service = start(config)
    eventually(service.is_ready)
    assert service.metric("slipwatch_milestone_info") == 2
    asked_cloud = len(servers.jira_cloud.requests)

    config["sources"]["dc"] = dc
    del config["sources"]["github"]
    config["programs"] = [{"id": "plant", "projects": [project]}]
    write_config(tmp_path, config)
    service.send(signal.SIGHUP)

    eventually(lambda: service.status("plant/dc/second") not in {None, "grey"})
    assert service.metric("slipwatch_milestone_info") == 1
    assert service.metric("slipwatch_source_up", source="github") is None
    assert service.metric("slipwatch_syncs_total", source="dc") == 1
    # Its settings are the same, so that there is no reason to ask it.
    assert len(servers.jira_cloud.requests) == asked_cloud


def test_a_source_that_failed_is_tried_again_when_the_file_is_read_again(
    start: Start, config: Config, world: World
) -> None:
    config["sync"]["every"] = "1h"
    token, world.jira_cloud.token = world.jira_cloud.token, "another one"
    service = start(config)
    eventually(lambda: service.metric("slipwatch_source_up", source="cloud") == 0)
    world.jira_cloud.token = token

    assert service.post("/-/reload").status_code == 200

    eventually(lambda: service.metric("slipwatch_source_up", source="cloud") == 1)
    assert service.metric("slipwatch_syncs_total", source="dc") == 1


def test_a_file_that_changes_while_a_source_is_read_counts_when_that_has_ended(
    start: Start, config: Config, tmp_path: Path, servers: DemoServers
) -> None:
    config["sync"]["every"] = "1h"
    gate = threading.Event()
    reached = threading.Event()

    def hold(_request: Request) -> None:
        reached.set()
        gate.wait()

    servers.jira_cloud.fault = hold
    service = start(config)
    assert reached.wait(30)
    config["sources"]["cloud"]["auth"]["email"] = "somebody@else.example"
    write_config(tmp_path, config)
    assert service.post("/-/reload").status_code == 200

    gate.set()

    eventually(lambda: service.metric("slipwatch_source_up", source="cloud") == 0)
    assert service.metric("slipwatch_source_requests_total", source="cloud", code="401")
    assert service.metric("slipwatch_syncs_total", source="cloud") == 2


def test_another_store_or_address_takes_a_restart(
    start: Start, config: Config, tmp_path: Path
) -> None:
    service = start(config)
    write_config(tmp_path, {**config, "store": "sqlite:///elsewhere.db"})

    assert service.post("/-/reload").status_code == 200

    assert "only with a restart" in service.log
    assert not (tmp_path / "elsewhere.db").exists()
