"""Weekly status reports of many projects as facts: what the managers said, week by week.

Landmark Graphics (T. Little, IEEE Software 2006): 61 projects, each week the estimate of the day
of its release. There are no items; a forecast knows the estimates so far, and what became of other
projects by then.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import yaml

from slipwatch.aggregator.portfolio.facts import Facts, Ref
from slipwatch.aggregator.portfolio.model import Observation
from slipwatch.aggregator.records import MilestoneKind, TrackerMilestone
from slipwatch.daemon.settings import read_settings

from .world import World

PROGRAM = "landmark"
_SOURCE = "statuses"
_FILE = Path("forecast-history", "little2006_weekly_status.csv.gz")


def worlds(data: Path, work: Path) -> Iterator[World]:
    """Yield the one program of all projects: one organisation ran them."""
    milestones: dict[Ref, TrackerMilestone] = {}
    estimates: dict[Ref, list[Observation]] = {}
    for code, rows in _reports(data / _FILE).items():
        said = [(_day(row["Week End Date"]), _day(row["Est EndDate"])) for row in rows]
        released = _day(rows[0]["Actual Release"])
        ref = _SOURCE, code
        estimates[ref] = [
            Observation(datetime.combine(week, time(), tzinfo=UTC), day) for week, day in said
        ]
        milestones[ref] = TrackerMilestone(
            id=code,
            scope=_repository(code),
            kind=MilestoneKind.MILESTONE,
            name="release",
            start_date=_day(rows[0]["Start Date"]),
            due_date=said[-1][1],
            closed=True,
            closed_on=released,
        )
    config = work / "statuses.yaml"
    config.write_text(yaml.safe_dump(_settings([code for _, code in milestones])))
    yield World(
        settings=read_settings(config),
        facts=Facts(
            tracker_milestones=milestones,
            milestone_dates=estimates,
            data_time=datetime.now(UTC),
        ),
    )


def _reports(path: Path) -> dict[str, list[dict[str, str]]]:
    """Read the reports of each project, oldest first."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["Project Code"]].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: _day(row["Week End Date"]))
    return found


def _day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%y").replace(tzinfo=UTC).date()


def _repository(code: str) -> str:
    return f"{PROGRAM}/{code}"


def _settings(codes: list[str]) -> dict[str, Any]:
    return {
        "sources": {
            _SOURCE: {
                "kind": "github",
                "repositories": list(map(_repository, codes)),
                "auth": {"token": {"env": "NOBODY_ASKS_FOR_IT"}},
            }
        },
        "programs": [
            {
                "id": PROGRAM,
                "projects": [
                    {
                        "id": f"project-{code}",
                        "scope": [{"source": _SOURCE, "repository": _repository(code)}],
                        "discover": ["milestones"],
                    }
                    for code in codes
                ],
            }
        ],
    }
