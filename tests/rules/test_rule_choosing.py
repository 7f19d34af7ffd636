"""Overrides: what programs and projects say of rules, and whose word counts where."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from slipwatch.aggregator.assessment import RuleCount
from slipwatch.config.rules import RuleOverrides, RulesSettings
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.rules.choosing import RuleSettingsError, choose
from slipwatch.rules.engine import Evaluation, evaluate
from slipwatch.rules.places import Places
from slipwatch.rules.table import RULES
from slipwatch.rules.world import World

BuildWorld = Callable[[Mapping[str, Any]], World]

TODAY = date(2026, 1, 5)
HALF = {"commitment": date(2026, 1, 16), "forecast": {"p_on_time": 0.4}}
SOME: dict[str, Any] = {
    "milestones": {"p/web/cart": HALF, "p/id/login": HALF, "q/api/v2": HALF},
}


def judged(
    world: World, overrides: Mapping[str, Mapping[str, Any]], settings: RulesSettings | None = None
) -> Evaluation:
    rules = [rule for rule in RULES if rule.id == "SCH-001"]
    return evaluate(
        world,
        rules,
        settings or RulesSettings(),
        overrides={place: RuleOverrides.model_validate(one) for place, one in overrides.items()},
    )


STRICT = {"settings": {"SCH-001": {"below": 0.3}}}
OFF = {"disable": ["SCH-001"]}
ON = {"enable": ["SCH-001"]}


@pytest.mark.parametrize(
    ("overrides", "found"),
    [
        pytest.param({}, ["p/id/login", "p/web/cart", "q/api/v2"], id="nobody says anything"),
        pytest.param({"p": OFF}, ["q/api/v2"], id="a program disables it"),
        pytest.param({"p/web": OFF}, ["p/id/login", "q/api/v2"], id="a project disables it"),
        pytest.param({"p": STRICT}, ["q/api/v2"], id="a program sets it"),
        pytest.param(
            {"p": OFF, "p/web": ON}, ["p/web/cart", "q/api/v2"], id="a project wants it back"
        ),
        pytest.param(
            {"p": STRICT, "p/web": {"settings": {"SCH-001": {"below": 0.5}}}},
            ["p/web/cart", "q/api/v2"],
            id="a project sets it otherwise",
        ),
        pytest.param(
            {"p": STRICT, "p/web": {"settings": {"SCH-001": {"critical_below": 0.1}}}},
            ["q/api/v2"],
            id="a project sets something else and keeps what its program says",
        ),
    ],
)
def test_what_is_written_nearest_counts(
    build_world: BuildWorld, overrides: dict[str, Any], found: list[str]
) -> None:
    assert [one.subject for one in judged(build_world(SOME), overrides).findings] == found


def test_a_rule_that_is_disabled_may_be_wanted_by_one_program(build_world: BuildWorld) -> None:
    told = judged(build_world(SOME), {"q": ON}, RulesSettings(disable=("SCH-001",)))

    assert [one.subject for one in told.findings] == ["q/api/v2"]
    assert told.counts == (
        RuleCount(rule="SCH-001", passed=0, failed=1, unknown=0, not_applicable=0),
    )


def test_every_answer_is_counted_once_whoever_sets_the_rule(build_world: BuildWorld) -> None:
    (count,) = judged(build_world(SOME), {"p": STRICT, "p/web": OFF}).counts

    assert (count.passed, count.failed) == (1, 1)


def test_a_mistake_in_an_override_is_one_too() -> None:
    wrong = {"p": RuleOverrides(settings={"SCH-001": {"belwo": 0.3}})}
    with pytest.raises(RuleSettingsError, match="SCH-001 has no parameter belwo"):
        choose(RULES, RulesSettings(), wrong)


def test_nobody_disables_and_enables_at_once() -> None:
    with pytest.raises(ValidationError, match="SCH-001 is disabled here as well"):
        RuleOverrides(enable=("SCH-001",), disable=("SCH-001",))


def test_the_file_names_programs_and_projects_by_their_ids() -> None:
    settings = SlipwatchSettings.model_validate(
        {
            "programs": [
                {"id": "p", "rules": OFF, "projects": [{"id": "web", "rules": ON}, {"id": "id"}]},
                {"id": "q", "projects": []},
            ]
        }
    )

    assert settings.rule_overrides() == {
        "p": RuleOverrides(disable=("SCH-001",)),
        "p/web": RuleOverrides(enable=("SCH-001",)),
    }


@pytest.mark.parametrize(
    ("subject", "place"),
    [
        ("p", "p"),
        ("p/web", "p/web"),
        ("p/web/cart", "p/web"),
        ("q/api/v2 -> p/web/cart", "p/web"),
        ("p/benefit:B1", "p"),
        ("jira:WEB-1", "p/web"),
        ("jira:API-9", "q/api"),
        ("jira:NONE-1", ""),
        ("source:p", ""),
        ("objective:growth", ""),
        ("person:ana", ""),
    ],
)
def test_a_subject_belongs_to_a_project_a_program_or_nobody(
    build_world: BuildWorld, subject: str, place: str
) -> None:
    item = {"source": "jira", "key": "WEB-1", "title": "", "url": "", "assignee": None}
    milestones = {**SOME["milestones"], "p/web/cart": {**HALF, "open_items": [item]}}

    begun = {**item, "item": "jira:API-9", "key": "API-9", "since": None, "updated": TODAY}
    begun.pop("source")
    projects = {"q/api": {"upkeep": {"begun": [begun]}}}

    world = build_world({"milestones": milestones, "projects": projects})

    assert Places(world).of(subject) == place
