"""Loads a public history with the public command, and gives what a back-test needs of it."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from slipwatch.aggregator.portfolio.facts import Facts
from slipwatch.aggregator.reading import read_facts
from slipwatch.aggregator.records import MilestoneKind
from slipwatch.aggregator.store import open_store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.settings import read_settings

from .sets import History

_SOURCE = "jira"
_COMMAND = "from slipwatch.daemon.cli import main; main()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A history in a store, with the file that watches it."""

    history: History
    config: Path
    today: date


def read_history(config: Path) -> Facts:
    """Read everything that was loaded, changes of items included."""
    with open_store(f"sqlite:///{config.with_suffix('.db')}") as store:
        return read_facts(store, past=True)


def load(history: History, data: Path, work: Path) -> Loaded:
    """Load a history into a store below ``work``, unless it is there already."""
    config = work / f"{history.folder}.yaml"
    database = config.with_suffix(".db")
    today = datetime.now(UTC).date()
    loaded = Loaded(history=history, config=config, today=today)
    if database.exists():
        return loaded
    config.write_text(yaml.safe_dump(_settings(history, "versions", f"sqlite:///{database}")))
    files = [f"--load={data / history.folder / name}" for name in history.files]
    command = (sys.executable, "-c", _COMMAND, "sync", f"--config={config}", *files)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return loaded


def projects(
    loaded: Loaded, facts: Facts, discover: str
) -> Iterator[tuple[str, SlipwatchSettings, Facts]]:
    """Yield each project of a history with what concerns it alone: a replay rereads all it gets."""
    for key in loaded.history.projects:
        config = loaded.config.with_name(f"{loaded.config.stem}-{key}-{discover}.yaml")
        store = f"sqlite:///{loaded.config.with_suffix('.db')}"
        settings = _settings(loaded.history, discover, store, key)
        config.write_text(yaml.safe_dump(settings))
        yield key, read_settings(config), _only(facts, key)


def _only(facts: Facts, key: str) -> Facts:
    items = {ref: item for ref, item in facts.items.items() if item.scope == key}
    held = {(ref[0], each) for ref, item in items.items() for each in item.milestones}
    return replace(
        facts,
        items=items,
        changes={ref: changes for ref, changes in facts.changes.items() if ref in items},
        links=[seen for seen in facts.links if (seen.source, seen.link.owner) in items],
        tracker_milestones={
            ref: milestone
            for ref, milestone in facts.tracker_milestones.items()
            if milestone.scope == key or (milestone.kind is MilestoneKind.SPRINT and ref in held)
        },
    )


def _settings(history: History, discover: str, store: str, *keys: str) -> dict[str, Any]:
    watched = keys or history.projects
    return {
        "store": store,
        "sources": {
            _SOURCE: {
                "kind": "jira",
                "url": "https://jira.example",
                "projects": list(history.projects),
                "auth": {"token": {"env": "NOBODY_ASKS_FOR_IT"}},
            }
        },
        "programs": [
            {
                "id": history.folder.removeprefix("backtest-jira-"),
                "projects": [
                    {
                        "id": key.lower(),
                        "scope": [{"source": _SOURCE, "project": key}],
                        "discover": [discover],
                    }
                    for key in watched
                ],
            }
        ],
    }
