"""A service that has assessed before shows and stores what one that begins now would."""

import gzip
import random
import sqlite3
import threading
from contextlib import closing
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from slipwatch.aggregator.assessment import to_json
from slipwatch.aggregator.store import Store, open_store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon import moving
from slipwatch.daemon.board import LiveBoard
from slipwatch.daemon.work import Work
from slipwatch.exporters.ledger import LedgerLine
from slipwatch.exporters.prometheus.monitor import Monitor

from ..aggregator.edits import EDITS, NOW, Edit, Tracker
from ..aggregator.files import file

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
_names = count()


class Seen(NamedTuple):
    """What people see of an assessment, and what the store has of it."""

    assessment: bytes
    metrics: tuple[bytes, ...]
    ledger: list[tuple[LedgerLine, ...]]
    stored: bytes | None
    portfolio: tuple[date, bytes] | None
    findings: list[str]


class Service:
    """A service on a store, at the time that the test says it is."""

    def __init__(self, store: Store) -> None:
        monitor = Monitor("test")
        self._store = store
        self._board = LiveBoard(monitor, "test", lambda: None)
        self._now = NOW
        self._work = Work(
            store, self._board, monitor, now=lambda: self._now, stopping=threading.Event()
        )

    def assess(self, settings: SlipwatchSettings, now: datetime) -> Seen:
        """Assess what is stored and look at it."""
        self._now = now
        self._board.follow(settings.metrics)
        outcome = self._work.assess(settings)
        assert outcome is not None
        assessment = outcome.assessment
        assert self._board.assessment() is assessment
        stored = self._store.assessment()
        return Seen(
            assessment=to_json(assessment),
            metrics=tuple(self._metrics(accept) for accept in ("text/plain", OPENMETRICS)),
            ledger=[tuple(self._board.ledger(m.id) or ()) for m in assessment.milestones],
            stored=None if stored is None else stored.body,
            portfolio=self._store.portfolio(assessment.as_of, assessment.as_of),
            findings=sorted(map(str, self._store.findings_life())),
        )

    def _metrics(self, accept: str) -> bytes:
        """Give the metrics of the assessment, without those of the service itself."""
        plain = self._board.metrics(accept, "").parts[0]
        assert gzip.decompress(self._board.metrics(accept, "gzip").body).startswith(plain)
        return plain


def copied(path: Path, to: Path) -> Store:
    """Copy a database as it is now."""
    to.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(to)) as new:
        old.backup(new)
    return open_store(f"sqlite:///{to}")


def written(source: str, rng: random.Random) -> SlipwatchSettings:
    """Write a file whose forecasts take little time."""
    settings = file(source, rng)
    return settings.model_copy(update={"assess": settings.assess.model_copy(update={"trials": 50})})


@examples(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 2**32),
    edits=st.lists(st.lists(st.sampled_from(EDITS), max_size=3), min_size=2, max_size=5),
)
def test_a_service_that_goes_on_shows_what_one_that_begins_now_does(
    sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    edits: list[list[Edit]],
) -> None:
    """Whatever changes: facts, the file, the day, and whether a source is as fresh as it should."""
    monkeypatch.setenv("KEY", "a key that nobody can guess")
    # Why forecasts moved may else be told later, to save time.
    monkeypatch.setattr(moving, "SHARE", float("inf"))
    path, source = Path(sqlite_url.removeprefix("sqlite:///")), f"tracker{next(_names)}"
    rng = random.Random(seed)
    with open_store(sqlite_url) as store:
        tracker, service = Tracker(source, (store,), seed), Service(store)
        settings, later = written(source, rng), timedelta()
        for some in edits:
            for edit in some:
                edit(tracker)
            settings = written(source, rng) if rng.random() < 0.3 else settings
            later += rng.choice([timedelta(), timedelta(), timedelta(hours=5), timedelta(days=1)])
            with copied(path, tmp_path / "copy.db") as copy:
                anew = Service(copy).assess(settings, tracker.now + later)
            assert service.assess(settings, tracker.now + later) == anew
