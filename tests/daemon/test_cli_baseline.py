"""baseline: what was approved stands, what was not is found, and the original is kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from .running import Commands, write_config

APPROVED = ("--approver", "dana", "--reason", "scope \x1b[31mdoubled", "--reference", "CR-17")


def shop(commitment: str | None, *, finish: str = "2030-01-18", days: int = 5) -> dict[str, Any]:
    """Write a program with one commitment."""
    launch: dict[str, Any] = {
        "id": "launch",
        "duration": f"{days}wd",
        "baseline": {"start": "2030-01-07", "finish": finish, "duration": "5wd"},
    }
    if commitment is not None:
        launch["commitment"] = commitment
    project = {"id": "api", "milestones": [launch, {"id": "beta", "duration": "1wd"}]}
    return {
        "timezone": "UTC",
        "assess": {"trials": 100},
        "programs": [{"id": "shop", "sponsor": "dana", "projects": [project]}],
    }


def assess(slipwatch: Commands) -> tuple[dict[str, Any], list[str]]:
    """Assess today; give the launch, and what is found to have changed without approval."""
    said = json.loads(slipwatch("assess", "--format", "json").out)
    (launch,) = [one for one in said["milestones"] if one["id"] == "shop/api/launch"]
    return launch, [one["subject"] for one in said["findings"] if one["rule"] == "GOV-008"]


def test_a_moved_commitment_is_found_until_somebody_approves_it(
    slipwatch: Commands, tmp_path: Path
) -> None:
    write_config(tmp_path, shop("2030-01-18"))
    assert assess(slipwatch)[1] == []
    write_config(tmp_path, shop("2030-02-01", days=10))
    assert assess(slipwatch)[1] == ["shop/api/launch"]

    done = slipwatch("baseline", "set", "launch", *APPROVED)

    assert (done.code, done.err) == (0, "")
    original, approved = done.out.splitlines()[1:]
    assert original.split()[3:5] == ["2030-01-07", "2030-01-18"]
    assert original.split()[-1] == "original"
    for said in ("2030-02-01", "dana", "CR-17", "doubled", "finish +10wd, commitment +10wd"):
        assert said in approved
    assert "\x1b" not in done.out
    launch, found = assess(slipwatch)
    assert found == []
    assert launch["dates"]["baseline"] == "2030-02-01"
    assert [one["version"] for one in launch["baselines"]] == [1, 2]
    explained = slipwatch("explain", "launch").out
    assert "Its baseline is version 2, approved by dana on " in explained
    assert "originally 2030-01-18." in explained


def test_taking_a_commitment_or_a_baseline_away_is_a_change_too(
    slipwatch: Commands, tmp_path: Path
) -> None:
    write_config(tmp_path, shop("2030-01-18"))
    assess(slipwatch)
    write_config(tmp_path, shop(None, finish="2030-03-01"))

    said = json.loads(slipwatch("assess", "--format", "json").out)

    (finding,) = [one for one in said["findings"] if one["rule"] == "GOV-008"]
    changes = [(one["what"], one["to"]) for one in finding["evidence"]["changes"]]
    assert changes == [("commitment", None), ("baseline", "2030-03-01")]


def test_a_commitment_that_goes_with_its_milestone_is_found_until_somebody_approves_that(
    slipwatch: Commands, tmp_path: Path
) -> None:
    whole, rest = shop("2030-01-18"), shop("2030-01-18")
    rest["programs"][0]["projects"][0]["milestones"].pop(0)
    write_config(tmp_path, whole)
    slipwatch("assess")
    write_config(tmp_path, rest)

    said = json.loads(slipwatch("assess", "--format", "json").out)

    (finding,) = [one for one in said["findings"] if one["rule"] == "GOV-008"]
    assert finding["subject"] == "shop/api/launch"
    assert "The commitment of shop/api/launch, 18 January" in finding["message"]
    assert "is not in the file any more" in finding["message"]
    changes = [(one["what"], one["to"]) for one in finding["evidence"]["changes"]]
    assert changes == [("commitment", None), ("baseline", None)]

    assert slipwatch("baseline", "set", "launch", *APPROVED).code == 0
    assert "GOV-008" not in slipwatch("assess").out


def test_a_milestone_that_is_done_may_leave_the_file(slipwatch: Commands, tmp_path: Path) -> None:
    whole, rest = shop("2030-01-18"), shop("2030-01-18")
    launch = whole["programs"][0]["projects"][0]["milestones"][0]
    launch |= {"started": "2025-01-06", "finished": "2025-01-10"}
    rest["programs"][0]["projects"][0]["milestones"].pop(0)
    write_config(tmp_path, whole)
    slipwatch("assess")
    write_config(tmp_path, rest)

    for _ in range(2):
        assert "GOV-008" not in slipwatch("assess").out


def test_a_whole_program_is_approved_at_once_and_every_version_is_listed(
    slipwatch: Commands, tmp_path: Path
) -> None:
    write_config(tmp_path, shop("2030-01-18"))

    assert slipwatch("baseline", "set", "--program", "shop", *APPROVED).code == 0
    dated = slipwatch("baseline", "set", "launch", "--finish", "2030-02-08", *APPROVED)
    listed = slipwatch("baseline", "list")
    one = slipwatch("baseline", "list", "beta")

    assert dated.code == 0
    rows = [line.split()[:2] for line in listed.out.splitlines()[1:]]
    assert rows == [
        ["shop/api/beta", "1"],
        ["shop/api/launch", "1"],
        ["shop/api/launch", "2"],
        ["shop/api/launch", "3"],
    ]
    assert "finish +15wd" in listed.out
    assert "shop/api/launch" not in one.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("set", "launch"), "not changed without --reason and --approver and --reference"),
        (("set", "lunch", *APPROVED), "there is no milestone lunch; did you mean shop/api/launch?"),
        (("list", "launch"), "there is no baseline of launch"),
    ],
)
def test_what_cannot_be_approved_is_refused_with_a_reason(
    slipwatch: Commands, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    write_config(tmp_path, shop("2030-01-18"))

    done = slipwatch("baseline", *arguments)

    assert done.code == 2
    assert complaint in done.err
