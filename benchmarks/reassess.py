"""Measures what a user of the running service waits for: ``python -m benchmarks.reassess``.

20,000 items of 1,000 milestones in 20 projects are in an SQLite file. The service's own assessing
reads them, builds, forecasts, judges, remembers and renders its metrics: once with nothing kept,
and then after each of some changes of one item. No network and no scheduler are part of it.
"""

import argparse
import logging
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import structlog
import yaml
from msgspec import structs
from rich.console import Console
from rich.table import Table

from slipwatch.aggregator.records import (
    Batch,
    Category,
    Change,
    ChangedField,
    Item,
    Level,
    Link,
    LinkKind,
    MilestoneKind,
    Outcome,
    TrackerMilestone,
)
from slipwatch.aggregator.store import Store, open_store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.board import LiveBoard
from slipwatch.daemon.wiring import read_settings
from slipwatch.daemon.work import Work
from slipwatch.exporters.prometheus.monitor import Monitor

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
PROJECTS, VERSIONS, ITEMS = 20, 50, 20
CLOSED = 20
"""Of the versions of a project, the first ones: one a week."""
SHARE = 0.5
"""Of an assessment with nothing kept, at most, that one after a change may take."""
GROWTH = 1.1
"""Of the memory after the first changes, at most, that is held after the last."""
_WARM = 3
"""Assessments until the memory is that of a service that has run for a while."""


def main() -> int:
    """Print what was measured; 1 when a bound does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reassess", description=__doc__)
    parser.add_argument("--times", type=int, default=8, help="changes of one item; default 8")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as name:
        site = _Site(Path(name))
        site.assess(site.work())  # Baselines and findings are recorded the first time.
        anew, work = site.assess(site.work()), site.work()
        site.assess(work)
        again: list[float] = []
        held: list[float] = []
        for _ in range(_WARM + given.times):
            site.change()
            again.append(site.assess(work))
            held.append(_memory())
        site.store.close()
    took, growth = median(again[_WARM:]), held[-1] / held[_WARM - 1]
    table = Table("What", "Measured", "Bound", "Holds", box=None)
    table.add_row("with nothing kept, s of CPU", f"{anew:.2f}", "", "")
    table.add_row("one changed item, s of CPU (middle)", f"{took:.2f}", "", "")
    share = took / anew
    table.add_row("  share of the former", f"{share:.2f}", f"{SHARE}", _holds(share <= SHARE))
    table.add_row("memory after the first changes, MiB", f"{held[_WARM - 1]:.0f}", "", "")
    growth_holds = _holds(growth <= GROWTH)
    table.add_row("  after the last, beside that", f"{growth:.2f}", f"{GROWTH}", growth_holds)
    console = Console(width=100)
    console.print(
        f"{PROJECTS * VERSIONS * ITEMS:,} items, {PROJECTS * VERSIONS:,} milestones, 1,000 trials, "
        f"{given.times} changes; load {os.getloadavg()[0]:.1f}"
    )
    console.print(table)
    return 0 if share <= SHARE and growth <= GROWTH else 1


class _Site:
    """A store that was synced, and what a service has on it."""

    def __init__(self, folder: Path) -> None:
        self._rng = random.Random(1)
        self._now = NOW
        self._items: dict[str, Item] = {}
        self._settings = _settings(folder)
        self.store: Store = open_store(f"sqlite:///{folder / 'slipwatch.db'}")
        for scope, batch in _batches(self._rng):
            self._items.update((item.id, item) for item in batch.items)
            self.store.apply("jira", scope, batch, observed_at=NOW)
        self.store.record_success("jira", at=NOW)

    def work(self) -> tuple[Work, LiveBoard]:
        """Begin a service that has nothing of an assessment before."""
        monitor = Monitor("benchmark")
        board = LiveBoard(monitor, "benchmark", lambda: None)
        now, stopping = self._clock, threading.Event()
        return Work(self.store, board, monitor, now=now, stopping=stopping), board

    def assess(self, service: tuple[Work, LiveBoard]) -> float:
        """Give the seconds of CPU until a scrape would show what changed."""
        work, board = service
        began = time.process_time()
        outcome = work.assess(self._settings)
        board.metrics("text/plain", "gzip")
        took = time.process_time() - began
        if outcome is None or len(outcome.assessment.milestones) != PROJECTS * VERSIONS:
            raise RuntimeError("nothing, or not all, was assessed")
        return took

    def change(self) -> None:
        """Let a sync find that one item was done."""
        self._now += timedelta(minutes=1)
        still_open = [one for one in self._items.values() if one.category is not Category.DONE]
        item = self._rng.choice(still_open)
        done = structs.replace(
            item,
            status="Done",
            category=Category.DONE,
            outcome=Outcome.COMPLETED,
            done_at=self._now,
            updated_at=self._now,
        )
        self._items[item.id] = done
        change = _change(item.id, "done", self._now, "doing:Doing", "done:Done")
        batch = Batch(cursor={"at": str(self._now)}, items=(done,), changes=(change,))
        self.store.apply("jira", item.scope, batch, observed_at=self._now)
        self.store.record_success("jira", at=self._now)

    def _clock(self) -> datetime:
        return self._now


def _settings(folder: Path) -> SlipwatchSettings:
    """Write a file of four programs, with three commitments in each project, and read it."""
    (folder / "token").write_text("token")
    scopes = [f"P{number:02}" for number in range(PROJECTS)]
    source = {
        "kind": "jira",
        "url": "https://jira.example",
        "auth": {"token": {"file": str(folder / "token")}},
        "projects": scopes,
    }
    projects = [
        {
            "id": scope.lower(),
            "scope": [{"source": "jira", "project": scope}],
            "discover": ["versions"],
            "milestones": [
                {
                    "id": f"v{number}",
                    "from": [{"source": "jira", "project": scope, "version": f"{number}.0"}],
                    "commitment": _due(number) + timedelta(days=5),
                }
                for number in (22, 25, 30)
            ],
        }
        for scope in scopes
    ]
    told = {
        "store": f"sqlite:///{folder / 'slipwatch.db'}",
        "assess": {"trials": 1000},
        "sources": {"jira": source},
        "programs": [{"id": f"program{n}", "projects": projects[n::4]} for n in range(4)],
    }
    path = folder / "slipwatch.yaml"
    path.write_text(yaml.safe_dump(told))
    return read_settings(path)


def _batches(rng: random.Random) -> Iterator[tuple[str, Batch]]:
    """Make the items of each project, with what was planned, begun and done of them before."""
    for project in range(PROJECTS):
        scope = f"P{project:02}"
        numbers = range(VERSIONS * ITEMS)
        items = [_item(scope, f"{project}-{number}", number, rng) for number in numbers]
        batch = Batch(
            cursor={},
            items=tuple(items),
            milestones=tuple(_version(scope, number) for number in range(VERSIONS)),
            changes=tuple(change for item in items for change in _history(item)),
            links=tuple(_links(scope, items, rng)),
        )
        yield scope, batch


def _due(version: int) -> date:
    return NOW.date() + timedelta(weeks=version - CLOSED)


def _version(scope: str, number: int) -> TrackerMilestone:
    closed = number < CLOSED
    return TrackerMilestone(
        id=f"{scope}/{number}",
        scope=scope,
        kind=MilestoneKind.VERSION,
        name=f"{number}.0",
        due_date=_due(number),
        closed=closed,
        closed_on=_due(number) if closed else None,
    )


def _item(scope: str, name: str, number: int, rng: random.Random) -> Item:
    version = number // ITEMS
    done = version < CLOSED or rng.random() < 0.6 - (version - CLOSED) / CLOSED
    created = NOW - timedelta(days=rng.randint(200, 400), seconds=rng.randint(0, 40_000))
    began = NOW - timedelta(days=rng.randint(1, 60), seconds=rng.randint(0, 40_000))
    if version < CLOSED:
        began += timedelta(weeks=version - CLOSED)
    ended = began + timedelta(days=rng.random())
    doing = not done and rng.random() < 0.2
    return Item(
        id=name,
        key=f"{scope}-{number}",
        scope=scope,
        level=Level.WORK,
        title=f"Item {number} of {scope}, with a title as people write them",
        url=f"https://jira.example/browse/{scope}-{number}",
        type="Story",
        status="Done" if done else "Open",
        category=Category.DONE if done else Category.DOING if doing else Category.TODO,
        created_at=created,
        updated_at=ended if done else began if doing else created,
        outcome=Outcome.COMPLETED if done else None,
        started_at=began if done or doing else None,
        done_at=ended if done else None,
        due_date=_due(version) if rng.random() < 0.2 else None,
        points=float(rng.choice((1, 2, 3, 5))),
        assignee=f"{scope.lower()}-{rng.randint(0, 9)}",
        labels=("backend",) if number % 3 else (),
        milestones=(f"{scope}/{version}",),
    )


def _history(item: Item) -> Iterator[Change]:
    planned = item.created_at + timedelta(hours=1)
    yield _change(item.id, "in", planned, None, item.milestones[0], ChangedField.MILESTONE)
    yield _change(item.id, "points", planned, None, "3", ChangedField.POINTS)
    if item.started_at is not None:
        yield _change(item.id, "begun", item.started_at, "todo:Open", "doing:Doing")
    if item.done_at is not None:
        yield _change(item.id, "done", item.done_at, "doing:Doing", "done:Done")


def _change(
    item: str,
    name: str,
    at: datetime,
    old: str | None,
    new: str,
    field: ChangedField = ChangedField.STATUS,
) -> Change:
    return Change(item=item, id=name, at=at, field=field, old=old, new=new, actor="ana")


def _links(scope: str, items: list[Item], rng: random.Random) -> Iterator[Link]:
    """Let one item in twelve wait for one of an earlier version, here or in another project."""
    for number, item in enumerate(items[2 * ITEMS :], 2 * ITEMS):
        if rng.random() < 1 / 12:
            upstream = f"P{rng.randrange(PROJECTS):02}-{number - rng.randint(ITEMS, 2 * ITEMS)}"
            yield Link(owner=item.id, kind=LinkKind.BLOCKS, upstream=upstream, downstream=item.key)


def _memory() -> float:
    """Give the MiB that the process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _holds(is_so: bool) -> str:
    return "ok" if is_so else "NOT"


if __name__ == "__main__":
    sys.exit(main())
