"""Files keep the contract of connectors, as far as it is not about HTTP."""

import csv
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from slipwatch.connectors.conformance import CensusConformance, World
from slipwatch.connectors.file.connector import FileConnector
from slipwatch.connectors.file.settings import FileSettings

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def _row(row: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if value and name != "kind"}


class TestFile(CensusConformance):
    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        path = tmp_path / "vendor.csv"
        rows = [
            {"kind": "milestone", "id": "GA", "title": "Launch", "due": "2026-02-01"},
            {"kind": "milestone", "id": "GB", "title": "Later", "due": "2026-03-01"},
            *(
                {
                    "kind": "item",
                    "id": f"V-{n}",
                    "title": f"Item {n}",
                    "category": "done" if n == 2 else "todo",
                    "milestone": "GA" if n % 2 else "",
                    "blocked_by": "V-4" if n == 3 else "",
                }
                for n in range(1, 8)
            ),
        ]

        def write() -> None:
            with path.open("w", newline="") as sheet:
                writer = csv.DictWriter(
                    sheet, ["kind", "id", "title", "category", "due", "milestone", "blocked_by"]
                )
                writer.writeheader()
                writer.writerows(rows)
            os.utime(path, (NOW.timestamp(), NOW.timestamp()))

        def edit() -> str:
            rows[2]["title"] += " again"
            write()
            return "V-1"

        def delete() -> str:
            del rows[8]
            write()
            return "V-7"

        def delete_milestone() -> str:
            del rows[1]
            write()
            return "GB"

        write()
        settings = FileSettings(kind="file", path=path)
        return World(
            connect=lambda _url, context: FileConnector("plan", settings, context),
            scope="vendor.csv",
            told_scope="vendor",
            items={f"V-{n}": f"V-{n}" for n in range(1, 8)},
            milestones=frozenset({"GA", "GB"}),
            links=frozenset({("V-4", "V-3")}),
            edit=edit,
            delete=delete,
            delete_milestone=delete_milestone,
            missing="other.csv",
            now=NOW,
            payloads=(
                {
                    "milestones": [_row(row) for row in rows[:2]],
                    "items": [_row(row) for row in rows[2:]],
                },
            ),
        )
