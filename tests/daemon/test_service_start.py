"""How a service begins: not ready before it knows something, and never on a bad footing."""

import socket
import sqlite3
import threading
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from slipwatch.demo import DemoServers

from .running import Commands, Running, eventually, write_config

Start = Callable[..., Running]
Config = dict[str, Any]
Refused = Callable[..., str]


class Gate:
    """A fault that lets nobody through until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()

    def __call__(self, _request: Request) -> None:
        self.reached.set()
        self._open.wait()

    def open(self) -> None:
        self._open.set()


def test_it_is_ready_when_there_is_an_assessment_and_after_a_restart_before_any_sync(
    start: Start, config: Config, servers: DemoServers
) -> None:
    config["assess"]["every"] = "1h"
    gate = Gate()
    servers.jira_cloud.fault = gate
    service = start(config)
    assert gate.reached.wait(30)
    assert service.get("/-/healthy").status_code == 200
    assert service.get("/-/ready").status_code == 503
    assert service.get("/").status_code == 200
    assert service.metric("slipwatch_milestone_info") is None
    assert service.metric("slipwatch_sync_failures_total", source="cloud") == 0

    gate.open()
    eventually(service.is_ready)
    known = service.metric("slipwatch_milestone_info")
    assert known == 3
    assert service.metric("slipwatch_source_up", source="cloud") == 1
    service.end()

    again = Gate()
    servers.jira_cloud.fault = servers.jira_dc.fault = servers.github.fault = again
    restarted = start(config)
    assert restarted.metric("slipwatch_milestone_info") == known
    eventually(restarted.is_ready)
    views = restarted.get("/api/v1/assessment").json()["milestones"]
    ledgers = [restarted.get(f"/api/v1/ledger/{view['id']}").status_code for view in views]
    assert restarted.metric("slipwatch_sync_duration_seconds_count", source="cloud") in {None, 0}
    again.open()
    assert ledgers == [200] * len(views)
    eventually(lambda: restarted.metric("slipwatch_assessments_total"))


def test_an_assessment_of_another_version_is_not_shown_and_stops_nobody(
    start: Start, config: Config, tmp_path: Path
) -> None:
    first = start(config)
    eventually(first.is_ready)
    first.end()
    body = zlib.compress(b'{"schema": "slipwatch/assessment/0"}')
    with closing(sqlite3.connect(tmp_path / "slipwatch.db")) as database, database:
        database.execute("UPDATE assessments SET body = ?", (body,))

    second = start(config)

    eventually(second.is_ready)
    assert "of another version" in second.log
    assert second.end()[0] == 0


def test_without_sources_what_is_declared_is_assessed(start: Start) -> None:
    milestone = {"id": "launch", "duration": "5wd"}
    projects = [{"id": "web", "milestones": [milestone]}]

    service = start({"programs": [{"id": "shop", "projects": projects}]})

    eventually(service.is_ready)
    assert service.metric("slipwatch_milestone_info", milestone="shop/web/launch") == 1


@pytest.fixture
def refused(slipwatch: Commands) -> Refused:
    """Give a function that runs a service that cannot start, and returns what it says."""

    def run(*arguments: str, **env: str) -> str:
        done = slipwatch("run", *arguments, **env)
        assert done.code == 2, done.err
        assert "Traceback" not in done.err
        assert done.out == ""
        return done.err

    return run


def test_an_address_in_use_is_named(tmp_path: Path, refused: Refused) -> None:
    write_config(tmp_path, {"programs": []})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        said = refused("--listen", address)

    assert said == (
        f"cannot listen on {address}: Address already in use; "
        "choose another address with `listen` or --listen\n"
    )


@pytest.mark.parametrize("listen", ["10870", "localhost", "127.0.0.1:99999", "http://[::1]:1"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, refused: Refused, listen: str) -> None:
    write_config(tmp_path, {"programs": []})

    assert f"--listen {listen}: expected host:port" in refused("--listen", listen)


def test_a_missing_file_is_named(tmp_path: Path, refused: Refused) -> None:
    said = refused("--config", "nowhere.yaml")

    assert said.startswith("nowhere.yaml:1:1: there is no such file")


def test_a_broken_file_is_explained(tmp_path: Path, refused: Refused) -> None:
    write_config(tmp_path, {"programs": [], "sink": {}})

    assert "slipwatch.yaml:2:1: sink: unknown key `sink`" in refused()


def test_a_store_that_cannot_be_used_is_explained(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "notes.db").write_text("these are notes, and not a database, as one can see\n" * 9)

    write_config(tmp_path, {"store": "sqlite:///missing/slipwatch.db"})
    nowhere = refused()
    write_config(tmp_path, {"store": "sqlite:///notes.db"})
    no_database = refused()
    write_config(tmp_path, {"store": {"env": "STORE_URL"}})
    unset = refused()
    down = refused(STORE_URL="postgresql+psycopg://pm:hunter2@127.0.0.1:1/slipwatch")

    assert "missing/slipwatch.db" in nowhere
    assert "check that the path" in nowhere
    assert "file is not a database" in no_database
    assert "the environment variable STORE_URL is not set" in unset
    assert "127.0.0.1" in down
    assert "hunter2" not in down


def test_a_store_of_a_newer_version_is_left_alone(
    tmp_path: Path, slipwatch: Commands, refused: Refused
) -> None:
    write_config(tmp_path, {"programs": []})
    assert slipwatch("assess").code == 0
    with closing(sqlite3.connect(tmp_path / "slipwatch.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    assert "it was written by another version of slipwatch" in refused()
