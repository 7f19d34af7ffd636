"""The command line as an operator runs it: a process of its own in a folder of its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..daemon.running import Commands
from ..daemon.warm import Warm

Assess = Callable[[dict[str, Any], str], dict[str, Any]]


@pytest.fixture
def assess(warm: Warm, tmp_path: Path) -> Assess:
    """Give a function that assesses a configuration as of a day, and returns the JSON."""
    command = Commands(warm, tmp_path)

    def run(config: dict[str, Any], as_of: str) -> dict[str, Any]:
        (tmp_path / "slipwatch.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        if config.get("sources"):
            synced = command("sync")
            assert synced.code == 0, synced.out + synced.err
        assessed = command("assess", "--as-of", as_of, "--format", "json")
        assert assessed.code == 0, assessed.err
        result: dict[str, Any] = json.loads(assessed.out)
        return result

    return run
