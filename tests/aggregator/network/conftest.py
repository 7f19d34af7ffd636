import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.network import Activity, BaselineState, Edge, Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One entry of scenarios.json as a network."""

    as_of: int
    calendar: WorkCalendar
    network: Network
    commitments: dict[str, int]
    baselines: dict[str, BaselineState]
    expected: dict[str, Any]


def _load(
    scenario_id: str, *, override: bool = False, slipped: Collection[str] | None = None
) -> Scenario:
    path = Path(__file__).parents[2] / "scenarios.json"
    raw = next(s for s in json.loads(path.read_text())["scenarios"] if s["id"] == scenario_id)
    std = raw["calendars"]["std"]
    calendar = WorkCalendar(std["workdays"], [date.fromisoformat(d) for d in std["holidays"]])
    baseline = raw.get("baseline_dur", {})
    activities = [
        Activity(
            id=node["id"],
            calendar=calendar,
            duration=(
                node["dur"]
                if slipped is None or node["id"] in slipped
                else baseline.get(node["id"], node["dur"])
            ),
            started=_instant(node.get("actual_start")),
            override=override,
        )
        for node in raw["nodes"]
    ]
    edges = [
        Edge(dep["from"], dep["to"], type=dep["type"].lower(), lag=dep["lag"])
        for dep in raw["deps"]
    ]
    return Scenario(
        as_of=date.fromisoformat(raw["as_of"]).toordinal(),
        calendar=calendar,
        network=Network(activities, edges),
        commitments={
            node["id"]: date.fromisoformat(node["commitment"]).toordinal() + 1
            for node in raw["nodes"]
            if "commitment" in node
        },
        baselines={node: BaselineState(duration=days) for node, days in baseline.items()},
        expected=raw["expected"],
    )


def _instant(written: str | None) -> int | None:
    return None if written is None else date.fromisoformat(written).toordinal()


@pytest.fixture
def scenario() -> Callable[..., Scenario]:
    """Build the network of a scenario; ``slipped`` names the only ones not at baseline."""
    return _load
