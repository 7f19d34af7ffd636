"""What reaches the streams: nothing a terminal obeys, and no complaint when nobody reads."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slipwatch.demo import World

from .running import PATIENCE, Commands, write_config

Config = dict[str, Any]

SLIPWATCH = Path(sys.executable).with_name("slipwatch")
EVIL = "2.0 \x1b]0;owned\x07 \x9b31m \u202egnp.exe \x7f\x08 [bold]x[/bold] \u2028 <b>"
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def test_what_trackers_call_things_never_moves_the_cursor(
    slipwatch: Commands,
    config: Config,
    tmp_path: Path,
    world: World,
    validate: Callable[[Any], None],
) -> None:
    project = world.jira_cloud.projects["T000"]
    world.jira_cloud.edit_version(project.versions[2], name=EVIL)
    for issue in list(world.jira_cloud.issues.values()):
        issue.summary = EVIL
    first = config["programs"][0]["projects"][0]
    first["discover"] = ["versions"]
    del first["milestones"]
    write_config(tmp_path, config)
    debug = ("--log-level", "debug")

    slipwatch("sync", *debug)
    told = [
        slipwatch("assess", *debug),
        slipwatch("assess", "--format", "json", *debug),
        slipwatch("assess", "--format", "json", "--log-format", "json", *debug),
    ]
    assessment = json.loads(told[1].out)
    evil = [view for view in assessment["milestones"] if "owned" in view["title"]]
    told += [slipwatch("explain", evil[0]["id"], *debug)]

    validate(assessment)
    assert len(evil) == 1
    assert evil[0]["title"] == EVIL
    for done in told:
        assert done.code == 0
        assert "owned" in done.out
        assert OBEYED.findall(done.out) == []
        assert OBEYED.findall(done.err) == []


@pytest.mark.parametrize("command", [("config", "schema"), ("assess", "--format", "json")])
def test_a_reader_that_has_gone_is_no_error_and_no_finding(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    write_config(tmp_path, {"programs": []})
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [SLIPWATCH, *command],
            cwd=tmp_path,
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
            timeout=PATIENCE,
        )
    finally:
        os.close(writing)

    assert done.stderr == b""
    assert done.returncode == 128 + 13


def test_at_a_terminal_there_is_colour(slipwatch: Commands, tmp_path: Path) -> None:
    write_config(tmp_path, {"programs": [{"id": "shop"}]})
    ours, theirs = os.openpty()
    try:
        terminal = Path(os.ttyname(theirs))
        env = {"TERM": "xterm-256color", "COLUMNS": "80"}
        done = slipwatch.begin("assess", out=terminal, env=env).end()
        shown = os.read(ours, 65_536).decode()
    finally:
        os.close(ours)
        os.close(theirs)

    assert done.code == 0
    assert "\x1b[" in shown


def test_names_that_the_locale_cannot_write_are_no_reason_to_fail(
    slipwatch: Commands, tmp_path: Path
) -> None:
    milestones = [{"id": "ga", "title": "Läuft → グローバル", "duration": "1wd"}]
    projects = [{"id": "api", "milestones": milestones}]
    write_config(tmp_path, {"programs": [{"id": "shop", "projects": projects}]})
    done = subprocess.run(
        [SLIPWATCH, "explain", "ga"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        check=False,
        capture_output=True,
        timeout=PATIENCE,
    )

    assert done.returncode == 0, done.stderr
    assert "Läuft → グローバル" in done.stdout.decode()


def test_the_version_is_told_without_loading_what_it_does_not_need() -> None:
    code = (
        "import sys; from slipwatch.daemon import cli\n"
        "sys.argv = ['slipwatch', '--version']\n"
        "try: cli.main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print(sorted({'numpy', 'sqlalchemy', 'fastapi', 'jira'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert re.fullmatch(r"slipwatch \d+\.\d+\.\d+\n\[\]\n", done.stdout)


def test_a_sync_loads_rules_and_numpy_only_for_a_file_that_sets_thresholds(tmp_path: Path) -> None:
    plain, strict = tmp_path / "plain.yaml", tmp_path / "strict.yaml"
    plain.write_text("sources: {}\n")
    strict.write_text("sources: {}\nrules: {settings: {SCH-005: {moves: 4}}}\n")
    code = (
        "import sys; from pathlib import Path; from slipwatch.daemon.commands import sync\n"
        "for path in sys.argv[1:]:\n"
        "    sync.read_settings(Path(path))\n"
        "    print(sorted({'numpy', 'alembic', 'slipwatch.rules.table'} & set(sys.modules)))"
    )

    command = [sys.executable, "-c", code, str(plain), str(strict)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)

    assert done.stdout == "[]\n['numpy', 'slipwatch.rules.table']\n"
