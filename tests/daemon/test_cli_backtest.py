"""backtest: from a recorded tracker to scores, as tables, JSON and a page."""

import gzip
import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from .running import Commands, write_config

SHOP: dict[str, Any] = {
    "timezone": "UTC",
    "assess": {"trials": 100},
    "sources": {
        "jira": {
            "kind": "jira",
            "url": "https://jira.example",
            "projects": ["PAY"],
            "auth": {"token": {"env": "NOBODY_ASKS_FOR_IT"}},
        }
    },
    "programs": [
        {
            "id": "shop",
            "projects": [
                {
                    "id": "pay",
                    "scope": [{"source": "jira", "project": "PAY"}],
                    "discover": ["versions"],
                }
            ],
        }
    ],
}
RELEASES = {"1": date(2026, 1, 30), "2": date(2026, 3, 27), "3": date(2026, 5, 29)}


def issue(number: int, day: date, version: str) -> dict[str, Any]:
    """Record one that was done on a day, in a version that says when it was released."""
    return {
        "id": f"{number}",
        "key": f"PAY-{number}",
        "fields": {
            "summary": f"Task {number}",
            "issuetype": {"id": "3", "name": "Task", "subtask": False},
            "project": {"id": "10000", "key": "PAY"},
            "status": {"id": "6", "name": "Closed", "statusCategory": {"key": "done"}},
            "resolution": {"id": "1", "name": "Fixed"},
            "created": at(day - timedelta(days=70)),
            "updated": at(day),
            "resolutiondate": at(day),
            "fixVersions": [
                {
                    "id": version,
                    "name": f"Release {version}.0 <b>\u202e",
                    "released": True,
                    "archived": version == "1",
                    "releaseDate": f"{RELEASES[version]}",
                }
            ],
        },
    }


def at(day: date) -> str:
    return datetime.combine(day, time(12), tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


@pytest.fixture
def recorded(slipwatch: Commands, tmp_path: Path) -> Path:
    """Load a recording of a team that did an item on each working day of eight months."""
    days = (date(2025, 10, 6) + timedelta(days=n) for n in range(240))
    worked = [day for day in days if day.isoweekday() <= 5 and day <= RELEASES["3"]]
    lines = [
        json.dumps(issue(n, day, min(v for v in RELEASES if day <= RELEASES[v])))
        for n, day in enumerate(worked)
    ]
    (tmp_path / "issues.ndjson.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    write_config(tmp_path, SHOP)
    done = slipwatch("sync", "--load", "issues.ndjson.gz")
    assert done.code == 0, done.err
    assert done.out.splitlines()[1].split()[:2] == ["jira", f"{len(worked)}"]
    return tmp_path


def test_scores_come_as_json_by_the_schema_and_stay_with_the_forecasts(
    slipwatch: Commands, recorded: Path
) -> None:
    before = json.loads(slipwatch("assess", "--format", "json").out)
    points = "75,25,50"
    done = slipwatch("backtest", "--checkpoints", points, "--scope", "project", "--format", "json")
    after = json.loads(slipwatch("assess", "--format", "json").out)

    assert done.code == 0, done.err
    result = json.loads(done.out)
    schema = Path(__file__).parents[2] / "aggregator/backtest/backtest.schema.json"
    jsonschema.Draft202012Validator(json.loads(schema.read_text())).validate(result)
    assert [(found["at"], found["n"]) for found in result["checkpoints"]] == [
        (25, 3),
        (50, 3),
        (75, 3),
    ]
    assert [group["id"] for group in result["groups"]] == ["shop/pay"]
    assert {"plan", "plain_bootstrap", "linear"} <= set(result["checkpoints"][0]["baselines"])
    assert [one["finish"] for one in result["milestones"]] == [f"{d}" for d in RELEASES.values()]
    assert result["milestones"][0]["title"] == "Release 1.0 <b>\u202e"
    assert "\u202e" not in done.out, "a terminal would obey it"
    assert "no changes of items are known" in result["hindsight"][0]
    [program] = after["programs"]
    assert program["calibration"]["n"] == 3
    assert 0 <= program["calibration"]["coverage_p85"] <= 1
    assert before["programs"][0]["calibration"] is None


def test_a_look_at_other_checkpoints_leaves_what_is_shown_with_forecasts(
    slipwatch: Commands, recorded: Path
) -> None:
    looked = slipwatch("backtest", "--checkpoints", "50,75")
    program = json.loads(slipwatch("assess", "--format", "json").out)["programs"][0]

    assert looked.code == 0, looked.err
    assert program["calibration"] is None


@pytest.mark.parametrize(
    ("output", "why"),
    [("nowhere/found.txt", "there is no folder nowhere"), (".", "it is a folder")],
)
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_file_that_cannot_be_written_is_said_before_the_work(
    slipwatch: Commands, tmp_path: Path, form: str, output: str, why: str
) -> None:
    write_config(tmp_path, SHOP)

    done = slipwatch("backtest", "--format", form, "-o", output)

    assert (done.code, done.out) == (2, "")
    assert done.err == f"{output} cannot be written: {why}\n"


def test_scores_come_as_a_table(slipwatch: Commands, recorded: Path) -> None:
    written = slipwatch("backtest", "--checkpoints", "50", "--output", "table.txt")
    done = slipwatch("backtest", "--checkpoints", "50")

    assert done.code == 0, done.err
    assert written.out == ""
    assert (recorded / "table.txt").read_text() == done.out
    first, _, ours, *rest = done.out.splitlines()
    assert first.startswith("3 finished milestones, replayed until ")
    assert ours.split()[:4] == ["50", "%", "slipwatch", "3"]
    assert any(line.split()[:2] == ["plain_bootstrap", "3"] for line in rest)


def test_a_page_shows_every_milestone_and_loads_nothing(
    slipwatch: Commands, recorded: Path
) -> None:
    done = slipwatch("backtest", "--checkpoints", "25,75", "--format", "html", "-o", "page.html")

    assert done.code == 0, done.err
    page = (recorded / "page.html").read_text()
    assert page.count("<svg") == 5
    assert "<b>" not in page
    assert "\u202e" not in page
    assert "Release 3.0" in page
    assert "src=" not in page


@pytest.mark.parametrize("points", ["", "25,x", "100", "-5"])
def test_checkpoints_that_are_none_are_refused(
    slipwatch: Commands, tmp_path: Path, points: str
) -> None:
    write_config(tmp_path, SHOP)

    done = slipwatch("backtest", f"--checkpoints={points}")

    assert done.code == 2
    assert "give whole per cents from 0 to 99, such as 25,50,75" in done.err


def test_a_store_without_a_past_says_what_to_do(slipwatch: Commands, tmp_path: Path) -> None:
    write_config(tmp_path, SHOP)

    done = slipwatch("backtest")

    assert done.code == 2
    assert done.err.startswith("no milestone is over yet")
