"""The scenarios about money, from the sheets and the file to the command line."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from slipwatch.demo import DemoServer, User, World
from slipwatch.demo.jira import JiraApp

from ..connectors.canned import CannedServer

Assess = Callable[[dict[str, Any], str], dict[str, Any]]

SCENARIOS: dict[str, dict[str, Any]] = {
    scenario["id"]: scenario
    for scenario in json.loads((Path(__file__).parents[1] / "scenarios.json").read_text())[
        "scenarios"
    ]
}
START = date(2026, 1, 5)
MORNING = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


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


@pytest.fixture
def jira() -> Iterator[DemoServer]:
    """Run a Jira in which two architects and somebody else have logged ten hours."""
    world = World(now=MORNING)
    site = world.jira_dc
    site.token = "t"
    issue = site.add_issue(site.add_project("PAY", "Payments"), "Cards", at=MORNING - 8 * DAY)
    people = ("Ana Lima", 4), ("Ivo Petrov", 2), ("Jun Sato", 3), ("Jun Sato", 1)
    for number, (name, hours) in enumerate(people):
        who = User(name.split()[0].lower(), name, 1000 + number)
        started = MORNING - DAY * (number + 1)
        site.log_work(issue, hours * 3600, started=started, at=MORNING, by=who)
    with DemoServer(world, JiraApp(world, site), "jira") as server:
        yield server


def test_every_way_to_tell_what_was_spent_comes_to_the_same(
    assess: Assess, folder: Path, jira: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One budget each by a sheet, a database, a document, and hours at the rates of roles."""
    costs = [(START - timedelta(days=3), 300.5), (START - timedelta(days=1), 499.5)]
    sheet(folder, "spent.csv", "date,amount", costs)
    with sqlite3.connect(folder / "books.db") as books:
        books.execute("create table books (day text, net real)")
        books.executemany("insert into books values (?, ?)", [(str(d), n) for d, n in costs])
    monkeypatch.setenv("ERP_DSN", f"sqlite:///{folder / 'books.db'}")
    monkeypatch.setenv("TEST_JIRA_TOKEN", "t")
    source = {"kind": "jira", "url": jira.url, "auth": {"token": {"env": "TEST_JIRA_TOKEN"}}}
    scope = [{"source": "jira", "project": "PAY"}]
    hours = {"rate": 50, "roles": {"architect": 100}}
    with CannedServer() as server:
        server.answer("/costs", {"rows": [{"date": str(d), "amount": n} for d, n in costs]})
        ways = {
            "sheet": {"csv": {"path": "spent.csv"}},
            "database": {"sql": {"dsn_env": "ERP_DSN", "query": "select day, net from books"}},
            "document": {"http_json": {"url": f"{server.url}/costs", "rows": "$.rows"}},
            "hours": {"worklogs": hours},
        }
        found = assess(
            {
                "sources": {"jira": {**source, "projects": ["PAY"], "worklogs": True}},
                "assess": {"trials": 100},
                "people": [
                    {"id": "ana", "accounts": {"jira": "Ana Lima"}, "role": "architect"},
                    {"id": "ivo", "accounts": {"jira": "Ivo Petrov"}, "role": "architect"},
                    {"id": "jun", "accounts": {"jira": "Jun Sato"}},
                ],
                "programs": [
                    {
                        "id": name,
                        "budget": {"currency": "EUR", "bac": 2000, "actuals": actuals},
                        "projects": [{"id": "x", "scope": scope if name == "hours" else []}],
                    }
                    for name, actuals in ways.items()
                ],
            },
            START.isoformat(),
        )
    spent = {one["id"]: one["cost"]["ac"] for one in found["programs"]}
    assert spent == dict.fromkeys(ways, 800)
    assert "Ana" not in (folder / "slipwatch.db").read_bytes().decode(errors="replace")


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
