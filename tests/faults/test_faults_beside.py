"""Faults that processes meet which read beside the one that stores.

The matrix is about what a connector does, wherever it runs. Here is what another process adds: that
faults, and oddities in data, come over as they are. The clock and the waits of such a process are
real, so that each sync has a fault for each of many projects.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.remote import RemoteReaders
from slipwatch.aggregator.store import ErrorKind, open_store
from slipwatch.aggregator.sync import MANY
from slipwatch.daemon import syncing
from slipwatch.daemon.wiring import system_clock

from ..acceptance.worlds import SOURCE, stored_facts
from ..daemon.beside import read_beside_at_once
from ..postgres import Control
from .bench import Bench, Trial, listing_of
from .faults import FAULTS
from .front import Asked, Meddle, Reply, Site, Wire
from .sites import Tracker
from .test_pages_and_clocks import at_later_pages, expired
from .test_payloads import ODD, answering, only_the_first
from .test_store_faults import OtherWriter, Quota, after, check_named

PASSING = (
    "429 at once",
    "503",
    "reset",
    "stalled",
    "truncated",
    "half of the JSON",
    "HTML with 200",
)
"""One of each kind, of those that need no more than another try."""
SCOPES = len(PASSING) + 6
LONG = "z" * 10_000_000
BY_NAME = {fault.name: fault for fault in FAULTS}
SEARCHES = {
    Tracker.CLOUD: "GET /rest/api/2/search/jql",
    Tracker.REST: "GET /repos/{}/issues",
}


@pytest.fixture
def scopes() -> int:
    """Say how many projects there are: so many that a process beside reads some."""
    return SCOPES


@pytest.fixture
def bench(tracker: Tracker, tmp_path: Path, scopes: int) -> Iterator[Bench]:
    """Give a site of so many projects."""
    with Bench(tracker, tmp_path, scopes) as bench:
        yield bench


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[RemoteReaders]]:
    """Give the readers that are started beside; without any, nothing was tried here."""
    found: list[RemoteReaders] = []

    def note(*args: Any, **options: Any) -> RemoteReaders | None:
        readers = read_beside_at_once(*args, **options)
        if readers is not None:
            found.append(readers)
        return readers

    monkeypatch.setattr(syncing, "read_beside", note)
    yield found
    assert found
    assert {each.process.process.poll() is not None for each in found} == {True}


def to_each_its_own(bench: Bench, happenings: Mapping[str, Meddle]) -> Meddle:
    """Let something happen to the search for the issues of each project."""
    listing, lock = SEARCHES[bench.tracker], threading.Lock()

    def meddle(asked: Asked, site: Site) -> Reply | Wire:
        happens = None
        if listing_of(asked) == listing:
            with lock:
                happens = happenings.get(bench.scope_of(asked) or "")
        return site(asked) if happens is None else happens(asked, site)

    return meddle


def once(fault: Meddle) -> Meddle:
    """Meet a fault, and then none."""
    left = [fault]

    def meddle(asked: Asked, site: Site) -> Reply | Wire:
        return left.pop()(asked, site) if left else site(asked)

    return meddle


def always(status: int) -> Meddle:
    """Refuse whatever is asked for."""
    said = Reply(status=status, headers={"content-type": "application/json"}, body=b"{}")
    return lambda _asked, _site: said


def odd(key: str, value: Any) -> Any:
    """Add to texts what no text holds."""
    meant = key.rpartition("/")[2] in {"summary", "title", "description", "body"}
    return f"{value}{ODD}" if meant and isinstance(value, str) else value


def known(trial: Trial) -> set[str]:
    """Write out what is stored, and see that nothing of it is there twice."""
    facts = stored_facts(trial.store)
    assert len(facts) == len(set(facts))
    return set(facts)


@pytest.mark.parametrize("tracker", SEARCHES)
def test_every_kind_of_fault_comes_over_as_what_it_is(bench: Bench) -> None:
    assert bench.site.truth is not None
    listing, names = SEARCHES[bench.tracker], iter(bench.site.names)
    happenings = {next(names): once(BY_NAME[name].answer(bench.world.now)) for name in PASSING}
    strange, large, paged = next(names), next(names), next(names)
    happenings |= {
        strange: answering(listing, odd),
        large: answering(listing, only_the_first(LONG)),
    }
    if bench.tracker is Tracker.CLOUD:
        happenings[paged] = at_later_pages(expired, times=1)
    refused = {next(names): always(403), next(names): always(404)}
    truth, trial = set(bench.site.truth()), bench.trial(now=system_clock)

    outcome = trial.sync(to_each_its_own(bench, {**happenings, **refused}), timeout=1.0)

    assert outcome.result.error is None
    assert set(outcome.result.skipped) == refused.keys()
    assert set(outcome.result.scopes) == {*bench.site.names} - refused.keys()
    assert outcome.failures == 1
    assert outcome.codes.keys() >= {"429", "503", "403", "404", "error"}
    assert sum(outcome.codes.values()) == outcome.requests.total()
    for reason in outcome.said:
        assert reason in outcome.log
    assert known(trial) < truth
    told = [item for _, item in trial.store.items(SOURCE)]
    assert max(len(item.title) for item in told if item.scope == large) == len(LONG)
    assert all("\ufffd" in item.title for item in told if item.scope == strange)

    healed = trial.sync()

    assert (healed.said, healed.failures) == ([], 0)
    assert known(trial) == truth
    # What the cursors say was read is not read again, but for an issue that had just changed.
    assert healed.result.items <= len(list(trial.store.items(SOURCE))) - len(told) + 1


@pytest.mark.parametrize("tracker", [Tracker.CLOUD])
def test_a_limit_that_one_project_meets_ends_the_sync_and_is_told(bench: Bench) -> None:
    fault, met = BY_NAME["429 for an hour"], bench.site.names[3]
    trial = bench.trial(now=system_clock)

    outcome = trial.sync(to_each_its_own(bench, {met: fault.answer(bench.world.now)}))

    result, state = outcome.result, outcome.state
    assert state is not None
    assert result.error is not None
    assert (result.error_kind, fault.words in result.error) == (ErrorKind.RETRY, True)
    assert (state.error, state.retry_at) == (result.error, result.retry_at)
    assert result.retry_at is not None
    assert result.error in outcome.log
    assert (outcome.failures, outcome.codes["429"]) == (1, 1)


@dataclass(frozen=True, slots=True)
class Broken:
    """A database that can be brought into trouble and out of it again."""

    url: str
    begin: Callable[[], None]
    end: Callable[[], None]
    words: str
    """What it says then."""


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Broken]:
    """Give a database on a disk that may be full."""
    (tmp_path / "disk").mkdir()
    with Quota(tmp_path / "disk") as disk:
        yield Broken(f"sqlite:///{disk.path}", disk.fill, disk.free, "disk is full")


@pytest.fixture
def locked(sqlite_url: str) -> Iterator[Broken]:
    """Give a database that another program writes to."""
    with OtherWriter(sqlite_url) as other:
        yield Broken(sqlite_url, other.begin, other.end, "lock")


@pytest.fixture
def stopped(control: Control, stoppable: str) -> Broken:
    """Give a database of a server that may be stopped."""
    return Broken(stoppable, lambda: control("stop"), lambda: control("start"), "connection")


@pytest.mark.parametrize("scopes", [MANY])
@pytest.mark.parametrize("tracker", [Tracker.CLOUD])
@pytest.mark.parametrize(
    "trouble", ["full", "locked", pytest.param("stopped", marks=pytest.mark.postgres)]
)
def test_a_database_in_trouble_ends_the_processes_and_costs_that_sync_alone(
    bench: Bench, trouble: str, request: pytest.FixtureRequest
) -> None:
    assert bench.site.truth is not None
    truth = set(bench.site.truth())
    broken: Broken = request.getfixturevalue(trouble)
    with open_store(broken.url, patience=0.0) as store:
        trial = Trial(bench, store, now=system_clock)

        outcome = trial.attempt(after(60, broken.begin))

        check_named(outcome, broken.words)
        broken.end()
        assert known(trial) < truth
        healed = Trial(bench, store).sync()
        assert (healed.said, healed.failures) == ([], 0)
        assert known(trial) == truth
