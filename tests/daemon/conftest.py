"""A small company on three simulated sites, and a service that reads it."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from slipwatch.demo import DemoServers, World, bulk_world
from tests import clock

from .running import Commands, Running, programs, sources, write_config
from .warm import Warm


@pytest.fixture
def world() -> World:
    return bulk_world(
        projects=1, data_center_projects=1, repositories=1, issues=30, now=clock.now()
    )


@pytest.fixture
def servers(world: World) -> Iterator[DemoServers]:
    with DemoServers(world) as running:
        yield running


@pytest.fixture
def tokens(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the tokens of the three sites where the settings look for them."""
    monkeypatch.setenv("CLOUD_TOKEN", world.jira_cloud.token)
    monkeypatch.setenv("DC_TOKEN", world.jira_dc.token)
    (tmp_path / "github-token").write_text(world.github.token)


@pytest.fixture
def config(servers: DemoServers, tokens: None) -> dict[str, Any]:
    """Give settings that watch the three sites, in a hurry."""
    return {
        "sync": {"every": "1s"},
        "assess": {"every": "1s", "trials": 100},
        "sources": sources(servers),
        "programs": programs(),
    }


@pytest.fixture
def slipwatch(warm: Warm, tmp_path: Path) -> Commands:
    """Give a function that runs a command in the test's folder."""
    return Commands(warm, tmp_path)


@pytest.fixture
def start(warm: Warm, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Give a function that starts a service on the settings it is given."""
    with ExitStack() as stack:

        def start_service(config: dict[str, Any], *options: str, **env: str) -> Running:
            write_config(tmp_path, config)
            return stack.enter_context(Running(warm, tmp_path, *options, **env))

        yield start_service


@pytest.fixture(scope="session")
def validate() -> Callable[[Any], None]:
    """Give a function that holds a decoded assessment to the committed schema."""
    path = Path(__file__).parents[2] / "aggregator/assessment.schema.json"
    schema = json.loads(path.read_text())
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    validator.check_schema(schema)
    check: Callable[[Any], None] = validator.validate
    return check
