"""The page on program management names rules, settings, metrics and tests that there are."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.prometheus.catalogue import METRICS
from slipwatch.exporters.prometheus.own import SELF_METRICS
from slipwatch.rules.table import RULES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "program-management.md").read_text(encoding="utf-8")
ANSWERS = PAGE.partition("## What the discipline asks for")[2]
SPANS = re.findall(r"`([^`\n]+)`", PAGE)
COLUMNS = ("settings", "rules", "metrics", "tests")


def rows() -> Iterator[dict[str, str]]:
    """Give the rows of the tables that say what answers what."""
    for line in ANSWERS.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 1 + len(COLUMNS) and cells[1] != "Settings" and "---" not in cells[0]:
            yield {"subject": cells[0], **dict(zip(COLUMNS, cells[1:], strict=True))}


def has_setting(path: str) -> bool:
    """Say whether slipwatch.yaml has a key; lists and mappings are looked into."""
    found: list[Any] = [SlipwatchSettings]
    for name in path.split("."):
        found = [inner for one in found for inner in inside(one, name)]
    return bool(found)


def inside(model: Any, name: str) -> Iterator[Any]:
    """Give what a key of a model holds: itself, or the models in it."""
    for field, info in model.model_fields.items() if is_model(model) else ():
        if (info.alias or field) == name:
            yield from models_in(info.annotation) or [info.annotation]


def models_in(annotation: Any) -> list[Any]:
    """Find the models within an annotation."""
    if is_model(annotation):
        return [annotation]
    parts = getattr(annotation, "__args__", ())
    return [model for part in parts for model in models_in(part)]


def is_model(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, BaseModel)


def test_every_row_names_a_setting_a_rule_a_metric_and_a_test() -> None:
    found = list(rows())

    assert found
    for row in found:
        assert all(row[column] for column in COLUMNS), row["subject"]


@pytest.mark.parametrize("rule", sorted(set(re.findall(r"rules/([A-Z]+-\d+)\.md", PAGE))))
def test_a_rule_that_is_named_exists(rule: str) -> None:
    assert rule in {each.id for each in RULES}


@pytest.mark.parametrize("metric", sorted({s for s in SPANS if s.startswith("slipwatch_")}))
def test_a_metric_that_is_named_exists(metric: str) -> None:
    known = {each.name for each in METRICS} | {each.name for each in SELF_METRICS}

    assert metric in known


@pytest.mark.parametrize(
    "setting",
    sorted(
        {s for s in SPANS if re.fullmatch(r"(programs|objectives|people|rules)(\.[a-z_]+)+", s)}
    ),
)
def test_a_setting_that_is_named_exists(setting: str) -> None:
    assert has_setting(setting)


@pytest.mark.parametrize("named", sorted({s for s in SPANS if s.startswith("tests/")}))
def test_a_test_that_is_named_exists(named: str) -> None:
    path, _, test = named.partition("::")

    assert (ROOT / path).exists()
    assert not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")
