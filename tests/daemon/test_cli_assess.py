"""assess and explain: exit codes, tables, JSON, and which milestone is meant."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from slipwatch.aggregator.assessment import json_schema

from .running import Commands, write_config

DAY = "2026-01-05"
LATE: dict[str, Any] = {
    "timezone": "UTC",
    "assess": {"trials": 100},
    "programs": [
        {
            "id": "shop",
            "projects": [
                {
                    "id": "api",
                    "milestones": [
                        {"id": "beta", "title": "Beta", "duration": "5wd"},
                        {
                            "id": "launch",
                            "title": "Launch of the API",
                            "duration": "5wd",
                            "commitment": "2026-01-07",
                            "depends_on": [{"milestone": "beta"}],
                        },
                    ],
                },
                {"id": "web", "milestones": [{"id": "launch", "duration": "1wd"}]},
            ],
        }
    ],
}


def waiver(rule: str, subject: str, expires: str) -> dict[str, str]:
    return {
        "rule": rule,
        "subject": subject,
        "approver": "dana",
        "reason": "accepted",
        "expires": expires,
    }


def open_findings(slipwatch: Commands) -> set[tuple[str, str, str]]:
    done = slipwatch("assess", "--as-of", DAY, "--format", "json")
    return {
        (finding["rule"], finding["severity"], finding["subject"])
        for finding in json.loads(done.out)["findings"]
        if finding["state"] == "open"
    }


def test_the_exit_code_tells_findings_from_the_severity_on_that_was_asked_for(
    slipwatch: Commands, tmp_path: Path
) -> None:
    write_config(tmp_path, LATE)
    assert {rule for rule, severity, _ in open_findings(slipwatch) if severity == "critical"}
    assert slipwatch("assess", "--as-of", DAY).code == 0
    assert slipwatch("assess", "--as-of", DAY, "--fail-on", "critical").code == 1

    grave = [found for found in open_findings(slipwatch) if found[1] == "critical"]
    waived = [waiver(rule, subject, DAY) for rule, _, subject in grave]
    write_config(tmp_path, {**LATE, "waivers": waived})
    assert {severity for _, severity, _ in open_findings(slipwatch)} >= {"high"}
    assert slipwatch("assess", "--as-of", DAY, "--fail-on", "critical").code == 0
    assert slipwatch("assess", "--as-of", DAY, "--fail-on", "high").code == 1
    assert slipwatch("assess", "--as-of", DAY, "--fail-on", "info").code == 1

    everything = [waiver(rule, subject, DAY) for rule, _, subject in open_findings(slipwatch)]
    write_config(tmp_path, {**LATE, "waivers": waived + everything})
    assert slipwatch("assess", "--as-of", DAY, "--fail-on", "info").code == 0
    assert slipwatch("assess", "--as-of", "2026-01-06", "--fail-on", "high").code == 1


def test_a_source_that_failed_makes_it_3(slipwatch: Commands, tmp_path: Path) -> None:
    write_config(tmp_path, {**LATE, "sources": {"plan": {"kind": "file", "path": "no.csv"}}})
    assert slipwatch("assess").code == 0

    synced = slipwatch("sync")
    assessed = slipwatch("assess", "--fail-on", "info")

    assert synced.code == 3
    assert "there is no file" in synced.out
    assert assessed.code == 3
    assert "failed" in assessed.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("assess", "--as-of", "2026-02-30"),
        ("assess", "--format", "yaml"),
        ("assess", "--fail-on", "grave"),
        ("asess",),
        ("explain",),
        ("assess", "--config", "nowhere.yaml"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_makes_it_2(
    slipwatch: Commands, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    write_config(tmp_path, LATE)

    done = slipwatch(*arguments)

    assert done.code == 2
    assert done.out == ""
    assert done.err
    assert "Traceback" not in done.err


def test_tables_in_a_file_are_plain_and_whole(slipwatch: Commands, tmp_path: Path) -> None:
    write_config(tmp_path, LATE)

    out = slipwatch("assess", "--as-of", DAY).out

    assert "\x1b" not in out
    assert "shop/api/launch" in out
    assert "working days late" in out


def test_the_json_is_what_the_committed_schema_says(
    slipwatch: Commands, tmp_path: Path, validate: Callable[[Any], None]
) -> None:
    milestones = LATE["programs"][0]["projects"][0]["milestones"]
    knot = {"id": "knot", "duration": "1wd", "depends_on": [{"milestone": "loop"}]}
    loop = {"id": "loop", "duration": "1wd", "depends_on": [{"milestone": "knot"}]}
    vendor = {"id": "vendor", "external": True, "promise": "2026-03-01"}
    vague = {"id": "vague", "commitment": "2026-03-01"}
    done = {"id": "done", "finished": "2025-12-01", "commitment": "2025-11-01"}
    projects = [{"id": "api", "milestones": [*milestones, knot, loop, vendor, vague, done]}]
    waived = [waiver("SCH-001", "shop/api/launch", "2026-06-30")]
    write_config(
        tmp_path, {**LATE, "programs": [{"id": "shop", "projects": projects}], "waivers": waived}
    )

    assessment = json.loads(slipwatch("assess", "--as-of", DAY, "--format", "json").out)

    validate(assessment)
    assert assessment["cycles"]
    assert {finding["state"] for finding in assessment["findings"]} == {"open", "waived"}
    assert {view["status"] for view in assessment["milestones"]} >= {"red", "grey"}
    with pytest.raises(jsonschema.ValidationError):
        validate({**assessment, "schema": "slipwatch/assessment/2"})


def test_the_committed_schema_is_that_of_the_code() -> None:
    committed = Path(__file__).parents[2] / "aggregator/assessment.schema.json"

    assert committed.read_text() == json.dumps(json_schema(), indent=2) + "\n", "run: make docs"


def test_explain_takes_the_end_of_an_id(slipwatch: Commands, tmp_path: Path) -> None:
    write_config(tmp_path, LATE)

    full = slipwatch("explain", "shop/api/launch", "--as-of", DAY)
    short = slipwatch("explain", "api/launch", "--as-of", DAY)
    shortest = slipwatch("explain", "beta", "--as-of", DAY)

    assert full.code == short.code == shortest.code == 0
    assert full.out == short.out
    assert full.out.startswith("Launch of the API (shop/api/launch) is red.")
    assert "waits for Beta" in full.out
    assert shortest.out.startswith("Beta (shop/api/beta)")


def test_explain_says_of_what_does_not_end_in_sight_that_it_does_not(
    slipwatch: Commands, tmp_path: Path
) -> None:
    endless = {"id": "endless", "remaining": 10**6, "commitment": "2026-01-07"}
    team = {"id": "api", "throughput": {"samples": [1]}, "milestones": [endless]}
    write_config(tmp_path, {"programs": [{"id": "shop", "projects": [team]}]})

    done = slipwatch("explain", "endless", "--as-of", DAY)

    assert "It is not done within eight years in half of all cases or more." in done.out


def test_explain_does_not_guess_between_two_and_helps_with_none(
    slipwatch: Commands, tmp_path: Path
) -> None:
    write_config(tmp_path, LATE)

    unclear = slipwatch("explain", "launch")
    mistyped = slipwatch("explain", "api/lunch")
    strange = slipwatch("explain", "quux\x1b[31m")

    assert (unclear.code, unclear.out) == (2, "")
    assert unclear.err == ("launch is not clear; it could be shop/api/launch, shop/web/launch\n")
    assert mistyped.err == (
        "there is no milestone api/lunch; did you mean shop/api/launch or shop/web/launch?\n"
    )
    assert strange.code == 2
    assert strange.err.startswith("there is no milestone quux [31m; there are: shop/api/beta, ")


def test_a_replay_of_a_past_day_leaves_no_trace(slipwatch: Commands, tmp_path: Path) -> None:
    write_config(tmp_path, LATE)

    slipwatch("assess", "--as-of", DAY)
    slipwatch("explain", "beta", "--as-of", DAY)

    assert stored_days(tmp_path) == 0
    slipwatch("assess")
    assert stored_days(tmp_path) == 1


def stored_days(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "slipwatch.db")) as database:
        return len(database.execute("SELECT day FROM assessments").fetchall())
