"""The hand-computed scenarios, through the file and the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Assess = Callable[[dict[str, Any], str], dict[str, Any]]

SCENARIOS: dict[str, dict[str, Any]] = {
    scenario["id"]: scenario
    for scenario in json.loads((Path(__file__).parents[1] / "scenarios.json").read_text())[
        "scenarios"
    ]
}
NETWORKS = ["S01", "S02", "S03", "S04", "S05", "S06", "S09", "S10"]
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def configure(scenario: dict[str, Any], logic: str = "retained") -> dict[str, Any]:
    """Write a scenario's network as an operator would."""
    calendars = {
        "default" if name == "std" else name: {
            "workdays": [DAYS[day - 1] for day in calendar["workdays"]],
            "holidays": calendar["holidays"],
        }
        for name, calendar in scenario["calendars"].items()
    }
    milestones = [milestone(node, scenario) for node in scenario["nodes"]]
    return {
        "calendars": calendars,
        "programs": [
            {"id": "p", "logic": logic, "projects": [{"id": "x", "milestones": milestones}]}
        ],
    }


def milestone(node: dict[str, Any], scenario: dict[str, Any]) -> dict[str, Any]:
    """Write one node with what it waits for."""
    written: dict[str, Any] = {"id": node["id"].lower(), "duration": f"{node['dur']}wd"}
    baseline: dict[str, Any] = {}
    if node["id"] in scenario.get("baseline_dur", {}):
        baseline["duration"] = f"{scenario['baseline_dur'][node['id']]}wd"
    if "baseline_finish" in node:
        baseline["finish"] = node["baseline_finish"]
    if baseline:
        written["baseline"] = baseline
    if "commitment" in node:
        written["commitment"] = node["commitment"]
    if "actual_start" in node:
        written["started"] = node["actual_start"]
    written["depends_on"] = [
        {"milestone": d["from"].lower(), "type": d["type"].lower(), "lag": f"{d['lag']}wd"}
        for d in scenario["deps"]
        if d["to"] == node["id"]
    ]
    return written


def by_node(assessment: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Index milestones by the scenario's names."""
    return {m["id"].rpartition("/")[2].upper(): m for m in assessment["milestones"]}


def short(ids: list[str]) -> list[str]:
    """Give the scenario's names of full ids."""
    return [full.rpartition("/")[2].upper() for full in ids]


@pytest.mark.parametrize("name", NETWORKS)
def test_dates_floats_and_drivers_are_those_of_the_scenario(assess: Assess, name: str) -> None:
    scenario = SCENARIOS[name]
    expected = scenario["expected"]

    found = by_node(assess(configure(scenario), scenario["as_of"]))

    for node, dates in expected["dates"].items():
        network = found[node]["network"]
        assert [network["early_start"], network["early_finish"]] == dates, node
        assert found[node]["forecast"]["p50"] == dates[1], node
        assert found[node]["forecast"]["p95"] == dates[1], node
    for kind, key in (
        ("total_float", "total_float"),
        ("free_float", "free_float"),
        ("commit_float", "commitment_float"),
    ):
        for node, days in expected.get(kind, {}).items():
            assert found[node]["network"][key] == days, (kind, node)
    for node in expected.get("critical_path", []):
        assert found[node]["network"]["critical"], node
    for node, drivers in expected.get("driver_of", {}).items():
        assert short(found[node]["network"]["drivers"]) == drivers
    for node, days in expected.get("finish_variance_wd", {}).items():
        assert found[node]["slip"]["forecast_vs_baseline"] == days
    for node, days in expected.get("commitment_variance_wd", {}).items():
        assert found[node]["slip"]["forecast_vs_commitment"] == days


@pytest.mark.parametrize("name", ["S03", "S04", "S05"])
def test_attribution_is_that_of_the_scenario(assess: Assess, name: str) -> None:
    scenario = SCENARIOS[name]
    expected = scenario["expected"]

    found = by_node(assess(configure(scenario), scenario["as_of"]))

    target = found[expected["target"]]
    causes = {short([cause["milestone"]])[0]: cause for cause in target["caused_by"]}
    assert {node: cause["but_for"] for node, cause in causes.items()} == expected["butfor"]
    assert {node: cause["shapley"] for node, cause in causes.items()} == expected["shapley"]
    assert target["concurrent"] == expected["target_slip_wd"] - sum(expected["butfor"].values())
    if "concurrent_wd" in expected:
        assert target["concurrent"] == expected["concurrent_wd"]
    for node, days in expected.get("own_slip_wd", {}).items():
        assert causes[node]["own_slip"] == days
    hit = {
        node: days
        for node, milestone in found.items()
        for milestone_hit in milestone["hits"]
        for days in [milestone_hit["days"]]
        if short([milestone_hit["milestone"]]) == [expected["target"]]
    }
    assert hit == {node: days for node, days in expected["butfor"].items() if days}


@pytest.mark.parametrize("alone", ["A", "B"])
def test_a_slip_alone_costs_what_the_scenario_says(assess: Assess, alone: str) -> None:
    scenario = json.loads(json.dumps(SCENARIOS["S05"]))
    for node in scenario["nodes"]:
        if node["id"] != alone:
            node["dur"] = scenario["baseline_dur"][node["id"]]

    found = by_node(assess(configure(scenario), scenario["as_of"]))

    costs = {short([c["milestone"]])[0]: c["but_for"] for c in found["D"]["caused_by"]}
    assert costs.get(alone, 0) == scenario["expected"]["additive"][alone]


def test_progress_override_ignores_the_link_that_was_overtaken(assess: Assess) -> None:
    scenario = SCENARIOS["S09"]

    found = assess(configure(scenario, logic="override"), scenario["as_of"])

    for node, dates in scenario["expected"]["override_dates"].items():
        network = by_node(found)[node]["network"]
        assert [network["early_start"], network["early_finish"]] == dates, node


@pytest.mark.parametrize("logic", ["retained", "override"])
def test_work_out_of_sequence_is_a_violated_dependency(assess: Assess, logic: str) -> None:
    scenario = SCENARIOS["S09"]

    found = assess(configure(scenario, logic=logic), scenario["as_of"])

    violated = [
        [*short([d["from"]]), *short([d["to"]])]
        for d in found["dependencies"]
        if d["status"] == "violated"
    ]
    assert violated == scenario["expected"]["violations"]


def test_a_cycle_takes_the_forecast_from_its_members_and_all_behind_it(assess: Assess) -> None:
    scenario = SCENARIOS["S10"]
    expected = scenario["expected"]

    assessment = assess(configure(scenario), scenario["as_of"])

    found = by_node(assessment)
    assert [short(cycle["members"]) for cycle in assessment["cycles"]] == expected["sccs"]
    assert [cycle["kind"] for cycle in assessment["cycles"]] == ["deadlock"]
    assert [n for n, m in found.items() if m["forecast"]["p50"] is None] == expected["no_forecast"]
    for node, day in expected["lower_bound"].items():
        assert found[node]["forecast"]["lower_bound"] == day
        assert found[node]["status"] == "grey"
    assert "DEP-004" in {finding["rule"] for finding in assessment["findings"]}


def team(scenario: dict[str, Any], sharing: str = "sequential") -> dict[str, Any]:
    """Write a team of known daily throughput and its queue."""
    queue = scenario.get("milestones") or [{"id": "M", "remaining": scenario["remaining"]}]
    project = {
        "id": "x",
        "sharing": sharing,
        "throughput": {"samples": scenario["daily_throughput"], "per": "day"},
        "milestones": [{**entry, "id": entry["id"].lower()} for entry in queue],
    }
    return {"programs": [{"id": "p", "projects": [project]}]}


def test_a_team_without_variation_has_one_finish_date(assess: Assess) -> None:
    scenario = SCENARIOS["S14a"]

    forecast = by_node(assess(team(scenario), scenario["as_of"]))["M"]["forecast"]

    assert {q: forecast[q] for q in scenario["expected"]} == scenario["expected"]


def test_percentiles_of_random_throughput_are_the_exact_ones(assess: Assess) -> None:
    scenario = SCENARIOS["S14b"]
    expected = scenario["expected"]

    forecast = by_node(assess(team(scenario), scenario["as_of"]))["M"]["forecast"]

    assert {q: forecast[q] for q in ("p50", "p85", "p95")} == {
        q: expected[q] for q in ("p50", "p85", "p95")
    }


@pytest.mark.parametrize(("working_days", "day"), [("9", "2026-01-15"), ("11", "2026-01-19")])
def test_the_chance_to_be_on_time_is_within_the_margin(
    assess: Assess, working_days: str, day: str
) -> None:
    scenario = SCENARIOS["S14b"]
    config = team(scenario)
    config["programs"][0]["projects"][0]["milestones"][0]["commitment"] = day

    forecast = by_node(assess(config, scenario["as_of"]))["M"]["forecast"]

    # Four standard deviations of a share estimated from 10,000 trials.
    assert forecast["p_on_time"] == pytest.approx(
        scenario["expected"]["cdf_wd"][working_days], abs=0.02
    )


@pytest.mark.parametrize("sharing", ["sequential", "proportional"])
def test_a_team_is_never_counted_twice(assess: Assess, sharing: str) -> None:
    scenario = SCENARIOS["S17"]

    found = by_node(assess(team(scenario, sharing), scenario["as_of"]))

    days = {node: milestone["forecast"]["p50"] for node, milestone in found.items()}
    assert days == scenario["expected"][sharing]


def test_the_slip_of_slips_comes_out_of_the_ledger(assess: Assess, tmp_path: Path) -> None:
    scenario = SCENARIOS["S12"]
    expected = scenario["expected"]
    (_, first), *moves = scenario["history"]
    changes = [
        {"milestone": "M", "at": at, "field": "due", "old": old, "new": new}
        for old, (at, new) in zip([first, *(new for _, new in moves)], moves, strict=False)
    ]
    plan = {
        "milestones": [
            {
                "key": "M",
                "title": "M",
                "project": "PLAN",
                "due": moves[-1][1],
                "status": "done",
                "done": scenario["actual"],
            }
        ],
        "changes": changes,
    }
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(plan))
    written = {"id": "m", "from": [{"source": "plan", "project": "PLAN", "milestone": "M"}]}
    config = {
        "sources": {"plan": {"kind": "file", "path": "plan.yaml"}},
        "programs": [{"id": "p", "projects": [{"id": "x", "milestones": [written]}]}],
    }

    slip = by_node(assess(config, scenario["actual"]))["M"]["slip"]

    assert slip["moves"] == expected["moves"]
    assert slip["slips"] == expected["slips"]
    assert slip["gross"] == expected["gross_slip_wd"]
    assert slip["net"] == expected["net_slip_wd"]
    assert slip["forecast_vs_baseline"] == expected["final_variance_wd"]
