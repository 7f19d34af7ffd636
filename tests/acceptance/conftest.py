"""The command line as an operator runs it: a process of its own in a folder of its own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..daemon.running import Commands
from ..daemon.warm import Warm

SLIPWATCH = Path(sys.executable).with_name("slipwatch")

Run = Callable[..., subprocess.CompletedProcess[str]]
Assess = Callable[[dict[str, Any], str], dict[str, Any]]


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """Give the process that commands are forked from: a scenario then takes no second to begin."""
    with Warm() as running:
        yield running


@pytest.fixture
def slipwatch(tmp_path: Path) -> Run:
    """Give a function that runs a command in an interpreter of its own, with its own hash seed."""

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [SLIPWATCH, *arguments], cwd=tmp_path, check=False, capture_output=True, text=True
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


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
