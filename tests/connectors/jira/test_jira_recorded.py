"""Payloads of real sites; what is expected was counted in the files by other means."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.records import (
    Batch,
    Category,
    ChangedField,
    LinkKind,
    LinkOrigin,
)

RECORDED = Path(__file__).parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded payloads are not here")


def load(name: str) -> Any:
    path = RECORDED / name
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_endpoint_loads(convert: Any) -> None:
    names = sorted(
        path.relative_to(RECORDED).as_posix()
        for path in (RECORDED / "jira-api-devlake").glob("*.json")
        if not path.name.endswith(".meta.json")
    )
    batches = {name.rpartition("/")[2]: convert(load(name)) for name in names}

    assert {name: len(batch.items) for name, batch in batches.items() if batch.items} == {
        "jira_api_issues.json": 33,
        "jira_api_issue_relationships.json": 22,
        "jira_api_issues_for_due_date.json": 1,
        "jira_external_epics.json": 3,
    }
    links: Batch = batches["jira_api_issue_relationships.json"]
    assert {made.origin for made in links.links} == {LinkOrigin.TRACKER}
    kinds = [made.kind for made in links.links]
    assert (kinds.count(LinkKind.BLOCKS), kinds.count(LinkKind.RELATES)) == (6, 10)
    epics: Batch = batches["jira_external_epics.json"]
    assert {made.parent for made in epics.items} <= {"K5-1", "K5-4", None}


@pytest.mark.parametrize("project", ["AC", "ALOY", "DAEMON", "MOD"])
def test_projects_give_their_versions(convert: Any, project: str) -> None:
    payload = load(f"backtest-jira-tidev/project_{project}.json")

    milestones = convert(payload).milestones

    assert len(milestones) == len(payload["versions"])
    assert {made.scope for made in milestones} == {project}
    assert sum(made.due_date is not None for made in milestones) == sum(
        bool(version.get("releaseDate")) for version in payload["versions"]
    )


def test_whole_issues_load(convert: Any) -> None:
    payload = load("backtest-jira-tidev/full_payload_sample.json")

    assert {made.key for made in convert(payload).items} == {each["key"] for each in payload}


@pytest.mark.parametrize(
    ("name", "issues"),
    [
        ("backtest-jira-tidev/issues.ndjson.gz", 6686),
        ("backtest-jira-duraspace/issues.ndjson.gz", 3036),
    ],
)
def test_archives_load(convert: Any, name: str, issues: int) -> None:
    payload = load(name)

    batch = convert(payload)

    assert len(batch.items) == issues
    done = sum(
        (each["fields"].get("status") or {}).get("statusCategory", {}).get("key") == "done"
        for each in payload
    )
    assert sum(made.category is Category.DONE for made in batch.items) == done
    assert all((made.outcome is None) == (made.done_at is None) for made in batch.items)
    assert len({(change.item, change.id) for change in batch.changes}) == len(batch.changes)


def test_the_history_of_an_archive_is_complete(convert: Any) -> None:
    batch = convert(load("backtest-jira-duraspace/issues.ndjson.gz"))
    count = {kind: sum(change.field is kind for change in batch.changes) for kind in ChangedField}

    assert count[ChangedField.DUE] == 120
    assert count[ChangedField.MILESTONE] == 4486
    assert count[ChangedField.STATUS] == 5124
    assert count[ChangedField.KEY] == 78
