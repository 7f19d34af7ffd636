"""rules: the list, a page, the life of a finding, and a rule tried on the past."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from slipwatch.aggregator.trial import json_schema
from slipwatch.rules.table import RULES
from tests.clock import TODAY

from .running import Commands, write_config

DAY = TODAY - timedelta(days=60)


def milestone(name: str, *, days: int, **given: Any) -> dict[str, Any]:
    return {"id": name, "duration": f"{days}wd", "commitment": f"{DAY}", **given}


def shop(*milestones: dict[str, Any], **given: Any) -> dict[str, Any]:
    projects = [{"id": "api", "milestones": list(milestones)}]
    return {
        "timezone": "UTC",
        "assess": {"trials": 100},
        "programs": [{"id": "shop", "projects": projects}],
        **given,
    }


PAST = shop(
    milestone("late", days=10),
    milestone("lucky", days=10, finished=f"{DAY - timedelta(days=1)}"),
    milestone("quick", days=1, finished=f"{DAY - timedelta(days=1)}"),
    milestone("ahead", days=10, commitment=f"{TODAY + timedelta(days=1)}"),
    milestone("sudden", days=0),
)


def test_the_list_and_the_page_are_json_as_well(slipwatch: Commands) -> None:
    listed = json.loads(slipwatch("rules", "--format", "json").out)
    (one,) = json.loads(slipwatch("rules", "--explain", "sch-005", "--format", "json").out)

    assert [rule["id"] for rule in listed] == sorted(rule.id for rule in RULES)
    assert one in listed
    assert one["at_once"] is True
    assert {"name": "moves", "default": 3}.items() <= one["parameters"][0].items()


def test_the_page_of_a_rule_is_that_of_the_documentation(slipwatch: Commands) -> None:
    page = Path(__file__).parents[2] / "docs/rules/SCH-005.md"

    assert slipwatch("rules", "--explain", "SCH-005").out == page.read_text()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(("--explain", "SCH-999"), "there is no rule SCH-999", id="no rule"),
        pytest.param(("try", "SCH-01"), "did you mean", id="nearly one"),
        pytest.param(("try", "SCH-005", "--set", "moves"), "such as moves=2", id="no value"),
        pytest.param(("try", "SCH-005", "--set", "moves=x"), "such as moves=2", id="no number"),
        pytest.param(("try", "SCH-005", "--set", "mvoes=2"), "no parameter mvoes", id="unknown"),
        pytest.param(("try", "SCH-005", "--set", "moves=0"), "expected 1 or more", id="too small"),
        pytest.param(("try", "SCH-005", "--since", "soon"), "such as 26w", id="no time"),
        pytest.param(("try", "SCH-005", "--since", "3d"), "one week or more", id="too short"),
    ],
)
def test_what_makes_no_sense_is_refused(
    slipwatch: Commands, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    write_config(tmp_path, PAST)
    done = slipwatch("rules", *arguments)

    assert (done.code, done.out) == (2, "")
    assert complaint in done.err


def test_the_life_of_a_finding_is_told(slipwatch: Commands, tmp_path: Path) -> None:
    write_config(tmp_path, shop(milestone("late", days=10)))
    findings = json.loads(slipwatch("assess", "--format", "json").out)["findings"]
    mark = next(one["fingerprint"] for one in findings if one["rule"] == "SCH-003")
    waiver = {"rule": "SCH-003", "subject": "shop/api/late", "approver": "dana", "reason": "known"}
    write_config(
        tmp_path,
        shop(milestone("late", days=10), waivers=[{**waiver, "expires": f"{TODAY}"}]),
    )
    slipwatch("assess")
    write_config(tmp_path, shop(milestone("late", days=10, finished=f"{TODAY}")))
    slipwatch("assess")

    events = json.loads(slipwatch("rules", "--life", mark, "--format", "json").out)
    table = slipwatch("rules", "--life", mark).out

    assert [(one["event"], one["cause"]) for one in events] == [
        ("opened", "date"),
        ("waived", "file"),
        ("closed", "pace"),
    ]
    assert "closed" in table
    assert slipwatch("rules", "--life", "0" * 16).code == 2


def test_a_rule_is_tried_on_the_past(slipwatch: Commands, tmp_path: Path) -> None:
    write_config(tmp_path, PAST)
    done = slipwatch("rules", "try", "SCH-001", "--since", "20w", "--format", "json")
    told = json.loads(done.out)
    found = {one["subject"].rpartition("/")[2]: one for one in told["findings"]}

    jsonschema.validate(told, json_schema())
    assert {name: one["outcome"] for name, one in found.items()} == {
        "late": "missed",
        "lucky": "in_vain",
        "ahead": "pending",
        "sudden": "after",
    }
    assert 3 <= found["late"]["lead"] <= 11
    assert found["late"]["target"] == f"{DAY}"
    assert found["lucky"]["lead"] is None
    assert (told["right"], told["in_vain"], told["after"], told["pending"]) == (1, 1, 1, 1)
    assert told["precision"] == 0.5
    assert told["lead"] == found["late"]["lead"]
    assert [one["milestone"] for one in told["unwarned"]] == ["shop/api/sudden"]
    assert told["weeks"] == 21


def test_what_is_about_more_than_a_milestone_warns_of_the_next_date(
    slipwatch: Commands, tmp_path: Path
) -> None:
    raised = {"raised": f"{DAY - timedelta(days=30)}", "owner": "ana"}
    risk = {"id": "R1", "title": "Bank", "probability": 0.9, "impact": 90000, **raised}
    late = {"id": "A1", "title": "Call", "due": f"{DAY - timedelta(days=20)}", "risk": "R1"}
    config = {**PAST}
    config["programs"] = [{**PAST["programs"][0], "risks": [risk], "actions": [late]}]
    write_config(tmp_path, config)

    told = json.loads(
        slipwatch("rules", "try", "RISK-003", "--since", "20w", "--format", "json").out
    )
    (found,) = told["findings"]
    untold = slipwatch("rules", "try", "COM-002", "--since", "2w").out
    roles = slipwatch("rules", "try", "GOV-001", "--since", "2w").out

    assert (found["subject"], found["outcome"]) == ("shop/action:A1", "missed")
    assert found["milestone"] == "shop/api/late"
    assert 5 <= found["lead"] <= 20
    assert told["unwarned"] == []
    assert "could not tell anything in any week" in untold
    assert "no history: who sponsors a program" in roles


def test_a_rule_is_tried_with_other_parameters_than_those_of_the_file(
    slipwatch: Commands, tmp_path: Path
) -> None:
    write_config(tmp_path, {**PAST, "rules": {"settings": {"SCH-003": {"critical_days": 20}}}})
    given = slipwatch("rules", "try", "SCH-003", "--set", "critical_days=1000", "--since", "20w")

    assert "SCH-003 (critical_days=1000, worse_after=0)" in given.out
    assert "2 findings: 0 right" in given.out
    assert "critical " not in given.out


def test_a_waiver_that_lasts_too_long_is_refused_where_it_stands(
    slipwatch: Commands, tmp_path: Path
) -> None:
    waiver = {"rule": "SCH-003", "subject": "shop/api/late", "approver": "dana", "reason": "known"}
    path = write_config(
        tmp_path, {"waivers": [{**waiver, "expires": f"{TODAY + timedelta(days=91)}"}]}
    )
    done = slipwatch("config", "check")
    line = next(
        number for number, text in enumerate(path.read_text().splitlines(), 1) if "expires" in text
    )

    assert done.code == 2
    assert f":{line}:" in done.err
    assert "waivers[0].expires" in done.err
    assert "a waiver holds for 90 days at most" in done.err

    known = {**waiver, "expires": f"{TODAY + timedelta(days=90)}"}
    write_config(tmp_path, {"waivers": [known]})
    assert slipwatch("config", "check").code == 0


def test_a_mistake_in_an_override_is_told_where_it_stands(
    slipwatch: Commands, tmp_path: Path
) -> None:
    wrong = {"settings": {"SCH-005": {"moofs": 2}}}
    config = {"programs": [{"id": "shop", "projects": [{"id": "api", "rules": wrong}]}]}
    (tmp_path / "slipwatch.yaml").write_text(yaml.safe_dump(config))

    done = slipwatch("config", "check")

    assert done.code == 2
    assert "programs[0].projects[0].rules.settings.SCH-005.moofs" in done.err
