"""Forecasts by points, from a recorded tracker whose changelogs tell estimates."""

import json
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from .running import Commands, write_config
from .test_cli_backtest import RELEASES, SHOP, at, issue

POINTS = "customfield_10023"
FIELD = {
    "id": POINTS,
    "name": "Story Points",
    "custom": True,
    "schema": {"type": "number", "custom": "com.pyxis.greenhopper.jira:jsw-story-points"},
}
LOOK = date(2026, 4, 15)
"""In the middle of the third release."""


def estimated(made: dict[str, Any], *values: tuple[date, float | None]) -> dict[str, Any]:
    """Let an issue be estimated on these days; the first value it had from its creation on."""
    made["fields"][POINTS] = values[-1][1]
    shown = [None if value is None else f"{value:g}" for _, value in values]
    made["changelog"] = {
        "total": len(values) - 1,
        "histories": [
            {
                "id": f"{made['id']}{place}",
                "created": at(day),
                "items": [
                    {
                        "field": "Story Points",
                        "fieldtype": "custom",
                        "fromString": shown[place - 1],
                        "toString": shown[place],
                    }
                ],
            }
            for place, (day, _) in enumerate(values[1:], 1)
        ],
    }
    return made


def recording(later: float) -> list[dict[str, Any]]:
    """Record a team that does an item each working day, and doubles its estimate two days before.

    What is done after ``LOOK`` is estimated at ``later`` instead, also after it.
    """
    days = (date(2025, 10, 6) + timedelta(days=n) for n in range(240))
    found: list[dict[str, Any]] = []
    for number, day in enumerate(day for day in days if day.isoweekday() <= 5):
        if day > RELEASES["3"]:
            break
        size, near = 1 + number % 3, day - timedelta(days=2)
        moved = (near, 2 * size) if day <= LOOK else (max(near, LOOK + timedelta(days=1)), later)
        made = issue(number, day, min(v for v in RELEASES if day <= RELEASES[v]))
        found.append(estimated(made, (day, size), moved))
    return found


def forecast(
    slipwatch: Commands, folder: Path, by: str, later: float, *, named: bool = True
) -> dict[str, Any]:
    """Load a recording into a store of its own, and forecast the third release as of ``LOOK``."""
    settings = deepcopy(SHOP)
    settings["programs"][0]["projects"][0]["forecast_by"] = by
    settings["store"] = f"sqlite:///{by}-{later:g}-{named}.db"
    write_config(folder, settings)
    (folder / "fields.json").write_text(json.dumps([FIELD] if named else []))
    (folder / "issues.ndjson").write_text("\n".join(map(json.dumps, recording(later))))
    files = ["--load=fields.json"] if named else []
    loaded = slipwatch("sync", *files, "--load=issues.ndjson")
    assert loaded.code == 0, loaded.err
    told = slipwatch("assess", f"--as-of={LOOK}", "--format=json")
    assert told.code == 0, told.err
    milestones = json.loads(told.out)["milestones"]
    [found] = [each["forecast"] for each in milestones if each["dates"]["actual"] is None]
    return dict(found)


def test_estimates_of_changelogs_make_a_forecast_as_of_their_day(
    slipwatch: Commands, tmp_path: Path
) -> None:
    by_items, by_points, later = (
        forecast(slipwatch, tmp_path, *given)
        for given in (("items", 4), ("points", 4), ("points", 40))
    )

    assert by_items["points"] is None
    assert by_points["points"]["usual"] == pytest.approx(4, abs=0.05)  # one to three, doubled
    assert by_points["points"]["reestimated"] == pytest.approx(1, abs=0.2)
    assert by_points["points"]["untold"] == []
    assert by_points["p50"] != by_items["p50"]
    assert later == by_points  # nobody knew on that day


def test_where_no_estimates_are_read_items_are_counted_and_that_is_found(
    slipwatch: Commands, tmp_path: Path
) -> None:
    without = forecast(slipwatch, tmp_path, "points", 4, named=False)

    assert without["points"] == {
        "estimated": 0,
        "finished": 100,
        "usual": None,
        "done": None,
        "remaining": None,
        "reestimated": None,
        "untold": [],
    }
    assert without["p50"] == forecast(slipwatch, tmp_path, "items", 4)["p50"]
