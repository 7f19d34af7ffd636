"""A source on trial: a small site that misbehaves, a store, and the service's own work on both.

Syncs go through the same ``Work`` as a running service's, with its counters and its log; only
time is the test's: nobody waits for it.
"""

import io
import json
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
from typing import Any, Self
from urllib.parse import unquote

import structlog
import yaml
from prometheus_client import generate_latest

from slipwatch.aggregator.store import EntityKind, Store, StoreError, SyncState, open_store
from slipwatch.aggregator.sync import SyncResult
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.board import LiveBoard
from slipwatch.daemon.log import configure
from slipwatch.daemon.settings import read_settings
from slipwatch.daemon.wiring import Clock as WallClock
from slipwatch.daemon.work import Work
from slipwatch.exporters.prometheus.monitor import Monitor

from ..acceptance.worlds import SOURCE, difference, stored_facts
from .front import Asked, Front, Meddle, Reply, Site, Wire, shrunk
from .listings import known_names
from .sites import DAY, TOKEN, Tracker, build

NEIGHBOUR = "plan"
"""A source that nothing is wrong with."""

PAGE = 2
DATABASE = "trial.db"

_IN_PATHS = re.compile(r"(?<=/)(?<!/api/)(\d+|T\d{3}|acme(?:/|%2F)r\d{3}|acme)(?=/|$)")


_OF_IDS = re.compile(r"\bfields=(id|updated)&|sort=created\b|order_by=created_at")


def listing_of(asked: Asked) -> str:
    """Name what a request asks for, whichever project, repository or issue it is about.

    A census asks for a list of its own, at the same place. A repository is in one place by its
    name, and in another by its id.
    """
    path = _IN_PATHS.sub("{}", asked.path).replace("/repositories/{}", "/repos/{}")
    name = f"{asked.method} {path}"
    is_list = asked.path.rpartition("/")[2] in {"search", "jql", "issues", "epics"}
    return f"{name} (ids)" if is_list and _OF_IDS.search(f"{asked.query}&") else name


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
    """One site, served inside a ``with``; each trial begins with what was stored at first."""

    def __init__(self, tracker: Tracker, folder: Path, scopes: int = 2) -> None:
        self.tracker = tracker
        self.folder = folder
        self.site = build(tracker, scopes)
        self.world = self.site.world
        self.front = Front(self.site.server)
        self.front.meddle = self._meddle
        self.settings = self._configure()
        self.meddle: Meddle | None = None
        self.asked: list[Asked] = []
        self.database = folder / DATABASE
        self._store = open_store(f"sqlite:///{self.database}")
        self._stored = sqlite3.connect(":memory:")

    def __enter__(self) -> Self:
        self.front.__enter__()
        if self.tracker.takes_census:
            self._miss_an_issue()
        with closing(sqlite3.connect(self.database)) as database:
            database.backup(self._stored)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._store.close()
        self._stored.close()
        self.front.__exit__()

    def _miss_an_issue(self) -> None:
        """Let an issue be missing from a first census, so that the next one asks for it."""
        trial = Trial(self, self._store)
        for is_there in (True, False):
            if not is_there:
                self.site.delete()
            assert trial.sync().result.error is None
            self.world.now += DAY + timedelta(hours=1)
            trial.clock.at = self.world.now

    def trial(self, *, now: WallClock | None = None) -> "Trial":
        """Begin with what was stored at first: nothing, unless a census is on trial."""
        with closing(sqlite3.connect(self.database)) as database:
            self._stored.backup(database)
        return Trial(self, self._store, now=now)

    @contextmanager
    def _unharmed(self) -> Generator[None]:
        """Put back what is stored in the end."""
        with closing(sqlite3.connect(":memory:")) as kept:
            with closing(sqlite3.connect(self.database)) as database:
                database.backup(kept)
            yield
            with closing(sqlite3.connect(self.database)) as database:
                kept.backup(database)

    @property
    def own(self) -> list[str]:
        """The listings that this site is on trial for, in the order in which they are asked for."""
        rows = known_names(self.tracker)
        return [name for name in self.calm.full if name in rows]

    @cached_property
    def calm(self) -> "Calm":
        """What an undisturbed sync of the site as it is gives; a trial that has begun goes on."""
        with self._unharmed():
            return self._calm()

    def _calm(self) -> "Calm":
        trial = self.trial()
        first = trial.sync()
        assert first.result.error is None
        if self.site.truth is not None and not self.tracker.takes_census:
            assert difference(self.site.truth(), stored_facts(trial.store)) == []
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
        words = {*asked.path.split("/"), *re.findall(r'"([\w=-]+)"', asked.body.decode())}
        for name, ids in self.site.ids().items():
            if ids & words or re.search(rf"(?<![\w/]){name}\b(?!/)|/{name}(?=[/?])", text):
                return name
        return None

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

        def answering(asked: Asked) -> Reply:
            return self.site.answer(asked, site)

        return self.meddle(asked, answering) if self.meddle is not None else answering(asked)

    def _configure(self) -> SlipwatchSettings:
        (self.folder / "token").write_text(TOKEN)
        (self.folder / "plan.csv").write_text("id,title,status\nA,Hardware,open\n")
        source = {**self.site.settings, "url": self.front.url, "timeout": "1s"}
        neighbour = {"kind": "file", "path": "plan.csv"}
        path = self.folder / "slipwatch.yaml"
        path.write_text(yaml.safe_dump({"sources": {SOURCE: source, NEIGHBOUR: neighbour}}))
        return read_settings(path)


class Trial:
    """Syncs one after the other into one store."""

    def __init__(self, bench: Bench, store: Store, *, now: WallClock | None = None) -> None:
        """``now`` is the clock of the service, where that is not to be the test's."""
        self.bench = bench
        self.store = store
        self.clock = Clock(bench.world.now)
        self._now = now or self.clock
        self.stopping = Stopping(self.clock)
        self.monitor = Monitor("0")
        self._board = LiveBoard(self.monitor, "0", lambda: None)

    @property
    def _work(self) -> Work:
        """Work as a service that has just started: it knows of no limit that another one met."""
        return Work(self.store, self._board, self.monitor, now=self._now, stopping=self.stopping)

    def sync(self, meddle: Meddle | None = None, *, timeout: float = 20.0) -> Outcome:
        """Sync the site, with its faults.

        ``timeout`` is for how many seconds an answer is waited for.
        """
        return self.attempt(meddle, self.bench.settings_with(timeout))

    def check_neighbour(self) -> None:
        """See that another source, with which nothing is wrong, can be synced."""
        with _logged():
            neighbour = self._work.sync(self.bench.settings, NEIGHBOUR)
        assert neighbour.error is None
        assert self.store.source_states()[NEIGHBOUR].items == 1

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
        requests = Counter(map(listing_of, bench.asked))
        unknown = requests.keys() - known_names()
        assert not unknown, f"{unknown} have no row in listings.py"
        return Outcome(
            result=result,
            state=self._state(),
            log=log.getvalue(),
            failures=after["failed"] - before["failed"],
            codes=after - before - Counter({"failed": 1}),
            requests=requests,
        )

    def _state(self) -> SyncState | None:
        try:
            return self.store.source_states().get(SOURCE)
        except StoreError:
            return None

    def check_healed(self) -> None:
        """See that everything is known, once, and that the next sync asks for no more than any."""
        calm = self.bench.calm
        found = difference(calm.facts, self.facts())
        assert found == [], found
        assert self.sync().requests == calm.quiet

    def facts(self) -> list[str]:
        """Write out what is known of the site, the ledger of its milestones included.

        When a plan was made that GitHub's projects keep no history of, only those know who have
        read the issue before.
        """
        ledger = self.store.ledger(EntityKind.MILESTONE, source=SOURCE)
        seen = [f"{entry.entity} {entry.field} {entry.value}" for entry in ledger]
        absent = [f"absent {absence.item}" for _, absence in self.store.absences(SOURCE)]
        facts = (fact for fact in stored_facts(self.store) if not _of_a_plan(json.loads(fact)))
        return sorted([*facts, *seen, *absent])

    def metrics(self) -> str:
        """Give slipwatch's own metrics as they are scraped."""
        return generate_latest(self.monitor.registry).decode()

    def _counted(self) -> Counter[str]:
        counted: Counter[str] = Counter()
        monitor = self.monitor
        for family in (*monitor.requests.collect(), *monitor.sync_failures.collect()):
            for sample in family.samples:
                if sample.labels.get("source") == SOURCE and sample.name.endswith("_total"):
                    counted[sample.labels.get("code", "failed")] += int(sample.value)
        return counted


def _of_a_plan(fact: list[Any]) -> bool:
    """Tell whether a fact is a change from no plan to one of a GitHub project."""
    if fact[0] != "change" or fact[4] is not None:
        return False
    return fact[3] == "due" or str(fact[5]).startswith("iteration:it")


@contextmanager
def _logged() -> Generator[io.StringIO]:
    """Take the log as an operator who reads JSON gets it."""
    root, ours = logging.getLogger(), logging.getLogger("slipwatch")
    before = root.handlers[:], root.level, ours.level
    configured = structlog.get_config()
    stream = io.StringIO()
    configure("debug", "json", stream)
    try:
        yield stream
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        ours.setLevel(before[2])
        structlog.configure(**configured)
