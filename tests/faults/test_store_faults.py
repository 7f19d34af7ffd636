"""A database that is locked, full, damaged or gone in the middle of a sync.

It costs that sync, and is said: in the log and the metrics at once, in the source's state as
soon as the database can hold it. The next sync heals.
"""

import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
from sqlalchemy import Engine, Pool, create_engine, event

from slipwatch.aggregator.store import ErrorKind, open_store
from slipwatch.aggregator.store.database import PATIENCE, WRITE_LOCK

from ..postgres import Control
from .bench import Bench, Outcome, Trial
from .front import Asked, Meddle, Reply, Site, Wire
from .sites import Tracker


@pytest.fixture
def tracker() -> Tracker:
    """Read the site that says most with least; the database does not know which it is."""
    return Tracker.CLOUD


def after(requests: int, act: Callable[[], None]) -> Meddle:
    """Do something to the database once the site has answered so many requests."""
    left = iter(range(requests))

    def meddle(asked: Asked, site: Site) -> Reply | Wire:
        if next(left, None) == requests - 1:
            act()
        return site(asked)

    return meddle


def check_named(outcome: Outcome, words: str) -> None:
    assert outcome.result.error is not None
    assert outcome.result.error_kind is ErrorKind.RETRY
    assert words in outcome.result.error
    assert words in outcome.log
    assert "sync failed" in outcome.log
    assert outcome.failures == 1


def check_healed(trial: Trial) -> None:
    again = trial.sync()

    assert (again.said, again.failures) == ([], 0)
    trial.check_healed()
    trial.check_neighbour()


class OtherWriter:
    """Another program that writes to the same database, and takes its time."""

    def __init__(self, url: str) -> None:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        self._connection = engine.connect()
        on_sqlite = engine.dialect.name == "sqlite"
        self._begin = "BEGIN IMMEDIATE" if on_sqlite else f"SELECT pg_advisory_lock({WRITE_LOCK})"
        self._end = "ROLLBACK" if on_sqlite else f"SELECT pg_advisory_unlock({WRITE_LOCK})"

    def begin(self) -> None:
        """Take the lock."""
        self._connection.exec_driver_sql(self._begin)

    def end(self) -> None:
        """Let go of it."""
        self._connection.exec_driver_sql(self._end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._connection.close()
        self._connection.engine.dispose()


def test_somebody_elses_short_turn_is_waited_for(bench: Bench, store_url: str) -> None:
    with OtherWriter(store_url) as other, open_store(store_url) as store:
        trial = Trial(bench, store)

        def lock() -> None:
            other.begin()
            threading.Timer(0.2, other.end).start()

        outcome = trial.sync(after(3, lock))

        assert (outcome.said, outcome.failures) == ([], 0)
        check_healed(trial)


def test_a_turn_that_does_not_end_fails_the_sync_and_is_told_when_it_has(
    bench: Bench, store_url: str
) -> None:
    with OtherWriter(store_url) as other, open_store(store_url, patience=0.0) as store:
        trial = Trial(bench, store)

        outcome = trial.attempt(after(3, other.begin))

        check_named(outcome, "lock")
        assert "the store cannot even tell of that" in outcome.log
        other.end()
        check_healed(trial)


def test_a_store_that_is_there_again_tells_what_was_wrong_with_it(
    bench: Bench, store_url: str
) -> None:
    with OtherWriter(store_url) as other:

        def give_up() -> bool:
            other.end()
            return True

        with open_store(store_url, stopping=give_up) as store:
            trial = Trial(bench, store)
            outcome = trial.attempt(after(3, other.begin))

            check_named(outcome, "lock")
            assert outcome.said == [outcome.result.error]
            check_healed(trial)


def test_a_service_that_stops_does_not_wait_for_its_turn(bench: Bench, store_url: str) -> None:
    stopping = threading.Event()
    with OtherWriter(store_url) as other, open_store(store_url, stopping=stopping.is_set) as store:
        trial = Trial(bench, store)

        def lock_and_stop() -> None:
            other.begin()
            stopping.set()

        began = time.monotonic()
        outcome = trial.attempt(after(3, lock_and_stop))

        check_named(outcome, "lock")
        assert time.monotonic() - began < PATIENCE / 2
        other.end()
        check_healed(trial)


class Quota:
    """A limit on the pages of an SQLite file, as a quota or a full disk has it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "slipwatch.db"
        self._limit = 1_000_000_000
        with closing(sqlite3.connect(self.path)) as database:
            # So small that what is left of a page does not take a whole batch.
            database.execute("PRAGMA page_size = 512")
            database.execute("VACUUM")

    def _set(self, connection: Any, *_rest: object) -> None:
        # A limit below the pages that are there means: no more than those.
        connection.execute(f"PRAGMA max_page_count = {self._limit}")

    def fill(self) -> None:
        """Let nothing more in."""
        self._limit = 1

    def free(self) -> None:
        """Let everything in."""
        self._limit = 1_000_000_000

    def __enter__(self) -> Self:
        event.listen(Pool, "checkout", self._set)
        return self

    def __exit__(self, *_exc: object) -> None:
        event.remove(Pool, "checkout", self._set)


class SmallDisk:
    """A file system of its own that has little room."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "disk"
        self.path = self._folder / "slipwatch.db"
        self._filler = self._folder / "filler"

    def fill(self) -> None:
        """Take all the room that is left."""
        with suppress(OSError), self._filler.open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))

    def free(self) -> None:
        """Give it back."""
        self._filler.unlink()

    def __enter__(self) -> Self:
        self._folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=16m", "slipwatch-test", str(self._folder)]
        if subprocess.run(command, check=False, capture_output=True).returncode != 0:
            pytest.skip("no small disk: only root may mount a tmpfs, and not in every container")
        return self

    def __exit__(self, *_exc: object) -> None:
        subprocess.run(["umount", str(self._folder)], check=True)


@pytest.mark.parametrize("room", [Quota, SmallDisk], ids=["quota", "small disk"])
def test_a_full_disk_costs_a_sync_and_nothing_else(
    bench: Bench, room: type[Quota | SmallDisk], tmp_path: Path
) -> None:
    with room(tmp_path) as disk, open_store(f"sqlite:///{disk.path}") as store:
        trial = Trial(bench, store)

        outcome = trial.attempt(after(2, disk.fill))

        check_named(outcome, "disk is full")
        disk.free()
        check_healed(trial)


def test_a_damaged_file_is_no_bug_of_a_connector(bench: Bench, sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with open_store(sqlite_url) as store:
        Trial(bench, store).sync()
    sound = path.read_bytes()
    damaged = bytearray(sound)

    with open_store(sqlite_url) as store:
        damaged[4096 * 3 :] = b"\xaa" * (len(sound) - 4096 * 3)
        path.write_bytes(damaged)
        outcome = Trial(bench, store).attempt(None)

    check_named(outcome, "malformed")
    path.write_bytes(sound)
    with open_store(sqlite_url) as store:
        check_healed(Trial(bench, store))


@pytest.mark.postgres
def test_postgresql_stopped_between_two_batches_costs_a_sync(
    bench: Bench, control: Control, stoppable: str
) -> None:
    with open_store(stoppable) as store:
        trial = Trial(bench, store)

        outcome = trial.attempt(after(3, lambda: control("stop")))

        check_named(outcome, "connection")
        control("start")
        check_healed(trial)


@pytest.mark.postgres
def test_postgresql_restarted_between_two_batches_costs_nothing(
    bench: Bench, control: Control, stoppable: str
) -> None:
    with open_store(stoppable) as store:
        trial = Trial(bench, store)

        def restart() -> None:
            control("stop")
            control("start")

        trial.attempt(after(3, restart))

        check_healed(trial)


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["tracker_milestones", "cursors"])
def test_postgresql_restarted_in_the_middle_of_a_batch_costs_a_sync(
    bench: Bench, control: Control, stoppable: str, table: str
) -> None:
    met: list[str] = []

    def restart(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not met and statement.lower().startswith(f"insert into {table} "):
            met.append(statement)
            control("stop")
            control("start")

    with open_store(stoppable) as store:
        trial = Trial(bench, store)
        event.listen(Engine, "before_cursor_execute", restart)
        outcome = trial.attempt(None)
        event.remove(Engine, "before_cursor_execute", restart)

        assert met
        check_named(outcome, "connection")
        assert outcome.said == [outcome.result.error]
        check_healed(trial)


@pytest.mark.postgres
def test_postgresql_restarted_while_rows_are_copied_costs_a_sync(
    bench: Bench, control: Control, stoppable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = psycopg.Cursor.copy

    def restart(*arguments: Any) -> Any:
        monkeypatch.undo()
        control("stop")
        control("start")
        return copy(*arguments)

    with open_store(stoppable) as store:
        trial = Trial(bench, store)
        monkeypatch.setattr(psycopg.Cursor, "copy", restart)
        outcome = trial.attempt(None)

        check_named(outcome, "connection")
        assert outcome.said == [outcome.result.error]
        check_healed(trial)
