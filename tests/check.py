"""Everything `make test` runs, and one summary at the end.

Every step runs even when another one failed, so that one run tells the whole story. The tests take
all cores; the other steps run before them, side by side. Servers that some tests need are taken
from Debian when apt and root are there; what is missing is named in the summary, with how to get
it.

    make test ARGS="--only tests -- -k calendar"      what follows -- is for pytest
    make test ARGS="-- --cov"                         with coverage
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
FOLDERS = ("aggregator", "config", "connectors", "daemon", "demo", "exporters", "rules")
Command = list[str | Path]
Outcome = tuple[bool, str]
Say = Callable[[str], None]
Step = Callable[[Say, Sequence[str]], Outcome]


@dataclass(frozen=True, slots=True)
class Server:
    """A program that some tests need and pip cannot bring."""

    name: str
    package: str
    tests: str
    programs: tuple[str, ...]

    def found(self) -> bool:
        """Say whether one of its programs is there; Debian keeps PostgreSQL's off the path."""
        folders = [os.environ.get("PATH", ""), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
        return any(shutil.which(program, path=":".join(folders)) for program in self.programs)


SERVERS = (
    Server("PostgreSQL", "postgresql", "the store and the sync on PostgreSQL", ("initdb",)),
    Server("Prometheus", "prometheus", "the metrics before Prometheus", ("promtool",)),
    Server(
        "Alertmanager",
        "prometheus-alertmanager",
        "the alerts before Alertmanager",
        ("amtool",),
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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help=f"some of {','.join(STEPS)}; comma-separated")
    parser.add_argument("pytest", nargs="*", help="after --, arguments for pytest")
    options = parser.parse_args()
    wanted = {name for name in options.only.split(",") if name}
    unknown = wanted - set(STEPS)
    if unknown:
        parser.error(f"no such step: {', '.join(sorted(unknown))}; there are: {', '.join(STEPS)}")
    os.chdir(ROOT)
    # Tests start hundreds of processes, each of which would compile all that it imports.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with_tests = not wanted or "tests" in wanted
    began = time.monotonic()
    steps = {name: step for name, step in STEPS.items() if not wanted or name in wanted}
    beside = {name: step for name, step in steps.items() if name != "tests"}
    with ThreadPoolExecutor(1) as other:
        servers = other.submit(_get_servers) if with_tests else None
        results = list(_side_by_side(beside))
        if servers is not None:
            servers.result()
    if with_tests:
        _say(_heading("tests"))
        results.append(_timed("tests", _tests, _say, options.pytest))
    results.sort(key=lambda result: list(STEPS).index(result.step))
    _summarise(results, time.monotonic() - began, with_tests=with_tests)
    return 0 if all(result.ok for result in results) else 1


def _heading(name: str) -> str:
    return f"\n── {name} " + "─" * (76 - len(name))


def _side_by_side(steps: dict[str, Step]) -> Iterator[Result]:
    """Run a step on each core; what a step says comes when it is done."""
    said: dict[str, list[str]] = {name: [_heading(name)] for name in steps}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = [
            pool.submit(_timed, name, step, said[name].append, ()) for name, step in steps.items()
        ]
        for each in as_completed(running):
            result = each.result()
            _say("\n".join(said[result.step]))
            yield result


def _timed(name: str, step: Step, say: Say, arguments: Sequence[str]) -> Result:
    began = time.monotonic()
    ok, note = step(say, arguments)
    return Result(name, ok, time.monotonic() - began, note)


def _run(say: Say, *command: str | Path, **environment: str) -> bool:
    done = subprocess.run(
        command,
        check=False,
        env={**os.environ, **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.stdout.strip():
        say(done.stdout.strip("\n"))
    return done.returncode == 0


def _mypy(say: Say, _arguments: Sequence[str]) -> Outcome:
    return _run(say, BIN / "mypy"), ""


def _pyright(say: Say, _arguments: Sequence[str]) -> Outcome:
    # Its wrapper would ask a registry for newer versions at every start.
    quiet = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    return _run(say, BIN / "pyright", "--pythonpath", sys.executable, **quiet), ""


def _lint(say: Say, _arguments: Sequence[str]) -> Outcome:
    formatted = _run(say, BIN / "ruff", "format", "--check", "--quiet", ".")
    checked = _run(say, BIN / "ruff", "check", "--quiet", ".")
    return formatted and checked, "" if formatted else "make format formats the files"


def _imports(say: Say, _arguments: Sequence[str]) -> Outcome:
    return _run(say, BIN / "lint-imports", "--no-cache"), ""


def _tests(say: Say, arguments: Sequence[str]) -> Outcome:
    """Run pytest on all cores; what was skipped, and why, goes into the summary.

    Coverage takes a third of the time again, and is measured where it is asked for.
    """
    covers = "--cov" in arguments
    if covers:
        _run(say, BIN / "coverage", "erase")
    # Neighbours share what a module sets up, and nobody waits for the last long test alone.
    # A sixth of the time is waiting for servers: one worker more than there are cores uses it.
    workers = str((os.cpu_count() or 1) + 1)
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "--dist", "worksteal"]
    output: list[str] = []
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            say(line.rstrip("\n"))
            output.append(line)
    text = "".join(output)
    closing = re.findall(
        r"^(?:=+ )?(\d+ (?:passed|failed|skipped|error).*? in [\d.]+s)", text, re.MULTILINE
    )
    skipped: Counter[str] = Counter()
    for number, reason in re.findall(
        r"^SKIPPED \[(\d+)\] \S+?(?::\d+)?: (.*)$", text, re.MULTILINE
    ):
        skipped[reason] += int(number)
    notes = [closing[-1] if closing else "no test ran"]
    notes += [_covered()] if covers else []
    notes += [f"left out {number}: {reason}" for reason, number in skipped.most_common()]
    return run.returncode == 0 and bool(closing), "\n".join(notes)


def _covered() -> str:
    done = subprocess.run(
        [BIN / "coverage", "report", "--format=total"], check=False, text=True, capture_output=True
    )
    total = done.stdout.strip()
    shown = BIN.relative_to(ROOT) if BIN.is_relative_to(ROOT) else BIN
    return f"{total} % covered ({shown}/coverage report -m)" if total.isdigit() else "not measured"


WHEEL_CONFIG = """\
programs:
  - id: demo
    projects:
      - id: core
        milestones:
          - {id: api, duration: 5wd}
          - {id: launch, duration: 3wd, commitment: 2026-01-16, depends_on: [{milestone: api}]}
"""


def _wheel(say: Say, _arguments: Sequence[str]) -> Outcome:
    """Build the wheel, install it beside nothing of ours, and let it assess something.

    It is built from a copy by way of the sdist: setuptools puts into a wheel what an earlier
    build left behind, and a file that the sdist lacks is missing for everybody who builds from it.
    """
    with tempfile.TemporaryDirectory(prefix="slipwatch-wheel-") as folder:
        work = Path(folder)
        sources = work / "sources"
        build: Command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", work]
        _copy_sources(sources)
        if not _quiet(say, [*build, sources], work):
            return False, "the wheel cannot be built"
        wheel = next(work.glob("*.whl"))
        missing = _missing(sources, wheel)
        if missing:
            return False, f"the wheel lacks {', '.join(missing)}"
        # Of what is installed little is imported, and Python compiles that itself.
        pip: Command = [sys.executable, "-m", "pip", "--python", work / "venv/bin/python"]
        install: Command = [*pip, "install", "-qq", "--no-compile", "--disable-pip-version-check"]
        if not (
            _quiet(say, [sys.executable, "-m", "venv", "--without-pip", work / "venv"], work)
            and _quiet(
                say, [*install, "--require-hashes", "-r", ROOT / "requirements/run.txt"], work
            )
            and _quiet(say, [*install, "--no-deps", wheel], work)
        ):
            return False, "the wheel cannot be installed"
        return _try_out(say, work)


def _copy_sources(target: Path) -> None:
    """Copy what belongs to the repository, changes that are not committed included."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        text=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source = ROOT / name
        if source.exists() or source.is_symlink():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)


def _missing(sources: Path, wheel: Path) -> list[str]:
    """Name the modules and data files that did not make it into the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    ours = (path for folder in FOLDERS for path in (sources / folder).rglob("*") if path.is_file())
    names = (path.relative_to(sources).as_posix() for path in ours)
    return sorted(
        name
        for name in names
        if f"slipwatch/{name}" not in packed and not name.startswith("config/examples/")
    )


def _try_out(say: Say, work: Path) -> Outcome:
    """Use the installed program as somebody would who has nothing else."""
    (work / "slipwatch.yaml").write_text(WHEEL_CONFIG)
    slipwatch = work / "venv/bin/slipwatch"
    assess: Command = [slipwatch, "assess", "--as-of", "2026-01-05", "--format", "json"]
    shown: list[Command] = [[slipwatch, "--help"], [slipwatch, "explain", "launch"]]
    if not all(_quiet(say, command, work) for command in shown):
        return False, "the installed wheel does not work"
    done = subprocess.run(assess, cwd=work, check=False, text=True, capture_output=True)
    if done.returncode != 0:
        say(done.stdout + done.stderr)
        return False, "the installed wheel cannot assess"
    launch = {view["id"]: view for view in json.loads(done.stdout)["milestones"]}[
        "demo/core/launch"
    ]
    right = launch["forecast"]["p50"] == "2026-01-14" and launch["status"] == "green"
    return right, "built, installed and tried out" if right else f"wrong forecast: {launch}"


def _quiet(say: Say, command: Command, folder: Path) -> bool:
    """Run a command that has something to say only when it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode != 0:
        say(done.stdout)
    return done.returncode == 0


STEPS: dict[str, Step] = {
    "mypy": _mypy,
    "pyright": _pyright,
    "lint": _lint,
    "imports": _imports,
    "wheel": _wheel,
    "tests": _tests,
}
"""The longest of those that run side by side come first."""


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
        for command in (["apt-get", "update", "-qq"], *([*install, s.package] for s in missing)):
            subprocess.run(
                command,
                check=False,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
    finally:
        if ours:
            policy.unlink()


def _summarise(results: list[Result], seconds: float, *, with_tests: bool) -> None:
    _say("\n── summary " + "─" * 69)
    for result in results:
        mark = "ok  " if result.ok else "FAIL"
        first, *more = result.note.splitlines() or [""]
        _say(f"{mark} {result.step:8} {result.seconds:6.1f} s  {first}".rstrip())
        for line in more:
            _say(f"{'':24}{line}")
    for server in SERVERS if with_tests else ():
        if not server.found():
            _say(
                f"without {server.name}, left out: {server.tests} "
                f"(Debian, Ubuntu: apt-get install {server.package})"
            )
    passed = sum(result.ok for result in results)
    _say(f"\n{passed} of {len(results)} steps passed in {seconds:.0f} s")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
