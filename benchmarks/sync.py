"""Whole syncs of simulated sites: time beside the floor, requests, memory, survival of kill -9."""

import random
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from slipwatch.aggregator.store import open_store
from slipwatch.demo import DemoServers
from tests.acceptance.commands import Forks, Measured, Measurement
from tests.acceptance.killing import kill_a_sync
from tests.acceptance.worlds import (
    Kind,
    Served,
    Size,
    build,
    difference,
    digest,
    server_of,
    stored_facts,
    true_facts,
    write_config,
)

from .floor import fetch

KILLED_WORLD = (3, 230)
"""Projects, and issues in each, of the sites whose syncs are killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One sync that was measured."""

    what: str
    kind: Kind
    seconds: float
    cpu: float
    floor: float
    """Seconds of computing that the same requests take a bare session."""
    requests: int
    peak: float
    """MiB."""
    correct: bool
    """Whether the store holds what is true, no more and no less."""


def start_up() -> float:
    """Measure how long a sync computes where there is nothing to do: a project of one issue."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = stack.enter_context(Served(Size(kind=Kind.DATACENTER, scopes=1, issues=1)))
        write_config(folder, site.size.kind, site.url, site.size.names())
        return min(Measurement(folder, "sync").result().cpu for _ in range(4))


def figures(size: Size) -> Iterator[Figure]:
    """Sync a site: from nothing, unchanged, with one issue in a hundred changed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = stack.enter_context(Served(size))
        write_config(folder, size.kind, site.url, size.names())
        for what in ("from nothing", "unchanged", "1 % changed"):
            if what == "1 % changed":
                site.edit(size.scopes * size.issues // 100)
            yield _figure(what, folder, site)


def _figure(what: str, folder: Path, site: Served) -> Figure:
    measured: Measured = Measurement(folder, "sync").result()
    pages = site.pages()
    floor = fetch(site.url, site.size.kind, pages)
    site.pages()
    return Figure(
        what=what,
        kind=site.size.kind,
        seconds=measured.seconds,
        cpu=measured.cpu,
        floor=floor,
        requests=len(pages),
        peak=measured.peak,
        correct=digest(_facts(folder)) == digest(site.facts()),
    )


def survivals(kind: Kind, kills: int) -> Generator[bool]:
    """Kill so many syncs from nothing on, then let one end; say whether the store is right.

    Goes on for ever, with other moments every time.
    """
    scopes, issues = KILLED_WORLD
    size = Size(kind=kind, scopes=scopes, issues=issues)
    world = build(size)
    chance = random.Random(str(kind))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = server_of(stack.enter_context(DemoServers(world)), kind)
        write_config(folder, kind, server.url, size.names(), page_size=60)
        forks = stack.enter_context(Forks(folder))
        while True:
            killed = 0
            while killed < kills:
                killed += kill_a_sync(forks, server, chance)
            forks.start("sync")
            ended_well = forks.wait() == 0
            yield ended_well and difference(true_facts(world, kind), _facts(folder)) == []
            for file in folder.glob("slipwatch.db*"):
                file.unlink()


def _facts(folder: Path) -> list[str]:
    with open_store(f"sqlite:///{folder / 'slipwatch.db'}") as store:
        return stored_facts(store)
