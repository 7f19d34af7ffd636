"""sync: which sources, recorded payloads, and being interrupted."""

import gzip
import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from slipwatch.aggregator.store import open_store
from slipwatch.demo import DemoServers, World

from .running import Commands, sources, write_config

Config = dict[str, Any]

PLAN = """\
id,title,status
A,Hardware,open
B,Contract,done
"""


def items(folder: Path) -> dict[str, int]:
    """Count what the store holds of each source."""
    with open_store(f"sqlite:///{folder / 'slipwatch.db'}") as store:
        return {name: state.items for name, state in store.source_states().items()}


def test_it_reads_every_source_or_those_that_are_named(
    slipwatch: Commands, config: Config, tmp_path: Path
) -> None:
    write_config(tmp_path, config)

    one = slipwatch("sync", "--source", "github", "--source", "github")
    assert one.code == 0, one.err
    assert set(items(tmp_path)) == {"github"}
    everything = slipwatch("sync")
    again = slipwatch("sync", "--full")

    assert everything.code == again.code == 0
    assert items(tmp_path) == {"cloud": 30, "dc": 30, "github": 30}
    lines = [line.split() for line in again.out.splitlines()]
    assert [line[:2] + line[3:] for line in lines[1:]] == [
        ["cloud", "30", "ok"],
        ["dc", "30", "ok"],
        ["github", "30", "ok"],
    ]
    assert "\x1b" not in everything.out + everything.err


def test_a_source_that_is_not_there_is_refused(
    slipwatch: Commands, config: Config, tmp_path: Path
) -> None:
    write_config(tmp_path, config)

    done = slipwatch("sync", "--source", "gitlab")

    assert done.code == 2
    assert done.err == "there is no source gitlab; the sources are: cloud, dc, github\n"


def test_a_source_that_fails_makes_it_3_and_the_others_are_read(
    slipwatch: Commands, config: Config, tmp_path: Path, world: World
) -> None:
    write_config(tmp_path, config)
    world.jira_dc.token = "another one"
    (tmp_path / "github-token").unlink()

    done = slipwatch("sync")

    assert done.code == 3
    cloud, dc, github = done.out.splitlines()[1:]
    assert cloud.split()[::3] == ["cloud", "ok"]
    assert "failed: dc: " in dc
    assert "the credentials were not accepted; renew the token" in dc
    assert "cannot read" in github
    assert items(tmp_path)["cloud"] == 30


@pytest.fixture
def payload(servers: DemoServers, world: World, tmp_path: Path) -> Path:
    """Record one page of Jira's answers."""
    page = httpx.get(
        f"{servers.jira_dc.url}/rest/api/2/search",
        params={"jql": "project = T000 order by key", "maxResults": 10, "fields": "*all"},
        headers={"Authorization": f"Bearer {world.jira_dc.token}"},
    )
    path = tmp_path / "page.json"
    path.write_text(json.dumps(page.raise_for_status().json()))
    return path


def test_recorded_payloads_go_to_the_source_whose_api_they_are_of(
    slipwatch: Commands, config: Config, tmp_path: Path, payload: Path
) -> None:
    (tmp_path / "plan.csv").write_text(PLAN)
    first = {"plan": {"kind": "file", "path": "plan.csv"}, "github": config["sources"]["github"]}
    write_config(tmp_path, {"sources": {**first, "dc": config["sources"]["dc"]}})

    done = slipwatch("sync", "--load", "page.json")

    assert done.code == 0, done.err
    assert items(tmp_path) == {"dc": 10}


def test_what_is_no_payload_is_refused_and_says_why_for_each_source(
    slipwatch: Commands, config: Config, tmp_path: Path, payload: Path
) -> None:
    write_config(tmp_path, {"sources": {"github": config["sources"]["github"]}})
    (tmp_path / "garbage.json").write_text("{this is no JSON")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "binary.json").write_bytes(b"\x80\x81\xff")
    (tmp_path / "list.json").write_text('["hello", 7, null]')
    (tmp_path / "unpacked.json.gz").write_text("{}")
    (tmp_path / "cut.json.gz").write_bytes(gzip.compress(b"[]" * 99)[:-9])
    (tmp_path / "lines.ndjson").write_text('{"id": "1"}\n{"id": \n')

    wrong = slipwatch("sync", "--load", "page.json")
    told = {
        name: slipwatch("sync", "--load", f"{name}.json")
        for name in ("garbage", "deep", "binary", "list", "missing")
    }
    told |= {
        name: slipwatch("sync", "--load", name)
        for name in ("unpacked.json.gz", "cut.json.gz", "lines.ndjson")
    }
    several = slipwatch("sync", "--load", "list.json", "--load", "page.json")

    assert wrong.code == 2
    assert wrong.err.startswith("page.json holds no payload of a source in the file.\ngithub: ")
    for done in told.values():
        assert done.code == 2
        assert done.out == ""
        assert "Traceback" not in done.err
    assert told["garbage"].err.startswith("garbage.json is not JSON: ")
    assert told["deep"].err.startswith("deep.json is not JSON: ")
    assert told["binary"].err.startswith("binary.json is not JSON: ")
    assert told["list"].err.startswith("list.json holds no payload of a source")
    assert told["missing"].err == "missing.json cannot be read: No such file or directory\n"
    assert told["unpacked.json.gz"].err.startswith("unpacked.json.gz cannot be unpacked: ")
    assert told["cut.json.gz"].err.startswith("cut.json.gz cannot be unpacked: ")
    assert told["lines.ndjson"].err.startswith("lines.ndjson is not JSON: ")
    assert several.err.startswith("list.json and page.json hold no payload of a source")
    assert items(tmp_path) == {}


def test_recorded_payloads_need_no_token(
    slipwatch: Commands, config: Config, tmp_path: Path, payload: Path
) -> None:
    (tmp_path / "github-token").unlink()
    github, dc = config["sources"]["github"], config["sources"]["dc"]
    write_config(tmp_path, {"sources": {"github": github, "dc": dc}})

    done = slipwatch("sync", "--load", "page.json", DC_TOKEN="")

    assert done.code == 0, done.err
    assert items(tmp_path) == {"dc": 10}


def test_ctrl_c_ends_it_at_once_and_keeps_what_was_read(
    slipwatch: Commands, config: Config, tmp_path: Path, servers: DemoServers
) -> None:
    held, gate = threading.Event(), threading.Event()

    def hold(_request: Request) -> None:
        held.set()
        gate.wait(60)

    servers.jira_dc.fault = hold
    write_config(tmp_path, {"sources": sources(servers)})
    command = slipwatch.begin("sync")
    assert held.wait(30)

    os.kill(command.pid, signal.SIGINT)
    done = command.end()
    gate.set()

    assert done.code == 130
    assert "Traceback" not in done.err
    assert items(tmp_path) == {"cloud": 30}
