"""A company in a folder: its slipwatch.yaml, its plan files, and days that go by."""

import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipwatch.aggregator.assessment import Assessment, to_json
from slipwatch.aggregator.store import Store
from slipwatch.aggregator.sync import load_payload
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.pipeline import run_assessment
from slipwatch.daemon.stored import today
from slipwatch.daemon.syncing import sync_once
from slipwatch.daemon.wiring import connect, open_configured_store, read_settings

Json = dict[str, Any]


class Company:
    """Runs what the commands run (read the file, sync, assess), on a clock of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self._store: Store | None = None
        self._settings: SlipwatchSettings | None = None
        self._config: Json = {}

    @property
    def settings(self) -> SlipwatchSettings:
        assert self._settings is not None, "configure first"
        return self._settings

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = open_configured_store(self.settings)
        return self._store

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def configure(self, *projects: Json, **given: Any) -> None:
        """Write the file: one program ``p`` with these projects unless ``programs`` are given."""
        store = f"sqlite:///{self.folder / 'slipwatch.db'}"
        config: Json = {"store": store, "assess": {"trials": 2000}}
        if projects:
            config["programs"] = [{"id": "p", "projects": list(projects)}]
        self._config = config | given
        self.amend()

    def amend(self, **given: Any) -> None:
        """Write the file again with some of its parts replaced."""
        self._config |= given
        path = self.folder / "slipwatch.yaml"
        path.write_text(yaml.safe_dump(self._config, sort_keys=False))
        self._settings = read_settings(path)

    def plan(self, name: str, **parts: Any) -> Json:
        """Write a plan file as of now; return the settings of its source."""
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(parts, default=str))
        os.utime(path, (self.now.timestamp(), self.now.timestamp()))
        return {"kind": "file", "path": path.name}

    def on(self, day: str, hour: int = 9) -> None:
        """Let time go by until an hour (UTC) of a day."""
        self.now = datetime.combine(date.fromisoformat(day), time(hour), tzinfo=UTC)

    def sync(self, *names: str) -> None:
        """Read the sources; each must be read without a failure."""
        for name in names or self.settings.sources:
            result = sync_once(self.settings, self.store, name, now=lambda: self.now)
            assert result.error is None, result.error

    def load(self, name: str, payload: object) -> None:
        """Take recorded payloads, as ``sync --load`` does."""
        connector = connect(self.settings, name, now=lambda: self.now)
        try:
            load_payload(connector, self.store, payload, now=lambda: self.now)
        finally:
            connector.close()

    def today(self) -> Assessment:
        """Assess today, and remember it."""
        return self._assess(today(self.settings, self.now), remember=True)

    def replay(self, day: str) -> Assessment:
        """Assess a past day."""
        return self._assess(date.fromisoformat(day), remember=False)

    def _assess(self, day: date, *, remember: bool) -> Assessment:
        return run_assessment(
            self.settings, self.store, as_of=day, now=self.now, remember=remember
        ).assessment

    def json(self, found: Assessment) -> dict[str, Json]:
        """Give the milestones of an assessment's JSON, by the last part of their ids."""
        milestones: list[Json] = json.loads(to_json(found))["milestones"]
        return {m["id"].rpartition("/")[2]: m for m in milestones}


@pytest.fixture
def company(tmp_path: Path, empty_file: Path) -> Iterator[Company]:
    """Give a folder with an empty store and a clock at 09:00 UTC of Monday, 5 January 2026."""
    shutil.copy(empty_file, tmp_path)
    made = Company(tmp_path)
    yield made
    made.close()
