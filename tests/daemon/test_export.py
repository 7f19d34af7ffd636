"""Tables and calendars as an operator asks for them."""

import csv
import io
import json
from pathlib import Path

import pytest

from .running import Commands, write_config


@pytest.fixture(autouse=True)
def shop(tmp_path: Path) -> None:
    """Write settings with one milestone that nobody tracks."""
    launch = {"id": "launch", "title": "=Launch", "duration": "5wd", "commitment": "2030-01-15"}
    write_config(
        tmp_path,
        {
            "assess": {"trials": 100},
            "programs": [{"id": "shop", "projects": [{"id": "web", "milestones": [launch]}]}],
        },
    )


def test_what_is_shown_is_written_as_csv_json_and_calendar(slipwatch: Commands) -> None:
    table = slipwatch("export", "milestones")
    records = slipwatch("export", "milestones", "--format", "json", "--output", "m.json")
    calendar = slipwatch("export", "ics", "--program", "shop")

    assert (table.code, records.code, calendar.code) == (0, 0, 0)
    (row,) = csv.DictReader(io.StringIO(table.out, newline=""))
    assert (row["id"], row["title"], row["dates_commitment"]) == (
        "shop/web/launch", "'=Launch", "2030-01-15",
    )  # fmt: skip
    (record,) = json.loads((slipwatch.folder / "m.json").read_text())
    assert record["title"] == "=Launch"
    assert calendar.out.count("BEGIN:VEVENT") == 3
    assert "UID:shop/web/launch/commitment@slipwatch" in calendar.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ics", "--program", "web"], "there is no program web; there are: shop\n"),
        (["ics", "--format", "csv"], "a calendar has a form of its own: leave --format out\n"),
        (["milestone"], "there is no table milestone; there are programs, projects, milestones"),
        (["rules", "--program", "shop"], "--program is for ics: a table has all programs"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    slipwatch: Commands, arguments: list[str], message: str
) -> None:
    done = slipwatch("export", *arguments)

    assert done.code == 2
    assert done.err.startswith(message)
