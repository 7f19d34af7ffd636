"""Everything `make test` runs, and one summary at the end.

Every step runs even when an earlier one failed, so that one run tells the whole story. Servers
that some tests need are taken from Debian when apt and root are there; what is missing is named
in the summary, with how to get it.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
OURS = ["aggregator", "config", "connectors", "daemon", "demo", "exporters", "rules"]


@dataclass(frozen=True, slots=True)
class Server:
    """A program that some tests need and pip cannot bring."""

    name: str
    package: str
    tests: str
    programs: tuple[str, ...]

    def found(self) -> bool:
        """Say whether one of its programs is there."""
        folders = os.environ.get("PATH", "") + ":" + ":".join(_postgres_folders())
        return any(shutil.which(program, path=folders) for program in self.programs)


SERVERS = (
    Server("PostgreSQL", "postgresql", "the store and the sync on PostgreSQL", ("initdb",)),
    Server("promtool", "prometheus", "the metrics against Prometheus", ("promtool",)),
    Server(
        "Alertmanager", "prometheus-alertmanager", "alerts", ("prometheus-alertmanager", "amtool")
    ),
    Server("Chromium", "chromium", "the pages in a browser", ("chromium", "google-chrome")),
)


@dataclass(frozen=True, slots=True)
class Result:
    """How a step went."""

    step: str
    ok: bool
    seconds: float
    note: str = ""


def main() -> int:
    """Run the steps that were asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="steps, comma-separated")
    wanted = {name for name in parser.parse_args().only.split(",") if name}
    unknown = wanted - set(STEPS)
    if unknown:
        parser.error(f"no such step: {', '.join(sorted(unknown))}; there are: {', '.join(STEPS)}")
    os.chdir(ROOT)
    if not wanted or "tests" in wanted:
        _get_servers()
    results = [_timed(name, step) for name, step in STEPS.items() if not wanted or name in wanted]
    _summarise(results, servers=not wanted or "tests" in wanted)
    return 0 if all(result.ok for result in results) else 1


def _timed(name: str, step: Callable[[], tuple[bool, str]]) -> Result:
    _say(f"\n── {name} " + "─" * max(2, 76 - len(name)))
    began = time.monotonic()
    ok, note = step()
    return Result(name, ok, time.monotonic() - began, note)


def _command(*command: str) -> Callable[[], tuple[bool, str]]:
    def run() -> tuple[bool, str]:
        return subprocess.run(command, check=False).returncode == 0, ""

    return run


def _tool(name: str, *arguments: str) -> Callable[[], tuple[bool, str]]:
    return _command(str(BIN / name), *arguments)


def _lint() -> tuple[bool, str]:
    formatted = _tool("ruff", "format", "--check", ".")()[0]
    checked = _tool("ruff", "check", ".")()[0]
    return formatted and checked, ""


def _tests() -> tuple[bool, str]:
    """Run pytest with coverage on all cores; what was skipped, and why, goes into the summary."""
    subprocess.run([BIN / "coverage", "erase"], check=False)
    report = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "auto",
        "--cov",
        "--cov-report=term:skip-covered",
    ]
    output: list[str] = []
    with subprocess.Popen(
        report, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            sys.stdout.write(line)
            output.append(line)
    text = "".join(output)
    counts = re.findall(r"^(?:=+ )?(\d+ (?:passed|failed).*?) in [\d.]+s", text, re.MULTILINE)
    skipped = re.findall(r"^SKIPPED \[(\d+)\] [^:]+:\d+: (.*)$", text, re.MULTILINE)
    covered = re.findall(r"^TOTAL .*?(\d+)%$", text, re.MULTILINE)
    notes = [counts[-1] if counts else "no test ran"]
    notes += [f"{covered[-1]} % covered"] if covered else []
    notes += [f"left out {number}: {reason}" for number, reason in skipped]
    return run.returncode == 0 and bool(counts), "\n".join(notes)


def _wheel() -> tuple[bool, str]:
    """Build the wheel, install it beside nothing of ours, and let it assess something."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        steps: list[list[str | Path]] = [
            [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", work, ROOT],
            [sys.executable, "-m", "venv", work / "venv"],
        ]
        if not all(_quiet(step, work) for step in steps):
            return False, "the wheel cannot be built"
        python = work / "venv/bin/python"
        wheel = next(work.glob("*.whl"))
        quiet: list[str | Path] = [
            python,
            "-m",
            "pip",
            "install",
            "-qq",
            "--disable-pip-version-check",
        ]
        installed = _quiet(
            [*quiet, "--require-hashes", "-r", ROOT / "requirements/run.txt"], work
        ) and _quiet([*quiet, "--no-deps", wheel], work)
        if not installed:
            return False, "the wheel cannot be installed"
        (work / "slipwatch.yaml").write_text(WHEEL_CONFIG)
        slipwatch = work / "venv/bin/slipwatch"
        works = _quiet([slipwatch, "--help"], work) and _quiet(
            [slipwatch, "assess", "--as-of", "2026-01-05"], work, show=True
        )
        return works, "" if works else "the installed wheel does not work"


WHEEL_CONFIG = """\
programs:
  - id: demo
    projects:
      - id: core
        milestones:
          - {id: api, duration: 5wd}
          - {id: launch, duration: 3wd, commitment: 2026-01-16, depends_on: [{milestone: api}]}
"""


def _quiet(command: list[str | Path], folder: Path, *, show: bool = False) -> bool:
    done = subprocess.run(
        command,
        cwd=folder,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode != 0 or show:
        _say(done.stdout)
    return done.returncode == 0


STEPS: dict[str, Callable[[], tuple[bool, str]]] = {
    "lint": _lint,
    "imports": _tool("lint-imports", "--no-cache"),
    "mypy": _tool("mypy"),
    "pyright": _tool("pyright"),
    "tests": _tests,
    "wheel": _wheel,
}


def _get_servers() -> None:
    """Install what is missing from Debian, where that can be done without asking."""
    missing = [server for server in SERVERS if not server.found()]
    if not missing or shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    _say(f"Installing {', '.join(server.name for server in missing)} from Debian …")
    # Debian starts what it installs; the tests start their own, on their own ports.
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    try:
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=environment)
        for server in missing:
            subprocess.run(
                [*install, server.package], check=False, env=environment, stdout=subprocess.DEVNULL
            )
    finally:
        if ours:
            policy.unlink()


def _postgres_folders() -> Iterator[str]:
    yield from sorted(
        (str(path) for path in Path("/usr/lib/postgresql").glob("*/bin")), reverse=True
    )


def _summarise(results: list[Result], *, servers: bool) -> None:
    _say("\n── summary " + "─" * 69)
    for result in results:
        mark = "ok  " if result.ok else "FAIL"
        first, *more = result.note.splitlines() or [""]
        _say(f"{mark} {result.step:8} {result.seconds:6.1f} s  {first}")
        for line in more:
            _say(f"{'':23}{line}")
    for server in SERVERS if servers else ():
        if not server.found():
            _say(
                f"     without {server.name}, left out: {server.tests} "
                f"(Debian, Ubuntu: apt-get install {server.package})"
            )
    passed = sum(result.ok for result in results)
    _say(f"\n{passed} of {len(results)} steps passed")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
