"""Every rule against its table of cases in ``cases/``, the silent ones first."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from slipwatch.config.rules import RulesSettings
from slipwatch.rules.base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict
from slipwatch.rules.choosing import configure
from slipwatch.rules.table import RULES
from slipwatch.rules.world import World

CASES = Path(__file__).parent / "cases"


def load(rule: type[Rule]) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = yaml.safe_load((CASES / f"{rule.id}.yaml").read_text("utf-8"))
    return cases


def is_loud(case: Mapping[str, Any]) -> bool:
    return any(isinstance(expected, dict) for expected in case["expect"].values())


@pytest.mark.parametrize(
    ("rule", "case"),
    [
        pytest.param(rule, case, id=f"{rule.id}: {case['case']}")
        for rule in RULES
        for case in load(rule)
    ],
)
def test_rule(
    rule: type[Rule], case: dict[str, Any], build_world: Callable[[Mapping[str, Any]], World]
) -> None:
    settings = RulesSettings(settings={rule.id: case.get("settings", {})})
    (configured,) = configure([rule], settings)
    told = {v.subject: as_data(v, configured) for v in configured.judge(build_world(case))}
    for subject, expected in case["expect"].items():
        assert subject in told, f"nothing said of {subject}, only of {sorted(told)}"
        assert_agrees(told[subject], expected)
    failed = {subject for subject, said in told.items() if isinstance(said, dict)}
    assert failed <= case["expect"].keys()


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES])
def test_a_table_tells_silent_cases_first_and_loud_ones_too(rule: type[Rule]) -> None:
    loud = [is_loud(case) for case in load(rule)]

    assert loud == sorted(loud)
    assert set(loud) == {False, True}


def test_every_table_belongs_to_a_rule() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == {rule.id for rule in RULES}


def as_data(verdict: Verdict, rule: Rule) -> str | dict[str, Any]:
    match verdict:
        case Passed():
            return "passed"
        case NotApplicable():
            return "not applicable"
        case Unknown():
            return f"unknown: {verdict.reason}"
        case Failed():
            return {
                "severity": verdict.severity or rule.severity,
                "value": verdict.value,
                "threshold": verdict.threshold,
                "message": verdict.message,
                "evidence": msgspec.json.decode(msgspec.json.encode(dict(verdict.evidence))),
                "links": list(verdict.links),
            }


def assert_agrees(said: object, expected: object) -> None:
    """Compare what the case names; a finding may hold more."""
    if isinstance(said, dict) and isinstance(expected, dict):
        for key, value in expected.items():
            assert key in said, f"there is no {key} in {said}"
            assert_agrees(said[key], value)
    elif isinstance(expected, float):
        assert said == pytest.approx(expected)
    else:
        assert said == msgspec.json.decode(msgspec.json.encode(expected))
