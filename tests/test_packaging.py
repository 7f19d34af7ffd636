"""The folders, the list of packages, the tools' settings and the lock files tell the same story."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
TOOL: dict[str, Any] = PROJECT["tool"]
FOLDERS: dict[str, str] = TOOL["setuptools"]["package-dir"]
PACKAGE_DATA: dict[str, list[str]] = TOOL["setuptools"]["package-data"]
NOT_SHIPPED = {"config/examples"}
"""Folders inside the packages that are documentation."""
PYTHONS = ("3.11", "3.12", "3.13")
LOCKS = ("requirements/run.txt", "requirements/dev.txt")
LONGEST_FILE = 450


def test_every_package_ships() -> None:
    found = {
        ".".join(["slipwatch", *init.parent.relative_to(ROOT).parts])
        for folder in FOLDERS.values()
        for init in (ROOT / folder).rglob("__init__.py")
    }

    assert set(TOOL["setuptools"]["packages"]) == found


def test_every_module_is_in_a_package() -> None:
    strays = [
        str(path.relative_to(ROOT))
        for folder in FOLDERS.values()
        for path in (ROOT / folder).rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    ]

    assert not strays


def test_one_name_for_every_module() -> None:
    """Inside a folder imports are relative, across folders they say slipwatch.

    Any other spelling gives Python, mypy and pyright two names for one class.
    """
    offenders = [
        f"{path.relative_to(ROOT)}:{line} imports {target}"
        for package, folder in FOLDERS.items()
        for path in (ROOT / folder).rglob("*.py")
        for line, target in absolute_imports(path)
        if target.split(".")[0] in FOLDERS.values() or f"{target}.".startswith(f"{package}.")
    ]

    assert not offenders


def test_tests_and_benchmarks_import_what_is_installed() -> None:
    offenders = [
        f"{path.relative_to(ROOT)}:{line} imports {target}"
        for folder in ("tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        for line, target in absolute_imports(path)
        if target.split(".")[0] in FOLDERS.values()
    ]

    assert not offenders


def test_every_folder_says_that_it_is_typed() -> None:
    assert [f for f in FOLDERS.values() if not (ROOT / f / "py.typed").is_file()] == []
    assert "py.typed" in PACKAGE_DATA["*"]


def test_every_pattern_of_package_data_finds_something() -> None:
    idle = [
        f"{package}: {pattern}"
        for package, patterns in PACKAGE_DATA.items()
        if package != "*"
        for pattern in patterns
        if not any(folder_of(package).glob(pattern))
    ]

    assert not idle


def test_every_file_beside_the_modules_ships() -> None:
    """A template that no pattern names works in development and is missing from the wheel."""
    shipped = {
        path
        for package, patterns in PACKAGE_DATA.items()
        for home in (folders_of_packages() if package == "*" else [folder_of(package)])
        for pattern in patterns
        for path in home.glob(pattern)
    }
    forgotten = [
        name
        for name in tracked()
        if name.split("/")[0] in FOLDERS.values()
        and not name.endswith(".py")
        and not any(name.startswith(f"{folder}/") for folder in NOT_SHIPPED)
        and ROOT / name not in shipped
    ]

    assert not forgotten


def test_the_type_checkers_see_every_folder_under_its_installed_name() -> None:
    links = {link.name: link.readlink() for link in (ROOT / ".typing/slipwatch").iterdir()}

    assert links == {folder: Path("../..") / folder for folder in FOLDERS.values()}


def test_every_tool_looks_at_every_folder() -> None:
    folders, packages = set(FOLDERS.values()), set(FOLDERS)
    contracts = {contract["name"]: contract for contract in TOOL["importlinter"]["contracts"]}

    assert set(TOOL["coverage"]["run"]["source"]) == folders
    assert set(TOOL["mypy"]["files"]) == folders | {"tests", "benchmarks"}
    assert set(TOOL["pyright"]["include"]) == folders | {"tests", "benchmarks"}
    assert set(TOOL["importlinter"]["root_packages"]) == packages
    assert set(contracts["No circles inside a folder"]["ancestors"]) == packages
    layers = " | ".join(contracts["Folders point one way"]["layers"])
    assert set(layers.split(" | ")) == packages


def test_every_connector_is_held_apart_from_the_others() -> None:
    connectors = {
        p for p in TOOL["setuptools"]["packages"] if p.startswith("slipwatch.connectors.")
    }
    contracts = {contract["name"]: contract for contract in TOOL["importlinter"]["contracts"]}

    assert set(contracts["Connectors do not know one another"]["modules"]) == connectors


def test_the_change_log_begins_with_the_version_that_is_built() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert headings[0] == PROJECT["project"]["version"]
    assert version("slipwatch") == PROJECT["project"]["version"]


def test_pythons_are_named_alike_everywhere() -> None:
    classifiers = "\n".join(PROJECT["project"]["classifiers"])

    assert PROJECT["project"]["requires-python"] == f">={PYTHONS[0]}"
    assert tuple(re.findall(r"Python :: (3\.\d+)", classifiers)) == PYTHONS
    assert TOOL["pyright"]["pythonVersion"] == PYTHONS[0]
    assert TOOL["ruff"]["target-version"] == "py" + PYTHONS[0].replace(".", "")
    assert f"--python-version {PYTHONS[0]}" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_requirement_by_hash_and_names_no_place_to_get_it(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = text.replace("\\\n", " ").splitlines()

    pinned = re.compile(r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,-]+\])?==\S+ ")
    assert [entry for entry in entries if not pinned.match(entry)] == []
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_hold_every_dependency_for_every_python(python: str) -> None:
    groups = PROJECT["dependency-groups"]
    wanted = {
        "requirements/run.txt": [*PROJECT["project"]["dependencies"], *groups["build"]],
        "requirements/dev.txt": [
            *PROJECT["project"]["dependencies"],
            *groups["build"],
            *(name for name in groups["dev"] if isinstance(name, str)),
        ],
    }
    problems: list[str] = []
    for lock, requirements in wanted.items():
        pinned = pins(lock, python)
        for requirement in map(Requirement, requirements):
            name = requirement.name.lower().replace("_", "-")
            if name not in pinned or not requirement.specifier.contains(pinned[name]):
                problems.append(f"{lock}: {requirement}, found {pinned.get(name)}")

    assert not problems


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_tested_is_what_is_run(python: str) -> None:
    development = pins("requirements/dev.txt", python)

    assert pins("requirements/run.txt", python).items() <= development.items()


def test_no_file_names_a_registry_or_a_path_of_somebodys_machine() -> None:
    """Where packages come from is the business of whoever installs, and paths differ."""
    forbidden = re.compile(
        r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org"
        r"|--(?:(?:extra-)?index-url|find-links|trusted-host)|PIP[_]INDEX"
        r"|(?<![\w.*>)}])/(?:work|root|home|Users)/"
    )
    found = [
        f"{name}:{number}: {match[0]}"
        for name in tracked()
        if (ROOT / name).is_file() and not (ROOT / name).is_symlink()
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if (match := forbidden.search(line))
    ]

    assert not found


def test_no_module_is_longer_than_one_can_hold_in_mind() -> None:
    lengths = {name: text_of(name).count("\n") for name in tracked() if name.endswith(".py")}

    assert {
        name: length
        for name, length in lengths.items()
        if name.split("/")[0] in FOLDERS.values() and length > LONGEST_FILE
    } == {}


def test_ci_runs_the_same_command_as_everybody() -> None:
    script = ROOT / ".ci/run"

    assert script.stat().st_mode & 0o111
    assert "make test" in script.read_text()


def test_make_help_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        check=True,
        text=True,
        capture_output=True,
    )

    assert phony is not None
    assert re.findall(r"^  make (\w+)", listed.stdout, re.MULTILINE) == phony[1].split()


def folder_of(package: str) -> Path:
    """Find where a package's files are in the repository."""
    return ROOT.joinpath(*package.split(".")[1:])


def folders_of_packages() -> list[Path]:
    """Find where the files of all packages are."""
    return [folder_of(package) for package in TOOL["setuptools"]["packages"]]


def tracked() -> list[str]:
    """Name the files that belong to the repository."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=False, text=True, capture_output=True
    )
    if done.returncode != 0:
        pytest.skip("this is no git checkout, so nobody knows which files belong to it")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).exists()]


def text_of(name: str) -> str:
    """Read a file; bytes that are no text cannot name anything."""
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def pins(lock: str, python: str) -> dict[str, str]:
    """Read the versions that a lock file gives to a Python on Linux."""
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    entries = [Requirement(line.split(" --hash")[0]) for line in text.splitlines()]
    return {
        entry.name: str(entry.specifier).removeprefix("==")
        for entry in entries
        if entry.marker is None or entry.marker.evaluate(environment)
    }


def absolute_imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each line that imports absolutely, and what it names."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield node.lineno, module
            case _:
                pass
