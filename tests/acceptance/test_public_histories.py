"""A public history through the command line: what is in its files is what a back-test is given."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipwatch.aggregator.records import ChangedField
from slipwatch.aggregator.store import open_store

from .commands import Forks

HISTORY = Path(__file__).parents[3] / "shared" / "data" / "backtest-jira-duraspace"
pytestmark = pytest.mark.skipif(
    not HISTORY.is_dir(), reason="the public histories (../shared/data) are not here"
)


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Generator[Forks]:
    with Forks(tmp_path_factory.mktemp("forks")) as running:
        yield running


def test_a_dump_of_a_tracker_is_stored_whole(tmp_path: Path, forks: Forks) -> None:
    store = f"sqlite:///{tmp_path / 'slipwatch.db'}"
    source = {
        "kind": "jira",
        "url": "https://jira.example",
        "projects": ["ANY"],
        "auth": {"token": {"env": "NOBODY_ASKS_FOR_IT"}},
    }
    config = tmp_path / "slipwatch.yaml"
    config.write_text(yaml.safe_dump({"store": store, "sources": {"jira": source}}))

    forks.start("sync", f"--load={HISTORY / 'issues.ndjson.gz'}", f"--config={config}")

    assert forks.wait() == 0
    versions = {row["version_id"]: row for row in rows("versions.csv.gz")}
    joined = Counter(row["key"] for row in rows("fixversion_history.csv.gz"))
    with gzip.open(HISTORY / "issues.ndjson.gz") as lines:
        recorded = [json.loads(line) for line in lines]
    with open_store(store) as opened:
        items = {item.id: item for _, item in opened.items()}
        milestones = {each.id: each for _, each in opened.tracker_milestones()}
        moves = Counter(
            items[change.item].key
            for _, change in opened.changes()
            if change.field is ChangedField.MILESTONE
        )
    held = {version["id"] for issue in recorded for version in fix_versions(issue)}
    assert {item.key for item in items.values()} == {issue["key"] for issue in recorded}
    assert milestones.keys() == held
    assert {id_: f"{each.due_date or ''}" for id_, each in milestones.items()} == {
        id_: versions[id_]["release_date"] for id_ in held
    }
    assert moves == joined


def rows(name: str) -> list[dict[str, str]]:
    with gzip.open(HISTORY / name, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fix_versions(issue: dict[str, Any]) -> list[dict[str, Any]]:
    return issue["fields"].get("fixVersions") or []
