"""A first sync of many scopes, read by processes beside the one that stores."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from slipwatch.aggregator.connector import (
    RequestSeen,
    Retry,
    Skip,
    SourceError,
    Stop,
    WrongSite,
)
from slipwatch.aggregator.readers import Arrived, Ended, Readers
from slipwatch.aggregator.records import Batch, Cursor
from slipwatch.aggregator.remote import ReadingProcess, RemoteReaders
from slipwatch.aggregator.store import ErrorKind, open_store
from slipwatch.aggregator.sync import MANY, SyncResult, explain, never
from slipwatch.aggregator.wire import (
    Begin,
    Learned,
    Line,
    Order,
    Over,
    Ready,
    Report,
    Trouble,
    WakeUp,
    error_of,
    place,
    trouble_of,
)
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.connectors.throttle import SharedThrottle
from slipwatch.daemon import syncing
from slipwatch.daemon.remote import read_beside
from slipwatch.daemon.syncing import sync_once
from slipwatch.daemon.wiring import read_settings, system_clock
from slipwatch.demo import DemoServers
from tests.acceptance.worlds import (
    SOURCE,
    Kind,
    Size,
    build,
    difference,
    server_of,
    stored_facts,
    true_facts,
    write_config,
)

from .beside import read_beside_at_once

MISSING = "acme/nowhere"


def ignore(*_: object) -> None:
    """Hear what happens, and do nothing."""


def one_core(_: int) -> set[int]:
    """Give the only core that there is."""
    return {0}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[RemoteReaders]:
    """Give the readers that are started beside; each is waited for, so that it reads something."""
    found: list[RemoteReaders] = []

    def note(*args: object, **options: object) -> RemoteReaders | None:
        readers = read_beside_at_once(*args, **options)
        if readers is not None:
            found.append(readers)
        return readers

    monkeypatch.setattr(syncing, "read_beside", note)
    return found


def _config(
    folder: Path, kind: Kind, url: str, names: list[str], **keys: object
) -> SlipwatchSettings:
    path = write_config(folder, kind, url, names)
    config = yaml.safe_load(path.read_text())
    config["sources"][SOURCE] |= keys
    path.write_text(yaml.safe_dump(config))
    return read_settings(path)


def _sync(settings: SlipwatchSettings, url: str, seen: list[RequestSeen]) -> SyncResult:
    with open_store(url) as store:
        return sync_once(settings, store, SOURCE, now=system_clock, on_request=seen.append)


def _local_clock() -> datetime:
    return datetime.now(UTC)


def test_processes_beside_read_what_threads_would(
    tmp_path: Path, sqlite_url: str, started: list[RemoteReaders]
) -> None:
    size = Size(kind=Kind.DATACENTER, scopes=MANY, issues=3)
    world = build(size)
    with DemoServers(world) as servers:
        server = server_of(servers, size.kind)
        settings = _config(tmp_path, size.kind, server.url, size.names(), concurrency=2)
        seen: list[RequestSeen] = []
        result = _sync(settings, sqlite_url, seen)

    assert (result.error, result.items, len(result.scopes)) == (None, 3 * MANY, MANY)
    assert [each.process.process.returncode for each in started] == [0]
    assert len(seen) == len(server.requests)
    assert {each.code for each in seen} == {"200"}
    with open_store(sqlite_url) as store:
        assert not difference(true_facts(world, size.kind), stored_facts(store))


def test_processes_beside_read_all_that_the_file_asks_for(
    tmp_path: Path, sqlite_url: str, started: list[RemoteReaders]
) -> None:
    size = Size(kind=Kind.DATACENTER, scopes=MANY, issues=2)
    people = [{"id": name, "role": "developer", "accounts": {SOURCE: name}} for name in "ab"]
    budget = {
        "currency": "EUR",
        "bac": 1000,
        "actuals": {"worklogs": {"rate": 80, "roles": {"developer": 100}}},
    }
    projects = [{"id": "p", "scope": [{"source": SOURCE, "project": size.names()[0]}]}]
    with DemoServers(build(size)) as servers:
        server = server_of(servers, size.kind)
        fields = {"points": "Story Points", "register": {"impact": "Story Points"}}
        path = write_config(tmp_path, size.kind, server.url, size.names())
        config = yaml.safe_load(path.read_text())
        config["sources"][SOURCE] |= {"worklogs": True, "fields": fields}
        config |= {
            "people": people,
            "programs": [{"id": "x", "budget": budget, "projects": projects}],
        }
        path.write_text(yaml.safe_dump(config))
        first = _sync(read_settings(path), sqlite_url, [])
        again = _sync(read_settings(path), sqlite_url, [])

    assert (first.error, first.items, len(started)) == (None, 2 * MANY, 1)
    # A cursor tells what its items were read with: other settings would read all of them again.
    assert again.items < first.items


def test_a_process_that_is_killed_is_told_of_and_the_next_sync_goes_on(
    tmp_path: Path, sqlite_url: str, started: list[RemoteReaders]
) -> None:
    size = Size(kind=Kind.GITHUB, scopes=MANY, issues=2)
    world = build(size)
    with DemoServers(world) as servers:
        settings = _config(
            tmp_path,
            size.kind,
            server_of(servers, size.kind).url,
            [size.names()[0], MISSING, *size.names()[1:]],
        )
        with open_store(sqlite_url) as store:
            result = sync_once(
                settings,
                store,
                SOURCE,
                now=system_clock,
                on_progress=lambda _: started[0].process.process.kill(),
            )
            assert result.error_kind is ErrorKind.RETRY
            assert result.error is not None
            assert "ended unexpectedly (-9)" in result.error
            assert store.source_states()[SOURCE].error == result.error

            again = sync_once(settings, store, SOURCE, now=_local_clock)
            assert (again.error, list(again.skipped)) == (None, [MISSING])
            assert not difference(true_facts(world, size.kind), stored_facts(store))


def test_a_refused_token_is_told_of_as_it_is_without_processes(
    tmp_path: Path, sqlite_url: str, started: list[RemoteReaders]
) -> None:
    size = Size(kind=Kind.GITHUB, scopes=MANY, issues=1)
    with DemoServers(build(size)) as servers:
        url = server_of(servers, size.kind).url
        settings = _config(tmp_path, size.kind, url, size.names())
        (tmp_path / "token").write_text("expired")
        with open_store(sqlite_url) as store:
            remote = sync_once(settings, store, SOURCE, now=system_clock)
            local = sync_once(settings, store, SOURCE, now=_local_clock)

    assert len(started) == 1
    assert remote.error_kind is ErrorKind.STOP
    # Two repositories are begun at the same time, by each process one.
    assert remote.error is not None
    assert replace(remote, error=remote.error.replace("r001", "r000")) == local


@pytest.mark.parametrize(
    "error",
    [
        Retry("later", retry_at=datetime(2026, 1, 5, tzinfo=UTC)),
        Skip("not this one"),
        Stop("no more"),
        WrongSite("elsewhere"),
    ],
)
def test_an_error_means_the_same_on_the_other_side(error: Exception) -> None:
    told = error_of(trouble_of(error))
    assert (type(told), vars(told), str(told)) == (type(error), vars(error), str(error))


def test_a_bug_on_the_other_side_is_named_by_type_and_place_alone() -> None:
    told = error_of(trouble_of(KeyError("a token")))
    assert explain(told) == (ErrorKind.BUG, "KeyError in slipwatch itself: please report it")
    assert "a token" not in str(told)


def test_the_place_of_a_bug_is_that_of_the_other_side() -> None:
    frames = ["convert.py:7 convert_issue"]
    assert place(error_of(Trouble(kind="KeyError", where=frames))) == frames


@pytest.fixture
def ends() -> Iterator[list[Line[Order]]]:
    """Give the far ends of the lines to two processes that were made up."""
    lines: list[Line[Order]] = []
    yield lines
    for line in lines:
        line.close()


class _Tracker:
    """A connector whose scopes hold nothing but a page number."""

    name = SOURCE

    def __init__(self, refuses: SourceError | None = None) -> None:
        self.read: list[str] = []
        self._refuses = refuses

    def scopes(self) -> Sequence[str]:
        return ()

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        self.read.append(scope)
        if self._refuses is not None:
            raise self._refuses
        yield Batch(cursor={"page": 1})

    def convert(self, payload: object) -> Batch:
        raise ValueError(payload)

    def close(self) -> None:
        """Hold nothing."""


def _made_up(
    ends: list[Line[Order]],
    tracker: _Tracker,
    *,
    learn: Callable[[int, float], None] = ignore,
    stop: Callable[[], bool] = never,
) -> RemoteReaders:
    near, far = socket.socketpair()
    ends.append(Line[Order](far, Order))
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    return RemoteReaders(
        SOURCE,
        ReadingProcess(process, Line[Report](near, Report), readers=1),
        Readers(tracker, _Tracker, 2, together=1, cancel=ignore),
        on_request=ignore,
        learn=learn,
        stop=stop,
        on_end=ignore,
    )


def test_what_the_process_learns_of_limits_is_known_here(ends: list[Line[Order]]) -> None:
    throttle = SharedThrottle(4, now=lambda: datetime(2026, 1, 5, tzinfo=UTC))
    with _made_up(ends, _Tracker(), learn=throttle.learn) as readers:
        for scope in ("A", "B"):
            readers.begin(scope, None)
        ends[0].send(Ready())
        ends[0].send(Learned(2, 30.0))
        ends[0].send(Over("B", None))
        told = [readers.take() for _ in range(3)]
    assert {each.scope for each in told if isinstance(each, Ended)} == {"A", "B"}
    assert (throttle.allowed, throttle.closed_for()) == (2, 30.0)


def test_a_program_that_stops_wakes_readers_that_wait(ends: list[Line[Order]]) -> None:
    def wait_for_the_call() -> None:
        assert isinstance(ends[0].receive(), Begin)
        assert ends[0].receive() == WakeUp()
        ends[0].send(Over("B", trouble_of(Retry("502"))))

    reader = threading.Thread(target=wait_for_the_call)
    with _made_up(ends, _Tracker(), stop=lambda: True) as readers:
        reader.start()
        readers.begin("A", None)
        readers.begin("B", None)
        while (ended := readers.take()).scope == "A":
            pass
        reader.join()
    assert isinstance(ended, Ended)
    assert str(ended.error) == "502"


def test_what_a_process_was_to_read_that_never_got_ready_is_read_here(
    ends: list[Line[Order]],
) -> None:
    tracker, scopes = _Tracker(), {"A", "B", "C"}
    with _made_up(ends, tracker) as readers:
        for scope in scopes:
            readers.begin(scope, None)
        ends[0].close()
        told = [readers.take() for _ in range(2 * len(scopes))]
        assert readers.wants(waiting=1)
    assert {each.scope for each in told if isinstance(each, Arrived)} == scopes
    assert {each.scope for each in told if each == Ended(each.scope)} == scopes


def test_readers_here_begin_nothing_while_something_is_stored() -> None:
    tracker, done = _Tracker(), list[str]()
    with Readers(tracker, None, 1, together=1, cancel=ignore) as readers:
        readers.begin("A", None)
        assert {type(readers.take()) for _ in range(2)} == {Arrived, Ended}
        readers.hold(held=True)
        readers.begin("B", None)
        done += tracker.read
        readers.hold(held=False)
        assert readers.take().scope == "B"
    assert done == ["A"]
    assert tracker.read == ["A", "B"]


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (WrongSite("renew the token"), "A"),
        (Retry("for an hour", retry_at=datetime(2026, 1, 5, tzinfo=UTC)), "A"),
        (Retry("502"), "ABCD"),
        (Skip("not this one"), "ABCD"),
    ],
    ids=repr,
)
def test_what_concerns_all_of_a_source_is_not_tried_with_scopes_that_wait(
    error: SourceError, asked: str
) -> None:
    tracker = _Tracker(refuses=error)
    with Readers(tracker, None, 1, together=1, cancel=ignore) as readers:
        for scope in "ABC":  # as a process beside is told of some ahead
            readers.begin(scope, None)
        told = [readers.take() for _ in "ABC"]
        readers.begin("D", None)
        told.append(readers.take())
    assert told == [Ended(scope, error) for scope in "ABCD"]
    assert "".join(tracker.read) == asked


def test_a_process_that_cannot_be_told_anything_ends() -> None:
    near, far = socket.socketpair()
    with near, far:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "slipwatch.daemon.beside", str(far.fileno()), "0"],
            pass_fds=[far.fileno()],
            stderr=subprocess.DEVNULL,
        )
        far.close()
        near.sendall((1).to_bytes(8) + b"?")
        assert near.recv(1) == b""
        assert process.wait() == 1


def test_no_process_is_started_where_there_is_one_core(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", one_core, raising=False)
    settings = _config(tmp_path, Kind.GITHUB, "http://127.0.0.1:1", ["acme/r"])
    throttle = SharedThrottle(1, now=system_clock)
    assert (
        read_beside(
            SOURCE,
            settings.sources[SOURCE],
            throttle,
            Readers(_Tracker(), None, 1, together=1, cancel=ignore),
            together=1,
            cursors=[],
            named=None,
            approvals=frozenset(),
            roles={},
            on_request=ignore,
            stop=lambda: False,
        )
        is None
    )
