"""A GitLab on loopback, and connectors to it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.connector import Context
from slipwatch.connectors.gitlab.connector import GitLabConnector
from slipwatch.connectors.gitlab.settings import GitLabSettings
from slipwatch.demo import DemoServer, World
from slipwatch.demo.gitlab import GitlabApp
from slipwatch.demo.gitlab_site import GitlabSite

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def site() -> GitlabSite:
    return GitlabSite(token="glpat-very-secret-token")


@pytest.fixture
def world() -> World:
    return World(now=NOW)


@pytest.fixture
def server(site: GitlabSite, world: World) -> Iterator[DemoServer]:
    with DemoServer(world, GitlabApp(site), "gitlab") as running:
        yield running


@pytest.fixture
def connect(server: DemoServer, site: GitlabSite, tmp_path: Path) -> Callable[..., GitLabConnector]:
    token = tmp_path / "token"
    token.write_text(site.token)

    def make(**keys: Any) -> GitLabConnector:
        settings = {"kind": "gitlab", "url": server.url, "auth": {"token": {"file": str(token)}}}
        if not {"projects", "groups"} & keys.keys():
            keys["projects"] = ["acme/api"]
        return GitLabConnector(
            "gitlab",
            GitLabSettings.model_validate(settings | keys),
            Context(now=lambda: NOW, sleep=lambda _: None),
        )

    return make
