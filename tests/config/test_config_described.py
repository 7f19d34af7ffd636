"""The JSON Schema, the page, the examples and ``config show`` say what the models say."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from slipwatch.config.loader import load_settings
from slipwatch.config.page import render_page
from slipwatch.config.schema import json_schema
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.show import show_settings
from slipwatch.config.sources import SourceSettings
from slipwatch.connectors.table import kinds as known_kinds

ROOT = Path(__file__).parents[2]
WRITE_PAGE = """\
.venv/bin/python -c '
from slipwatch.config.page import render_page
from slipwatch.connectors.table import kinds
print(render_page({name: kind.settings for name, kind in kinds().items()}), end="")
' > docs/configuration.md
"""
EXAMPLES = ROOT / "config" / "examples"
Load = Callable[[str], SlipwatchSettings]
Kinds = dict[str, type[SourceSettings]]


@pytest.fixture(scope="module")
def real_kinds() -> Kinds:
    """Give the kinds of sources that slipwatch brings."""
    return {name: kind.settings for name, kind in known_kinds().items()}


def keys_written(value: object) -> set[str]:
    """Collect every key that a file uses."""
    if isinstance(value, dict):
        return {str(key) for key in value}.union(*(keys_written(one) for one in value.values()))
    if isinstance(value, list):
        return set[str]().union(*(keys_written(one) for one in value))
    return set()


def mappings(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each part of the schema that has keys."""
    yield "slipwatch.yaml", schema
    yield from schema["$defs"].items()


def as_json(path: Path) -> Any:
    """Read a file as an editor does, with days as texts."""
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    return json.loads(json.dumps(values, default=date.isoformat))


@pytest.mark.parametrize("name", ["minimal.yaml", "full.yaml"])
def test_the_examples_load(name: str, real_kinds: Kinds) -> None:
    assert load_settings(EXAMPLES / name, kinds=real_kinds).programs


@pytest.mark.parametrize("name", ["minimal.yaml", "full.yaml"])
def test_the_examples_fit_the_schema(name: str, real_kinds: Kinds) -> None:
    Draft202012Validator(json_schema(real_kinds)).validate(as_json(EXAMPLES / name))


def test_the_first_real_file_is_short_and_speaks_to_both_tools(real_kinds: Kinds) -> None:
    path = EXAMPLES / "minimal.yaml"
    settings = load_settings(path, kinds=real_kinds)
    assert {source.kind for source in settings.sources.values()} == {"jira", "github"}
    assert len(path.read_text(encoding="utf-8").splitlines()) < 30


def test_the_full_example_has_every_key(real_kinds: Kinds) -> None:
    written = keys_written(as_json(EXAMPLES / "full.yaml"))
    # A store with parts cannot stand beside one that is an address; the comment above it shows it.
    known = {
        key
        for name, part in mappings(json_schema(real_kinds))
        if name != "StoreSettings"
        for key in part.get("properties", {})
    }
    assert known - written == set()


def test_the_schema_is_one(kinds: Kinds, real_kinds: Kinds) -> None:
    for table in ({}, kinds, real_kinds):
        Draft202012Validator.check_schema(json_schema(table))


def test_every_key_is_described(kinds: Kinds, real_kinds: Kinds) -> None:
    for table in (kinds, real_kinds):
        schema = json_schema(table)
        for name, part in mappings(schema):
            assert part.get("description"), name
            for key, value in part["properties"].items():
                target = value.get("$ref", "").rpartition("/")[2]
                described = value.get("description") or schema["$defs"].get(target)
                assert described, f"{name}.{key}"


@pytest.mark.parametrize(
    "text",
    [
        "sources: {x: {kind: other}}",
        "sources: {x: {kind: sheet}}",
        "sources: {x: {kind: sheet, path: a.csv, url: https://x.example}}",
        "sources: {my plan: {kind: sheet, path: a.csv}}",
        "sync: {every: 300}",
        "programs: [{id: P}]",
        "programs: [{id: p, budget: 3}]",
        "store: {url: sqlite:///a.db, env: S}",
        "rules: {settings: {SCH: {moves: 4}}}",
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(text: str, kinds: Kinds) -> None:
    assert not Draft202012Validator(json_schema(kinds)).is_valid(yaml.safe_load(text))


def test_the_page_says_what_the_models_say(real_kinds: Kinds) -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page == render_page(real_kinds), f"write it anew:\n{WRITE_PAGE}"


def test_the_page_has_every_key(real_kinds: Kinds) -> None:
    page = render_page(real_kinds)
    for _, part in mappings(json_schema(real_kinds)):
        for key in part["properties"]:
            assert f"| `{key}` |" in page


@pytest.mark.parametrize("name", ["minimal.yaml", "full.yaml"])
def test_what_is_shown_means_the_same_when_it_is_read_again(
    name: str, real_kinds: Kinds, tmp_path: Path
) -> None:
    settings = load_settings(EXAMPLES / name, kinds=real_kinds)
    again = tmp_path / "again.yaml"
    again.write_text(show_settings(settings), encoding="utf-8")
    assert load_settings(again, kinds=real_kinds).model_dump() == settings.model_dump()


def test_what_is_shown_keeps_the_order_of_the_keys(load: Load) -> None:
    shown = yaml.safe_load(show_settings(load("waivers: []\ntimezone: UTC\n")))
    assert list(shown) == [key for key in SlipwatchSettings.model_fields if key in shown]
    assert list(shown)[:3] == ["store", "timezone", "listen"]


def test_what_is_shown_names_secrets_and_never_reveals_them(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_OF_TEST", "hunter2-Kx9")
    shown = show_settings(
        load(
            """\
            store: {url: 'postgresql+psycopg://u@h/d', password: {env: TOKEN_OF_TEST}}
            sources:
              jira:
                kind: tracker
                url: https://j.example
                auth: {token: {env: TOKEN_OF_TEST}}
                projects: [A]
            """
        )
    )
    assert "hunter2" not in shown
    written = yaml.safe_load(shown)
    assert written["store"]["password"] == {"env": "TOKEN_OF_TEST"}
    assert written["sources"]["jira"]["auth"]["token"] == {"env": "TOKEN_OF_TEST"}


def test_a_password_inside_any_address_is_masked() -> None:
    settings = SlipwatchSettings.model_validate(
        {
            "waivers": [
                {
                    "rule": "SCH-001",
                    "subject": "p",
                    "approver": "d",
                    "expires": "2026-12-31",
                    "reason": "see https://pm:hunter2@wiki.example/page",
                }
            ]
        }
    )
    assert "https://pm:***@wiki.example/page" in show_settings(settings)
