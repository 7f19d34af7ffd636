"""A small world of three sites, served; and sessions that may read them."""

from collections.abc import Iterator

import pytest
import requests

from slipwatch.demo import DATA_CENTER_TOKEN, GITHUB_TOKEN, DemoServers, World, bulk_world

CLOUD_LOGIN = ("slipwatch@acme.example", "demo-jira-cloud-token")


@pytest.fixture
def world() -> World:
    return bulk_world(projects=3, data_center_projects=2, repositories=2, issues=130)


@pytest.fixture
def servers(world: World) -> Iterator[DemoServers]:
    with DemoServers(world) as running:
        yield running


@pytest.fixture
def cloud() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.auth = CLOUD_LOGIN
        yield session


@pytest.fixture
def data_center() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {DATA_CENTER_TOKEN}"
        yield session


@pytest.fixture
def github() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {GITHUB_TOKEN}"
        yield session
