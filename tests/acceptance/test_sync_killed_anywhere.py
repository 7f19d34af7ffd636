"""Kill -9 at two hundred random moments: the store ends like that of an undisturbed sync."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, delete

from slipwatch.aggregator.store import Store, open_store
from slipwatch.aggregator.store.tables import metadata
from slipwatch.demo import DemoServers

from .commands import Forks
from .killing import kill_a_sync, shrink
from .worlds import (
    SOURCE,
    Kind,
    Size,
    asked,
    build,
    difference,
    server_of,
    stored_facts,
    true_facts,
    write_config,
)

KILLS = {
    (Kind.CLOUD, "sqlite"): 50,
    (Kind.DATACENTER, "sqlite"): 50,
    (Kind.GITHUB, "sqlite"): 50,
    (Kind.CLOUD, "postgresql"): 25,
    (Kind.GITHUB, "postgresql"): 25,
}


def empty(url: str) -> None:
    """Let a store know nothing."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
    engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "store_url"),
    [
        pytest.param(kind, store, marks=[pytest.mark.postgres] if store == "postgresql" else [])
        for kind, store in KILLS
    ],
    indirect=["store_url"],
)
def test_a_sync_killed_at_any_moment_and_begun_again_ends_like_an_undisturbed_one(
    kind: Kind, store_url: str, tmp_path: Path, dump: Callable[[Store, str], list[str]]
) -> None:
    size = Size(kind=kind, scopes=2, issues=40)
    world = build(size)

    kills = KILLS[kind, store_url.partition(":")[0].partition("+")[0]]
    chance = random.Random(f"{kind} {kills}")
    with server_of(DemoServers(world), kind) as server:
        server.fault = shrink
        write_config(tmp_path, kind, server.url, size.names(), page_size=10, store=store_url)
        with Forks(tmp_path, "sync") as forks:
            requests = len(server.requests)

            def sync() -> None:
                server.fault = shrink
                server.requests.clear()
                forks.start("sync")
                assert forks.wait() == 0

            def stored() -> list[str]:
                """Write out all facts, and what the next sync asks for."""
                with open_store(store_url) as store:
                    assert difference(true_facts(world, kind), stored_facts(store)) == []
                    facts = dump(store, SOURCE)
                sync()
                return [*facts, *sorted(map(asked, server.requests))]

            sync()
            expected = stored()
            empty(store_url)
            while kills > 0:
                if kill_a_sync(forks, server, chance, requests):
                    kills -= 1
                else:
                    assert difference(expected, stored()) == []
                    empty(store_url)
            sync()
            assert difference(expected, stored()) == []
