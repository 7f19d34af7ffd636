"""A rule's docstring is its page: complete, and the same in docs/rules."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from slipwatch.config.settings import SlipwatchSettings
from slipwatch.rules.base import Rule
from slipwatch.rules.pages import INDEX, SECTIONS, catalog, describe, pages
from slipwatch.rules.table import RULES

DOCS = Path(__file__).parents[2] / "docs" / "rules"


def keys(schema: object) -> Iterator[str]:
    """Yield every key that the settings have."""
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        yield from properties
        for part in schema.values():
            yield from keys(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from keys(part)


SETTINGS_KEYS = frozenset(keys(SlipwatchSettings.model_json_schema()))
EACH = pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES])
TUNABLE = pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule.id) for rule in RULES if describe(rule).telling]
)


@EACH
def test_a_docstring_has_a_sentence_and_all_sections_in_order(rule: type[Rule]) -> None:
    info = describe(rule)

    assert info.summary.endswith(".")
    assert tuple(info.sections) == SECTIONS
    assert all(info.sections.values())


@TUNABLE
def test_a_page_names_every_parameter_with_its_default(rule: type[Rule]) -> None:
    page = pages([rule])[f"{rule.id}.md"]

    for parameter in describe(rule).telling:
        assert f"| `{parameter.name}` | {parameter.default:g} | {parameter.doc} |" in page


@EACH
def test_parameters_that_a_docstring_speaks_of_exist(rule: type[Rule]) -> None:
    known = {parameter.name for parameter in rule.parameters()}
    spoken = describe(rule).sections["What it catches"].split("``")[1::2]
    settings = SETTINGS_KEYS | {word for word in spoken if ":" in word}

    assert set(spoken) - settings <= known


def test_the_pages_in_the_repository_are_those_of_the_rules() -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")}

    assert there == pages(RULES), "run: make docs"


def test_the_catalog_lists_rules_by_id_with_what_an_operator_may_set() -> None:
    (moves,) = (info for info in catalog(RULES) if info.id == "SCH-005")

    assert [info.id for info in catalog(RULES)] == sorted(rule.id for rule in RULES)
    assert (moves.title, moves.severity) == ("Date keeps moving", "medium")
    assert moves.summary == "The date of the milestone is moved later again and again."
    assert moves.source == "Milestone trend analysis. The bounds are ours."
    assert [(p.name, p.default) for p in moves.telling] == [
        ("moves", 3),
        ("within_days", 90),
        ("share", 0.2),
    ]


def test_the_index_links_every_page() -> None:
    index = pages(RULES)[INDEX]

    assert all(f"[{rule.id}]({rule.id}.md)" in index for rule in RULES)
