"""Syncs that are killed -9 at random moments and begun again."""

import random
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

from slipwatch.aggregator.store import open_store
from slipwatch.demo import DemoServers
from tests.acceptance.commands import Forks
from tests.acceptance.killing import kill_a_sync
from tests.acceptance.worlds import (
    Kind,
    Size,
    build,
    difference,
    server_of,
    stored_facts,
    true_facts,
    write_config,
)

KILLED_WORLD = (3, 230)
"""Projects, and issues in each, of the sites whose syncs are killed."""


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
        forks = stack.enter_context(Forks(folder, "sync"))
        requests = len(server.requests)
        _empty(folder)
        while True:
            killed = 0
            while killed < kills:
                killed += kill_a_sync(forks, server, chance, requests)
            forks.start("sync")
            ended_well = forks.wait() == 0
            yield ended_well and difference(true_facts(world, kind), _facts(folder)) == []
            _empty(folder)


def _empty(folder: Path) -> None:
    for file in folder.glob("slipwatch.db*"):
        file.unlink()


def _facts(folder: Path) -> list[str]:
    with open_store(f"sqlite:///{folder / 'slipwatch.db'}") as store:
        return stored_facts(store)
