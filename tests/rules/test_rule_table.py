"""The table of rules, and what installed packages add to it."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from slipwatch.config.rules import RulesSettings
from slipwatch.rules.engine import evaluate
from slipwatch.rules.table import RULES, RuleLoadError, load_rules
from slipwatch.rules.world import World

Install = Callable[[str, str], None]

RULE = '''
from collections.abc import Iterator
from dataclasses import dataclass

from slipwatch.rules.base import Failed, Rule, Verdict, parameter
from slipwatch.rules.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class TooMany(Rule):
    """There are more milestones than anybody can look after."""

    id = "ACME-001"
    title = "Too many milestones"
    severity = "low"

    most: int = parameter(1, "More are a finding.")

    def judge(self, world: World) -> Iterator[Verdict]:
        count = len(world.milestones)
        if count > self.most:
            yield Failed(subject="all", message=f"{count} milestones", value=count)
'''


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a package of one module with one entry point, as an installer would."""
    before = set(sys.modules)

    def put(source: str, entry_point: str) -> None:
        (tmp_path / "acme_rules.py").write_text(source, encoding="utf-8")
        info = tmp_path / "acme_rules-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-rules\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[slipwatch.rules]\nacme = {entry_point}\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    yield put
    for name in set(sys.modules) - before:
        if name == "acme_rules":
            del sys.modules[name]


def test_every_rule_has_an_id_of_its_own() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_the_rules_are_ours_where_nothing_else_is_installed() -> None:
    assert load_rules() == tuple(sorted(RULES, key=lambda rule: rule.id))


def test_an_installed_rule_is_asked_with_its_own_parameters(
    install: Install, build_world: Callable[[Mapping[str, Any]], World]
) -> None:
    install(RULE, "acme_rules:TooMany")
    world = build_world({"milestones": {f"p/x/m{n}": {} for n in range(3)}})

    def said(most: int) -> list[str]:
        settings = RulesSettings(settings={"ACME-001": {"most": most}})
        found = evaluate(world, load_rules(), settings).findings
        return [f.message for f in found if f.rule == "ACME-001"]

    assert said(2) == ["3 milestones"]
    assert said(3) == []


def test_an_entry_point_may_name_a_family_of_rules(install: Install) -> None:
    install(RULE + "\n\nRULES = (TooMany,)\n", "acme_rules:RULES")

    assert "ACME-001" in {rule.id for rule in load_rules()}


@pytest.mark.parametrize(
    ("source", "point", "complaint"),
    [
        pytest.param(
            "import nothing_like_this", "acme_rules:TooMany", "cannot be imported", id="no import"
        ),
        pytest.param(RULE, "acme_rules:Missing", "cannot be imported", id="no such name"),
        pytest.param("TooMany = 7", "acme_rules:TooMany", "offers 7, expected a", id="no rule"),
        pytest.param(
            RULE.replace('    title = "Too many milestones"\n', ""),
            "acme_rules:TooMany",
            "has no title",
            id="no title",
        ),
        pytest.param(
            RULE.replace("ACME-001", "SCH-001"),
            "acme_rules:TooMany",
            "SCH-001, an id that CommitmentUnlikely of slipwatch.rules.schedule has already",
            id="an id that is taken",
        ),
    ],
)
def test_a_package_that_offers_what_cannot_be_used_is_named(
    install: Install, source: str, point: str, complaint: str
) -> None:
    install(source, point)
    with pytest.raises(RuleLoadError) as caught:
        load_rules()

    assert f"the entry point acme = {point} of acme-rules" in str(caught.value)
    assert complaint in str(caught.value)
