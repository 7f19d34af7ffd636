"""The documentation says what the program does: pages, examples, links, and the README."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from slipwatch.daemon.cli import COMMANDS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[(?:[^\]]|\](?!\())*\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)")


def pages() -> list[Path]:
    """Find every Markdown page of the repository."""
    folders = [ROOT, *(ROOT / name for name in ("docs", "deploy", "benchmarks"))]
    found = [path for folder in folders[1:] for path in folder.rglob("*.md")]
    return [*sorted(ROOT.glob("*.md")), *sorted(found)]


def fenced(page: Path, language: str) -> list[str]:
    """Give the code blocks of a page that are in a language."""
    return [body for _, name, body in FENCE.findall(page.read_text()) if name == language]


def links(page: Path) -> Iterator[str]:
    """Give the targets of a page's links and pictures, code blocks left out."""
    text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text()))
    yield from LINK.findall(text)
    yield from re.findall(r"<(?:img|source)[^>]* src(?:set)?=\"([^\"]+)\"", text)


def anchors(page: Path) -> set[str]:
    """Give the anchors that GitHub makes from a page's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    broken: list[str] = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / unquote(name)).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert not broken


def test_pages_made_from_the_code_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tests/write_docs.py", "--check"],
        check=False,
        text=True,
        capture_output=True,
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, ""), "run: make docs"


def test_every_command_is_on_the_page_of_commands() -> None:
    headings = re.findall(r"^## (\w+)", (ROOT / "docs/cli.md").read_text(), re.MULTILINE)

    assert set(headings) == set(COMMANDS)


def test_every_page_can_be_found_from_the_index() -> None:
    docs = ROOT / "docs"
    seen: set[Path] = set()
    waiting = [docs / "README.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        found = {(page.parent / link.partition("#")[0]).resolve() for link in links(page)}
        waiting += [path for path in found if path.suffix == ".md" and path not in seen]

    assert set(docs.rglob("*.md")) <= seen


def test_the_first_configuration_of_the_readme_is_the_example() -> None:
    (shown,) = fenced(README, "yaml")

    assert shown == (ROOT / "config/examples/minimal.yaml").read_text()
    assert len(shown.splitlines()) < 30


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_yaml_on_a_page_can_be_read(page: Path) -> None:
    for block in fenced(page, "yaml"):
        yaml.safe_load(block)


def test_config_check_likes_what_the_readme_shows(tmp_path: Path) -> None:
    path = tmp_path / "slipwatch.yaml"
    path.write_text(fenced(README, "yaml")[0])

    done = subprocess.run(
        [Path(sys.executable).parent / "slipwatch", "config", "check", "--config", path],
        check=False,
        text=True,
        capture_output=True,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_readme_names_every_folder_and_no_other() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=False, text=True, capture_output=True
    )
    if listed.returncode != 0:
        pytest.skip("this is no git checkout, so nobody knows which folders belong to it")
    folders = {name.partition("/")[0] for name in listed.stdout.split("\0") if "/" in name}
    named = re.findall(r"^\| \[`([\w.-]+)/`\]", README.read_text(), re.MULTILINE)

    assert set(named) == {name for name in folders if not name.startswith(".")}


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_commands_of_make_that_are_promised_exist(page: str) -> None:
    text = (ROOT / page).read_text()
    code = "\n".join([*re.findall(r"`([^`\n]+)`", text), *fenced(ROOT / page, "sh")])
    promised = set(re.findall(r"\bmake (\w+)", code))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert promised
    assert promised <= targets


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_files_that_are_named_exist(page: str) -> None:
    text = FENCE.sub("", (ROOT / page).read_text())
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*\.\w+)`", text)

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_commands_of_slipwatch_that_are_promised_exist() -> None:
    promised = {
        command
        for page in (README, ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"))
        for command in re.findall(r"\bslipwatch (\w+)", "\n".join(code_of(page)))
    }

    assert promised <= set(COMMANDS)


def code_of(page: Path) -> Iterator[str]:
    """Give the pieces of shell on a page: blocks, and code in lines that starts a command."""
    yield from (re.sub(r"#.*", "", block) for block in fenced(page, "sh"))
    yield from re.findall(r"`(?:\.venv/bin/)?(slipwatch [^`\n]+)`", page.read_text())
