"""Tokens are sent to the trackers and shown nowhere else, whatever goes wrong."""

import base64
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from slipwatch.demo import DemoServer, DemoServers, World

from .running import Commands, Running, eventually, write_config

Start = Callable[..., Running]
Config = dict[str, Any]

CLOUD, DC, GITHUB = (f"open-sesame-{name}-0123456789" for name in ("cloud", "dc", "github"))
BASIC = base64.b64encode(f"slipwatch@acme.example:{CLOUD}".encode()).decode()
NEEDLES = [needle.encode() for needle in ("open-sesame", BASIC, BASIC[30:-4])]
PAGES = (
    "/",
    "/metrics",
    "/-/ready",
    "/api/docs",
    "/api/openapi.json",
    "/api/v1/assessment",
    "/api/v1/findings",
    "/api/v1/milestones/shop/cloud/second",
    "/api/v1/ledger/shop/cloud/second",
    "/api/v1/milestones/nowhere",
)


@pytest.fixture
def world(world: World) -> World:
    world.jira_cloud.token, world.jira_dc.token, world.github.token = CLOUD, DC, GITHUB
    return world


def echo(status: int) -> Callable[[Request], Response]:
    """Make a fault that answers with what it was sent, as a careless proxy does."""

    def answer(request: Request) -> Response:
        sent = dict(request.headers)
        return JSONResponse({"message": str(sent), "errorMessages": [str(sent)]}, status)

    return answer


def leaks(texts: Iterable[tuple[str, bytes]]) -> list[str]:
    """Name the places where a token shows."""
    return [place for place, text in texts if any(needle in text for needle in NEEDLES)]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give every file that slipwatch wrote: outputs, logs, the database with its journal."""
    for path in folder.iterdir():
        if path.is_file() and path.name != "github-token":
            yield path.name, path.read_bytes()


def every(servers: DemoServers) -> tuple[DemoServer, ...]:
    return servers.jira_cloud, servers.jira_dc, servers.github


def has_synced(service: Running, times: float) -> bool:
    return (service.metric("slipwatch_syncs_total") or 0) >= times


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_token_shows_while_everything_fails_in_every_way(
    start: Start,
    slipwatch: Commands,
    config: Config,
    servers: DemoServers,
    world: World,
    tmp_path: Path,
    form: str,
) -> None:
    debug = ("--log-level", "debug", "--log-format", form)
    service = start(config, *debug)
    eventually(service.is_ready)
    eventually(lambda: service.metric("slipwatch_source_up") == 3)
    seen = {path: service.get(path).content for path in PAGES}
    assert b"shop/cloud/second" in seen["/metrics"]

    for statuses in ((400, 401, 403), (404, 302, 400)):
        for server, status in zip(every(servers), statuses, strict=True):
            server.fault = echo(status)
        eventually(partial(has_synced, service, (service.metric("slipwatch_syncs_total") or 0) + 6))
    for server in every(servers):
        server.fault = None
    world.jira_cloud.token = world.jira_dc.token = world.github.token = "another one"
    eventually(lambda: service.metric("slipwatch_source_up") == 0)
    write_config(tmp_path, {**config, "sources": {"dc": {"kind": "jira", "auth": {"token": DC}}}})
    refused = service.post("/-/reload")
    assert refused.status_code == 400
    assert "a secret is never written into the file" in refused.text
    told = [
        slipwatch("config", "check", *debug),
        slipwatch("sync", *debug),
    ]
    write_config(tmp_path, config)
    told += [
        slipwatch(*command, *debug)
        for command in (("config", "show"), ("sync",), ("assess",), ("explain", "cloud/second"))
    ]
    assert [done.code for done in told] == [2, 2, 0, 3, 3, 0]
    seen |= {f"{path} in the end": service.get(path).content for path in PAGES}
    service.end()
    (tmp_path / "slipwatch.yaml").unlink()

    written = dict(files(tmp_path))
    assert {"slipwatch.db", "service0.out", "service0.err", "command0.err"} <= written.keys()
    assert len(service.log) > 1000
    assert leaks(seen.items()) == []
    assert leaks([("refusal", refused.content)]) == []
    assert leaks(written.items()) == []
    assert leaks([("a place", f"{{'authorization': 'Basic {BASIC}'}}".encode())]) == ["a place"]
