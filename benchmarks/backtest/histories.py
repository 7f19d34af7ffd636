"""Loads the history of a public tracker with the public command, project by project."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from slipwatch.aggregator.portfolio.facts import Facts, Ref
from slipwatch.aggregator.reading import read_facts
from slipwatch.aggregator.records import MilestoneKind
from slipwatch.aggregator.store import open_store
from slipwatch.daemon.settings import read_settings

from .world import World

_SOURCE = "jira"
_STORY_POINTS = {
    "name": "Story Points",
    "schema": {"type": "number", "custom": "com.pyxis.greenhopper.jira:jsw-story-points"},
}
_COMMAND = "from slipwatch.daemon.cli import main; main()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """A recorded Jira: files in a folder of the data, and the projects that are watched."""

    folder: str
    files: tuple[str, ...]
    projects: tuple[str, ...]
    points: str | None = None
    """Id of the field with story points, where there is one: no list of fields was recorded."""
    forecast_by: str = "items"

    @property
    def name(self) -> str:
        """What it is called, for short."""
        return self.folder.removeprefix("backtest-jira-")

    def worlds(self, data: Path, work: Path, discover: str) -> Iterator[World]:
        """Yield each project with what concerns it alone: a replay rereads all that it is given."""
        database = work / f"{self.name}.db"
        if not database.exists():
            self._load(data, database)
        facts = _read(database)
        homes = _homes(facts)
        for key in self.projects:
            config = work / f"{self.name}-{key}-{discover}-{self.forecast_by}.yaml"
            config.write_text(yaml.safe_dump(self._settings(database, discover, (key,))))
            yield World(settings=read_settings(config), facts=_only(facts, key, homes))

    def _load(self, data: Path, database: Path) -> None:
        config = database.with_suffix(".yaml")
        config.write_text(yaml.safe_dump(self._settings(database, "versions", self.projects)))
        files = [f"--load={data / self.folder / name}" for name in self.files]
        if self.points is not None:
            fields = database.with_suffix(".fields.json")
            fields.write_text(json.dumps([{"id": self.points, "custom": True, **_STORY_POINTS}]))
            files.insert(0, f"--load={fields}")
        command = (sys.executable, "-c", _COMMAND, "sync", f"--config={config}", *files)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def _settings(self, database: Path, discover: str, keys: tuple[str, ...]) -> dict[str, Any]:
        source = {
            "kind": "jira",
            "url": "https://jira.example",
            "projects": list(self.projects),
            "auth": {"token": {"env": "NOBODY_ASKS_FOR_IT"}},
        }
        projects = [
            {
                "id": key.lower(),
                "scope": [{"source": _SOURCE, "project": key}],
                "discover": [discover],
                "forecast_by": self.forecast_by,
            }
            for key in keys
        ]
        return {
            "store": f"sqlite:///{database}",
            "sources": {_SOURCE: source},
            "programs": [{"id": self.name, "projects": projects}],
        }


@cache
def _read(database: Path) -> Facts:
    with open_store(f"sqlite:///{database}") as store:
        return read_facts(store, past=True)


def _homes(facts: Facts) -> dict[Ref, str]:
    """Give each sprint to the project with most of its items: it is one milestone, not several."""
    counts: dict[Ref, Counter[str]] = defaultdict(Counter)
    for (source, _), item in facts.items.items():
        for each in item.milestones:
            counts[source, each][item.scope] += 1
    return {
        ref: count.most_common(1)[0][0]
        for ref, count in counts.items()
        if ref in facts.tracker_milestones
        and facts.tracker_milestones[ref].kind is MilestoneKind.SPRINT
    }


def _only(facts: Facts, key: str, homes: dict[Ref, str]) -> Facts:
    items = {ref: item for ref, item in facts.items.items() if item.scope == key}
    return replace(
        facts,
        items=items,
        changes={ref: changes for ref, changes in facts.changes.items() if ref in items},
        links=[seen for seen in facts.links if (seen.source, seen.link.owner) in items],
        tracker_milestones={
            ref: milestone
            for ref, milestone in facts.tracker_milestones.items()
            if homes.get(ref, milestone.scope) == key
        },
    )
