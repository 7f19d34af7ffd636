"""The command line as an operator runs it: a process of its own in a folder of its own."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

SLIPWATCH = Path(sys.executable).with_name("slipwatch")

Run = Callable[..., subprocess.CompletedProcess[str]]
Assess = Callable[[dict[str, Any], str], dict[str, Any]]


@pytest.fixture
def slipwatch(tmp_path: Path) -> Run:
    """Give a function that runs a command in the test's folder."""

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [SLIPWATCH, *arguments], cwd=tmp_path, check=False, capture_output=True, text=True
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def assess(tmp_path: Path, slipwatch: Run) -> Assess:
    """Give a function that assesses a configuration as of a day, and returns the JSON."""

    def run(config: dict[str, Any], as_of: str) -> dict[str, Any]:
        (tmp_path / "slipwatch.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        if config.get("sources"):
            slipwatch("sync")
        result: dict[str, Any] = json.loads(
            slipwatch("assess", "--as-of", as_of, "--format", "json").stdout
        )
        return result

    return run
