"""The scenarios about money, from the sheets and the file to the command line."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

Assess = Callable[[dict[str, Any], str], dict[str, Any]]

SCENARIOS: dict[str, dict[str, Any]] = {
    scenario["id"]: scenario
    for scenario in json.loads((Path(__file__).parents[1] / "scenarios.json").read_text())[
        "scenarios"
    ]
}
START = date(2026, 1, 5)


def sheet(folder: Path, name: str, header: str, rows: list[tuple[date, float]]) -> None:
    """Write a sheet of days and amounts."""
    lines = [header, *(f"{day},{amount}" for day, amount in rows), ""]
    (folder / name).write_text("\n".join(lines))


def program(done: float, bac: float, **budget: Any) -> dict[str, Any]:
    """Write a program of two milestones, of which the first, done, is so much of the work."""
    finish = (START + timedelta(days=1)).isoformat()
    milestones = [
        {"id": "a", "weight": done, "baseline": {"finish": finish}, "finished": START.isoformat()},
        {"id": "b", "weight": bac - done, "baseline": {"finish": finish}, "duration": "5wd"},
    ]
    return {
        "sources": {"none": {"kind": "file", "path": "none.yaml"}},
        "assess": {"trials": 100},
        "programs": [
            {
                "id": "p",
                "budget": {
                    "currency": "EUR",
                    "bac": bac,
                    "earned_by": "weight",
                    "plan": "plan.csv",
                    "actuals": {"csv": {"path": "actuals.csv"}},
                    **budget,
                },
                "projects": [{"id": "x", "milestones": milestones}],
            }
        ],
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of the file, with a plan in which nothing is."""
    (tmp_path / "none.yaml").write_text("milestones: []\n")
    return tmp_path


def test_a_budget_comes_out_as_computed_by_hand(assess: Assess, folder: Path) -> None:
    case = SCENARIOS["S19"]
    weeks = [START + timedelta(weeks=number, days=-1) for number in range(3)]
    plan = list(zip(weeks, (0.0, case["pv"], case["bac"]), strict=True))
    sheet(folder, "plan.csv", "date,cumulative", plan)
    sheet(folder, "actuals.csv", "date,amount", [(START, case["ac"])])

    found = assess(program(case["ev"], case["bac"]), weeks[1].isoformat())
    cost = found["programs"][0]["cost"]

    for name, value in case["expected"].items():
        if name != "findings_hint":
            assert cost[name] == pytest.approx(value, abs=0.005), name
    rules = {one["rule"] for one in found["findings"] if one["subject"] == "p/budget"}
    assert set(case["expected"]["findings_hint"]) <= rules


def test_earned_schedule_comes_out_as_computed_by_hand(assess: Assess, folder: Path) -> None:
    case = SCENARIOS["S13"]
    weeks = [START + timedelta(weeks=number, days=-1) for number in range(7)]
    amounts = [after - before for before, after in pairwise([0, *case["pv_cum"]])]
    sheet(folder, "plan.csv", "date,amount", list(zip(weeks, [0, *amounts], strict=True)))
    sheet(folder, "actuals.csv", "date,amount", [])

    found = assess(program(case["ev"], case["bac"]), weeks[case["at"]].isoformat())
    earned = found["programs"][0]["earned"]

    for name, told in (
        ("es", "es"),
        ("sv_t", "sv_t"),
        ("spi_t", "spi_t"),
        ("ieac_t", "ieac_t"),
        ("tspi", "tspi_pd"),
    ):
        assert earned[name] == pytest.approx(case["expected"][told], abs=0.0001), name
    findings = {one["subject"] for one in found["findings"] if one["rule"] == "SCH-009"}
    assert findings == {"p"}
