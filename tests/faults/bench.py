"""A source on trial: a small site that misbehaves, a store, and the service's own work on both.

Syncs go through the same ``Work`` as a running service's, with its counters and its log; only
time is the test's: nobody waits for it.
"""

import io
import logging
import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import unquote

import structlog
import yaml
from prometheus_client import generate_latest

from slipwatch.aggregator.store import EntityKind, Store, StoreError, SyncState, open_store
from slipwatch.aggregator.store.tables import metadata
from slipwatch.aggregator.sync import SyncResult
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.board import LiveBoard
from slipwatch.daemon.log import configure
from slipwatch.daemon.settings import read_settings
from slipwatch.daemon.work import Work
from slipwatch.demo import DemoServers, World, bulk_world
from slipwatch.exporters.prometheus.monitor import Monitor

from ..acceptance.worlds import (
    SOURCE,
    Kind,
    Size,
    difference,
    server_of,
    stored_facts,
    true_facts,
)
from .front import Asked, Front, Meddle, Reply, Site, Wire, shrunk

NEIGHBOUR = "plan"
"""A source that nothing is wrong with."""

PAGE = 2
TOKEN = "very-secret-token"  # opens nothing but the simulated site

_IN_PATHS = re.compile(r"(?<=/)(?<!/api/)(\d+|T\d{3}|acme(?:/|%2F)r\d{3}|acme)(?=/|$)")


def listing_of(asked: Asked) -> str:
    """Name what a request asks for, whichever project, repository or issue it is about."""
    return f"{asked.method} {_IN_PATHS.sub('{}', asked.path)}"


class Clock:
    """A clock that only waiting moves; it may be off from the site's."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class Stopping(threading.Event):
    """The service's stop signal, on which it waits; here waits pass at once."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Let the clock jump."""
        self.waited.append(timeout or 0.0)
        self._clock.at += timedelta(seconds=timeout or 0.0)
        return self.is_set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a sync left behind where an operator looks."""

    result: SyncResult
    state: SyncState | None
    """None where the store cannot tell."""
    log: str
    failures: float
    """By how much ``slipwatch_sync_failures_total`` rose."""
    codes: Mapping[str, float]
    """By how much ``slipwatch_source_requests_total`` rose, by code."""
    requests: Counter[str]
    """What the site was asked, see ``listing_of``."""

    @property
    def said(self) -> list[str]:
        """What the source's state says is wrong."""
        assert self.state is not None
        return [text for text in (self.state.error, *self.state.skipped.values()) if text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """What an undisturbed sync leaves, and what it and the next one ask for."""

    facts: list[str]
    full: Counter[str]
    quiet: Counter[str]
    about: Mapping[str, set[str | None]]
    """Which projects or repositories each listing was asked for."""


class Bench:
    """One kind of site, served inside a ``with``; what is stored is emptied for each trial."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.size = Size(kind=kind, scopes=2, issues=5)
        self.world = small_world(self.size)
        self.front = Front(server_of(DemoServers(self.world), kind))
        self.front.meddle = self._meddle
        self.settings = self._configure()
        self.meddle: Meddle | None = None
        self.asked: list[Asked] = []
        self.database = folder / "trial.db"
        self._store = open_store(f"sqlite:///{self.database}")

    def __enter__(self) -> Self:
        self.front.__enter__()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._store.close()
        self.front.__exit__()

    def trial(self) -> "Trial":
        """Begin with an empty store."""
        with closing(sqlite3.connect(self.database)) as database, database:
            for table in metadata.sorted_tables:
                database.execute(f"DELETE FROM {table.name}")
        return Trial(self, self._store)

    @cached_property
    def calm(self) -> "Calm":
        """What an undisturbed sync of the site as it is gives."""
        trial = self.trial()
        first = trial.sync()
        assert first.result.error is None
        assert difference(true_facts(self.world, self.kind), stored_facts(trial.store)) == []
        about: dict[str, set[str | None]] = {}
        for asked in self.asked:
            about.setdefault(listing_of(asked), set()).add(self.scope_of(asked))
        facts, quiet = trial.facts(), trial.sync()
        return Calm(
            facts=facts,
            full=first.requests,
            quiet=quiet.requests,
            about=about,
        )

    def scope_of(self, asked: Asked) -> str | None:
        """Say which project or repository a request is about; None where it is about none."""
        text = unquote(f"{asked.path}?{asked.query} ") + asked.body.decode()
        words = {*asked.path.split("/"), *re.findall(r'"(\d+)"', asked.body.decode())}
        for name, ids in self._ids().items():
            if re.search(rf"\b{name}\b", text) or ids & words:
                return name
        return None

    def _ids(self) -> dict[str, set[str]]:
        """Give what else requests call each project or repository: by its id, or its issues'."""
        if self.kind is Kind.GITHUB:
            repositories = self.world.github.repositories.values()
            return {repository.full_name: {str(repository.id)} for repository in repositories}
        site = self.world.jira_cloud if self.kind is Kind.CLOUD else self.world.jira_dc
        return {
            project.key: {str(project.id), *(str(issue.id) for issue in project.issues)}
            for project in site.projects.values()
        }

    def settings_with(self, timeout: float) -> SlipwatchSettings:
        """Give the settings with a timeout finer than a file can say."""
        waits = {"timeout": timedelta(seconds=timeout)}
        source = self.settings.sources[SOURCE].model_copy(update=waits)
        return self.settings.model_copy(
            update={"sources": {**self.settings.sources, SOURCE: source}}
        )

    def _meddle(self, asked: Asked, site: Site) -> Reply | Wire:
        asked = shrunk(asked, PAGE)
        self.asked.append(asked)
        return self.meddle(asked, site) if self.meddle is not None else site(asked)

    def _configure(self) -> SlipwatchSettings:
        (self.folder / "token").write_text(TOKEN)
        (self.folder / "plan.csv").write_text("id,title,status\nA,Hardware,open\n")
        auth: dict[str, object] = {"token": {"file": "token"}}
        source: dict[str, object] = {"url": self.front.url, "auth": auth, "timeout": "1s"}
        if self.kind is Kind.GITHUB:
            self.world.github.token = TOKEN
            source |= {"kind": "github", "organizations": ["acme"], "api": "rest"}
        else:
            source |= {"kind": "jira", "projects": self.size.names(), "remote_links": True}
            fields = {"points": "Story Points", "flagged": "Flagged"}
            if self.kind is Kind.CLOUD:
                self.world.jira_cloud.token = TOKEN
                auth["email"] = "slipwatch@acme.example"
            else:
                self.world.jira_dc.token = TOKEN
                fields["epic"] = "Epic Link"
            source["fields"] = fields
        neighbour = {"kind": "file", "path": "plan.csv"}
        path = self.folder / "slipwatch.yaml"
        path.write_text(yaml.safe_dump({"sources": {SOURCE: source, NEIGHBOUR: neighbour}}))
        return read_settings(path)


class Trial:
    """Syncs one after the other into one store."""

    def __init__(self, bench: Bench, store: Store) -> None:
        self.bench = bench
        self.store = store
        self.clock = Clock(bench.world.now)
        self.stopping = Stopping(self.clock)
        self.monitor = Monitor("0")
        board = LiveBoard(self.monitor, "0", lambda: None)
        self._work = Work(store, board, self.monitor, now=self.clock, stopping=self.stopping)

    def sync(self, meddle: Meddle | None = None, *, timeout: float = 20.0) -> Outcome:
        """Sync the site, with its faults, and then its neighbour, which has to succeed.

        ``timeout`` is for how many seconds an answer is waited for.
        """
        settings = self.bench.settings_with(timeout)
        outcome = self.attempt(meddle, settings)
        with _logged():
            neighbour = self._work.sync(settings, NEIGHBOUR)
        assert neighbour.error is None
        assert self.store.source_states()[NEIGHBOUR].items == 1
        return outcome

    def attempt(self, meddle: Meddle | None, settings: SlipwatchSettings | None = None) -> Outcome:
        """Sync the site alone, while the store may be failing too."""
        bench = self.bench
        bench.meddle = meddle
        bench.asked.clear()
        before = self._counted()
        with _logged() as log:
            result = self._work.sync(settings or bench.settings, SOURCE)
        bench.meddle = None
        after = self._counted()
        return Outcome(
            result=result,
            state=self._state(),
            log=log.getvalue(),
            failures=after["failed"] - before["failed"],
            codes=after - before - Counter({"failed": 1}),
            requests=Counter(map(listing_of, bench.asked)),
        )

    def _state(self) -> SyncState | None:
        try:
            return self.store.source_states().get(SOURCE)
        except StoreError:
            return None

    def check_healed(self) -> None:
        """See that everything is known, once, and that the next sync asks for no more than any."""
        calm = self.bench.calm
        assert difference(calm.facts, self.facts()) == []
        assert self.sync().requests == calm.quiet

    def facts(self) -> list[str]:
        """Write out what is known of the site, the ledger of its milestones included."""
        ledger = self.store.ledger(EntityKind.MILESTONE, source=SOURCE)
        seen = [f"{entry.entity} {entry.field} {entry.value}" for entry in ledger]
        return sorted([*stored_facts(self.store), *seen])

    def metrics(self) -> str:
        """Give slipwatch's own metrics as they are scraped."""
        return generate_latest(self.monitor.registry).decode()

    def _counted(self) -> Counter[str]:
        counted: Counter[str] = Counter()
        for family in self.monitor.registry.collect():
            for sample in family.samples:
                if sample.labels.get("source") == SOURCE:
                    if sample.name == "slipwatch_source_requests_total":
                        counted[sample.labels["code"]] += int(sample.value)
                    if sample.name == "slipwatch_sync_failures_total":
                        counted["failed"] += int(sample.value)
        return counted


@contextmanager
def _logged() -> Generator[io.StringIO]:
    """Take the log as an operator who reads JSON gets it."""
    root, ours = logging.getLogger(), logging.getLogger("slipwatch")
    before = root.handlers[:], root.level, ours.level
    stream = io.StringIO()
    configure("debug", "json", stream)
    try:
        yield stream
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        ours.setLevel(before[2])
        structlog.reset_defaults()


def small_world(size: Size) -> World:
    """Make a world in which every listing has something to give, and nothing is still moving."""
    world = bulk_world(
        projects=size.scopes if size.kind is Kind.CLOUD else 0,
        data_center_projects=size.scopes if size.kind is Kind.DATACENTER else 0,
        repositories=size.scopes if size.kind is Kind.GITHUB else 0,
        issues=size.issues,
    )
    world.now += timedelta(hours=1)
    return world
